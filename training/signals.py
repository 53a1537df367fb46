"""SIGINT and SIGTERM ask a run to save and stop; a second one ends it at once."""

import signal
from pathlib import Path


class Interrupted(Exception):
    """Training was asked to stop (SIGINT, SIGTERM); the state is saved. `signal` is the signal's number."""

    def __init__(self, number: int, step: int, folder: Path):
        super().__init__(f"stopped by {signal.Signals(number).name} after step {step}; saved: the same command resumes")
        self.signal, self.step, self.folder = number, step, folder

    def __reduce__(self):
        return type(self), (self.signal, self.step, self.folder)


class stopping:
    """Context manager: the first signal's number goes to `run.stop`, which the run looks at between steps."""

    def __init__(self, run):
        self.run, self.before = run, {}

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self.before[number] = signal.signal(number, self._note)
            except ValueError:  # not in the main thread: the caller handles signals
                return self
        return self

    def _note(self, number, frame):
        if self.run.stop:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.run.stop = number

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

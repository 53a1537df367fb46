"""A progress bar with images a second and time left; a log line now and then where there is no terminal."""

import contextlib
import sys
import time

from absl import logging

QUIET_EVERY = 60.0  # seconds between log lines without a terminal


class Progress:
    """Context manager; `update(step, scalars)` after each look at the losses."""

    def __init__(self, steps: int, start: int, batch_size: int):
        self.steps, self.batch_size = steps, batch_size
        self.last_step, self.last_time, self.speed = start, time.monotonic(), 0.0
        self.said, self.bar, self.task = 0.0, None, None
        if sys.stderr.isatty():
            self._make_bar(start)

    def _make_bar(self, start):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
        losses = TextColumn("{task.fields[losses]}")
        self.bar = Bar(*columns, TimeRemainingColumn(), losses, console=Console(stderr=True))
        self.task = self.bar.add_task("training", total=self.steps, completed=start, rate="", losses="")

    def __enter__(self):
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_):
        if self.bar:
            self.bar.stop()

    @contextlib.contextmanager
    def paused(self):
        """Time spent inside does not count as training."""
        self.last_time -= time.monotonic()
        yield
        self.last_time += time.monotonic()

    def update(self, step: int, scalars: dict):
        """Show where training is; measures `speed`, images a second since the last call."""
        now = time.monotonic()
        if step > self.last_step:
            self.speed = (step - self.last_step) * self.batch_size / max(now - self.last_time, 1e-9)
        self.last_step, self.last_time = step, now
        losses = "  ".join(f"{k.removeprefix('loss/')} {v:.3g}" for k, v in scalars.items() if k.startswith("loss/"))
        if self.bar:
            self.bar.update(self.task, completed=step, rate=f"{self.speed:.0f} images/s", losses=losses)
        elif now - self.said > QUIET_EVERY or step == self.steps:
            left = (self.steps - step) * self.batch_size / max(self.speed, 1e-9)
            self.said = now
            about = (step, self.steps, self.speed, left / 60, losses)
            logging.info("step %d/%d, %.0f images/s, %.0f min left, %s", *about)

"""A bar on stderr for what takes longer than a second; where stderr is no terminal, a line every half minute."""

import contextlib
import sys
import threading
import time

from absl import logging

EVERY = 30.0  # seconds between lines


@contextlib.contextmanager
def bar(task: str, total: int):
    """Yield `advance(count)`; after one second, show how much of `total` is done and the time left."""
    if not sys.stderr.isatty():
        with _lines(task, total) as advance:
            yield advance
        return
    from rich import console, progress

    columns = (progress.SpinnerColumn(), *progress.Progress.get_default_columns(), progress.TimeElapsedColumn())
    shown = progress.Progress(*columns, console=console.Console(stderr=True), transient=True)
    number = shown.add_task(task, total=total)
    later = threading.Timer(1.0, shown.start)
    later.daemon = True
    later.start()
    try:
        yield lambda count: shown.advance(number, count)
    finally:
        later.cancel()
        later.join()
        shown.stop()


@contextlib.contextmanager
def _lines(task: str, total: int):
    """Yield `advance(count)`; every `EVERY` seconds, log how much is done."""
    began, done, over = time.monotonic(), [0], threading.Event()

    def advance(count):
        done[0] += count

    def tell():
        while not over.wait(EVERY):
            logging.info("%s: %d of %d done after %.0f s", task, done[0], total, time.monotonic() - began)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield advance
    finally:
        over.set()
        teller.join()

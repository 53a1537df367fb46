"""A bar on stderr for what takes longer than a second; silent where stderr is no terminal."""

import contextlib
import sys
import threading


@contextlib.contextmanager
def bar(task: str, total: int):
    """Yield `advance(count)`; after one second, show how much of `total` is done and the time left."""
    if not sys.stderr.isatty():
        yield lambda count: None
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

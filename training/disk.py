"""Files of a run: replaced whole or not at all, and one line where the disk is full."""

import contextlib
import os
from pathlib import Path

import tensorflow as tf

from holefill.errors import UserError


@contextlib.contextmanager
def writing(what: str, place):
    """Errors of the disk, Python's or TensorFlow's, become a UserError that says what was being written where."""
    try:
        yield
    except (tf.errors.OpError, OSError) as error:
        reason = str(getattr(error, "message", error)).strip() or type(error).__name__
        raise UserError(
            f"cannot write {what} in {place}: {reason.splitlines()[0]}."
            f" The last checkpoint is whole: make room and run the same command again"
        ) from error


def replace_text(path: Path, text: str):
    """Write `text` beside `path`, then rename: the file is the old one or the new one, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)

"""Writing a run's files: one line where the disk is full."""

import contextlib

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

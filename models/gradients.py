"""Gradients that are given, where those that TensorFlow finds cost more; other backends find their own."""

import contextlib

import keras
from keras import ops

_used = True


def given(function, gradients):
    """A function of tensors to a tensor, as `function` is, whose gradient is what `gradients` makes.

    `gradients` takes the arguments of the function and then the gradient of what it gives, and gives the gradient of
    the one argument, or a tuple of those of all. It may itself be differentiated.
    """
    if not _used or keras.backend.backend() != "tensorflow":
        return function

    @ops.custom_gradient
    def both(*arguments):
        def backward(*upstream, **_):
            return gradients(*arguments, *upstream)

        return function(*arguments), backward

    return both


@contextlib.contextmanager
def used(on: bool):
    """What is computed, or traced, within finds its gradients by itself where not `on`: to compare."""
    global _used
    before, _used = _used, on
    try:
        yield
    finally:
        _used = before

"""Operations one after the other, for the same bits every time.

A sum of three or more gradients (`AddN`) begins with one whose memory it may use: one that nothing else will read.
Where several operations work at a time that depends on which of them have ended, and so do the order of the sum and its
last bit; `enable_op_determinism` of TensorFlow 2.21 leaves that so. Within an operation all cores work as ever.
"""

import contextlib

import tensorflow as tf


def in_order(on: bool, replicas: int = 1):
    """A context in which, where `on`, a tf.function of a CPU does its operations in one order.

    Not with a GPU nor with several replicas: the parts of a function on several devices wait for what the others send,
    and one operation after the other they would wait for ever.
    """
    if on and replicas == 1 and not tf.config.list_logical_devices("GPU"):
        return tf.experimental.function_executor_type("SINGLE_THREADED_EXECUTOR")
    return contextlib.nullcontext()


def as_usual():
    """A context within `in_order` in which functions are done as usual: what is shown of a training is made by
    functions that others of the process may have made, with loops that cannot be done in order any more."""
    return tf.experimental.function_executor_type(None)

"""The order of a sum of tensors, and so its bits, whatever else reads them and for how long."""

import time
import types

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

import holefill
from holefill.training import loop
from holefill.training.in_order import as_usual, in_order

pytestmark = pytest.mark.skipif(bool(tf.config.list_physical_devices("GPU")), reason="a GPU's are left as they are")


def executor():
    return context.context().function_call_options.executor_type


def test_a_sum_has_the_same_bits_whether_others_still_read_its_terms():
    """Without `in_order` the sum begins with the third term where the first two are still read when it is there."""
    pause = {}

    def read(values):
        time.sleep(pause.get("seconds", 0.0))
        return np.float32(values[0])

    @tf.function
    def total(x):
        first, second, third = tf.sin(x), tf.cos(x), tf.exp(-x * x)
        for _ in range(200):
            third = tf.sin(third * 1.7 - 0.2)
        readers = [tf.numpy_function(read, [term], tf.float32, stateful=False) for term in (first, second)]
        return tf.raw_ops.AddN(inputs=[first, second, third]), readers

    x, found = tf.random.stateless_normal((20000,), (1, 2)), []
    with in_order(True):
        total(x)
        for pause["seconds"] in (0.0, 0.1):
            found.append(total(x)[0].numpy())
    np.testing.assert_array_equal(*found)


def test_a_loop_and_a_branch_are_done_in_order_too():
    @tf.function
    def halved(x):
        for _ in tf.range(3):
            x = tf.cond(x > 4.0, lambda x=x: x / 2, lambda x=x: x)
        return x

    with in_order(True):
        assert float(halved(tf.constant(20.0))) == 2.5


def test_several_replicas_are_left_to_wait_for_each_other():
    """One operation after the other they would wait for ever (test_loop.py trains two)."""
    usual = executor()
    with in_order(True, replicas=2):
        assert executor() == usual
    with in_order(True, replicas=1):
        assert executor() != usual


@pytest.mark.parametrize("deterministic", [True, False])
def test_a_training_is_in_order_where_its_bits_are_asked_for(tmp_path, monkeypatch, deterministic):
    """And its result is not, which other devices may use (test_one_pass.py looks into a SavedModel)."""
    seen, usual = {}, executor()

    class Run:
        plan, step = types.SimpleNamespace(replicas=1), 0

        def __init__(self, *given):
            pass

        def go(self):
            seen["go"] = executor()

        def finish(self):
            seen["finish"] = executor()

    monkeypatch.setattr(loop, "_Run", Run)
    holefill.train(dataset="shapes", deterministic=deterministic, run_dir=str(tmp_path / "run"))
    assert (seen["go"] != usual) == deterministic and seen["finish"] == usual


def test_what_is_shown_of_a_training_in_order_may_be_made_by_a_function_that_was_made_before():
    """One with a loop, which is lowered when it is first done as usual, and could not be done in order after that."""
    doubled = tf.function(lambda x: tf.while_loop(lambda x: x < 100.0, lambda x: (2 * x,), (x,))[0])
    wanted, usual = float(doubled(tf.constant(3.0))), executor()
    with in_order(True), as_usual():
        assert executor() == usual
        assert float(doubled(tf.constant(3.0))) == wanted

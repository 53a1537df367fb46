"""The table of a step of training: with either gradients, in a phase that trains the painter."""

import tensorflow as tf

from holefill.benchmarks import training_speed
from holefill.models import attention, gradients


def test_a_step_is_timed_with_either_gradients():
    network = "contextual_attention@paper(width=4)"
    (found,) = training_speed.rows([network], image_size=32, batch_size=2, repeats=1)
    assert found["network"] == network and found["phase"] == "painter"
    assert found["step_s"] > 0 and found["step_s_found"] > 0


def test_used_turns_them_off_within():
    x = tf.random.stateless_normal((1, 6, 6, 2), (0, 0))
    layer = attention.ContextualAttention(rate=1)
    hole = tf.concat([tf.ones((1, 6, 3, 1)), tf.zeros((1, 6, 3, 1))], axis=2)
    names = []
    for on in (True, False):
        with gradients.used(on):

            @tf.function
            def gradient(x):
                return tf.gradients(layer([x, x, hole])[0], x)

            names.append([op.type for op in gradient.get_concrete_function(x).graph.get_operations()])
    assert names[0].count("StridedSliceGrad") < names[1].count("StridedSliceGrad")

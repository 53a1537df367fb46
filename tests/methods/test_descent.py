"""The minimiser, against hand-computed steps, Keras and closed forms."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from holefill.methods import descent

START = np.array([[3.0, -2.0], [0.5, 0.25]], "float32")


def quadratic(x):
    return tf.reduce_sum(tf.constant([1.0, 4.0]) * x**2, axis=1)


def test_nesterov_two_steps_by_hand():
    """loss x², rate .1, m .9, from 1: v=-.2, x=1-.38=.62; v=-.18-.124=-.304, x=.62+.18-.5776=.2224."""
    result = descent.minimize(lambda x: x[:, 0] ** 2, [[1.0]], 2, 0.1, optimiser=descent.Nesterov(0.9))
    np.testing.assert_allclose(result.final, [[0.2224]], atol=1e-6)
    np.testing.assert_allclose(result.losses, [[1.0], [0.62**2]], atol=1e-6)


def test_adam_equals_keras_step_by_step():
    variable = keras.Variable(START)
    optimizer = keras.optimizers.Adam(0.1, beta_1=0.9, beta_2=0.99)
    path = []
    for _ in range(20):
        path.append(variable.numpy())
        with tf.GradientTape() as tape:
            loss = quadratic(variable.value)
        optimizer.apply([tape.gradient(loss, variable.value)], [variable])
    result = descent.minimize(quadratic, START, 20, 0.1, optimiser=descent.Adam(0.9, 0.99), record_points=True)
    np.testing.assert_allclose(result.points, path, atol=1e-5)
    np.testing.assert_allclose(result.final, variable, atol=1e-5)


@pytest.mark.parametrize("optimiser,rate", [(descent.Adam(), 0.3), (descent.Nesterov(), 0.02)])
def test_finds_the_minimum_of_a_quadratic(optimiser, rate):
    result = descent.minimize(quadratic, START, 200, rate, optimiser=optimiser, schedule="cosine")
    np.testing.assert_allclose(result.final, np.zeros_like(START), atol=1e-2)
    assert result.losses.shape == (200, 2)


def test_one_trace_for_all_steps_rates_and_batches():
    traces = []

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([], tf.int32), tf.TensorSpec([])])
    def search(x, steps, rate):
        traces.append(1)
        return descent.minimize(quadratic, x, steps, rate).losses

    shapes = [search(START, steps, rate).shape for steps, rate in ((3, 0.1), (7, 0.1), (7, 0.5))]
    assert [tuple(shape) for shape in shapes] == [(3, 2), (7, 2), (7, 2)]
    assert tuple(search(START[:1], 2, 0.1).shape) == (2, 1)
    assert len(traces) == 1


def test_no_steps_is_the_start():
    result = descent.minimize(quadratic, START, 0, 0.1)
    np.testing.assert_array_equal(result.final, START)
    assert result.losses.shape == (0, 2)


def test_points_do_not_influence_each_other():
    together = descent.minimize(quadratic, START, 9, 0.1).final
    alone = descent.minimize(quadratic, START[1:], 9, 0.1).final
    np.testing.assert_array_equal(together[1:], alone)


def test_box_holds_every_point():
    result = descent.minimize(lambda x: -x[:, 0], [[0.0]], 30, 0.5, box=1.0, record_points=True)
    assert np.abs(result.points).max() <= 1 and result.final[0, 0] == 1


def test_best_is_the_lowest_point_passed():
    """A rate too large for the quadratic: the descent leaves, the best stays."""
    result = descent.minimize(quadratic, START, 10, 1.0, optimiser=descent.Nesterov())
    np.testing.assert_array_equal(result.best_loss, np.min(result.losses, axis=0))
    np.testing.assert_allclose(quadratic(result.best), result.best_loss)
    assert (quadratic(result.final) > result.best_loss).numpy().all()


def test_a_point_without_a_finite_gradient_stays():
    result = descent.minimize(lambda x: tf.sqrt(x[:, 0]), [[-1.0], [4.0]], 3, 0.1)
    assert result.final[0, 0] == -1 and result.final[1, 0] < 4


def test_cosine_falls_from_the_rate_to_nearly_zero():
    rates = [float(descent.learning_rate("cosine", 0.2, float(step), 100.0)) for step in (0, 50, 99)]
    np.testing.assert_allclose(rates, [0.2, 0.1, 4.93e-5], rtol=1e-2)


def test_unknown_schedule():
    with pytest.raises(ValueError, match="constant, cosine"):
        descent.minimize(quadratic, START, 1, 0.1, schedule="step")

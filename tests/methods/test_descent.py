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


@pytest.mark.parametrize("optimiser,rate", [(descent.Adam(), 0.3), (descent.Soap(), 0.1), (descent.Nesterov(), 0.02)])
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


def test_soap_begins_as_adam():
    """Until the first eigenvectors are taken, with the third gradient, the basis is the axes."""
    rules = descent.Adam(0.9, 0.9), descent.Soap(0.9, 0.9)
    adam, soap = (descent.minimize(quadratic, START, 2, 0.1, optimiser=rule) for rule in rules)
    np.testing.assert_allclose(adam.final, soap.final, atol=1e-7)


def test_soap_step_by_step():
    """Against NumPy, the covariance as a running mean updated at each step."""
    matrix = np.array([[2.0, 0.8], [0.8, 1.0]])
    x = np.array([1.0, -2.0])
    first, second, covariance, basis = np.zeros(2), np.zeros(2), np.zeros((2, 2)), np.eye(2)
    for t in range(1, 13):
        gradient = matrix @ x
        first, covariance = 0.9 * first + 0.1 * gradient, 0.7 * covariance + 0.3 * np.outer(gradient, gradient)
        if (t - 1) % 4 == 2:
            values, basis = np.linalg.eigh(covariance)
            second = values.clip(0) / (1 - 0.7**t) * (1 - 0.8 ** (t - 1))
        second = 0.8 * second + 0.2 * (basis.T @ gradient) ** 2
        step = (basis.T @ first) / (1 - 0.9**t) / np.sqrt(second / (1 - 0.8**t))
        x = x - 0.8 * basis @ step
    soap = descent.Soap(0.9, 0.8, beta3=0.7, every=4)
    found = descent.minimize(
        lambda x: 0.5 * tf.einsum("ni,ij,nj->n", x, tf.constant(matrix, tf.float32), x),
        [[1.0, -2.0]],
        12,
        0.8,
        optimiser=soap,
    )
    np.testing.assert_allclose(found.final[0], x, atol=1e-3)


def test_soap_goes_along_an_oblique_valley():
    """A quadratic, 1 to 10,000, whose valleys lie at 45° to the axes in all pairs of 8 dimensions."""
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(8, 8)))[0].astype("float32")
    curvature = np.geomspace(1, 1e4, 8).astype("float32")

    def valley(x):
        return tf.reduce_sum(curvature * tf.matmul(x, rotation) ** 2, axis=1)

    start = np.random.default_rng(1).normal(size=(3, 8)).astype("float32")
    adam, soap = (
        valley(descent.minimize(valley, start, 200, 0.1, optimiser=o(0.9, 0.9), schedule="linear").final).numpy()
        for o in (descent.Adam, descent.Soap)
    )
    assert (soap < 0.05 * adam).all()


@pytest.mark.parametrize("optimiser", [descent.Adam(), descent.Soap(every=4), descent.Nesterov()])
def test_broken_off_and_taken_up_is_the_same_descent(optimiser):
    how = {"optimiser": optimiser, "schedule": "linear", "record_points": True}
    whole = descent.minimize(quadratic, START, 11, 0.02, **how)
    half = descent.minimize(quadratic, START, 11, 0.02, between=(0, 6), **how)
    rest = descent.minimize(quadratic, half.final, 11, 0.02, between=(6, 11), slots=half.slots, **how)
    np.testing.assert_allclose(rest.final, whole.final, atol=1e-7)
    np.testing.assert_allclose(np.concatenate([half.points, rest.points]), whole.points, atol=1e-7)
    assert half.losses.shape == (6, 2) and rest.losses.shape == (5, 2)


def test_a_point_without_a_finite_gradient_stays():
    result = descent.minimize(lambda x: tf.sqrt(x[:, 0]), [[-1.0], [4.0]], 3, 0.1)
    assert result.final[0, 0] == -1 and result.final[1, 0] < 4


def test_cosine_falls_from_the_rate_to_nearly_zero():
    rates = [float(descent.learning_rate("cosine", 0.2, tf.constant(float(step)), 100.0)) for step in (0, 50, 99)]
    np.testing.assert_allclose(rates, [0.2, 0.1, 4.93e-5], rtol=1e-2)


def test_linear_falls_from_the_rate_to_nearly_zero():
    rates = [float(descent.learning_rate("linear", 0.2, tf.constant(float(step)), 100.0)) for step in (0, 50, 99)]
    np.testing.assert_allclose(rates, [0.2, 0.1, 0.002], rtol=1e-5)


def test_unknown_schedule():
    with pytest.raises(ValueError, match="constant, cosine"):
        descent.minimize(quadratic, START, 1, 0.1, schedule="step")

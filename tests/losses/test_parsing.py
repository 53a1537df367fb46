"""The parsing loss: by hand, in the hole alone, far logits, its numeric gradient."""

import numpy as np
import tensorflow as tf

from holefill.losses.parsing import parsing_loss


def logits(batch=3):
    return np.random.default_rng(0).normal(0, 3, (batch, 4, 5, 11))


def labels(batch=3):
    return np.random.default_rng(1).integers(0, 11, (batch, 4, 5))


def test_by_hand():
    """Where all logits are equal every class has 1 / 11; one that is log 10 ahead of ten others has a half."""
    values = np.zeros((2, 1, 1, 11))
    values[1, ..., 3] = np.log(10)
    np.testing.assert_allclose(parsing_loss(values, np.full((2, 1, 1), 3)), [np.log(11), np.log(2)])


def test_mean_over_the_pixels_that_weigh():
    values, truth = np.zeros((1, 1, 2, 11)), np.zeros((1, 1, 2), int)
    values[0, 0, 0, 0] = np.log(10)
    np.testing.assert_allclose(parsing_loss(values, truth), [(np.log(2) + np.log(11)) / 2])
    for hole, expected in (([1, 0], np.log(2)), ([0, 1], np.log(11)), ([0, 0], 0)):
        weights = np.array(hole, float).reshape(1, 1, 2, 1)
        np.testing.assert_allclose(parsing_loss(values, truth, weights), [expected])


def test_logits_of_any_size_stay_finite():
    values = np.zeros((2, 1, 1, 11), np.float32)
    values[..., 0] = 1e4
    np.testing.assert_allclose(parsing_loss(values, np.array([0, 1]).reshape(2, 1, 1)), [0, 1e4])


def test_gradient_in_float64():
    theory, numeric = tf.test.compute_gradient(lambda x: parsing_loss(x, labels()), [logits()], delta=1e-5)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-8)


def test_pixels_that_do_not_weigh_have_no_gradient():
    values, weights = tf.constant(logits()), np.zeros((3, 4, 5, 1))
    weights[:2, 1:3, 2:4] = 1
    with tf.GradientTape() as tape:
        tape.watch(values)
        loss = parsing_loss(values, labels(), weights)
    gradient = tape.gradient(loss, values).numpy()
    np.testing.assert_array_equal(np.any(gradient != 0, axis=-1), weights[..., 0] > 0)
    assert np.isfinite(gradient).all()

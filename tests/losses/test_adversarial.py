"""Losses of a GAN's players against their definitions, far from zero too, and their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.losses import adversarial

REAL, FAKE = np.array([[2.0], [-0.5], [0.0]]), np.array([[-3.0], [0.5], [0.0]])
PAIRS = [
    adversarial.discriminator_loss,
    adversarial.hinge_discriminator_loss,
    adversarial.wasserstein_critic_loss,
]
SINGLES = [
    adversarial.generator_loss,
    adversarial.minimax_generator_loss,
    adversarial.hinge_generator_loss,
    adversarial.wasserstein_generator_loss,
]


def test_definitions():
    real, fake = (1 / (1 + np.exp(-x[:, 0])) for x in (REAL, FAKE))
    np.testing.assert_allclose(adversarial.discriminator_loss(REAL, FAKE), -np.log(real) - np.log(1 - fake))
    np.testing.assert_allclose(adversarial.generator_loss(FAKE), -np.log(fake))
    np.testing.assert_allclose(adversarial.minimax_generator_loss(FAKE), np.log(1 - fake))


def test_hinge_and_wasserstein_by_hand():
    np.testing.assert_array_equal(adversarial.hinge_discriminator_loss(REAL, FAKE), [0, 3, 2])
    np.testing.assert_array_equal(adversarial.hinge_generator_loss(FAKE), [3, -0.5, 0])
    np.testing.assert_array_equal(adversarial.wasserstein_critic_loss(REAL, FAKE), [-5, 1, 0])
    np.testing.assert_array_equal(adversarial.wasserstein_generator_loss(FAKE), [3, -0.5, 0])


@pytest.mark.parametrize("loss", PAIRS + SINGLES)
def test_gradient_in_float64(loss):
    given = [REAL, FAKE][: 2 if loss in PAIRS else 1]
    theory, numeric = tf.test.compute_gradient(loss, given, delta=1e-6)
    for ours, measured in zip(theory, numeric, strict=True):
        np.testing.assert_allclose(ours, measured, atol=1e-6)


@pytest.mark.parametrize("loss", PAIRS + SINGLES)
def test_large_logits_in_half_precision_stay_finite(loss):
    far = [np.array([[-2e4], [2e4]], "float16"), np.array([[2e4], [-2e4]], "float16")][: 2 if loss in PAIRS else 1]
    values = np.asarray(loss(*far))
    assert values.dtype == np.float32 and np.isfinite(values).all() and np.ptp(values) >= 2e4


def test_patches_are_judged_each():
    patches = np.arange(8.0).reshape(2, 2, 2, 1)
    np.testing.assert_array_equal(adversarial.hinge_generator_loss(patches), -np.arange(8.0))


@pytest.mark.parametrize("loss", SINGLES)
def test_a_generator_s_loss_falls_where_the_discriminator_believes_more(loss):
    assert (np.diff(loss(np.array([-3.0, 0.0, 2.0]))) < 0).all()

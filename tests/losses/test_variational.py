"""Reconstruction and KL by hand, against densities, and their gradients."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from holefill.losses.variational import kl, reconstruction

RANDOM = np.random.default_rng(0)


def test_reconstruction_by_hand():
    """Two examples of four values: errors 1, 2 and 0, 0 | all 3."""
    images = np.zeros((2, 2, 2, 1))
    painted = np.array([[[1.0, 2], [0, 0]], [[3, 3], [3, 3]]])[..., None]
    np.testing.assert_allclose(reconstruction(painted, images), [2.5, 18])
    np.testing.assert_allclose(reconstruction(painted, images, 4.0), [2.5 / 4 + 2 * np.log(4), 4.5 + 2 * np.log(4)])


def test_reconstruction_is_a_gaussian_s_negative_log_density():
    painted, images = RANDOM.normal(size=(2, 3, 4, 4, 2))
    density = stats.norm(painted, 0.3).logpdf(images).sum((1, 2, 3)) + 16 * np.log(2 * np.pi)
    np.testing.assert_allclose(reconstruction(painted, images, 0.09), -density)


def test_the_mean_squared_error_is_the_best_variance():
    painted, images = RANDOM.normal(size=(2, 3, 4, 4, 2))
    best = np.mean((painted - images) ** 2)
    total = [float(np.sum(reconstruction(painted, images, v))) for v in (0.9 * best, best, 1.1 * best)]
    assert total[1] < min(total[0], total[2])


def test_kl_by_hand():
    """0 for the prior itself; ½ (1 + 4) of the means (1, 2); ½ (e² − 1 − 2) of log σ = 1, once."""
    mean, log_sigma = np.array([[0.0, 0], [1, 2], [0, 0]]), np.array([[0.0, 0], [0, 0], [1, 0]])
    np.testing.assert_allclose(kl(mean, log_sigma), [0, 2.5, (np.e**2 - 3) / 2])


def test_kl_is_the_mean_log_ratio_of_the_densities():
    mean, sigma = 0.7, 0.4
    g = np.linspace(-6, 6, 200_001)
    p = stats.norm(mean, sigma)
    expected = np.trapezoid(p.pdf(g) * (p.logpdf(g) - stats.norm.logpdf(g)), g)
    np.testing.assert_allclose(kl(np.array([[mean]]), np.log([[sigma]])), [expected], rtol=1e-6)


@pytest.mark.parametrize("loss, shape", [(lambda a, b: reconstruction(a, b, 0.2), (2, 3, 3, 1)), (kl, (2, 5))])
def test_gradient_in_float64(loss, shape):
    theory, numeric = tf.test.compute_gradient(loss, list(RANDOM.normal(size=(2, *shape))), delta=1e-6)
    for ours, measured in zip(theory, numeric, strict=True):
        np.testing.assert_allclose(ours, measured, atol=1e-6)

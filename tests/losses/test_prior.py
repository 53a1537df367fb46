"""Prior terms against their definitions, far from zero too, and their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from holefill import losses
from holefill.losses import prior

LOGITS = np.array([[-3.0], [0.0], [2.0]])


def test_definitions():
    belief = 1 / (1 + np.exp(-LOGITS[:, 0]))
    np.testing.assert_allclose(prior.saturating(LOGITS), np.log(1 - belief), atol=1e-12)
    np.testing.assert_allclose(prior.non_saturating(LOGITS), -np.log(belief), atol=1e-12)
    np.testing.assert_allclose(prior.latent_norm(np.array([[3.0, 4.0], [0, 1]])), [12.5, 0.5])


def test_large_logits_stay_finite():
    far = np.array([[-200.0], [200.0]], "float32")
    np.testing.assert_allclose(prior.saturating(far), [0, -200], atol=1e-6)
    np.testing.assert_allclose(prior.non_saturating(far), [200, 0], atol=1e-6)


@pytest.mark.parametrize("loss", [prior.saturating, prior.non_saturating, prior.latent_norm])
def test_gradient_in_float64(loss):
    theory, numeric = tf.test.compute_gradient(loss, [LOGITS], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)


@pytest.mark.parametrize("loss", [prior.saturating, prior.non_saturating])
def test_both_fall_where_the_discriminator_believes_more(loss):
    assert (np.diff(loss(LOGITS)) < 0).all()


def test_every_name_leads_to_a_loss():
    assert all(callable(losses.get(name)[0]) for name in losses.names())

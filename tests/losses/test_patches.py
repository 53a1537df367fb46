"""Losses over patches: by hand on two patches, and against numeric gradients."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.losses import patches


def holes():
    """Two examples of two patches of 2 × 2 pixels side by side: one pixel of the right one missing; nothing missing."""
    made = np.zeros((2, 2, 4, 1))
    made[0, 1, 2] = 1
    return made


def logits(*values):
    return np.array(values, float).reshape(2, 1, 2, 1)


def softplus(x):
    return np.log1p(np.exp(x))


def test_a_patch_is_painted_where_it_touches_a_missing_pixel():
    np.testing.assert_array_equal(patches.touched(holes(), logits(0, 0, 0, 0)).numpy()[..., 0], [[[0, 1]], [[0, 0]]])


def test_the_discriminator_is_asked_of_patches_that_were_painted():
    real, fake = logits(1, 2, 3, 4), logits(-1, 0.5, 2, -3)
    found = patches.discriminator_loss(real, fake, holes())
    np.testing.assert_allclose(found, [softplus(-2) + softplus(0.5), 0])


def test_the_painter_answers_for_its_own_patches():
    np.testing.assert_allclose(patches.generator_loss(logits(-1, 0.5, 2, -3), holes()), [softplus(-0.5), 0])


def test_the_mean_is_over_the_patches_with_a_missing_pixel():
    both = np.ones((1, 2, 4, 1))
    given = np.array([[[[1.0], [2.0]]]]), np.array([[[[-1.0], [0.5]]]])
    expected = (softplus(-1) + softplus(-1) + softplus(-2) + softplus(0.5)) / 2
    np.testing.assert_allclose(patches.discriminator_loss(*given, both), [expected])
    np.testing.assert_allclose(patches.generator_loss(given[1], both), [(softplus(1) + softplus(-0.5)) / 2])


def test_patches_that_do_not_tile_the_picture_exception_raised():
    with pytest.raises(ValueError, match="no multiples"):
        patches.touched(np.zeros((1, 36, 36, 1)), np.zeros((1, 5, 5, 1)))


def test_features_by_hand():
    real, off = np.ones((2, 1, 2, 3), np.float32), np.float32([1, -3]).reshape(2, 1, 1, 1)
    np.testing.assert_allclose(patches.feature_distance(real, real + off), [1, 3])


def test_gradients_in_float64():
    real, fake = np.random.default_rng(0).normal(size=(2, 2, 1, 2, 1))
    for loss in (
        lambda x: patches.discriminator_loss(real, x, holes()),
        lambda x: patches.discriminator_loss(x, fake, holes()),
        lambda x: patches.generator_loss(x, holes()),
    ):
        theory, numeric = tf.test.compute_gradient(loss, [fake], delta=1e-5)
        np.testing.assert_allclose(theory[0], numeric[0], atol=1e-8)

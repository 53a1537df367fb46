"""Texture and roughness: by hand, against the sum over patches, and against numeric gradients in float64."""

import numpy as np
import tensorflow as tf

from holefill.losses.texture import texture_loss, total_variation


def test_texture_by_hand():
    """Two cells of two channels: 2 · (1 + 4) + 0.5 · 9 in the first example, nothing counts in the second."""
    features = np.array([[[[1.0, 2.0], [3.0, 0.0]]]] * 2)
    weights = np.array([2, 0.5, 0, 0]).reshape(2, 1, 2, 1)
    votes = np.array([[[[0.0, 0.0], [0.0, 0.0]]]] * 2)
    np.testing.assert_allclose(texture_loss(features, votes, weights), [2 * 5 + 0.5 * 9, 0])


def test_texture_is_the_sum_over_overlapping_patches_but_for_a_constant():
    """Three patches of two cells on four cells in a row, each to be like one that is given."""
    random = np.random.default_rng(0)
    wanted = random.normal(size=(3, 2, 5))
    votes, counts = np.zeros((1, 1, 4, 5)), np.array([1, 2, 2, 1.0]).reshape(1, 1, 4, 1)
    for i, patch in enumerate(wanted):
        votes[0, 0, i : i + 2] += patch
    votes /= counts

    def of_patches(features):
        return sum(np.square(features[0, 0, i : i + 2] - wanted[i]).sum() for i in range(3))

    several = [random.normal(size=(1, 1, 4, 5)) for _ in range(3)]
    apart = [of_patches(x) - float(texture_loss(x, votes, counts)[0]) for x in several]
    np.testing.assert_allclose(apart, apart[0])
    assert apart[0] > 0


def test_total_variation_by_hand():
    """0 1 / 3 3: across 1 and 0, down 9 and 4; a picture of one colour has none."""
    picture = np.array([[0, 1], [3, 3.0]])
    pictures = np.stack([picture, np.full((2, 2), 0.7)])[..., None]
    np.testing.assert_allclose(total_variation(pictures), [14, 0], atol=1e-12)


def test_gradients_in_float64():
    random = np.random.default_rng(1)
    features, votes = random.normal(size=(2, 2, 3, 4, 2))
    weights = random.random((2, 3, 4, 1))
    for loss in (lambda x: texture_loss(x, votes, weights), total_variation):
        theory, numeric = tf.test.compute_gradient(loss, [features], delta=1e-5)
        np.testing.assert_allclose(theory[0], numeric[0], atol=1e-7)

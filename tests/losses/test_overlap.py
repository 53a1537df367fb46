"""Distances in the hole alone and with a heavier band around it: by hand, and their gradients."""

import numpy as np
import pytest
import tensorflow as tf

from holefill import losses
from holefill.losses.overlap import dilated, overlap_weights

RANDOM = np.random.default_rng(0)


def one_pixel(size=5):
    holes = np.zeros((1, size, size, 1), np.float32)
    holes[0, 2, 2] = 1
    return holes


def test_weights_of_one_pixel_by_hand():
    """One missing pixel, one pixel of overlap: 1 there, 10 on its eight neighbours, 0 further out."""
    expected = np.zeros((5, 5))
    expected[1:4, 1:4] = 10
    expected[2, 2] = 1
    np.testing.assert_array_equal(np.asarray(overlap_weights(one_pixel(), 1))[0, ..., 0], expected)
    np.testing.assert_array_equal(overlap_weights(one_pixel(), 0), one_pixel())


def test_the_middle_and_its_overlap_are_the_half_that_the_released_code_paints():
    """128 × 128: a hole of 56 × 56 and 4 pixels around it are the middle 64 × 64."""
    holes = np.zeros((1, 128, 128, 1), np.float32)
    holes[:, 36:92, 36:92] = 1
    weights = np.asarray(overlap_weights(holes, 4))[0, ..., 0]
    assert (weights[32:96, 32:96] > 0).all() and (weights > 0).sum() == 64**2 and (weights == 10).sum() == 64**2 - 56**2


def test_a_hole_at_the_border_stays_within():
    holes = np.zeros((1, 4, 4, 1), np.float32)
    holes[0, 0, 0] = 1
    grown = np.asarray(dilated(holes, 2))[0, ..., 0]
    assert grown[:3, :3].all() and grown.sum() == 9


@pytest.mark.parametrize(
    "name, given, expected",
    [
        ("hole_l1", {}, [3.0, 0.0]),  # the hole is off by 3
        ("hole_l2", {}, [9.0, 0.0]),
        ("hole_log_l2", {"least": 1.0}, [0.5 * np.log(10), 0.0]),
        ("weighted_l2", {}, [9 / 25 / 4, 0.0]),  # the mean over the picture, in units of [0, 1]
        ("overlap_l1", {"overlap": 0}, [3.0, 0.0]),
        ("overlap_l1", {"overlap": 1}, [(3 + 10 * 1) / 9, 0.0]),  # and one of its eight neighbours by 1
        ("overlap_l2", {"overlap": 1, "weight": 5.0}, [(9 + 5 * 1) / 9, 0.0]),
        ("overlap_l2", {"overlap": 2}, [(9 + 10 * (1 + 16)) / 25, 0.0]),  # and the corner of the picture by 4
    ],
)
def test_distances_by_hand(name, given, expected):
    """Two channels, both as far off; nothing is missing in the second example, which is off too."""
    holes = np.concatenate([one_pixel(), np.zeros((1, 5, 5, 1), np.float32)])
    truths, images = np.zeros((2, 2, 5, 5, 2), np.float32)
    images[:, 2, 2], images[:, 1, 1], images[:, 0, 4] = 3, -1, 4
    loss, _ = losses.get(name)
    np.testing.assert_allclose(loss(images, truths, holes, **given), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["hole_l1", "hole_l2", "hole_log_l2", "weighted_l2", "overlap_l1", "overlap_l2"])
def test_gradient_in_float64(name):
    loss, _ = losses.get(name)
    images, truths = RANDOM.normal(size=(2, 2, 5, 5, 2))
    holes = np.concatenate([one_pixel(), RANDOM.integers(0, 2, (1, 5, 5, 1))])
    more = {"overlap": 1} if name.startswith("overlap") else {}
    theory, numeric = tf.test.compute_gradient(lambda x: loss(x, truths, holes, **more), [images], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)
    assert np.abs(theory[0]).max() > 0

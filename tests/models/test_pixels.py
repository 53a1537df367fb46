"""How holes come into networks: the smooth continuation, and painting beside it."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.models import pixels


def smooth(images, holes):
    return np.asarray(pixels.Smooth()([images, holes]))


@pytest.mark.parametrize("size", [(8, 8), (24, 40), (17, 31)])
def test_known_pixels_stay_and_missing_ones_lie_between_them(size):
    random = np.random.default_rng(0)
    images = random.uniform(-0.5, 0.9, (3, *size, 3)).astype(np.float32)
    holes = (random.random((3, *size, 1)) < 0.7).astype(np.float32)
    filled = smooth(np.where(holes > 0, np.float32(77), images), holes)
    assert filled.shape == images.shape
    np.testing.assert_array_equal(np.where(holes > 0, 0, filled), np.where(holes > 0, 0, images))
    assert -0.5 <= filled.min() and filled.max() <= 0.9


def test_a_slope_is_continued_and_a_plain_colour_exactly():
    slope = np.broadcast_to(np.linspace(-1, 1, 64, dtype=np.float32)[None, None, :, None], (1, 64, 64, 1))
    holes = np.zeros((1, 64, 64, 1), np.float32)
    holes[:, 16:48, 16:48] = 1
    assert np.abs(smooth(slope, holes) - slope).max() < 0.25
    np.testing.assert_allclose(smooth(np.full_like(slope, 0.3), holes), 0.3, atol=1e-6)


def test_a_hole_that_is_all_is_grey_and_none_changes_nothing():
    images = np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 3)).astype(np.float32)
    np.testing.assert_array_equal(smooth(images, np.ones((1, 16, 16, 1), np.float32)), 0 * images)
    np.testing.assert_array_equal(smooth(images, np.zeros((1, 16, 16, 1), np.float32)), images)


def test_examples_do_not_see_each_other():
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (4, 16, 24, 3)).astype(np.float32)
    holes = (random.random((4, 16, 24, 1)) < 0.5).astype(np.float32)
    each = np.concatenate([smooth(images[i : i + 1], holes[i : i + 1]) for i in range(4)])
    np.testing.assert_allclose(smooth(images, holes), each, atol=1e-6)


def test_nothing_beside_a_picture_is_the_picture():
    images = np.linspace(-1, 1, 48, dtype=np.float32).reshape(1, 4, 4, 3)
    beside = np.asarray(pixels.Beside()([0 * images, images]))
    np.testing.assert_allclose(beside, np.clip(images, -0.99, 0.99), atol=1e-6)
    assert np.abs(np.asarray(pixels.Beside()([0 * images + 9, images]))).max() <= 1


def test_a_smooth_continuation_is_compiled():
    random = np.random.default_rng(0)
    images, holes = random.uniform(size=(2, 16, 12, 3)), random.uniform(size=(2, 16, 12, 1)) < 0.5
    given = [tf.constant(x, tf.float32) for x in (images, holes)]
    compiled = tf.function(pixels.Smooth(), jit_compile=True)
    np.testing.assert_allclose(compiled(given), smooth(*given), atol=1e-6)

"""Landmark losses: the step by hand, the smooth one against its definition and its numeric gradient."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.losses import landmarks


def target():
    return np.random.default_rng(0).uniform(0, 64, (3, 68, 2))


def test_step_by_hand():
    points = target()
    points[1, 0] += (3.5, 0)  # one coordinate too far: 0.5
    points[1, 5] += (-4, 100)  # both: 1
    points[1, 6] += (3 - 1e-9, -2)  # neither
    points[2] += 5  # all 136
    np.testing.assert_allclose(landmarks.step(points, target()), [0, 1.5, 68])


def test_step_of_exactly_three_pixels_is_not_further_than_three():
    whole = np.zeros((1, 68, 2))
    assert float(landmarks.step(whole + 3, whole)[0]) == 0
    assert float(landmarks.step(whole - 3.01, whole)[0]) == 68


def test_step_has_no_gradient_to_follow():
    points = tf.constant(target() + 2.9)
    with tf.GradientTape() as tape:
        tape.watch(points)
        loss = landmarks.step(points, target())
    assert tape.gradient(loss, points) is None


def test_smooth_by_hand():
    off = np.zeros((2, 68, 2))
    off[0, 3] = (4, 0)
    off[1, 7] = (0, 4 * np.sqrt(3))
    np.testing.assert_allclose(landmarks.smooth(off, 0 * off, 4.0), [np.sqrt(2) - 1, 1])


def test_smooth_of_equal_points_is_zero_and_far_ones_count_their_distance():
    assert not np.any(landmarks.smooth(target(), target()))
    assert float(landmarks.smooth(target()[:1] + 3e4, target()[:1])[0]) == pytest.approx(136 * 1e4, rel=1e-3)


def test_smooth_weighs_each_coordinate_by_its_own_scale():
    off, scale = np.zeros((1, 68, 2)), np.full((1, 68, 2), 1e9)
    off[0, :2], scale[0, 1, 0] = 3, 3
    np.testing.assert_allclose(landmarks.smooth(off, 0 * off, scale), [np.sqrt(2) - 1], atol=1e-6)


def test_smooth_gradient_in_float64():
    points = target() + np.random.default_rng(1).normal(0, 4, (3, 68, 2))
    theory, numeric = tf.test.compute_gradient(lambda x: landmarks.smooth(x, target(), 2.0), [points], delta=1e-5)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)
    assert np.abs(theory[0]).max() <= 0.5  # 1 / scale

"""Importance weights by hand on 9×9, and the context loss with its gradient."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import convolve2d

from holefill.losses import context


def one_hole(*places):
    hole = np.zeros((1, 9, 9, 1), "float32")
    for row, column in places:
        hole[0, row, column] = 1
    return hole


def test_one_pixel_window_3_by_hand():
    """Eight neighbours of the missing pixel see 1 missing of 9; itself and all others weigh nothing."""
    expected = np.zeros((9, 9))
    expected[3:6, 3:6] = 1 / 9
    expected[4, 4] = 0
    np.testing.assert_allclose(context.importance_weights(one_hole((4, 4)), 3)[0, ..., 0], expected, atol=1e-7)


def test_block_window_7_by_hand():
    """A 3×3 hole in the middle: (4, 2) sees all 9; (2, 2) too; (4, 0) sees one column of 3... of 49 places each."""
    hole = one_hole(*[(i, j) for i in (3, 4, 5) for j in (3, 4, 5)])
    weights = np.array(context.importance_weights(hole, 7))[0, ..., 0] * 49
    assert weights[4, 2] == pytest.approx(9) and weights[2, 2] == pytest.approx(9)
    assert weights[4, 0] == pytest.approx(3) and weights[0, 0] == pytest.approx(1)
    assert weights[4, 1] == pytest.approx(6) and weights[1, 1] == pytest.approx(4)
    assert (weights[3:6, 3:6] == 0).all()
    np.testing.assert_allclose(weights, weights.T, atol=1e-6)


def test_beyond_the_border_counts_as_known():
    """A hole in the corner: its neighbour on the border sees 1 missing of a full window of 9, not of the 6 inside."""
    weights = np.array(context.importance_weights(one_hole((0, 0)), 3))[0, ..., 0]
    assert weights[0, 1] == pytest.approx(1 / 9) and weights[0, 0] == 0 and weights[0, 2] == 0


def test_beyond_the_border_the_hole_is_mirrored_where_asked():
    """A hole in the corner, mirrored at both edges: (0, 1) and (1, 0) see it twice of 9, (1, 1) once."""
    weights = np.array(context.importance_weights(one_hole((0, 0)), 3, boundary="symmetric"))[0, ..., 0]
    expected = np.zeros((9, 9))
    expected[0, 1] = expected[1, 0] = 2 / 9
    expected[1, 1] = 1 / 9
    np.testing.assert_allclose(weights, expected, atol=1e-7)


def test_mirrored_border_is_the_released_code_s_convolution():
    """`mask * convolve2d(1 - mask, ones / n, mode="same", boundary="symm")`, where the hole touches all borders."""
    hole = (np.random.default_rng(0).random((20, 23)) < 0.3).astype("float32")
    expected = (1 - hole) * convolve2d(hole, np.full((15, 15), 1 / 225), mode="same", boundary="symm")
    found = np.array(context.importance_weights(hole[None, ..., None], 15, "symmetric"))[0, ..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_unknown_boundary():
    with pytest.raises(ValueError, match="known, symmetric"):
        context.importance_weights(one_hole((4, 4)), 3, boundary="wrap")


def test_straight_edge_of_a_large_hole():
    """Beside a straight edge the window of 7 sees 3 of its 7 columns missing: 21 / 49, the largest weight there is."""
    hole = np.zeros((1, 64, 64, 1), "float32")
    hole[:, 16:48, 16:48] = 1
    weights = np.array(context.importance_weights(hole, 7))[0, ..., 0]
    assert weights[32, 15] == pytest.approx(21 / 49) and weights[32, 13] == pytest.approx(7 / 49)
    assert weights[32, 12] == 0
    assert (weights > 0).sum() == 38**2 - 32**2


@pytest.mark.parametrize("window", [0, 4, -3])
def test_window_must_be_odd(window):
    with pytest.raises(ValueError, match="odd and positive"):
        context.importance_weights(one_hole((4, 4)), window)


def test_context_loss_by_hand():
    """Weight ½ on one pixel of two channels that differ by .5 and 1: ½ · 1.5; the second example equals its image."""
    image = np.zeros((2, 9, 9, 2), "float32")
    filled = image.copy()
    filled[0, 1, 2] = 0.5, -1.0
    filled[0, 8, 8] = 1.0
    weights = np.zeros((2, 9, 9, 1), "float32")
    weights[:, 1, 2] = 0.5
    np.testing.assert_allclose(context.context_loss(filled, image, weights), [0.75, 0.0])


def test_gradient_in_float64():
    random = np.random.default_rng(0)
    filled, image = random.uniform(-1, 1, (2, 2, 5, 5, 3))
    weights = random.uniform(0, 1, (2, 5, 5, 1))
    theory, numeric = tf.test.compute_gradient(lambda x: context.context_loss(x, image, weights), [filled], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)

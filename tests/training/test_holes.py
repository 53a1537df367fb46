"""Families of holes for training: what is missing, where, and that every example has its own."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.training.holes import HOLES
from holefill.training.random_holes import enlarged


@pytest.mark.parametrize("name", sorted(HOLES))
def test_holes_are_drawn_for_each_example_and_again_from_the_same_seed(name):
    drawn = HOLES[name](16, 32, tf.constant([3, 4])).numpy()
    assert drawn.shape == (16, 32, 32, 1) and drawn.dtype == np.float32 and set(np.unique(drawn)) == {0, 1}
    np.testing.assert_array_equal(HOLES[name](16, 32, tf.constant([3, 4])), drawn)
    if name == "center":
        assert (drawn[:, 8:24, 8:24] == 1).all() and drawn.sum() == 16 * 256
    else:
        assert len({one.tobytes() for one in drawn}) > 12
        assert np.any(HOLES[name](16, 32, tf.constant([3, 5])).numpy() != drawn)


@pytest.mark.parametrize("name, least, most", [("rectangle", 24, 32), ("small_rectangle", 24, 28), ("square", 32, 32)])
def test_rectangles_have_the_sides_that_the_papers_state_and_reach_the_borders(name, least, most):
    drawn = HOLES[name](300, 64, tf.constant([0, 1])).numpy()[..., 0]
    heights, widths = drawn.max(2).sum(1), drawn.max(1).sum(1)
    np.testing.assert_array_equal(heights * widths, drawn.sum((1, 2)))
    assert (heights.min(), heights.max(), widths.min(), widths.max()) == (least, most, least, most)
    assert drawn[:, 0].any() and drawn[:, -1].any() and drawn[:, :, 0].any() and drawn[:, :, -1].any()


def test_regions_take_a_fifth_to_three_tenths():
    shares = HOLES["region"](100, 64, tf.constant([0, 1])).numpy().mean((1, 2, 3))
    assert 0.199 < shares.min() < 0.21 and 0.29 < shares.max() < 0.301


def test_blocks_are_one_to_five():
    missing = HOLES["blocks"](200, 64, tf.constant([0, 1])).numpy().sum((1, 2, 3)) / 256
    assert missing.min() == 1 and 3.5 < missing.max() <= 5


@pytest.mark.parametrize("count, size", [(8, 64), (4, 63)])
def test_enlarged_as_tensorflow_does(count, size):
    x = tf.random.stateless_normal((2, count, count, 3), [0, 1])
    np.testing.assert_allclose(enlarged(x, size), tf.image.resize(x, (size, size), "bicubic"), atol=1e-5)

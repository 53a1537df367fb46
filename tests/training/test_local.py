"""Windows around holes: where they lie, and which pixels their gradient reaches."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.training.local import boxes, local_patches

HEIGHT, WIDTH = 6, 8


def numbered(count=1):
    """[count, 6, 8, 1]: each pixel says where it is, 10 · row + column."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return tf.constant(np.tile((10 * y + x)[None, :, :, None], (count, 1, 1, 1)), tf.float32)


def holes(*areas):
    """One example an area (rows, columns); None: nothing is missing."""
    made = np.zeros((len(areas), HEIGHT, WIDTH, 1), np.float32)
    for hole, area in zip(made, areas, strict=True):
        if area is not None:
            hole[area] = 1
    return tf.constant(made)


def test_boxes():
    apart = np.zeros((1, HEIGHT, WIDTH, 1), np.float32)
    apart[0, 1, 6] = apart[0, 4, 2] = 1  # a hole in two pieces has one box
    given = tf.concat([holes((slice(2, 5), slice(3, 4)), None, (slice(None), slice(None))), apart], axis=0)
    np.testing.assert_array_equal(boxes(given), [[2, 3, 3, 1], [3, 4, 0, 0], [0, 0, 6, 8], [1, 2, 4, 5]])


@pytest.mark.parametrize(
    "area, first",
    [
        ((slice(2, 4), slice(4, 6)), 13),  # box 2 × 2 at (2, 4): the window of 4 begins one row and column before
        ((slice(0, 1), slice(7, 8)), 4),  # at a corner: as far as the picture goes
        ((slice(5, 6), slice(0, 1)), 20),
        ((slice(0, 6), slice(1, 8)), 12),  # larger than the window: its middle, (0 + 1, 1 + (7 - 4) // 2)
        (None, 12),  # nothing missing: the middle
    ],
)
def test_the_window_lies_around_the_hole(area, first):
    patch = local_patches(numbered(), holes(area), 4)
    assert patch.shape == (1, 4, 4, 1)
    np.testing.assert_array_equal(patch[0, :, :, 0], first + 10 * np.arange(4)[:, None] + np.arange(4))


def test_each_example_has_its_own_and_channels_stay_together():
    images = tf.concat([numbered(2), -numbered(2)], axis=3)
    given = holes((slice(0, 2), slice(0, 2)), (slice(4, 6), slice(6, 8)))
    patches = local_patches(images, given, 2).numpy()
    np.testing.assert_array_equal(patches[..., 0], [[[0, 1], [10, 11]], [[46, 47], [56, 57]]])
    np.testing.assert_array_equal(patches[..., 1], -patches[..., 0])


def test_gradients_reach_the_window_s_pixels_alone():
    images, given = numbered(2), holes((slice(2, 4), slice(4, 6)), None)
    weights = tf.constant(np.arange(1, 33).reshape(2, 4, 4, 1), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(weights * local_patches(images, given, 4))
    expected = np.zeros((2, HEIGHT, WIDTH))
    expected[0, 1:5, 3:7] = weights[0, ..., 0]
    expected[1, 1:5, 2:6] = weights[1, ..., 0]
    np.testing.assert_array_equal(tape.gradient(total, images)[..., 0], expected)


def test_the_whole_picture_is_a_window_and_its_size_is_known_in_a_graph():
    square = numbered()[:, :, :6]
    graph = tf.function(lambda i, h: local_patches(i, h, 6)).get_concrete_function(
        tf.TensorSpec((3, 6, 6, 2)), tf.TensorSpec((3, 6, 6, 1))
    )
    assert graph.output_shapes == (3, 6, 6, 2)
    np.testing.assert_array_equal(local_patches(square, holes((slice(0, 1), slice(0, 1)))[:, :, :6], 6), square)


@pytest.mark.parametrize("size", [0, 7])
def test_a_window_that_does_not_fit_exception_raised(size):
    with pytest.raises(UserError, match=f"window of {size} pixels"):
        local_patches(numbered(), holes(None), size)

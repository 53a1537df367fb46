"""Pictures and labels moved at random: each move by hand, all of them together, and none."""

import numpy as np
import tensorflow as tf

from holefill.training.moved import Moves, moved, warp

SIZE, COUNT = 32, 16
KEY = (3, 4)


def blobs(x, y):
    """Blobs [COUNT, SIZE, SIZE, 1] with their middle at (x, y)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 4).astype(np.float32)
    return tf.constant(np.repeat(blob[None, ..., None], COUNT, 0))


def middles(images):
    """Centres of mass [COUNT, 2]."""
    images = np.asarray(images)[..., 0]
    rows, columns = np.mgrid[:SIZE, :SIZE]
    mass = images.sum((1, 2))
    return np.stack([(images * columns).sum((1, 2)) / mass, (images * rows).sum((1, 2)) / mass], -1)


def test_no_moves_leave_pictures_as_they_are():
    images = blobs(10, 20)
    assert moved(images, Moves(), KEY) is images
    transforms = Moves().transforms(COUNT, SIZE, KEY)
    np.testing.assert_allclose(transforms, np.tile([1, 0, 0, 0, 1, 0, 0, 0], (COUNT, 1)), atol=1e-6)


def test_shifts_are_up_to_the_share_of_the_side_both_ways():
    off = middles(moved(blobs(15, 16), Moves(shift=0.25), KEY)) - (15, 16)
    assert np.abs(off).max() <= 8.05 and off.min() < -4 and off.max() > 4
    assert len(np.unique(off.round(2))) == 2 * COUNT


def test_turns_go_about_the_middle():
    x, y = (SIZE - 1) / 2 + 8, (SIZE - 1) / 2
    off = middles(moved(blobs(x, y), Moves(turn=30), KEY)) - (SIZE - 1) / 2
    angles = np.degrees(np.arctan2(off[:, 1], off[:, 0]))
    np.testing.assert_allclose(np.hypot(*off.T), 8, atol=0.1)
    assert np.abs(angles).max() <= 30.1 and angles.min() < -12 and angles.max() > 12


def test_scaling_goes_about_the_middle():
    x, y = (SIZE - 1) / 2 + 6, (SIZE - 1) / 2 - 3
    off = middles(moved(blobs(x, y), Moves(scaling=0.3), KEY)) - (SIZE - 1) / 2
    scale = off[:, 0] / 6
    np.testing.assert_allclose(off[:, 1] / -3, scale, atol=0.05)
    assert np.exp(-0.32) < scale.min() < 0.9 and 1.1 < scale.max() < np.exp(0.32)


def test_labels_move_with_their_pictures_and_stay_whole_numbers():
    images = tf.cast(blobs(12, 18) > 0.02, tf.int32) * 7
    transforms = Moves(turn=20, scaling=0.2, shift=0.1).transforms(COUNT, SIZE, KEY)
    labels = warp(images, transforms, "NEAREST")
    assert labels.dtype == tf.int32 and set(np.unique(labels)) == {0, 7}
    near = warp(tf.cast(images, tf.float32), transforms)
    np.testing.assert_allclose(middles(labels), middles(near), atol=0.3)

"""Holes such as objects leave: how much is missing, in how many pieces, and that they reach the borders."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from holefill.training import object_holes

KEY = tf.constant([0, 1])


@pytest.mark.parametrize("draw", [object_holes.objects, object_holes.silhouettes, object_holes.strokes])
def test_some_of_each_picture_is_missing_and_more_of_it_known(draw):
    shares = draw(200, 48, KEY).numpy().mean((1, 2, 3))
    assert (shares < 0.6).all() and 0.05 < np.median(shares) < 0.3 and (shares > 0).mean() > 0.97


def test_a_silhouette_is_one_piece_and_strokes_are_three_at_most():
    for draw, most in ((object_holes.silhouettes, 1), (object_holes.strokes, object_holes.STROKES)):
        pieces = [ndimage.label(hole, np.ones((3, 3)))[1] for hole in draw(100, 48, KEY).numpy()[..., 0]]
        assert max(pieces) == most


def test_strokes_are_thinner_than_silhouettes():
    depth = {
        draw: np.median([ndimage.distance_transform_edt(hole).max() for hole in draw(100, 64, KEY).numpy()[..., 0]])
        for draw in (object_holes.silhouettes, object_holes.strokes)
    }
    assert depth[object_holes.strokes] < 0.6 * depth[object_holes.silhouettes]


def test_holes_lie_all_over_the_picture():
    often = object_holes.objects(600, 32, KEY).numpy()[..., 0].mean(0)
    assert often.min() > 0.02 and often.max() < 0.4


def test_the_same_hole_at_another_size_is_the_same_shape():
    small, large = (object_holes.objects(20, size, KEY).numpy()[..., 0] for size in (32, 128))
    np.testing.assert_allclose(small.mean((1, 2)), large.mean((1, 2)), atol=0.03)

"""Patches of features by hand, and the search for the nearest against brute force."""

import numpy as np
import pytest

from holefill.losses.texture import texture_loss
from holefill.methods import neural_patches


def test_a_cell_is_missing_where_any_of_its_pixels_is():
    hole = np.zeros((8, 12), bool)
    hole[3, 4] = hole[7, 11] = True
    np.testing.assert_array_equal(neural_patches.cells(hole, 4), [[0, 1, 0], [0, 0, 1]])


def test_no_source_touches_the_hole_and_each_missing_cell_is_in_a_patch():
    random = np.random.default_rng(0)
    for stride in (1, 2, 3):
        for _ in range(20):
            missing = random.random((9, 11)) < 0.06
            touching, sources = neural_patches.places(missing, 3, stride)
            for row, column in sources:
                assert not missing[row : row + 3, column : column + 3].any()
            reached = np.zeros_like(missing)
            for row, column in touching:
                assert missing[row : row + 3, column : column + 3].any()
                reached[row : row + 3, column : column + 3] = True
            assert reached[missing].all()
    assert len(touching) + len(sources) < 9 * 7  # fewer than all


def test_a_map_smaller_than_a_patch_has_none():
    touching, sources = neural_patches.places(np.zeros((2, 9), bool), 3)
    assert touching.shape == sources.shape == (0, 2)


@pytest.mark.parametrize("by", ["distance", "correlation"])
def test_nearest_in_parts_is_nearest_of_all(by):
    random = np.random.default_rng(0)
    features, sources = random.normal(size=(2, 9, 10, 4)).astype("float32")
    wanted = np.argwhere(np.ones((7, 8)))
    at = wanted[random.permutation(56)[:30]]
    p = neural_patches.patches(features, wanted, 3).astype("float64")
    q = neural_patches.patches(sources, at, 3).astype("float64")
    if by == "distance":
        brute = np.square(p[:, None] - q[None]).sum(-1).argmin(1)
    else:
        brute = (p @ q.T / np.linalg.norm(p, axis=1)[:, None] / np.linalg.norm(q, axis=1)).argmax(1)
    for together in ((4096, 2048), (5, 7), (1, 1), (56, 30)):
        found = neural_patches.nearest(features, wanted, sources, at, 3, by, together)
        np.testing.assert_array_equal(found, brute)


def test_patches_are_read_row_by_row():
    features = np.arange(4 * 5 * 2, dtype=float).reshape(4, 5, 2)
    found = neural_patches.patches(features, np.array([[1, 2], [2, 0]]), 2)
    np.testing.assert_array_equal(found[0], features[1:3, 2:4].ravel())
    np.testing.assert_array_equal(found[1], features[2:4, 0:2].ravel())


def test_votes_by_hand():
    """Patches of 2 × 1 … here 2 × 2 cells of one row's values: where two overlap, the mean of what both ask for."""
    sources = np.array([[1, 2, 5], [3, 4, 7.0]], "float32")[..., None]
    mean, count = neural_patches.votes(sources, np.array([[0, 0], [0, 1]]), np.array([[0, 0], [0, 1]]), (2, 4), 2)
    np.testing.assert_array_equal(count[..., 0], [[1, 2, 1, 0], [1, 2, 1, 0]])
    np.testing.assert_array_equal(mean[..., 0], [[1, 2, 5, 0], [3, 4, 7, 0]])
    mean, _ = neural_patches.votes(sources, np.array([[0, 1], [0, 0]]), np.array([[0, 0], [0, 1]]), (2, 3), 2)
    np.testing.assert_array_equal(mean[..., 0], [[2, 3, 2], [4, 5, 4]])


def test_gradient_of_the_texture_is_that_of_the_sum_over_patches():
    """d/dφ of 1/|R| Σ ‖P_i − P_nn(i)‖², patch by patch in NumPy, against TensorFlow's of the votes."""
    import tensorflow as tf

    random = np.random.default_rng(0)
    features = random.normal(size=(8, 9, 5)).astype("float32")
    missing = np.zeros((8, 9), bool)
    missing[2:5, 3:5] = True
    wanted, at = neural_patches.places(missing, 3)
    chosen = at[neural_patches.nearest(features, wanted, features, at, 3)]
    slow = np.zeros(features.shape)
    for (row, column), (there, right) in zip(wanted, chosen, strict=True):
        off = features[row : row + 3, column : column + 3] - features[there : there + 3, right : right + 3]
        slow[row : row + 3, column : column + 3] += 2 * off / len(wanted)
    votes, counts = neural_patches.votes(features, chosen, wanted, (8, 9), 3)
    x = tf.constant(features[None])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = texture_loss(x, votes[None], counts[None] / len(wanted))
    np.testing.assert_allclose(tape.gradient(loss, x)[0], slow, atol=1e-5)
    assert np.abs(slow).max() > 0.1

"""Means of known pixels, by hand and beside what is known everywhere."""

import numpy as np

from holefill.methods.known_means import known_means


def test_means_by_hand():
    """Of 2 × 2 pixels all, three, one and none known: what is not known has no part in the mean."""
    picture = np.float32([[1, 3, 2, 4], [5, 7, 6, 99], [99, 99, 99, 99], [8, 99, 99, 99]])[..., None]
    known = np.ones((4, 4), bool)
    known[picture[..., 0] == 99] = False
    means, share = known_means(picture, known, (2, 2))
    np.testing.assert_allclose(means[..., 0], [[4, 4], [8, 0]])
    np.testing.assert_allclose(share, [[1, 0.75], [0.25, 0]])


def test_an_even_picture_stays_even_at_any_size():
    rng = np.random.default_rng(0)
    known = rng.random((50, 37)) < 0.6
    picture = np.where(known[..., None], np.float32([0.5, -0.25, 1]), rng.normal(0, 9, (50, 37, 3))).astype(np.float32)
    means, share = known_means(picture, known, (23, 11))
    assert means.dtype == share.dtype == np.float32 and share.min() > 0
    np.testing.assert_allclose(means, np.broadcast_to(np.float32([0.5, -0.25, 1]), (23, 11, 3)), atol=1e-5)
    assert abs(share.mean() - known.mean()) < 1e-3

"""Biharmonic filling: polynomials given back, tiles without seams, holes apart, and what is missing told."""

import sys

import numpy as np
import pytest
from skimage import data
from skimage.restoration import inpaint_biharmonic

from holefill.errors import UserError
from holefill.methods import biharmonic
from holefill.methods.hole_groups import groups


def filled(image, hole):
    return biharmonic.fill(image[None], hole[None, ..., None].astype(np.float32)).images[0, 0]


def cubic(height, width):
    """A polynomial of third degree, for which Δ²u = 0, in [-1, 1]: [height, width, 3]."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([0.6 * x * y, 0.5 * x**3 - 0.3 * y, x**2 - 0.5 * y**2 - 0.3], -1).astype(np.float32)


def photograph():
    return (data.astronaut()[100:228, 150:278] / 127.5 - 1).astype(np.float32)


@pytest.fixture
def small_tiles(monkeypatch):
    for name, value in {"MOST": 500, "TILE": 24, "OVERLAP": 12}.items():
        monkeypatch.setattr(biharmonic, name, value)


def test_a_cubic_is_given_back():
    image, hole = cubic(40, 50), np.zeros((40, 50), bool)
    hole[10:30, 12:40] = 1
    np.testing.assert_allclose(filled(np.where(hole[..., None], 1, image), hole), image, atol=1e-5)


def test_one_missing_pixel_by_hand():
    """20u - 8·(4 neighbours) + 2·(4 diagonals) + (4 at distance 2) = 0: with 1 on the right alone, u = 8/20."""
    image, hole = np.zeros((7, 7, 1), np.float32), np.zeros((7, 7), bool)
    image[3, 4], hole[3, 3] = 1, 1
    np.testing.assert_allclose(filled(image, hole)[3, 3, 0], 0.4, atol=1e-6)


def test_tiles_give_a_cubic_back_too(small_tiles):
    image, hole = cubic(90, 100), np.zeros((90, 100), bool)
    hole[8:80, 10:92] = 1
    hole[30:34, 40:50] = 0
    np.testing.assert_allclose(filled(np.where(hole[..., None], 1, image), hole), image, atol=0.03)


def test_tiles_have_no_seams(monkeypatch, small_tiles):
    """Inside the hole, second differences are no larger than where all is solved at once."""
    image, hole = photograph(), np.zeros((128, 128), bool)
    hole[16:112, 16:112] = 1
    tiled = filled(image, hole)
    monkeypatch.setattr(biharmonic, "MOST", 10**6)
    most = [
        max(np.abs(np.diff(painted[32:96, 32:96], 2, axis=axis)).max() for axis in (0, 1))
        for painted in (tiled, filled(image, hole))
    ]
    assert np.any(tiled != filled(image, hole)) and most[0] < 1.2 * most[1]


@pytest.mark.parametrize("most", [600, 10**6])
def test_holes_apart_are_as_if_together(monkeypatch, most):
    monkeypatch.setattr(biharmonic, "MOST", most)
    image, hole = photograph(), np.zeros((128, 128), bool)
    for top in range(2, 120, 15):
        hole[top : top + 3, top : 120 : 1 + top % 4] = 1
    hole[60:128, :8] = 1
    together = inpaint_biharmonic(image.astype(np.float64), hole, channel_axis=-1)
    np.testing.assert_allclose(filled(image, hole), together, atol=1e-5)


def test_a_hole_beside_another_does_not_count_it_as_known(monkeypatch):
    """A block in the middle of a ring, in an even picture: both become even, though other colours are known too."""
    for name, value in {"MOST": 60, "TILE": 8, "OVERLAP": 2}.items():
        monkeypatch.setattr(biharmonic, name, value)
    image, hole = np.full((80, 90, 1), 0.5, np.float32), np.zeros((80, 90), bool)
    image[75, 80], image[75, 85] = -1, 1
    hole[8:72, 6:76] = True
    hole[28:52, 28:54] = False
    hole[33:47, 33:49] = True
    assert len(list(groups(hole, 2 * biharmonic.REACH, biharmonic.MOST))) == 2
    np.testing.assert_allclose(filled(image, hole)[hole], 0.5, atol=1e-5)


def test_groups_of_holes():
    missing = np.zeros((20, 30), bool)
    missing[2, 3] = missing[4, 5] = missing[10:12, 20:25] = missing[18, 1] = True
    for most, parts in ((1, [2, 10, 1]), (12, [12, 1]), (100, [13])):
        found = list(groups(missing, 4, most))
        assert [int(own.sum()) for _, own in found] == parts
        union = np.zeros_like(missing)
        for window, own in found:
            union[window] |= own
        np.testing.assert_array_equal(union, missing)
    assert next(groups(missing, 4, 1))[0] == (slice(2, 5), slice(3, 6))


def test_quality_on_a_photograph():
    image = (data.chelsea()[40:168, 100:228] / 127.5 - 1).astype(np.float32)
    hole = np.zeros((128, 128), bool)
    hole[20:100:16, 10:110] = hole[21:100:16, 10:110] = hole[22:100:16, 10:110] = 1
    error = (filled(image, hole) - image)[hole]
    assert -10 * np.log10((error**2).mean() / 4) > 25.5


def test_without_scikit_image_exception_raised(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.restoration", None)
    with pytest.raises(UserError, match="biharmonic needs scikit-image: pip install scikit-image"):
        filled(photograph(), np.eye(128, dtype=bool))

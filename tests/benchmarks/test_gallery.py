"""The gallery's picture: what is known is the picture's in every column, holes are grey in the first."""

import numpy as np
from skimage import data

from holefill.benchmarks import gallery
from holefill.datasets import masks


def test_every_method_and_hole_has_its_place():
    picture = data.astronaut()[:40, :30]
    found = gallery.sheet(picture, ["center", "left"], ["telea", "membrane"])
    assert found.shape == (16 + 2 * 44 - 4, 4 * 34 - 4, 3)
    for row, name in enumerate(["center", "left"]):
        known = masks.make(name, 40, 30, seed=0)[..., 0] == 0
        cells = [found[16 + 44 * row :][:40, 34 * column :][:, :30] for column in range(4)]
        for cell in cells:
            np.testing.assert_array_equal(cell[known], picture[known])
        assert (cells[0][~known] == 128).all() and (cells[3] == picture).all()
        assert (cells[1][~known] != cells[2][~known]).any()

"""The gallery's picture: what is known is the picture's in every column, holes are grey in the first."""

import numpy as np
import pytest
from PIL import Image
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


def test_of_several_pictures_each_is_a_column():
    pictures = [gallery.read(name, 40) for name in ("astronaut", "camera")]
    found = gallery.tall(pictures, ["center", "left"], ["telea"])
    assert found.shape == (3 * 44 - 4, gallery.LABEL + 2 * 44, 3)
    for column, (picture, name) in enumerate(zip(pictures, ["center", "left"], strict=True)):
        known = masks.make(name, 40, 40, seed=0)[..., 0] == 0
        left = gallery.LABEL + 4 + 44 * column
        cells = [found[44 * row :][:40, left:][:, :40] for row in range(3)]
        assert (cells[0][~known] == 128).all() and (cells[2] == picture).all()
        np.testing.assert_array_equal(cells[1][known], picture[known])
        assert (cells[1][~known] != 128).any()


def test_a_file_is_read_as_it_is(tmp_path):
    picture = data.astronaut()[:40, :30]
    Image.fromarray(picture).save(tmp_path / "one.png")
    np.testing.assert_array_equal(gallery.read(str(tmp_path / "one.png")), picture)


def test_a_grey_file_is_shown_and_what_is_none_ends_in_a_line(tmp_path):
    Image.fromarray(data.camera()[:40, :30]).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(gallery.read(str(tmp_path / "grey.png"))[..., 1], data.camera()[:40, :30])
    with pytest.raises(SystemExit, match="nowhere.png is no file, and no picture in skimage.data"):
        gallery.read("nowhere.png")

"""The gallery's picture: what is known is the picture's in every column, holes are grey in the first."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import data

from holefill.benchmarks import gallery
from holefill.datasets import masks
from holefill.errors import UserError


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
    with pytest.raises(UserError, match="nowhere.png is no file, and no picture in skimage.data"):
        gallery.read("nowhere.png")


def test_titles_stand_for_the_methods_and_make_room():
    pictures = [data.astronaut()[:40, :30]] * 2
    named = gallery.tall(pictures, ["center", "left"], ["telea"], ["a network of a name that is rather long"])
    plain = gallery.tall(pictures, ["center", "left"], ["telea"])
    more = named.shape[1] - plain.shape[1]
    assert more > 50
    np.testing.assert_array_equal(named[:, more + gallery.LABEL :], plain[:, gallery.LABEL :])
    assert (named[44:84, : more + gallery.LABEL] < 128).any()


def test_pictures_are_completed_and_then_enlarged():
    picture = data.astronaut()[:16, :20]
    plain, large = (gallery.sheet(picture, ["center"], ["telea"], times=times) for times in (1, 3))
    assert plain.shape == (16 + 16, 3 * 24 - 4, 3) and large.shape == (16 + 48, 3 * 64 - 4, 3)
    middle = large[16:][1::3, 64:][:, 1:60:3]  # the middles of 3 x 3
    np.testing.assert_allclose(middle.astype(int), plain[16:, 24:44].astype(int), atol=2)


def test_a_method_brings_its_own_model_and_blend():
    asked = gallery._asked("fill(model='runs/a', blend='tension', mirrored=True)")
    assert asked == {"method": "fill(mirrored=True)", "model": "runs/a", "blend": "tension"}
    assert gallery._asked("telea") == {"method": "telea", "model": None, "blend": "poisson"}
    with pytest.raises(UserError, match="blend is 3; wanted a text in quotes"):
        gallery._asked("telea(blend=3)")


def test_what_does_not_go_together_exception_raised():
    picture = data.astronaut()[:40, :30]
    with pytest.raises(UserError, match="pictures of 40 x 30 and 30 x 30: give --size"):
        gallery.tall([picture, picture[:30]], ["center"], ["telea"])
    for pictures in (gallery.sheet, lambda one, *asked: gallery.tall([one, one], *asked)):
        with pytest.raises(UserError, match="2 titles for 1 methods"):
            pictures(picture, ["center"], ["telea"], ["one", "two"])


@pytest.fixture
def program(tmp_path, monkeypatch):
    """The program with some flags; the path of what it writes."""

    def start(**asked):
        flags = {"pictures": ["camera"], "size": 16, "holes": "center", "methods": "telea", "titles": [], "enlarge": 1}
        flags |= {"output": str(tmp_path / "new/sheet.png"), **asked}
        monkeypatch.setattr(gallery, "FLAGS", SimpleNamespace(**flags))
        gallery.main([])
        return Path(flags["output"])

    return start


def test_the_program_draws_a_network_of_a_folder(program):
    made = program(methods="telea,one_pass(model='fill64')", titles=["one", "other"])
    assert Image.open(made).size == (4 * 16 + 3 * gallery.GAP, 16 + 16)


@pytest.mark.parametrize("asked, says", [
    ({"methods": "no_such"}, "no_such"),
    ({"holes": "no_such"}, "no_such"),
    ({"holes": ""}, "holes"),
    ({"pictures": ["no_such"]}, "no_such is no file"),
    ({"pictures": ["data_dir"]}, "data_dir is no file, and no picture"),
    ({"pictures": []}, "--pictures names none"),
    ({"methods": "one_pass(model='no_such')"}, "no_such"),
    ({"output": "sheet.nothing"}, "its suffix names no format"),
])  # fmt: skip
def test_the_program_ends_in_one_line(program, tmp_path, asked, says):
    with pytest.raises(SystemExit, match="^gallery: [^\\n]*$") as raised:
        program(**asked)
    assert says in str(raised.value) and not list(tmp_path.rglob("*.png"))

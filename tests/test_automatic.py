"""The rule of --method auto: what decides, in which order, and that it is told."""

import logging

import numpy as np
import pytest
from skimage import data

from holefill import automatic, files
from holefill.datasets import images
from holefill.errors import UserError
from holefill.faces import detect
from holefill.job import Job

FACE = (slice(20, 220), slice(130, 330))  # of the astronaut


def job(pixels, rows=slice(0, 0), columns=slice(None), share=None):
    hole = np.zeros((*pixels.shape[:2], 1), np.float32)
    hole[rows, columns] = 1
    if share:
        hole[np.random.default_rng(0).random(pixels.shape[:2]) < share] = 1
    return Job(images.Picture(np.ascontiguousarray(pixels)), hole)


@pytest.fixture
def no_faces(monkeypatch):
    """A machine where dlib finds no face in anything."""
    monkeypatch.setattr(detect, "require", lambda *_: None)
    monkeypatch.setattr(automatic.under_hole, "is_face", lambda *_: False)
    monkeypatch.setattr(automatic.under_hole, "detect", lambda *_, **__: [])


@pytest.fixture
def no_dlib(monkeypatch):
    def missing(*_):
        raise detect.Missing("dlib is missing: pip install holefill[faces]")

    monkeypatch.setattr(detect, "require", missing)


@pytest.mark.parametrize(
    ("rows", "columns", "width"),
    [
        (slice(4, 5), slice(2, 30), 1),
        (slice(4, 7), slice(2, 30), 3),
        (slice(4, 13), slice(2, 13), 9),
        (slice(0, 5), slice(0, 5), 5),
        (slice(0, 0), slice(0, 0), 0),
    ],
)
def test_a_hole_is_as_wide_as_the_largest_square_in_it(rows, columns, width):
    assert automatic.widest(job(np.zeros((32, 40, 1), np.uint8), rows, columns).hole) == width


def test_scratches_are_thin_on_any_picture(no_dlib):
    photo = data.chelsea()
    assert automatic.choose(job(photo, slice(100, 104))).method == "telea"
    assert automatic.choose(job(photo, slice(100, 104)), candidates=2).method == "patch_match"
    assert automatic.choose(job(photo, slice(100, 112))).method == "patch_match"  # 11 > 5


def test_thin_is_more_pixels_in_a_larger_picture(no_faces):
    large = np.zeros((900, 1000, 3), np.uint8)
    assert automatic.choose(job(large, slice(100, 109))).method == "telea"
    assert automatic.choose(job(large, slice(100, 111))).method == "patch_match"


def test_photographs_are_filled_by_patches_and_scattered_pixels_are_not(no_faces):
    photo = data.chelsea()
    assert automatic.choose(job(photo, slice(100, 180), slice(100, 180))).method == "patch_match"
    found = automatic.choose(job(photo, share=0.8))
    assert found.method == "telea" and "80% is missing" in found.why


def test_a_small_square_picture_of_which_too_much_is_missing_is_taken_for_a_face(no_faces):
    crop = data.brick()[:64, :64, None]
    assert automatic.choose(job(crop, slice(16, 48), slice(16, 48))).method == "patch_match"
    found = automatic.choose(job(crop, slice(0, 32)))
    assert found.method == "semantic@encoder" and "patch_match" in found.why
    assert automatic.choose(job(data.brick()[:64, :128, None], slice(0, 28))).method == "patch_match"  # no square


def test_where_no_face_can_be_looked_for_a_crop_is_one_and_a_photograph_is_none(no_dlib, caplog):
    found = automatic.choose(job(data.brick()[:64, :64, None], slice(20, 40), slice(20, 40)))
    assert found.method == "semantic@encoder" and "taken for a crop" in found.why
    with caplog.at_level(logging.INFO, "absl"):
        assert automatic.choose(job(data.astronaut(), slice(80, 140), slice(190, 260))).method == "patch_match"
    assert "pip install" in caplog.text


def test_a_face_is_seen_in_a_photograph_and_in_a_crop():
    try:
        detect.require(None)
    except UserError as error:
        pytest.skip(str(error))
    photo = data.astronaut()
    assert automatic.choose(job(photo, slice(70, 160), slice(225, 265))).method == "semantic@encoder"
    assert automatic.choose(job(photo, slice(380, 440), slice(20, 80))).method == "patch_match"  # her sleeve
    assert automatic.choose(job(photo, slice(70, 160), slice(225, 265)), align="off").method == "patch_match"
    crop = photo[FACE][::2, ::2]
    assert automatic.choose(job(crop, slice(40, 60), slice(40, 60))).method == "semantic@encoder"


@pytest.mark.parametrize(
    ("asked", "method"),
    [
        ({"data": "celeba"}, "nearest"),
        ({"model": "fill64"}, "one_pass"),
        ({"model": "celeba64"}, "semantic@encoder"),
        ({"steps": 5}, "semantic@encoder"),
        ({"logdir": "logs"}, "semantic@encoder"),
        ({"align": "face"}, "semantic@encoder"),
    ],
)
def test_what_else_is_asked_for_decides(asked, method):
    assert automatic.asked_for(**asked).method == method
    assert automatic.asked_for() is None and automatic.asked_for(align="off") is None


def test_a_landmark_file_goes_with_whatever_the_picture_asks_for(no_faces):
    recipes = automatic.Recipes(landmarks=__file__)  # no predictor, but a file
    photo = data.chelsea()
    assert recipes(job(photo, slice(100, 104))).model is None
    assert recipes(job(photo, slice(100, 200), slice(100, 200))).model is None


def test_a_model_that_is_not_there_exception_raised_before_any_work():
    with pytest.raises(UserError, match="unknown model 'celeba65'"):
        automatic.Recipes(model="celeba65")


@pytest.mark.parametrize("wrong", [{"blend": "poison"}, {"candidates": 0}])
def test_what_fits_no_method_is_refused_before_any_picture(wrong):
    with pytest.raises(UserError):
        automatic.Recipes(**wrong)


def test_each_picture_of_a_folder_by_its_own_method_and_a_line_tells_which(tmp_path, no_faces, caplog):
    (tmp_path / "in").mkdir(), (tmp_path / "masks").mkdir()
    for name, rows in {"a": slice(40, 42), "b": slice(40, 60), "c": slice(50, 52)}.items():
        one = job(data.chelsea()[:100, :140], rows, slice(20, 60))
        images.write(tmp_path / "in" / f"{name}.png", one.picture)
        images.write(tmp_path / "masks" / f"{name}.png", images.Picture(np.uint8(one.hole * 255)))
    with caplog.at_level(logging.INFO, "absl"):
        outcomes = list(files.complete_path(tmp_path / "in", tmp_path / "masks", tmp_path / "out"))
    assert [outcome.error for outcome in outcomes] == [None] * 3
    assert [outcome.path.stem for outcome in outcomes] == ["a", "b", "c"]
    told = [record.message.split("in/")[-1] for record in caplog.records if "method" in record.message]
    assert [line.split(":")[:2] for line in told] == [
        ["a.png", " method telea"],
        ["b.png", " method patch_match"],
        ["c.png", " method telea"],
    ]


@pytest.mark.parametrize("method, says", [
    ("aut", "unknown method 'aut': did you mean 'auto'"),
    ("auto(radius=3)", "'auto\\(radius=3\\)': auto takes no options"),
    ("pach_match", "did you mean 'patch_match'"),
])  # fmt: skip
def test_a_method_that_is_none_exception_raised(method, says):
    with pytest.raises(UserError, match=says):
        automatic.Recipes(method)


@pytest.mark.parametrize("method", ["auto", " auto", "auto()"])
def test_auto_is_auto_however_it_is_written(method):
    assert automatic.searches(method) and automatic.Recipes(method).chosen is None

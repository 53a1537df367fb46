"""Folders of pictures: where outputs go, which mask is whose, and that one bad file stops no other."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from holefill import files
from holefill.datasets import images
from holefill.errors import UserError

TELEA = {"method": "telea"}


@pytest.fixture
def photos(tmp_path):
    """`photos/` with two pictures, one of them in a folder below, one file that is none, and `masks/` for both."""
    for name in ("photos/a.png", "photos/below/b.jpg", "masks/a.png", "masks/below/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(data.astronaut()[:30, :40]).save(tmp_path / "photos/a.png")
    Image.fromarray(data.camera()[:20, :20]).save(tmp_path / "photos/below/b.jpg")
    (tmp_path / "photos/broken.png").write_text("no picture")
    (tmp_path / "photos/notes.txt").write_text("no picture either, and none by its name")
    for name, shape in (("a", (30, 40)), ("below/b", (20, 20))):
        mask = np.zeros(shape, np.uint8)
        mask[5:15, 5:15] = 255
        Image.fromarray(mask).save(tmp_path / f"masks/{name}.png")
    return tmp_path


def outcomes(photos, mask, output="out", **more):
    found = files.complete_path(photos / "photos", mask, photos / output, **{"making": TELEA, **more})
    return {str(o.path.relative_to(photos / "photos")): o for o in found}


def test_each_picture_is_completed_with_its_own_mask(photos):
    found = outcomes(photos, photos / "masks")
    assert found["a.png"].outputs == (photos / "out/a.png",)
    assert found["below/b.jpg"].outputs == (photos / "out/below/b.png",)
    assert found["broken.png"].error and not found["broken.png"].outputs
    before, after = (np.asarray(Image.open(photos / f"{name}/a.png")) for name in ("photos", "out"))
    known = np.asarray(Image.open(photos / "masks/a.png")) == 0
    assert (before[known] == after[known]).all() and (before[~known] != after[~known]).any()


def test_a_missing_mask_is_named_and_stops_no_other(photos):
    (photos / "masks/a.png").unlink()
    found = outcomes(photos, photos / "masks")
    assert str(photos / "masks/a.png") in found["a.png"].error and found["below/b.jpg"].outputs


def test_what_exists_is_left_alone_unless_asked(photos):
    outcomes(photos, "center")
    first = (photos / "out/a.png").stat().st_mtime_ns
    again = outcomes(photos, "center")["a.png"]
    assert (again.outputs, again.error) == ((), None) and (photos / "out/a.png").stat().st_mtime_ns == first
    assert outcomes(photos, "center", overwrite=True)["a.png"].outputs
    assert (photos / "out/a.png").stat().st_mtime_ns > first


def test_a_candidate_that_exists_is_not_replaced(photos):
    (photos / "out").mkdir()
    (photos / "out/a-1.png").write_bytes(b"of another run")
    making = {"method": "patch_match(iterations=1)", "candidates": 2}
    assert "a-1.png exists" in outcomes(photos, "center", making=making)["a.png"].error
    assert (photos / "out/a-1.png").read_bytes() == b"of another run" and not (photos / "out/a-2.png").exists()


def test_pictures_within_the_folder_of_outputs_are_an_error_that_says_so(photos):
    for output in ("photos", "."):
        with pytest.raises(UserError, match="which is given too: name another folder there, as"):
            outcomes(photos, "center", output)


@pytest.mark.parametrize(("output", "says"), [("out.tif", "not written as TIFF"), ("out.jpg", "JPEG has 8 bits")])
def test_a_format_that_cannot_hold_the_picture_is_refused_before_any_work(photos, monkeypatch, output, says):
    deep = data.astronaut()[:30, :40].astype(np.uint16) * 257
    images.write(photos / "deep.png", images.Picture(deep))
    monkeypatch.setattr(files, "complete_all", lambda *_: pytest.fail("it was completed"))
    with pytest.raises(UserError, match=says):
        list(files.complete_path(photos / "deep.png", "center", photos / output, making=TELEA))


def test_outputs_and_masks_below_the_folder_are_no_input(photos):
    (photos / "masks").rename(photos / "photos/masks")
    wanted = {"a.png", "below/b.jpg", "broken.png"}
    assert set(outcomes(photos, photos / "photos/masks", "photos/out")) == wanted
    assert set(outcomes(photos, photos / "photos/masks", "photos/out")) == wanted


def test_pictures_of_one_name_do_not_take_each_other_s_output(photos):
    Image.fromarray(data.astronaut()[:30, :40]).save(photos / "photos/a.bmp")
    Image.fromarray(data.astronaut()[:30, :40]).save(photos / "photos/a-png.bmp")
    found = outcomes(photos, "center")
    written = [found[name].outputs for name in ("a.bmp", "a.png", "a-png.bmp")]
    assert all(written) and len(set(written)) == 3


def test_one_mask_for_all_fits_those_of_its_size(photos):
    found = outcomes(photos, photos / "masks/a.png")
    assert found["a.png"].outputs and "wanted the same size" in found["below/b.jpg"].error


def test_an_output_that_cannot_be_written_stops_no_other(photos):
    (photos / "out").mkdir()
    (photos / "out/below").write_text("a file where a folder is wanted")
    found = outcomes(photos, "center")
    assert found["a.png"].outputs and "below" in found["below/b.jpg"].error


def test_cmyk_goes_into_a_format_that_holds_it(photos):
    Image.fromarray(data.astronaut()[:30, :40]).convert("CMYK").save(photos / "photos/c.tif")
    found = outcomes(photos, "center")["c.tif"]
    assert found.outputs == (photos / "out/c.tif",) and Image.open(photos / "out/c.tif").mode == "CMYK"
    assert outcomes(photos, "center")["c.tif"].outputs == ()


def test_candidates_are_numbered():
    assert files.outputs_of(Path("x/a.png"), 1) == [Path("x/a.png")]
    assert files.outputs_of(Path("x/a.b.png"), 2) == [Path("x/a.b-1.png"), Path("x/a.b-2.png")]


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no picture in"):
        list(files.complete_path(tmp_path, "center", making=TELEA))


def test_candidates_are_all_written_or_none(photos, monkeypatch):
    pictures = [images.read(photos / "photos/a.png")] * 3
    (photos / "out").mkdir()
    (photos / "out/c-3.png").mkdir()
    with pytest.raises(UserError, match="c-3.png"):
        files._write(photos / "photos/a.png", photos / "out/c.png", pictures)
    assert [p.name for p in (photos / "out").iterdir()] == ["c-3.png"]


@pytest.mark.parametrize("making", [{"method": "telae"}, {"method": "semantic", "model": "x"}, {"blend": "poison"}])
@pytest.mark.parametrize("of_many", [False, True])
def test_no_folder_is_made_for_what_is_unknown(photos, making, of_many):
    image = photos / "photos" if of_many else photos / "photos/a.png"
    with pytest.raises(UserError, match="unknown"):
        list(files.complete_path(image, "center", photos / "new/b.png", making=making))
    assert not (photos / "new").exists()


def test_a_folder_without_permission_is_found_before_any_work(photos, monkeypatch):
    monkeypatch.setattr(files.os, "access", lambda path, mode: False)  # root may write anywhere
    monkeypatch.setattr(files, "Recipes", lambda **making: pytest.fail("the method was looked up"))
    with pytest.raises(UserError, match="no permission to write in"):
        list(files.complete_path(photos / "photos/a.png", "center", photos / "new/b.png", making=TELEA))


@pytest.mark.parametrize(
    ("image", "output", "words"), [("none", "out", "no picture in"), ("photos", "file", "is a file")]
)
def test_of_a_folder_all_that_is_cheap_is_asked_first(photos, monkeypatch, image, output, words):
    (photos / "none").mkdir()
    (photos / "file").write_text("")
    monkeypatch.setattr(files, "Recipes", lambda **making: pytest.fail("the method was looked up"))
    with pytest.raises(UserError, match=words):
        list(files.complete_path(photos / image, "center", photos / output, making=TELEA))


def test_a_mask_that_is_neither_folder_nor_name_is_told_once(photos):
    """Before any picture is read; nothing is written."""
    with pytest.raises(UserError, match="unknown mask 'nomasks'"):
        outcomes(photos, "nomasks")
    assert not (photos / "out").exists()

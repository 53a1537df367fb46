"""Removing a logo from files: what is written, what is left as it was, and what is told."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from holefill import files, marked_files
from holefill.datasets import images
from holefill.errors import UserError

TELEA = {"method": "telea"}
CORNER = 30, 40  # where the mark lies: row, column
SIDE = 72


def mark():
    """A disc with a cross and a triangle, RGBA."""
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((2, 2, SIDE - 3, SIDE - 3), fill=(30, 70, 180, 255))
    pen.rectangle((14, 30, 58, 38), fill=(255, 255, 255, 255))
    pen.rectangle((32, 12, 40, 60), fill=(255, 255, 255, 255))
    pen.polygon([(46, 44), (62, 48), (48, 62)], fill=(240, 60, 40, 255))
    return np.asarray(image)


def marked(photo):
    """A photograph of 8 or 16 bits, grey or in colour, with the mark in it; and the picture of where it is."""
    rgba, top, left = mark(), *CORNER
    shown = rgba[..., :3] if photo.ndim == 3 else cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY)
    result, there = photo.copy(), np.zeros(photo.shape[:2], bool)
    there[top : top + SIDE, left : left + SIDE] = rgba[..., 3] > 0
    result[there] = shown[rgba[..., 3] > 0].astype(photo.dtype) * (257 if photo.dtype == np.uint16 else 1)
    return result, there


PHOTO = data.chelsea()[60:220, 100:290]
MARKED, THERE = marked(PHOTO)


@pytest.fixture
def photos(tmp_path):
    """`logo.png`, and `photos/` with two marked pictures, one without the mark and one that is none."""
    (tmp_path / "photos/below").mkdir(parents=True)
    Image.fromarray(mark()).save(tmp_path / "logo.png")
    Image.fromarray(MARKED).save(tmp_path / "photos/a.png")
    Image.fromarray(MARKED).save(tmp_path / "photos/below/b.jpg", quality=90)
    Image.fromarray(data.astronaut()[300:400, 60:160]).save(tmp_path / "photos/none.png")
    (tmp_path / "photos/broken.png").write_text("no picture")
    return tmp_path


def outcomes(photos, **more):
    found = marked_files.remove_path(
        photos / "photos", photos / "logo.png", photos / "out", **{"making": TELEA, "show": photos / "shown", **more}
    )
    return {str(o.path.relative_to(photos / "photos")): o for o in found}


def test_of_a_folder_each_picture_is_done_left_or_told(photos):
    found = outcomes(photos)
    assert found["a.png"].outputs == (photos / "out/a.png",)
    assert found["below/b.jpg"].outputs == (photos / "out/below/b.png",)
    assert "the logo was not found" in found["none.png"].error and not (photos / "out/none.png").exists()
    assert "no picture of a known format" in found["broken.png"].error
    shown = {str(p.relative_to(photos / "shown")) for p in (photos / "shown").rglob("*.png")}
    assert shown == {"a-match.png", "a-mask.png", "below/b-match.png", "below/b-mask.png"}
    before = (photos / "out/a.png").stat().st_mtime_ns
    again = outcomes(photos)["a.png"]
    assert (again.outputs, again.error) == ((), None) and (photos / "out/a.png").stat().st_mtime_ns == before
    assert outcomes(photos, overwrite=True)["a.png"].outputs


def test_candidates_that_are_there_are_left(photos):
    (photos / "photos/below/b.jpg").unlink()
    making = {"method": "patch_match(iterations=1)", "candidates": 2}
    assert outcomes(photos, making=making)["a.png"].outputs == (photos / "out/a-1.png", photos / "out/a-2.png")
    assert outcomes(photos, making=making)["a.png"] == files.Outcome(photos / "photos/a.png")
    (photos / "out/a-2.png").unlink()
    assert "a-1.png exists" in outcomes(photos, making=making)["a.png"].error
    assert outcomes(photos, making=making, overwrite=True)["a.png"].outputs and (photos / "out/a-2.png").exists()


def test_a_mask_that_is_there_is_not_replaced(photos):
    (photos / "shown").mkdir()
    (photos / "shown/a-mask.png").write_bytes(b"drawn by hand")
    assert "a-mask.png exists" in outcomes(photos)["a.png"].error
    assert (photos / "shown/a-mask.png").read_bytes() == b"drawn by hand" and not (photos / "out/a.png").exists()


def test_a_picture_is_read_once(photos, monkeypatch):
    paths, read = [], images.read
    monkeypatch.setattr(images, "read", lambda path: paths.append(path) or read(path))
    list(marked_files.remove_path(photos / "photos/a.png", photos / "logo.png", photos / "a.png", making=TELEA))
    assert paths.count(photos / "photos/a.png") == 1 and (photos / "a.png").exists()


def test_only_the_mask_is_filled_and_the_mark_is_gone(photos):
    outcomes(photos)
    after, mask = (np.asarray(Image.open(photos / name)) for name in ("out/a.png", "shown/a-mask.png"))
    assert set(np.unique(mask)) == {0, 255} and (mask[THERE] == 255).mean() >= 0.98
    assert (after[mask == 0] == MARKED[mask == 0]).all()
    off = [np.abs(picture[THERE].astype(float) - PHOTO[THERE]).mean() for picture in (MARKED, after)]
    assert off[1] < off[0] / 2
    match = np.asarray(Image.open(photos / "shown/a-match.png"))
    assert match.shape == MARKED.shape and (match != MARKED).any(-1).sum() > 4 * 60
    assert (match[20:-20, -20:] == MARKED[20:-20, -20:]).all()


@pytest.mark.parametrize("kind", ["grey", "16 bit", "16 bit grey", "transparent"])
def test_mode_and_depth_stay(tmp_path, kind):
    photo = PHOTO if kind in ("16 bit", "transparent") else PHOTO[..., 1]
    photo, there = marked(photo.astype(np.uint16) * 257 if "16" in kind else photo)
    pixels = photo if photo.ndim == 3 else photo[..., None]
    alpha = np.where(np.arange(190) < 20, 0, 255)[None].repeat(160, 0).astype(np.uint8)
    images.write(tmp_path / "a.png", images.Picture(pixels, alpha if kind == "transparent" else None))
    Image.fromarray(mark()).save(tmp_path / "logo.png")
    words = tmp_path / "a.png", tmp_path / "logo.png", tmp_path / "b.png"
    (outcome,) = marked_files.remove_path(*words, making=TELEA)
    after = images.read(outcome.outputs[0])
    assert after.pixels.dtype == pixels.dtype and after.pixels.shape == pixels.shape
    assert after.alpha is None or (after.alpha == alpha).all()
    far = cv2.dilate(there.astype(np.uint8), np.ones((15, 15))) == 0
    assert (after.pixels[far] == pixels[far]).all() and (after.pixels[there] != pixels[there]).any(-1).mean() > 0.9


def test_a_logo_in_the_folder_is_no_input_and_one_larger_than_the_picture_is_found(photos):
    large = Image.fromarray(mark()).resize((400, 400), Image.Resampling.LANCZOS)
    large.save(photos / "photos/logo.png")
    found = list(marked_files.remove_path(photos / "photos", photos / "photos/logo.png", photos / "out", making=TELEA))
    assert {o.path.name: bool(o.outputs) for o in found} == {
        "a.png": True, "b.jpg": True, "none.png": False, "broken.png": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("image", "logo", "more", "part"),
    [
        ("nothing.png", "logo.png", {}, "there is no such file"),
        ("photos/a.png", "nothing.png", {}, "there is no such file"),
        ("photos/a.png", "empty.png", {}, "empty.png: the logo is transparent everywhere"),
        ("photos/none.png", "logo.png", {}, "none.png: the logo was not found in it"),
        ("photos/a.png", "logo.png", {"output": "logo.png"}, "logo.png exists"),
        ("photos/a.png", "logo.png", {"making": {"method": "telae"}}, "did you mean 'telea'"),
        ("photos", "logo.png", {"making": {"method": "telae"}}, "did you mean 'telea'"),
        ("bare", "logo.png", {}, "no picture in"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(photos, image, logo, more, part):
    Image.new("RGBA", (40, 40), (9, 9, 9, 0)).save(photos / "empty.png")
    (photos / "bare").mkdir()
    before = sorted(photos.rglob("*"))
    output = photos / more.pop("output", "new/b.png")
    with pytest.raises(UserError) as raised:
        list(marked_files.remove_path(photos / image, photos / logo, output, **{"making": TELEA, **more}))
    assert part in str(raised.value) and "\n" not in str(raised.value)
    assert sorted(photos.rglob("*")) == before

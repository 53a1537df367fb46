"""dlib's faces and landmarks; without dlib or its predictor, what to install."""

import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from skimage import data

from holefill.errors import UserError
from holefill.faces import detect
from holefill.training.landmarks import MIRRORED

PHOTOGRAPHS = Path(os.environ.get("HOLEFILL_DLIB_FACES", Path(__file__).parents[3] / "shared/data/dlib_faces"))


@pytest.fixture
def dlib_there():
    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))


def face_of_astronaut():
    return data.astronaut()[20:260, 100:340]


def test_finds_the_one_face_and_its_eyes(dlib_there):
    (face,) = detect.detect(data.astronaut())
    left, top, right, bottom = face.box
    assert 150 < left < 200 and 50 < top < 100 and 250 < right < 300 and 150 < bottom < 220 and face.score > 0
    assert face.points.shape == (68, 2)
    np.testing.assert_allclose(face.points[36:42].mean(0), (203, 101), atol=4)
    np.testing.assert_allclose(face.points[42:48].mean(0), (246, 104), atol=4)


def test_points_are_in_the_pixels_given_whatever_the_detector_sees(dlib_there):
    small = np.asarray(Image.fromarray(data.astronaut()).resize((256, 256), Image.Resampling.BOX))
    face, whole = detect.detect(small)[0], detect.detect(data.astronaut())[0]
    np.testing.assert_allclose(2 * face.points + 0.5, whole.points, atol=3)
    assert np.linalg.norm(2 * face.points + 0.5 - whole.points, axis=1).mean() < 1.2


def test_points_of_the_mirrored_face_are_mirrored(dlib_there):
    crop = np.ascontiguousarray(face_of_astronaut())
    (face,), (mirrored,) = detect.detect(crop), detect.detect(crop[:, ::-1])
    back = mirrored.points[list(MIRRORED)] * (-1, 1) + (239, 0)
    assert np.linalg.norm(back - face.points, axis=1).mean() < 3


def test_grey_pictures_and_their_axis(dlib_there):
    grey = data.astronaut().mean(-1).astype(np.uint8)
    np.testing.assert_array_equal(detect.detect(grey)[0].points, detect.detect(grey[..., None])[0].points)


def test_crops_without_a_face_are_no_numbers(dlib_there):
    noise = np.random.default_rng(0).integers(0, 255, (240, 240, 3), np.uint8)
    found = detect.in_crops(np.stack([noise, face_of_astronaut()]))
    assert found.shape == (2, 68, 2) and np.isnan(found[0]).all() and np.isfinite(found[1]).all()


def test_points_in_a_box_are_those_of_the_detector_that_found_it(dlib_there):
    crop = face_of_astronaut()
    (face,) = detect.detect(crop, border=0.25)
    found = detect.in_box(crop, face.box, border=0.25)
    assert np.linalg.norm(found - face.points, axis=1).mean() < 0.5


def test_true_points_of_photographs(dlib_there):
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"no photographs with known landmarks in {PHOTOGRAPHS}")
    errors, missed = [], 0
    for file in sorted(PHOTOGRAPHS.glob("t*_with_face_landmarks.xml")):
        for image in ElementTree.parse(file).getroot().iter("image"):
            found = detect.detect(np.asarray(Image.open(PHOTOGRAPHS / image.get("file")).convert("RGB")))
            for box in image.iter("box"):
                parts = sorted(box.iter("part"), key=lambda part: int(part.get("name")))
                truth = np.array([(float(part.get("x")), float(part.get("y"))) for part in parts])
                off = [np.linalg.norm(face.points - truth, axis=1).mean() for face in found]
                share = min(off, default=np.inf) / float(box.get("width"))
                missed += int(share > 0.1)
                errors += [share] * int(share <= 0.1)
    assert len(errors) + missed == 43
    assert missed <= 1 and np.mean(errors) < 0.02  # of the face's width


def test_pixels_exception_raised(dlib_there):
    for wrong in (np.zeros((8, 8, 3)), np.zeros((8, 8, 4), np.uint8), np.zeros(8, np.uint8)):
        with pytest.raises(UserError, match="wanted uint8 grey or RGB"):
            detect.detect(wrong)


def test_without_dlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(UserError, match="pip install dlib-bin"):
        detect.detect(np.zeros((8, 8, 3), np.uint8))


def test_where_the_predictor_is_looked_for(monkeypatch, tmp_path):
    named, of_environment, package = tmp_path / "a.dat", tmp_path / "b.dat", tmp_path / "face_recognition_models"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('never imported')")
    for file in (named, of_environment, package / "models" / detect.FILE):
        file.touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delenv("HOLEFILL_LANDMARKS", raising=False)
    assert detect.predictor_file() == package / "models" / detect.FILE
    monkeypatch.setenv("HOLEFILL_LANDMARKS", str(of_environment))
    assert detect.predictor_file() == of_environment
    assert detect.predictor_file(named) == named


def test_missing_predictor_exception_raised(monkeypatch, tmp_path):
    monkeypatch.delenv("HOLEFILL_LANDMARKS", raising=False)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(UserError, match=r"\.\[faces\].*--landmarks or HOLEFILL_LANDMARKS"):
        detect.predictor_file()
    with pytest.raises(UserError, match="no face landmark predictor at .*none.dat: pip install"):
        detect.predictor_file(tmp_path / "none.dat")


def test_damaged_predictor_exception_raised(tmp_path):
    pytest.importorskip("dlib")
    (tmp_path / "broken.dat").write_bytes(b"no trees here")
    with pytest.raises(UserError, match="cannot read .*broken.dat") as raised:
        detect.require(tmp_path / "broken.dat")
    assert "\n" not in str(raised.value)

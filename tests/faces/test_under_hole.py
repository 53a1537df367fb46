"""Which face a hole lies in, with dlib and without."""

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.faces import align, detect, under_hole
from holefill.faces.template import MEAN_FACE


def face(left, top, side, score=1.0):
    """A face whose crop is that square; its box is the square's middle half."""
    box = np.array([left + side / 4, top + side / 4, left + 3 * side / 4, top + 3 * side / 4])
    return detect.Face(box, MEAN_FACE * side - 0.5 + (left, top), score)


def hole(top, left, bottom, right):
    missing = np.zeros((200, 300, 1), np.float32)
    missing[top:bottom, left:right] = 1
    return missing


def test_the_face_that_loses_most_comes_first():
    first, second = face(10, 10, 80), face(120, 20, 80)
    assert under_hole.choose([second, first], hole(30, 30, 60, 60)) == [first]
    assert under_hole.choose([first, second], hole(40, 60, 60, 160)) == [second, first]
    assert under_hole.choose([first, second], hole(12, 12, 16, 16)) == [first]  # hair, outside the box
    assert under_hole.choose([first, second], hole(150, 250, 180, 280)) == []
    assert under_hole.choose([first, second], hole(60, 85, 100, 119)) == []  # grazes the first one's crop
    assert under_hole.choose([first, second], hole(0, 0, 100, 110)) == []  # nothing of the first is known
    assert under_hole.choose([], hole(0, 0, 9, 9)) == []


def test_one_face_found_twice_is_one():
    first, again = face(10, 10, 80), face(14, 12, 84)
    assert under_hole.choose([first, again], hole(30, 30, 60, 60)) in ([first], [again])
    assert under_hole.choose([again], hole(30, 30, 60, 60), [first]) == [first]


def test_pieces_of_the_hole_beside_the_faces():
    both = hole(30, 30, 60, 60) + hole(100, 200, 120, 220)
    np.testing.assert_array_equal(under_hole.beside(both, [face(10, 10, 80)]), hole(100, 200, 120, 220))
    np.testing.assert_array_equal(under_hole.beside(both, []), both)


def found(monkeypatch, *faces):
    monkeypatch.setattr(under_hole, "detect", lambda photo, landmarks, least: list(faces))
    return np.zeros((200, 300, 3), np.uint8)


def test_no_face_exception_raised(monkeypatch):
    with pytest.raises(UserError, match="no face was found"):
        under_hole.find(found(monkeypatch), hole(3, 3, 9, 9))


def test_hole_beside_the_faces_exception_raised(monkeypatch):
    photo = found(monkeypatch, face(10, 10, 80), face(120, 20, 80))
    with pytest.raises(UserError, match="none of the 2 faces"):
        under_hole.find(photo, hole(150, 250, 180, 280))


def test_doubtful_face_counts_only_where_no_sure_one_is(monkeypatch):
    doubted, sure = face(10, 10, 80, score=-0.7), face(120, 20, 80)
    photo = found(monkeypatch, sure, doubted)
    assert under_hole.find(photo, hole(30, 30, 60, 60)) == [doubted]
    assert under_hole.find(photo, hole(40, 30, 60, 160)) == [sure]
    assert under_hole.find(photo, hole(30, 30, 60, 60) + hole(40, 150, 70, 170)) == [sure, doubted]
    with pytest.raises(UserError, match="none of the 1 face "):
        under_hole.find(photo, hole(150, 250, 180, 280))


def test_what_lies_under_the_hole_is_not_looked_at():
    photo, missing = data.astronaut()[:200, 100:400], hole(60, 90, 150, 150)
    hidden = np.where(missing > 0, np.uint8(255), photo)
    painted = under_hole.paint_over(photo, missing)
    np.testing.assert_array_equal(painted, under_hole.paint_over(hidden, missing))
    np.testing.assert_array_equal(painted[missing[..., 0] == 0], photo[missing[..., 0] == 0])
    inside = painted[missing[..., 0] > 0]
    assert 60 < inside.mean() < 220 and inside.std() > 2


def test_painted_over_grey_and_scattered_holes():
    grey = np.full((50, 60, 1), 90, np.uint8)
    scattered = (np.random.default_rng(0).random((50, 60, 1)) < 0.9).astype(np.float32)
    painted = under_hole.paint_over(np.where(scattered > 0, np.uint8(7), grey), scattered)
    np.testing.assert_allclose(painted, grey, atol=6)  # OpenCV's Telea drifts that far over 90 %
    np.testing.assert_array_equal(under_hole.paint_over(grey, 0 * scattered), grey)


def test_face_is_found_though_an_eye_is_missing():
    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))
    photo = data.astronaut()
    missing = np.zeros((512, 512, 1), np.float32)
    missing[95:130, 185:228] = 1
    truth = detect.detect(photo)[0]
    hidden = np.where(missing > 0, np.uint8(0), photo)
    (got,) = under_hole.find(hidden, missing)
    assert np.linalg.norm(got.points - truth.points, axis=1).mean() < 6
    crop, gone, lies = align.align(hidden, got, hole=missing)
    assert crop.shape == (64, 64, 3) and 0.02 < gone.mean() < 0.3
    np.testing.assert_allclose(align.move(truth.points[[36, 45]], lies.matrix), MEAN_FACE[[36, 45]] * 64, atol=5)


def test_noise_has_no_face():
    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    with pytest.raises(UserError, match="no face was found"):
        under_hole.find(noise, hole(30, 30, 60, 60))

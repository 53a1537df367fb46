"""Landmark error, with what dlib finds given by hand; with dlib itself in `tests/faces`."""

import numpy as np
import pytest

from holefill.errors import UserError
from holefill.faces import detect
from holefill.metrics import landmark_error as module
from holefill.metrics.landmark_error import landmark_error


@pytest.fixture
def dlib_by_hand(monkeypatch):
    """A face is where the picture is not black: all its points are at the brightest pixel; its box is the picture.

    Gives the pictures in which faces were looked for.
    """
    seen = []
    monkeypatch.setattr(module, "_true_faces", {})

    def points(pixels):
        y, x = np.unravel_index(pixels[..., 0].argmax(), pixels.shape[:2])
        return np.tile([float(x), float(y)], (68, 1))

    def detected(pixels, landmarks=None, *, border=0.0, least=0.0):
        seen.append(pixels)
        return [detect.Face(np.array([0, 0, 7, 7]), points(pixels), 1.0)] if pixels.any() else []

    monkeypatch.setattr(detect, "detect", detected)
    monkeypatch.setattr(detect, "in_box", lambda pixels, box, landmarks=None, *, border=0.0: points(pixels))
    monkeypatch.setattr(detect, "require", lambda landmarks: None)
    return seen


def dots(*places):
    pictures = np.full((len(places), 8, 8, 1), -1.0)
    for picture, place in zip(pictures, places, strict=True):
        if place:
            picture[place] = 1
    return pictures


def test_distance_in_pixels(dlib_by_hand):
    found = landmark_error(dots((4, 3), (1, 1)), dots((0, 0), (1, 1)))
    np.testing.assert_allclose(found, [5, 0])
    assert found.dtype == np.float64


def test_no_face_is_no_number(dlib_by_hand):
    images, truths = dots((1, 1), None, None), dots(None, (1, 1), None)
    np.testing.assert_array_equal(landmark_error(images, truths), [np.nan] * 3)


def test_looking_where_the_true_face_is_always_answers(dlib_by_hand):
    images, truths = dots(None, (0, 2)), dots((3, 4), None)
    np.testing.assert_allclose(landmark_error(images, truths, box="truth"), [5, np.nan])


def test_a_truth_is_looked_at_once(dlib_by_hand, monkeypatch):
    monkeypatch.setattr(module, "REMEMBERED", 2)
    truths = dots((0, 0), None)
    for place in ((1, 1), (4, 3), (2, 0)):
        landmark_error(dots(place, place), truths, box="truth")
    assert len(dlib_by_hand) == 2
    np.testing.assert_allclose(landmark_error(dots((3, 4)), dots((0, 1)), box="truth"), [np.hypot(3, 3)])
    assert len(dlib_by_hand) == 3 and len(module._true_faces) == 2


def test_exception_raised(dlib_by_hand):
    with pytest.raises(UserError, match="'own' or 'truth'"):
        landmark_error(dots((1, 1)), dots((1, 1)), box="mine")
    with pytest.raises(UserError, match="cannot compare"):
        landmark_error(dots((1, 1)), dots((1, 1), (2, 2)))


def test_without_dlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dlib", None)
    with pytest.raises(UserError, match="pip install dlib-bin"):
        landmark_error(dots((1, 1)), dots((1, 1)))

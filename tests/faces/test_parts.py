"""Parts of a face from its 68 points: where they are in the mean face, and how they move with it."""

import numpy as np
import pytest

from holefill.datasets import label_maps
from holefill.faces import parts
from holefill.faces.template import MEAN_FACE
from holefill.models import parsing_net
from holefill.training import landmarks, parsing

SIZE = 64
FACE = SIZE * MEAN_FACE - 0.5


def at(x, y, labels=None):
    """The part's name at shares of the side."""
    labels = parts.label_map(FACE, SIZE) if labels is None else labels
    return parts.PARTS[labels[int(y * SIZE), int(x * SIZE)]]


@pytest.mark.parametrize(
    "part, x, y",
    [
        ("background", 0.02, 0.02),
        ("background", 0.02, 0.9),
        ("skin", 0.5, 0.35),
        ("skin", 0.25, 0.75),
        ("skin", 0.75, 0.75),
        ("left brow", 0.29, 0.43),
        ("right brow", 0.71, 0.43),
        ("left eye", 0.32, 0.533),
        ("right eye", 0.68, 0.533),
        ("nose", 0.5, 0.72),
        ("upper lip", 0.5, 0.896),
        ("inner mouth", 0.5, 0.935),
        ("lower lip", 0.5, 0.98),
    ],
)
def test_mean_face_by_hand(part, x, y):
    assert at(x, y) == part


def test_what_points_do_not_say_is_background():
    labels = parts.label_map(FACE, SIZE)
    assert labels.dtype == np.uint8 and labels.shape == (SIZE, SIZE)
    assert set(np.unique(labels)) == set(range(10))  # no hair


def test_areas_are_those_of_the_polygons():
    """An eye's pixels, at 16 times the size, are its polygon's area (the shoelace formula) to 3 %."""
    x, y = FACE[36:42].T
    area = 0.5 * abs(x @ np.roll(y, -1) - y @ np.roll(x, -1))
    labels = parts.label_map(16 * (FACE + 0.5) - 0.5, 16 * SIZE)
    assert (labels == parts.PARTS.index("left eye")).sum() / 256 == pytest.approx(area, rel=0.03)


def test_a_square_is_filled_where_pixel_centres_lie_in_it():
    points = np.zeros((68, 2))
    points[60:68] = [(3, 3), (5, 3), (7, 3), (7, 5), (7, 7), (5, 7), (3, 7), (3, 5)]
    inner = parts.label_map(points + 0.25, 12) == parts.PARTS.index("inner mouth")
    assert inner[4:8, 4:8].all() and inner.sum() == 16


def test_a_mirrored_face_has_mirrored_parts_with_left_and_right_exchanged():
    face = FACE + np.random.default_rng(0).normal(0, 0.4, FACE.shape)
    mirrored = (face * [-1, 1] + [SIZE - 1, 0])[list(landmarks.MIRRORED)]
    expected = np.array(parsing.MIRRORED)[parts.label_map(face, SIZE)[:, ::-1]]
    different = parts.label_map(mirrored, SIZE) != expected
    assert different.sum() < 40  # pixels that an outline touches
    assert not different[20:22, 25:38].any()


def test_parts_move_with_the_face_and_may_leave_the_picture():
    moved = parts.label_map(FACE + [7, -4], SIZE)
    np.testing.assert_array_equal(moved[:-4, 7:], parts.label_map(FACE, SIZE)[4:, :-7])
    assert not parts.label_map(FACE + 500, SIZE).any()


def test_upside_down_brows_and_forehead_follow_the_face():
    turned = parts.label_map(SIZE - 1 - FACE, SIZE)
    different = turned != parts.label_map(FACE, SIZE)[::-1, ::-1]
    assert different.sum() < 40


def test_each_face_of_several_and_none():
    both = parts.label_maps(np.stack([FACE, FACE + 3]), SIZE)
    np.testing.assert_array_equal(both[1], parts.label_map(FACE + 3, SIZE))
    assert parts.label_maps(np.zeros((0, 68, 2)), SIZE).shape == (0, SIZE, SIZE)


def test_all_who_speak_of_parts_mean_the_same():
    assert parts.PARTS == label_maps.PARTS and len(parts.PARTS) == parsing_net.CLASSES == len(parsing.MIRRORED)
    swapped = {parts.PARTS[a]: parts.PARTS[b] for a, b in enumerate(parsing.MIRRORED) if a != b}
    assert all(a.replace("left", "right") in (b, a) and a[-3:] == b[-3:] for a, b in swapped.items())
    assert set(swapped) == {f"{side} {part}" for side in ("left", "right") for part in ("brow", "eye")}

"""Windows about holes: worked by hand, and laws that hold for any hole."""

import numpy as np
import pytest

from holefill.regions import Window, windows


def hole_of(height, width, *boxes):
    hole = np.zeros((height, width, 1), np.float32)
    for top, left, bottom, right in boxes:
        hole[top:bottom, left:right] = 1
    return hole


@pytest.mark.parametrize(
    ("shape", "boxes", "wanted"),
    [
        ((64, 64), [(16, 16, 48, 48)], [(0, 0, 64)]),  # a picture of the model's size is its own window
        ((256, 256), [(100, 100, 150, 150)], [(75, 75, 100)]),  # as much again around the hole
        ((256, 256), [(100, 100, 110, 110)], [(73, 73, 64)]),  # never smaller than the model
        ((256, 256), [(0, 200, 50, 256)], [(0, 144, 112)]),  # shifted to lie inside
        ((218, 178), [(55, 45, 163, 133)], [(20, 0, 178)]),  # no wider than the picture, where the hole leaves room
        ((100, 60), [(0, 0, 100, 30)], [(0, -20, 100)]),  # a hole as long as the picture: mirrored at both sides
        ((40, 40), [(10, 10, 30, 30)], [(0, 0, 40)]),  # smaller than the model: all of it
        ((1000, 1000), [(0, 0, 20, 20), (980, 980, 1000, 1000)], [(0, 0, 64), (936, 936, 64)]),  # far apart
        ((1000, 1000), [(400, 300, 460, 420), (400, 500, 460, 620)], [(110, 140, 640)]),  # near: two eyes
    ],
)
def test_windows_golden(shape, boxes, wanted):
    found = windows(hole_of(*shape, *boxes), 64)
    assert sorted((w.top, w.left, w.side) for w in found) == wanted


@pytest.mark.parametrize("seed", range(12))
def test_windows_hold_every_hole_once_with_something_known_around(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(20, 400, 2)
    hole = np.zeros((height, width, 1), np.float32)
    for _ in range(rng.integers(1, 6)):
        top, left = rng.integers(0, (height - 1, width - 1))
        hole[top : top + rng.integers(1, height // 3 + 2), left : left + rng.integers(1, width // 3 + 2)] = 1
    times = np.zeros((height, width), int)
    for window in windows(hole, 32):
        rows, columns = window.inside(height, width)
        times[rows, columns] += 1
        assert hole[rows, columns].any() and not hole[rows, columns].all()
        inner = hole[rows, columns, 0]
        for edge, at_border in (
            (inner[0], rows.start == 0),
            (inner[-1], rows.stop == height),
            (inner[:, 0], columns.start == 0),
            (inner[:, -1], columns.stop == width),
        ):
            assert at_border or not edge.any()
    assert (times[hole[..., 0] > 0] == 1).all() and times.max() == 1


def test_many_scattered_holes_are_quick():
    hole = (np.random.default_rng(0).random((1024, 1024, 1)) < 0.001).astype(np.float32)
    assert [w.side for w in windows(hole, 64)] == [1024]


def test_a_window_of_the_model_s_size_is_cut_and_given_back_unchanged():
    pixels = np.random.default_rng(0).uniform(-1, 1, (64, 64, 3)).astype(np.float32)
    hole = hole_of(64, 64, (16, 16, 48, 48))
    piece, missing = Window(0, 0, 64).cut(pixels, hole, 64)
    assert (missing == hole).all() and (piece[hole[..., 0] == 0] == pixels[hole[..., 0] == 0]).all()
    assert Window(0, 0, 64).give_back(pixels, 64, 64) is pixels


@pytest.mark.parametrize("size", [32, 64, 70])
def test_nothing_under_the_hole_is_in_the_piece(size):
    rng = np.random.default_rng(1)
    pixels, hole = rng.uniform(-1, 1, (90, 70, 3)).astype(np.float32), hole_of(90, 70, (20, 20, 50, 45))
    other = np.where(hole > 0, rng.uniform(-1, 1, pixels.shape).astype(np.float32), pixels)
    (window,) = windows(hole, 32)
    first, second = window.cut(pixels, hole, size), window.cut(other, hole, size)
    assert (first[0] == second[0]).all() and (first[1] == second[1]).all()


@pytest.mark.parametrize(("side", "size", "row", "wanted"), [(8, 4, 3, [1]), (6, 4, 4, [2, 3]), (4, 6, 1, [1, 2])])
def test_a_resized_pixel_that_touches_a_missing_one_is_missing(side, size, row, wanted):
    hole = hole_of(side, side, (row, 0, row + 1, side))
    _, missing = Window(0, 0, side).cut(np.zeros((side, side, 1), np.float32), hole, size)
    assert np.flatnonzero(missing[:, 0, 0]).tolist() == wanted


def test_outside_a_narrow_picture_is_its_mirror_image():
    pixels = np.arange(4 * 2, dtype=np.float32).reshape(4, 2, 1)
    hole = hole_of(4, 2, (3, 0, 4, 1))
    piece, missing = Window(0, -1, 4).cut(pixels, hole, 4)
    assert piece[0, :, 0].tolist() == [0, 0, 1, 1] and missing[3, :, 0].tolist() == [1, 1, 0, 0]
    assert Window(0, -1, 4).give_back(piece, 4, 2)[0, :, 0].tolist() == [0, 1]

"""Alignment: known transforms are recovered, a face comes back where it was, nothing leaks, nothing known changes."""

import numpy as np
import pytest

from holefill.errors import UserError
from holefill.faces import align
from holefill.faces.template import MEAN_FACE, SHARE_OF_WIDTH


def similarity(scale, degrees, shift):
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, shift])


def face_at(scale, degrees, shift):
    """Points of the mean face in a photograph: its crop of 64 pixels scaled, turned and shifted."""
    return align.move(MEAN_FACE * 64 - 0.5, similarity(scale, degrees, shift))


def smooth_photo(height, width):
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / 37 + y / 53), np.cos(y / 41), np.sin(x / 61 - 1)]
    return (0.8 * np.stack(waves, -1)).astype(np.float32)


@pytest.mark.parametrize("degrees", [0, 20, -75, 180])
@pytest.mark.parametrize("scale", [0.3, 1, 7])
def test_umeyama_recovers_a_known_transform(scale, degrees):
    truth = similarity(scale, degrees, (12, -30))
    source = np.random.default_rng(0).normal(size=(9, 2))
    np.testing.assert_allclose(align.umeyama(source, align.move(source, truth)), truth, atol=1e-9)


def test_umeyama_by_hand():
    # A unit square to one of side 2 with its corner at (5, 7).
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    np.testing.assert_allclose(align.umeyama(square, 2 * square + (5, 7)), [[2, 0, 5], [0, 2, 7]], atol=1e-12)


def test_umeyama_never_mirrors():
    source = np.random.default_rng(1).normal(size=(20, 2))
    found = align.umeyama(source, source * (-1, 1))
    assert np.linalg.det(found[:, :2]) > 0


def test_umeyama_of_noisy_points_is_the_least_squares_one():
    random = np.random.default_rng(2)
    source = random.normal(size=(30, 2))
    target = align.move(source, similarity(1.5, 30, (1, 2))) + 0.1 * random.normal(size=(30, 2))
    weights = random.uniform(0.1, 1, 30)
    error = lambda matrix: (weights * np.square(align.move(source, matrix) - target).sum(1)).sum()  # noqa: E731
    found = align.umeyama(source, target, weights)
    a, b = found[:, 0]
    for change in np.concatenate([np.eye(4), -np.eye(4)]) * 1e-3:
        other = np.array([[a + change[0], -b - change[1], 0], [b + change[1], a + change[0], 0]])
        other[:, 2] = found[:, 2] + change[2:]
        assert error(other) > error(found)


def test_umeyama_point_of_no_weight_does_not_count():
    source = np.random.default_rng(3).normal(size=(5, 2))
    target = align.move(source, similarity(2, 10, (0, 0)))
    target[2] += 100
    found = align.umeyama(source, target, [1, 1, 0, 1, 1])
    np.testing.assert_allclose(found, similarity(2, 10, (0, 0)), atol=1e-9)


def test_umeyama_one_point_exception_raised():
    with pytest.raises(UserError, match="one point"):
        align.umeyama(np.ones((4, 2)), np.ones((4, 2)))


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((68, 2), np.nan)])
def test_alignment_exception_raised(points):
    with pytest.raises(UserError, match="68 finite points"):
        align.alignment(points)


def test_a_face_that_is_aligned_stays_as_it_is():
    photo = smooth_photo(64, 64)
    crop, missing, lies = align.align(photo, MEAN_FACE * 64 - 0.5)
    np.testing.assert_allclose(lies.matrix, [[1, 0, 0], [0, 1, 0]], atol=1e-9)
    np.testing.assert_allclose(crop, photo, atol=1e-6)
    assert not missing.any()
    assert lies.inside(64, 64) == (slice(0, 64), slice(0, 64)) and lies.covered(64, 64).all()


@pytest.mark.parametrize("scale, degrees, corner", [(2.5, 20, (150, 60)), (1, -30, (60, 90)), (0.5, 5, (50, 40))])
def test_align_shows_what_the_photograph_has_there(scale, degrees, corner):
    photo = smooth_photo(300, 400)
    crop, missing, lies = align.align(photo, face_at(scale, degrees, corner))
    assert lies.scale == pytest.approx(1 / scale) and not missing.any()
    for x, y in [(5, 9), (31, 40), (60, 2)]:
        at_x, at_y = align.move([(x, y)], lies.inverse)[0]
        wave = 0.8 * np.sin(at_x / 37 + at_y / 53)
        assert crop[y, x, 0] == pytest.approx(wave, abs=0.02)


@pytest.mark.parametrize("scale, degrees, corner", [(2.5, 20, (150, 60)), (1, -30, (60, 90)), (0.5, 5, (50, 40))])
def test_what_is_cut_comes_back_where_it_was(scale, degrees, corner):
    photo, hole = smooth_photo(300, 400), np.zeros((300, 400, 1), np.float32)
    lies = align.alignment(face_at(scale, degrees, corner))
    crop, missing = lies.cut(photo, hole, 64)
    assert crop.shape == (64, 64, 3) and not missing.any()
    part, covered = lies.inside(300, 400), lies.covered(300, 400)
    back = lies.give_back(crop, 300, 400)
    assert covered.shape == back.shape[:2] and covered.sum() == pytest.approx((64 * scale) ** 2, rel=0.05)
    assert np.abs(back - photo[part])[covered].max() < 0.03


def test_a_crop_that_reaches_out_of_the_photograph_is_given_back_as_far_as_it_lies_in():
    lies = align.Alignment(similarity(1, 0, (-2, -1)), 64)  # columns 2 to 65, rows 1 to 64
    fill = np.random.default_rng(0).uniform(-1, 1, (64, 64, 3)).astype(np.float32)
    assert lies.inside(40, 50) == (slice(1, 40), slice(2, 50)) and lies.covered(40, 50).all()
    np.testing.assert_allclose(lies.give_back(fill, 40, 50), fill[:39, :48], atol=1e-5)


def test_a_wider_crop_has_the_usual_one_in_its_middle():
    photo, points = smooth_photo(300, 300), face_at(1.3, 10, (110, 100))
    usual, wide = align.alignment(points, 64), align.alignment(points, 128, share=2 * SHARE_OF_WIDTH)
    np.testing.assert_allclose(wide.matrix[:, :2], usual.matrix[:, :2], atol=1e-9)
    np.testing.assert_allclose(wide.matrix[:, 2], usual.matrix[:, 2] + 32, atol=1e-9)
    crop = align.align(photo, wide, 128)[0]
    np.testing.assert_allclose(crop[32:96, 32:96], align.align(photo, usual, 64)[0], atol=0.01)


def test_what_lies_under_the_hole_does_not_reach_the_crop():
    photo, hole = smooth_photo(300, 400), np.zeros((300, 400, 1), np.float32)
    hole[120:170, 150:230] = 1
    other = np.where(hole > 0, np.float32(1), photo)
    points = face_at(2.5, 20, (150, 60))
    np.testing.assert_array_equal(align.align(photo, points, hole=hole)[0], align.align(other, points, hole=hole)[0])


def test_every_pixel_of_the_crop_that_touches_the_hole_is_missing():
    photo, hole = smooth_photo(128, 128), np.zeros((128, 128, 1), np.float32)
    hole[21:30, 40] = 1  # the crop halves the picture: rows 10 to 14, column 20
    _, missing, _ = align.align(photo, MEAN_FACE * 128 - 0.5, hole=hole)
    wanted = np.zeros((64, 64, 1))
    wanted[10:15, 20] = 1
    np.testing.assert_array_equal(missing, wanted)


def test_what_is_not_in_the_photograph_is_missing():
    _, missing, lies = align.align(smooth_photo(100, 100), face_at(1, 0, (-10, 60)))
    wanted = np.zeros((64, 64, 1))
    wanted[:, :10] = wanted[40:] = 1
    np.testing.assert_array_equal(missing, wanted)
    assert lies.inside(100, 100) == (slice(60, 100), slice(0, 54))


def test_a_face_shrinks_without_aliasing():
    photo = np.where(np.indices((512, 512)).sum(0) % 2, 1, -1)[..., None].astype(np.float32)
    crop = align.align(photo, face_at(7.3, 12, (30, 0)))[0]
    assert np.abs(crop[8:-8, 8:-8]).max() < 0.1


def test_a_fill_shrinks_without_aliasing():
    fill = np.where(np.indices((64, 64)).sum(0) % 2, 1, -1)[..., None].astype(np.float32)
    lies = align.alignment(face_at(0.3, 0, (5, 5)))
    assert np.abs(lies.give_back(fill, 40, 40)[2:-2, 2:-2]).max() < 0.1


def test_a_crop_beside_the_picture_exception_raised():
    with pytest.raises(UserError, match="outside the picture"):
        align.align(smooth_photo(50, 50), face_at(1, 0, (500, 500)))
    with pytest.raises(UserError, match="in the hole"):
        align.align(smooth_photo(64, 64), MEAN_FACE * 64, hole=np.ones((64, 64, 1)))

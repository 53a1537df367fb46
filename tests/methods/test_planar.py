"""Planar guidance: a rendered façade in perspective, planes and shifts that are known, homographies by matrices."""

import cv2
import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.methods import planar
from holefill.methods.patches import planes, regularity, transformed_kernels, transformed_levels, transformed_search


def front(rng, floors=8, columns=12, high=100, wide=100):
    """A façade seen from the front, [H, W, 3] in [0, 1]: a grid of windows, each a little other, in a brick wall."""
    brick = np.tile(data.brick().astype(np.float32), (2, 3))[: floors * high, : columns * wide]
    wall = np.array([0.62, 0.5, 0.42]) + 0.5 * ((brick - brick.mean()) / 255)[..., None]
    for y in range(20, floors * high, high):
        for x in range(22, columns * wide, wide):
            wall[y - 5 : y + 65, x - 5 : x + 61] = (0.9, 0.88, 0.8)
            wall[y : y + 60, x : x + 56] = np.array([0.2, 0.28, 0.36]) + rng.uniform(-0.06, 0.06)
            wall[y : y + 30, x : x + 28] += 0.12 + rng.uniform(-0.05, 0.05)
            wall[y + 28 : y + 32, x : x + 56] = wall[y : y + 60, x + 26 : x + 30] = 0.85
    return np.clip(wall + rng.normal(0, 0.015, wall.shape), 0, 1).astype(np.float32)


def facade(height, width, seed=0):
    """The façade in strong perspective before a blue sky, in [-1, 1], a hole over several windows, the homography."""
    wall = front(np.random.default_rng(seed))
    corners = np.float32([[0, 0], [wall.shape[1], 0], [wall.shape[1], wall.shape[0]], [0, wall.shape[0]]])
    seen = np.float32([[-0.02, -0.05], [1, 0.3], [1, 0.7], [-0.02, 1.1]]) * np.float32([width, height])
    matrix = cv2.getPerspectiveTransform(corners, seen)
    large = cv2.warpPerspective(
        wall, np.diag([3, 3, 1.0]) @ matrix, (3 * width, 3 * height), borderValue=(0.5, 0.7, 0.9)
    )
    image = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    hole = np.zeros((height, width, 1), np.float32)
    hole[int(0.3 * height) : int(0.62 * height), int(0.3 * width) : int(0.62 * width)] = 1
    return 2 * image - 1, hole, matrix


def psnr(filled, image, hole):
    return -10 * np.log10(np.square((filled - image)[hole[..., 0] > 0]).mean() / 4)


def filled(image, hole, **options):
    return planar.fill(image[None], hole[None], **options).images[0, 0]


@pytest.mark.parametrize(("height", "width"), [(192, 240), pytest.param(320, 480, marks=pytest.mark.slow)])
def test_planes_are_worth_two_decibels_on_a_facade_in_perspective(height, width):
    image, hole, _ = facade(height, width)
    guided = psnr(filled(image, hole), image, hole)
    assert guided > 20
    assert guided > 2 + psnr(filled(image, hole, planes=False), image, hole)


def test_the_plane_of_a_facade_and_its_windows_distances():
    image, hole, matrix = facade(256, 320)
    guide = planar.guided(np.where(hole > 0, 0, (image + 1) / 2).astype(np.float32), hole[..., 0] > 0, True, True, 0)
    (plane,) = guide.planes[1:]
    assert guide.shares[1][hole[..., 0] > 0].mean() > 0.8
    horizon = np.linalg.inv(matrix)[2]  # of (x, y, 1)
    truth = horizon[:2] / (horizon @ [*plane.origin[::-1], 1])
    np.testing.assert_allclose(plane.tilt[::-1], truth, atol=0.1 * np.linalg.norm(truth))
    window = np.array([[622.0, 420.0], [722.0, 420.0], [622.0, 520.0]])  # one, one column on, one floor on
    seen = cv2.perspectiveTransform(window[None], matrix)[0, :, ::-1]
    steps = np.diff(plane.rectified(seen), axis=0, prepend=plane.rectified(seen)[:1])
    for step in (steps[1], steps[2] + steps[1]):
        assert np.linalg.norm(plane.shifts - step, axis=1).min() < 3


def test_vanishing_points_of_drawn_lines():
    rng = np.random.default_rng(0)
    points = np.array([[50.0, 900.0], [-2000.0, 150.0]])
    ends = []
    for point in points:
        one = rng.uniform(0, 300, (40, 2))
        ends.append(np.stack([one, one + 30 * (point - one) / np.linalg.norm(point - one, axis=1)[:, None]], 1))
    found, voters = planes.vanishing_points(np.concatenate([*ends, rng.uniform(0, 300, (10, 2, 2))]), (300, 300), rng)
    places = found[:, :2] / found[:, 2:]
    for number, point in enumerate(points):
        nearest = np.argmin(np.linalg.norm(places - point, axis=1))
        np.testing.assert_allclose(places[nearest], point, rtol=0.01, atol=1)
        assert voters[nearest][40 * number : 40 * number + 40].mean() > 0.9


def test_a_match_within_a_plane_is_its_homography():
    plane = planes.Plane(np.array([20.0, 30.0]), np.array([0.004, -0.006]), np.eye(2), np.array([[5.0, 9.0]]))
    targets = np.array([[12, 40], [25, 18]])
    guide = planar.Guide([planes.frontal(60, 60), plane], np.full((2, 60, 60), 0.5, np.float32), 0, 0, 0)
    guided = planar.Guided(guide, guide.planes, guide.shares, targets)
    labels, shifts = np.array([1, 0]), np.array([[5.0, 9.0], [3.0, -2.0]])
    matches = guided._homographies(labels, shifts)
    rectify = np.array([[1, 0, -20], [0, 1, -30], [0.004, -0.006, 1 - 20 * 0.004 + 30 * 0.006]])
    move = np.array([[1, 0, 5], [0, 1, 9], [0, 0, 1.0]])
    whole = np.linalg.inv(rectify) @ move @ rectify
    for dy, dx in ((0, 0), (4, -3), (-4, 4)):
        y, x, below = whole @ [12 + dy, 40 + dx, 1]
        moved = np.empty(8, np.float32)
        transformed_kernels.shift(matches[0], dy, dx, moved)
        np.testing.assert_allclose(moved[:2], [y / below, x / below], atol=1e-3)
    np.testing.assert_allclose(matches[1], [28, 16, 1, 0, 0, 1, 0, 0], atol=1e-5)


def test_shifts_gather():
    rng = np.random.default_rng(0)
    points = np.concatenate([[[40.0, 0.0]] + rng.normal(0, 2, (12, 2)), [[0.0, 90.0]] + rng.normal(0, 2, (6, 2))])
    centres = regularity.mean_shift(np.concatenate([points, [[300.0, 300.0]]]), 20, 5)
    np.testing.assert_allclose(centres, [[40, 0], [0, 90]], atol=2)


def test_a_stripe_goes_on_through_the_hole():
    """What repeats is continued, in grey and without planes."""
    image = np.tile(np.float32([-0.5, -0.5, 0.5, 0.5]), (48, 12))[..., None]
    hole = np.zeros_like(image)
    hole[18:30, 18:30] = 1
    np.testing.assert_allclose(filled(image, hole), image, atol=0.05)


def test_levels():
    sizes = transformed_levels.sizes(320, 480, 10, 32)
    assert len(sizes) == 10 and sizes[0] == (32, 48) and sizes[-1] == (320, 480)
    assert transformed_levels.sizes(20, 30, 10, 32) == [(20, 30)]


def test_votes_weigh_less_as_matches_cost_more():
    weights = transformed_search.keenness(np.array([-0.02, 0, 0.02, 0.04, 1e30]), 1)
    np.testing.assert_allclose(weights, np.exp([0, -1 / 3, -2 / 3, -1, -5]), rtol=1e-6)
    for costs in (-0.02, 0, 0.5):
        np.testing.assert_array_equal(transformed_search.keenness(np.full(4, costs), 1), 1)


def test_of_a_huge_picture_what_is_around_the_hole_is_looked_at():
    missing = np.zeros((3000, 4000), bool)
    missing[100:300, 2000:2400] = True
    part = transformed_levels.window(missing)
    assert missing[part].sum() == missing.sum() and 500_000 < missing[part].size <= transformed_levels.WHOLE
    assert transformed_levels.window(missing[:1000, 1500:3000]) == (slice(None), slice(None))


@pytest.mark.parametrize(("height", "width"), [(1, 30), (30, 1), (4, 5), (2, 2), (40, 9)])
def test_small_pictures_are_filled(height, width):
    rng = np.random.default_rng(height)
    image = rng.uniform(-1, 1, (height, width, 3)).astype(np.float32)
    hole = np.zeros((height, width, 1), np.float32)
    hole[0, 0] = hole[height // 2, width // 2] = 1
    result = filled(image, hole)
    assert np.isfinite(result).all() and np.abs(result).max() <= 1
    assert (result == image)[hole[..., 0] == 0].all()


@pytest.mark.parametrize(
    ("option", "value"), [("patch", 8), ("patch", 1), ("patch", 99), ("levels", 0), ("levels", 99)]
)
def test_options_out_of_range_exception_raised(option, value):
    image, hole = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 1), np.float32)
    with pytest.raises(UserError, match=f"{option} is {value}; it must be"):
        filled(image, hole, **{option: value})

"""Blending by a spline in tension: goldens by hand, the energy's minimum, both solvers, and what it is for."""

import sys

import cv2
import numpy as np
import pytest
from skimage import data

import holefill.blending.tension
from holefill.blending import tension_multigrid
from holefill.blending.poisson import poisson
from holefill.blending.poisson_multigrid import CHUNK
from holefill.blending.tension import DIRECT_UP_TO, spline, tension
from holefill.datasets import masks
from holefill.errors import UserError

RANDOM = np.random.default_rng(0)
HOLES = ["center", "right", "random", "pattern", "strokes"]


def missing(name, height=40, width=50):
    return masks.make(name, height, width, seed=1).astype(np.float32).reshape(height, width, 1)


def energy(d, length):
    """What is minimised, written down as it stands in the module."""
    across, down = np.diff(d, axis=1), np.diff(d, axis=0)
    bent = np.zeros_like(d)
    bent[:, :-1] -= across
    bent[:, 1:] += across
    bent[:-1] -= down
    bent[1:] += down
    return (across**2).sum() + (down**2).sum() + length**2 * (bent**2).sum()


def test_one_pixel_is_told_by_the_twelve_about_it():
    difference = RANDOM.uniform(-0.1, 0.1, (7, 7))
    near, askew, far = (
        sum(difference[3 + y, 3 + x] for y, x in places)
        for places in (
            [(0, 1), (0, -1), (1, 0), (-1, 0)],
            [(1, 1), (1, -1), (-1, 1), (-1, -1)],
            [(0, 2), (0, -2), (2, 0), (-2, 0)],
        )
    )
    hole = np.zeros((7, 7, 1), np.float32)
    hole[3, 3] = 1
    result = tension(difference[..., None], np.full((7, 7, 1), 0.2), hole)
    # L has 4 and -1; L L 20, -8, 2, 1: (4 + 20) d = (1 + 8) near - 2 askew - far, of difference - 0.2
    wanted = (9 * (near - 0.8) - 2 * (askew - 0.8) - (far - 0.8)) / 24 + 0.2
    np.testing.assert_allclose(result[3, 3, 0], wanted, atol=1e-6)


@pytest.mark.parametrize("length", [0.5, 3.0])
@pytest.mark.parametrize("name", HOLES)
def test_no_other_correction_has_less_energy(name, length):
    target, source = RANDOM.uniform(-0.3, 0.3, (2, 40, 50, 1))
    hole = missing(name)
    best = tension(target, source, hole, length=length, clip=False).astype(np.float64) - source
    least = energy(best[..., 0], length)
    for _ in range(20):
        other = best + hole * RANDOM.normal(0, 1e-2, best.shape)
        assert energy(other[..., 0], length) > least


@pytest.mark.parametrize("name", HOLES)
def test_a_length_of_nothing_is_poisson_and_a_little_is_near_it(name):
    target, source = RANDOM.uniform(-0.3, 0.3, (2, 40, 50, 3))
    hole = missing(name)
    wanted = poisson(target, source, hole)
    np.testing.assert_array_equal(tension(target, source, hole, length=0), wanted)
    np.testing.assert_allclose(tension(target, source, hole, length=1e-3), wanted, atol=1e-5)


@pytest.mark.parametrize("length", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("name", HOLES)
def test_iterated_it_is_the_factorised_one(name, length):
    values, hole = RANDOM.uniform(-1, 1, (40, 50, 3)), missing(name)[..., 0] > 0
    exact = spline(values, hole, length)
    iterated = tension_multigrid.spline(values.astype(np.float32), hole, length)
    np.testing.assert_allclose(iterated, exact, atol=1e-4 * np.abs(exact).max())
    np.testing.assert_array_equal(iterated[~hole], values.astype(np.float32)[~hole])


def test_large_holes_are_iterated_in_several_threads_and_are_the_same():
    target, source = RANDOM.uniform(-0.3, 0.3, (2, 300, 260, 1)).astype(np.float32)
    hole = np.zeros((300, 260, 1), np.float32)
    hole[5:295:3, 20:] = hole[100:150, 5:100] = 1  # about 26,000 pixels, to the picture's edge
    assert hole.sum() > DIRECT_UP_TO and 275 * 250 > 2 * CHUNK
    exact = spline(target - source, hole[..., 0] > 0, 1.0) + source
    np.testing.assert_allclose(tension(target, source, hole, clip=False)[..., 0], exact[..., 0], atol=1e-4)


def test_without_numba_large_holes_are_factorised(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    target, source = RANDOM.uniform(-0.3, 0.3, (2, 150, 150, 1)).astype(np.float32)
    hole = np.ones((150, 150, 1), np.float32)
    hole[::4] = 0
    hole[1] = 0
    monkeypatch.setattr(holefill.blending.tension, "DIRECT_UP_TO", 100)
    exact = spline(target - source, hole[..., 0] > 0, 1.0) + source
    np.testing.assert_allclose(tension(target, source, hole, clip=False), exact * hole + target * (1 - hole), atol=1e-6)


def test_it_goes_on_with_the_slope_at_the_rim():
    """What it overshoots by, as the module tells."""
    difference, hole = np.zeros((40, 40, 1), np.float32), np.zeros((40, 40, 1), np.float32)
    hole[5:35, 5:35] = 1
    difference[hole == 0] = 0.2
    difference[:4] = difference[36:] = difference[:, :4] = difference[:, 36:] = 0  # a step one pixel outside the hole
    found = tension(difference, np.zeros_like(difference), hole)
    assert 0.2 + 0.5 * 0.2 < found.max() < 0.2 + 0.65 * 0.2
    inner = found[15:25, 15:25]
    assert inner.max() - inner.min() < 1e-3  # a membrane in the middle


@pytest.mark.parametrize("length", [-1, 4.1, "1", True, float("nan")])
def test_a_length_out_of_range_exception_raised(length):
    target = np.zeros((8, 8, 1))
    with pytest.raises(UserError, match="wanted pixels, 0 to 4"):
        tension(target, target, np.zeros((8, 8, 1)), length=length)


def test_scattered_pixels_leave_no_specks():
    photograph = data.astronaut()[0:128, 160:288].astype(np.float32) / 127.5 - 1
    hole = masks.make("random", 128, 128, seed=0).astype(np.float32).reshape(128, 128, 1)
    picture, fill = (cv2.GaussianBlur(photograph, (0, 0), sigma) for sigma in (1, 2))  # softer, as a network paints
    errors = [np.square(blend(picture, fill, hole) - picture).mean() for blend in (poisson, tension)]
    assert errors[1] < 0.75 * errors[0]

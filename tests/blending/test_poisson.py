"""Poisson blending: goldens by hand, the equation's laws, and three solvers that agree on any hole."""

import subprocess
import sys

import numpy as np
import pytest

from holefill.blending.poisson import poisson
from holefill.errors import UserError

SOLVERS = ["direct", "multigrid", "tensorflow"]
GREY_LEVEL = 2 / 255


def pictures(height, width, channels=3, seed=0):
    """Two smooth random pictures in about (-.5, .5), where nothing clips."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    waves = [np.sin(2 * np.pi * (x * a + y * b + c))[..., None] * 0.2 for a, b, c in random.uniform(0, 3, (2, 3))]
    return [(w + random.normal(0, 0.05, (height, width, channels))).astype(np.float32) for w in waves]


def holes(height, width, seed=0):
    """Named holes [H, W, 1] of the awkward kinds."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    blob = np.hypot((y - height * 0.5) / height, (x - width * 0.55) / width) < 0.3
    one = (y == height // 2) & (x == width // 3)
    pieces = (np.abs(y - height // 4) < 3) | ((y > height // 2) & (x < 3)) | ((y == height - 2) & (x == width - 2))
    table = {
        "blob": blob,
        "random80": random.random((height, width)) < 0.8,
        "corner": (y < height * 0.6) & (x < width * 0.7),
        "right half": x >= width // 2,
        "one pixel": one,
        "all but one": ~one,
        "all but a corner": (y > 0) | (x > 0),
        "pieces": pieces,
        "lines": (x + y) % 7 == 0,
        "frame": (y == 0) | (x == 0) | (y == height - 1) | (x == width - 1),
    }
    return {name: hole[..., None].astype(np.float32) for name, hole in table.items()}


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_pixel_is_the_mean_of_its_corrections(solver):
    target = np.array([[0, 1, 2], [3, 99, 5], [6, 7, 8]], np.float32)[..., None] / 100
    source = np.array([[0, 0, 0], [0, 8, 4], [0, 0, 0]], np.float32)[..., None] / 100
    hole = np.zeros((3, 3, 1), np.float32)
    hole[1, 1] = 1
    # d on the four neighbours: 1, 3, 5 - 4, 7; mean 3; x = 8 + 3
    np.testing.assert_allclose(poisson(target, source, hole, solver=solver)[1, 1, 0], 0.11, atol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_corner_pixel_uses_only_the_neighbours_it_has(solver):
    target = np.array([[99, 2], [6, 50]], np.float32)[..., None] / 100
    hole = np.array([[1, 0], [0, 0]], np.float32)[..., None]
    np.testing.assert_allclose(poisson(target, np.zeros_like(target), hole, solver=solver)[0, 0, 0], 0.04, atol=1e-7)


@pytest.mark.parametrize("solver", SOLVERS)
def test_five_by_five_by_hand(solver):
    target = np.zeros((5, 5, 1), np.float32)
    target[0, 2] = 0.224
    hole = np.zeros((5, 5, 1), np.float32)
    hole[1:4, 1:4] = 1
    wanted = np.array([[22, 74, 22], [14, 28, 14], [6, 10, 6]]) / 1000  # 9 equations, solved in fractions
    result = poisson(target, np.zeros_like(target), hole, solver=solver)
    np.testing.assert_allclose(result[1:4, 1:4, 0], wanted, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_flat_source_continues_a_ramp(solver):
    y, x = np.mgrid[:21, :34]
    ramp = np.stack([x / 40, y / 40, (x - 2 * y) / 100], -1).astype(np.float32)
    hole = np.zeros((21, 34, 1), np.float32)
    hole[3:17, 4:30] = 1
    hole[8:11, 10:13] = 0
    result = poisson(np.where(hole, 7, ramp), np.full_like(ramp, 0.3), hole, solver=solver)
    np.testing.assert_allclose(result, ramp, atol=2e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_constant_added_to_the_source_changes_nothing(solver):
    target, source = pictures(23, 18)
    hole = holes(23, 18)["blob"]
    shifted = source + np.array([0.25, -0.5, 1], np.float32)
    results = [poisson(target, s, hole, solver=solver) for s in (source, shifted)]
    np.testing.assert_allclose(*results, atol=2e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_target_as_source_gives_the_target(solver):
    target, _ = pictures(17, 29)
    np.testing.assert_array_equal(poisson(target, target, holes(17, 29)["random80"], solver=solver), target)


@pytest.mark.parametrize("name", holes(9, 9))
@pytest.mark.parametrize("size", [(37, 53), (64, 48), (1, 40), (33, 2), (5, 5), (130, 131)])
def test_equation_holds_and_known_pixels_stay(size, name):
    target, source = pictures(*size)
    hole = holes(*size)[name]
    if hole.all() or not hole.any():
        pytest.skip("no such hole at this size")
    target = np.where(hole, 50, target)
    result = poisson(target, source, hole, solver="direct", clip=False)
    np.testing.assert_array_equal(result[hole[..., 0] == 0], target[hole[..., 0] == 0])
    correction = np.pad(result.astype(np.float64) - source, ((1, 1), (1, 1), (0, 0)), mode="edge")
    inner = correction[1:-1, 1:-1]
    shifted = (correction[:-2, 1:-1], correction[2:, 1:-1], correction[1:-1, :-2], correction[1:-1, 2:])
    residual = sum(inner - neighbour for neighbour in shifted)
    assert np.abs(residual * hole).max() < 1e-6


@pytest.mark.parametrize("name", holes(9, 9))
@pytest.mark.parametrize("size", [(37, 53), (64, 48), (1, 40), (33, 2), (5, 5), (130, 131), (257, 190)])
@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_solvers_agree(solver, size, name):
    target, source = pictures(*size)
    hole = holes(*size)[name]
    if hole.all() or not hole.any():
        pytest.skip("no such hole at this size")
    target = np.where(hole, np.float32(0.9), target)
    exact, result = (poisson(target, source, hole, solver=s) for s in ("direct", solver))
    np.testing.assert_array_equal(result[hole[..., 0] == 0], target[hole[..., 0] == 0])
    assert np.abs(result - exact).max() < 1e-3 * GREY_LEVEL


@pytest.mark.parametrize("solver", SOLVERS)
def test_clip_is_for_the_hole_alone(solver):
    target = np.full((6, 6, 1), 3, np.float32)
    hole = np.zeros((6, 6, 1), np.float32)
    hole[2:4, 2:4] = 1
    clipped, free = (poisson(target, 0 * target, hole, solver=solver, clip=c) for c in (True, False))
    assert np.all(clipped[hole == 1] == 1) and np.all(clipped[hole == 0] == 3)
    np.testing.assert_allclose(free, 3, atol=1e-5)


def test_empty_hole_returns_the_target():
    target, source = pictures(8, 9)
    np.testing.assert_array_equal(poisson(target, source, np.zeros((8, 9, 1))), target)


def test_auto_agrees_with_direct_on_a_large_hole():
    target, source = pictures(260, 270, channels=1)
    hole = holes(260, 270)["right half"]
    hole[:, 40:] = 1
    result, exact = (poisson(target, source, hole, solver=s) for s in ("auto", "direct"))
    assert np.abs(result - exact).max() < 1e-3 * GREY_LEVEL


def test_what_cannot_be_blended_says_why():
    target, source = pictures(8, 9)
    hole = np.ones((8, 9, 1), np.float32)
    with pytest.raises(UserError, match="whole picture"):
        poisson(target, source, hole)
    with pytest.raises(UserError, match="between 0 and 1"):
        poisson(target, source, hole * 0.5)
    with pytest.raises(UserError, match="wanted one shape"):
        poisson(target, source[:4], hole)
    with pytest.raises(UserError, match=r"wanted \(8, 9, 1\)"):
        poisson(target, source, hole[:4])
    with pytest.raises(UserError, match="did you mean 'direct'"):
        poisson(target, source, hole, solver="driect")


def test_without_numba_auto_factors_and_multigrid_says_what_is_missing(monkeypatch):
    target, source = pictures(40, 30)
    hole = holes(40, 30)["blob"]
    monkeypatch.setattr("holefill.blending.poisson.DIRECT_UP_TO", 0)
    monkeypatch.setitem(sys.modules, "numba", None)
    for name in ("poisson_multigrid", "poisson_kernels"):
        monkeypatch.delitem(sys.modules, f"holefill.blending.{name}", raising=False)
        monkeypatch.delattr(f"holefill.blending.{name}", raising=False)
    monkeypatch.delitem(sys.modules, "holefill.compiled", raising=False)
    monkeypatch.delattr("holefill.compiled", raising=False)
    np.testing.assert_array_equal(*(poisson(target, source, hole, solver=s) for s in ("auto", "direct")))
    with pytest.raises(UserError, match="needs numba"):
        poisson(target, source, hole, solver="multigrid")


def test_multigrid_solves_where_what_is_compiled_cannot_be_kept():
    """As where neither the package's folder nor the home is writable: numba then has no place for its cache."""
    program = """
import numba.core.caching, numpy as np
numba.core.caching.FunctionCache._impl_class._locator_classes = []
from holefill.blending import poisson_multigrid
hole = np.zeros((8, 8), bool)
hole[2:6, 2:6] = True
filled = poisson_multigrid.membrane(np.where(hole, 0, 1)[..., None].astype(np.float32), hole)
raise SystemExit(not np.allclose(filled, 1, atol=1e-5))
"""
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr

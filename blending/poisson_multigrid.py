"""The membrane by multigrid-preconditioned conjugate gradients, compiled by numba: for photographs.

The algorithm is that of `holefill.blending.poisson_tensorflow`, where its operators are explained, in float32 and
in about ten iterations for any hole; here each step of an iteration is one pass over the hole's rows
(`holefill.blending.poisson_kernels`), split over the machine's cores. The chunks do not depend on the number of
cores, nor does the result.

In: values [H, W, C] float; hole [H, W] bool. Out: [H, W, C] float32.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from holefill.blending import poisson_kernels as kernels

DOUBLING = np.float32(math.log(2) / (2 * math.pi))
DAMPING = np.float32(0.8)
MAX_ITERATIONS = 100
TOLERANCES = (1e-3, 1e-6)
CHUNK = 32_768
"""Pixels that are worth a thread's while."""


class Level(NamedTuple):
    """One grid: conductances (right, down, outlets) [3, h + 2, w + 2], the operator's diagonal, two work arrays."""

    weights: np.ndarray
    diagonal: np.ndarray
    inverse: np.ndarray
    span: np.ndarray
    residual: np.ndarray
    result: np.ndarray


def membrane(values: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Fill the hole with the discrete harmonic function that equals `values` on the known pixels.

    Parameters
    ----------
    values : [H, W, C] float
        What is in the hole does not matter. float32 values are filled in place: fresh pages cost as much as solving.
    hole : [H, W] bool
        True = missing; at least one pixel is missing and one known.

    Returns
    -------
    [H, W, C] float32
        Within about 1e-6 of the values' range of the exact one.
    """
    return solved(values, hole, _solve)


def solved(values: np.ndarray, hole: np.ndarray, solve) -> np.ndarray:
    """As `membrane`, by any `solve(rows, levels, filled)`: the hole of `filled` [H + 2, C, W + 2], 0, in place."""
    height, width, channels = values.shape
    values = values.astype(np.float32, copy=False)
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        rows = Rows(pool)
        filled = np.zeros((height + 2, channels, width + 2), np.float32)
        rows(kernels.pack, height, width, values, filled)
        filled[1:-1, :, 1:-1].swapaxes(1, 2)[hole] = 0
        solve(rows, _hierarchy(rows, hole, channels), filled)
        rows(kernels.unpack, height, width, filled, values)
    return values


class Rows:
    """Runs a kernel over rows 1 … height of a grid in chunks, on a pool; adds what the chunks return."""

    def __init__(self, pool: ThreadPoolExecutor):
        self.pool = pool

    def __call__(self, kernel, height: int, width: int, *arguments):
        chunks = max(1, min(16, height * width // CHUNK))
        limits = [1 + height * k // chunks for k in range(chunks + 1)]
        if chunks == 1:
            return kernel(*arguments, 1, height + 1)
        parts = self.pool.map(lambda a, b: kernel(*arguments, a, b), limits[:-1], limits[1:])
        parts = list(parts)
        return None if parts[0] is None else sum(parts)


def _hierarchy(rows: Rows, hole: np.ndarray, channels: int) -> list[Level]:
    """Grids from the hole's own to one of one pixel."""
    height, width = hole.shape
    weights = np.zeros((3, height + 2, width + 2), np.float32)
    rows(kernels.connect, height, width, hole, *weights)
    levels = [_level(rows, weights, channels)]
    while max(height, width) > 1:
        height, width = (height + 1) // 2, (width + 1) // 2
        coarse = np.zeros((3, height + 2, width + 2), np.float32)
        rows(kernels.coarsen, height, width, weights, coarse, DOUBLING)
        weights = coarse
        levels.append(_level(rows, weights, channels))
    return levels


def _level(rows: Rows, weights: np.ndarray, channels: int) -> Level:
    _, height, width = weights.shape
    diagonal, inverse = np.zeros((2, height, width), np.float32)
    span = np.full((height, 4), (width, 0, width, 0), np.int64)
    rows(kernels.invert, height - 2, width - 2, weights, diagonal, inverse, span, DAMPING)
    padded = np.pad(span[:, :2], ((1, 1), (0, 0)), mode="edge")
    span[:, 2] = np.minimum(np.minimum(padded[:-2, 0], padded[1:-1, 0]), padded[2:, 0])
    span[:, 3] = np.maximum(np.maximum(padded[:-2, 1], padded[1:-1, 1]), padded[2:, 1])
    residual, result = np.zeros((2, height, channels, width), np.float32)
    return Level(weights, diagonal, inverse, span, residual, result)


def _solve(rows: Rows, levels: list[Level], filled: np.ndarray) -> None:
    """Fill the hole in place, in rounds: what is left is computed anew from differences of neighbours, which
    rounding hardly touches, so that float32 ends near its own precision however long the hole's reach."""
    finest = levels[0]
    height, width = finest.inverse.shape[0] - 2, finest.inverse.shape[1] - 2
    norm = None
    work = [np.zeros(filled.shape, np.float32) for _ in range(3)]
    for tolerance in TOLERANCES:
        filled[0], filled[-1] = filled[1], filled[-2]
        filled[..., 0], filled[..., -1] = filled[..., 1], filled[..., -2]
        squares = rows(kernels.defect, height, width, filled, finest.inverse, finest.residual, finest.span)
        norm = squares if norm is None else norm
        _conjugate_gradients(rows, levels, filled, work, squares, tolerance**2 * norm)


def _conjugate_gradients(rows: Rows, levels: list[Level], solution, work, squares, enough) -> None:
    """Improve `solution` until each channel's squared residual, now `squares`, is `enough`."""
    finest = levels[0]
    size = finest.inverse.shape[0] - 2, finest.inverse.shape[1] - 2
    old, new, image = work
    product, share = None, np.zeros(solution.shape[1], np.float32)
    for _ in range(MAX_ITERATIONS):
        if np.all(squares <= enough):
            return
        next_product = cycle(rows, levels)
        if product is not None:
            share = ratio(next_product, product)
        product = next_product
        matrix = finest.diagonal, finest.weights, finest.span
        steepness = rows(kernels.advance, *size, finest.result, old, share, *matrix, new, image)
        length = ratio(product, steepness) * (squares > enough)
        squares = rows(
            kernels.step, *size, new, image, length.astype(np.float32), solution, finest.residual, finest.span
        )
        old, new = new, old


def ratio(a, b) -> np.ndarray:
    """a / b as float32, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a), where=b != 0).astype(np.float32)


def cycle(rows: Rows, levels: list[Level]):
    """One V(1,1)-cycle: the finest `result` becomes about A⁻¹ `residual`. Returns their inner products."""
    for fine, coarse in zip(levels, levels[1:], strict=False):
        size = coarse.inverse.shape[0] - 2, coarse.inverse.shape[1] - 2
        grid = fine.residual, fine.inverse, fine.weights, fine.span
        rows(kernels.restrict, *size, *grid, DAMPING, coarse.residual)
    coarsest = levels[-1]
    coarsest.result[:] = coarsest.inverse[:, None] / DAMPING * coarsest.residual
    products = None
    for fine, coarse in zip(levels[-2::-1], levels[:0:-1], strict=True):
        size = fine.inverse.shape[0] - 2, fine.inverse.shape[1] - 2
        grid = fine.residual, fine.inverse, fine.weights, fine.span
        products = rows(kernels.smooth, *size, *grid, DAMPING, coarse.result, fine.result)
    return products

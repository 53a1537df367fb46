"""Poisson blending in dense TensorFlow operations: batched, on any device, inside a SavedModel.

The equation is that of `holefill.blending.poisson`; the algorithm is conjugate gradients preconditioned by one
multigrid V(1,1)-cycle with damped Jacobi smoothing. Each example and channel has its own step lengths and stops on
its own, so a batch gives what its examples give alone.

A coarse pixel stands for 2 x 2 pixels, and its operator is a network of resistors like the fine one:

- between neighbours: half the sum of the fine conductances they join (twice the length);
- to the known pixels: S / (1 + S ln 2 / 2π), S the sum over the four, since in the plane the resistance from a disc
  to a point grows by ln 2 / 2π with each doubling of the disc. With this term an isolated known pixel weighs on
  every level what it does in the picture, and the number of iterations stays near ten for any hole.

Restriction sums the four, interpolation repeats: transposes of each other, which keeps the cycle symmetric.

In: target, source [B, H, W, C] float in [-1, 1]; hole [B, H, W, 1], 1 = missing. Out: [B, H, W, C]. Sizes may be
unknown when traced, except C. No variables, no Python callbacks.
"""

import functools
import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

DOUBLING = math.log(2) / (2 * math.pi)
DAMPING = 0.8
LEVELS_OF_UNKNOWN_SIZE = 12
COARSEST_SWEEPS = 4
MAX_ITERATIONS = 100
COARSE_TOLERANCE = 1e-3
TOLERANCE = {tf.float32: 1e-6, tf.float64: 1e-10}


class Level(NamedTuple):
    """A = diagonal - neighbours(·), all [B, h, w, C] with h, w even."""

    neighbours: callable
    active: tf.Tensor
    diagonal: tf.Tensor
    inverse: tf.Tensor


def poisson(target, source, hole, *, dtype=tf.float32, tolerance: float | None = None, clip: bool = True):
    """Blend a batch of sources into the holes of their targets without a seam.

    Parameters
    ----------
    target, source : [B, H, W, C] float
        Pictures and fills, in [-1, 1].
    hole : [B, H, W, 1] float
        1 = missing, 0 = known; each example its own. Where all is missing, the source comes back.
    dtype : tf.float32 or tf.float64
        What to compute in. float64 equals the factorisation to about 1e-9.
    tolerance : float, optional
        Relative residual at which an example is done: 1e-6, in float64 1e-10.
    clip : bool
        Clip the hole's pixels into [-1, 1]. Known pixels are never touched.

    Returns
    -------
    [B, H, W, C] of the target's dtype
        Known pixels are bit for bit the target's.
    """
    missing = hole > 0.5
    difference = tf.cast(target, dtype) - tf.cast(source, dtype)
    blended = tf.cast(source, dtype) + membrane(difference, hole, tolerance=tolerance)
    if clip:
        blended = tf.clip_by_value(blended, -1, 1)
    return tf.where(missing, tf.cast(blended, target.dtype), target)


def membrane(values, hole, *, tolerance: float | None = None):
    """The discrete harmonic function in each hole that equals `values` [B, H, W, C] around it; 0 elsewhere.

    Computed in the dtype of `values`; what they are inside the hole does not matter. `hole` is [B, H, W, 1].
    """
    tolerance = tolerance or TOLERANCE[values.dtype]
    missing = hole > 0.5
    size = tf.shape(missing)[1:3]
    start, stop = _box(missing, size)
    height, width = tf.unstack(stop - start)
    padding = [[0, 0], [0, 2 - height % 2], [0, 2 - width % 2], [0, 0]]  # at least one: rolling then wraps zeros only

    def cut(x):
        return tf.pad(x[:, start[0] : stop[0], start[1] : stop[1]], padding)

    inside, unknown = (cut(tf.cast(x, values.dtype)) for x in (tf.ones_like(missing), missing))
    levels = _hierarchy(inside, unknown, values.shape[-1], _depth(missing.shape[1:3]))
    solution = _solve(levels, cut(tf.where(missing, tf.zeros_like(values), values)), inside, unknown, tolerance)
    before, after = tf.unstack(start), tf.unstack(size - stop)
    filled = tf.pad(solution[:, :height, :width], [[0, 0], [before[0], after[0]], [before[1], after[1]], [0, 0]])
    return tf.ensure_shape(filled, [*missing.shape[:3], values.shape[-1]])


def membrane_of_picture(values: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`membrane` of one picture, numpy in and out: values [H, W, C], hole [H, W] bool → [H, W, C] float32."""
    values, hole = tf.constant(values[None], tf.float32), tf.constant(hole[None, ..., None], tf.float32)
    return _membrane_of_any_size(values.shape[-1])(values, hole)[0].numpy()


@functools.cache
def _membrane_of_any_size(channels: int):
    """`membrane` of one picture as one graph, traced once."""
    signature = [tf.TensorSpec([1, None, None, c], tf.float32) for c in (channels, 1)]
    return tf.function(membrane, input_signature=signature)


def _depth(shape) -> int:
    """Levels until one pixel is left."""
    if None in shape:
        return LEVELS_OF_UNKNOWN_SIZE
    return max(1, math.ceil(math.log2(max(shape)))) + 1


def _box(missing, size):
    """First and one-past-last row and column of all holes of the batch together, one pixel wider."""
    limits = []
    for others in ([0, 2, 3], [0, 1, 3]):
        where = tf.cast(tf.where(tf.reduce_any(missing, others))[:, 0], tf.int32)
        limits.append((tf.reduce_min(where), tf.reduce_max(where)))  # of no hole: int32's extremes
    start = tf.clip_by_value(tf.stack([limits[0][0], limits[1][0]]), 1, size) - 1
    stop = tf.minimum(tf.maximum(tf.stack([limits[0][1], limits[1][1]]), -2) + 2, size)
    return start, tf.maximum(start, stop)


def _hierarchy(inside, unknown, channels: int, depth: int) -> list[Level]:
    """The operators from fine to coarse; `inside` the picture and `unknown` are 0 or 1, [B, h, w, 1]."""
    full = tf.broadcast_to(unknown, tf.concat([tf.shape(unknown)[:3], [channels]], 0))
    outlets = unknown * _sum_of_neighbours(inside - unknown)
    right, down = unknown * tf.roll(unknown, -1, 2), unknown * tf.roll(unknown, -1, 1)
    levels = [_level(lambda u: full * _sum_of_neighbours(u), right, down, outlets, channels)]
    for _ in range(depth - 1):
        right = _even((right[:, ::2, 1::2] + right[:, 1::2, 1::2]) / 2)
        down = _even((down[:, 1::2, ::2] + down[:, 1::2, 1::2]) / 2)
        total = _even(_gather(outlets))
        outlets = total / (1 + DOUBLING * total)
        levels.append(_level(None, right, down, outlets, channels))
    return levels


def _level(neighbours, right, down, outlets, channels) -> Level:
    """One operator from its conductances [B, h, w, 1] to the right, downwards and to the known pixels."""
    diagonal = outlets + right + down + tf.roll(right, 1, 2) + tf.roll(down, 1, 1)
    shape = tf.concat([tf.shape(diagonal)[:3], [channels]], 0)
    right, down, diagonal = (tf.broadcast_to(x, shape) for x in (right, down, diagonal))

    def weighted(u):
        across = right * tf.roll(u, -1, 2) + tf.roll(right * u, 1, 2)
        return across + down * tf.roll(u, -1, 1) + tf.roll(down * u, 1, 1)

    active = tf.cast(diagonal > 0, diagonal.dtype)
    return Level(neighbours or weighted, active, diagonal, tf.math.reciprocal_no_nan(diagonal) * DAMPING)


def _sum_of_neighbours(u):
    """Each pixel's four neighbours summed, zero outside."""
    cross = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])[..., None, None]
    kernel = tf.constant(np.tile(cross, (1, 1, u.shape[-1], 1)), u.dtype)
    return tf.nn.depthwise_conv2d(u, kernel, [1, 1, 1, 1], "SAME")


def _even(u):
    """Padded by a zero row or column where the size is odd."""
    height, width = tf.unstack(tf.shape(u)[1:3])
    return tf.pad(u, [[0, 0], [0, height % 2], [0, width % 2], [0, 0]])


def _gather(fine):
    """Sums of 2 x 2 pixels."""
    return 4 * tf.nn.avg_pool2d(fine, 2, 2, "VALID")


def _repeat(coarse, fine):
    """Each coarse pixel four times, cut to the size of `fine`."""
    size = tf.shape(fine)[1:3]
    needed = coarse[:, : size[0] // 2, : size[1] // 2]
    return tf.image.resize(needed, size, "nearest")


def _cycle(levels: list[Level], residual):
    """One V(1,1)-cycle from zero: about A⁻¹ residual, symmetric and positive definite as an operator."""
    level = levels[0]
    u = level.inverse * residual
    if len(levels) == 1:
        for _ in range(COARSEST_SWEEPS):
            u = _sweep(level, u, residual)
        return u
    left = (1 - DAMPING) * residual + level.neighbours(u)
    u += level.active * _repeat(_cycle(levels[1:], _even(_gather(left))), u)
    return _sweep(level, u, residual)


def _sweep(level: Level, u, residual):
    """Damped Jacobi: u + ω D⁻¹ (residual - A u)."""
    return (1 - DAMPING) * u + level.inverse * (residual + level.neighbours(u))


def _solve(levels: list[Level], rim, inside, unknown, tolerance: float):
    """What `rim`, the known values and zeros, gets in its hole.

    In rounds: what is left is computed anew from differences of neighbours, which rounding hardly touches, so that
    float32 ends near its own precision however long the hole's reach.
    """
    first = _defect(rim, inside, unknown)
    norm = _dot(first, first)
    stops = tf.constant([COARSE_TOLERANCE**2, tolerance**2], rim.dtype)

    def improve(k, solution):
        residual = _defect(rim + solution, inside, unknown)
        return k + 1, solution + _conjugate_gradients(levels, residual, stops[k] * norm)

    return tf.while_loop(lambda k, _: k < 2, improve, (0, tf.zeros_like(rim)))[1]


def _defect(filled, inside, unknown):
    """Neighbours minus pixel, summed over the neighbours inside the picture, at each unknown pixel."""
    total = tf.zeros_like(filled)
    for axis in (1, 2):
        flow = inside * tf.roll(inside, -1, axis) * (tf.roll(filled, -1, axis) - filled)
        total += flow - tf.roll(flow, 1, axis)
    return unknown * total


def _conjugate_gradients(levels: list[Level], right_side, enough):
    """The finest level's solution, each example and channel until its squared residual is `enough` [B, 1, 1, C]."""
    finest = levels[0]

    def unfinished(_, residual, *__):
        return tf.reduce_any(_dot(residual, residual) > enough)

    def step(solution, residual, direction, product):
        image = finest.diagonal * direction - finest.neighbours(direction)
        active = tf.cast(_dot(residual, residual) > enough, residual.dtype)
        length = active * tf.math.divide_no_nan(product, _dot(direction, image))
        solution += length * direction
        residual -= length * image
        preconditioned = _cycle(levels, residual)
        next_product = _dot(residual, preconditioned)
        direction = preconditioned + tf.math.divide_no_nan(next_product, product) * direction
        return solution, residual, direction, next_product

    first = _cycle(levels, right_side)
    state = (tf.zeros_like(right_side), right_side, first, _dot(right_side, first))
    return tf.while_loop(unfinished, step, state, maximum_iterations=MAX_ITERATIONS)[0]


def _dot(a, b):
    """Inner products [B, 1, 1, C]."""
    return tf.reduce_sum(a * b, [1, 2], keepdims=True)

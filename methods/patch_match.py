"""Content-aware fill: the hole is put together of pieces of the same picture, each like what it overlaps.

Y. Wexler, E. Shechtman, M. Irani, "Space-time completion of video", PAMI 29(3), 2007, doi:10.1109/TPAMI.2007.60: the
energy is the sum over all patches that overlap the hole of the squared distance to the most similar source patch,
minimised from coarse to fine in turns of finding those (E) and of letting them vote for the pixels (M).
C. Barnes, E. Shechtman, A. Finkelstein, D. Goldman, "PatchMatch", SIGGRAPH 2009, doi:10.1145/1531326.1531330: E.
A. Newson, A. Almansa, Y. Gousseau, P. Pérez, "Non-local patch-based image inpainting", IPOL 7, 2017,
doi:10.5201/ipol.2017.189: mean slopes as a fourth channel, and matches handed from scale to scale.

Here patches are compared in colour, texture, slopes and, a little, in place; known pixels weigh more than painted
ones; and in the end each pixel is a copy, of the source that most patches over it name, the seams taken out
(`patch_match_seams`).

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3, any size. Time and memory go with the hole, but for
what a pyramid costs. The same seed gives the same fill on any number of cores.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from holefill import blending
from holefill.datasets import masks
from holefill.errors import UserError
from holefill.methods import candidates as choosing
from holefill.methods import patch_match_kernels as kernels
from holefill.methods import patch_match_levels as levels
from holefill.methods import progress
from holefill.methods.fill import Fill, check_known
from holefill.methods.patch_match_seams import heal

CHUNK = 2048  # targets a thread takes at once; the result depends on it
PATCHES = (3, 15)
FEWEST = 64  # source patches that a coarser scale must still have
FIRST = 2.5  # turns at the coarsest scale for each of `iterations`
PAINTED = 4  # weight of a painted pixel's differences, of a known one's 16
INWARDS = 2.0  # Wexler's gamma: a vote's weight falls by this with each pixel into the hole
QUARTILE = 75
COHERENCE = 1.15
TRIED = 2  # completions made for each candidate, of which those that differ are chosen


def fill(
    images, holes, *, model=None, candidates=1, seed=0, patch: int = 7, iterations: int = 8, forbidden: object = None
) -> Fill:
    """Fill each hole with pieces of its picture; the objective is the mean weighted distance of the patches.

    Parameters
    ----------
    patch : side of a patch in pixels, 3 to 15. Where no such patch is wholly known, smaller ones are taken, and where
        none of 3 is, the membrane.
    iterations : turns of matching and voting at each scale; half as many at the finest.
    forbidden : what must not be copied, as the path of a mask's picture (white = forbidden) or an array [H, W, 1] or
        [B, H, W, 1] with 1 = forbidden; of the pictures' size.

    Raises
    ------
    UserError
        Where an option is out of range, `forbidden` has another size or leaves no source, or nothing is known.
    """
    check_known(holes)
    if not PATCHES[0] <= patch <= PATCHES[1]:
        raise UserError(f"patch is {patch}; it must be from {PATCHES[0]} to {PATCHES[1]} pixels")
    if iterations < 1:
        raise UserError(f"iterations is {iterations}; it must be 1 or more")
    if candidates < 1:
        raise UserError(f"{candidates} candidates wanted: ask for 1 or more")
    missing = holes[..., 0] > 0.5
    usable = ~missing & ~_forbidden(forbidden, missing.shape)
    if not usable.any((1, 2)).all():
        raise UserError("forbidden leaves nothing to copy from: make it smaller")
    tries = 1 if candidates == 1 else TRIED * candidates
    painted, objective = [], []
    threads = ThreadPoolExecutor(min(8, os.cpu_count() or 1))
    with threads as pool, progress.bar("patch_match", len(images) * tries) as advance:
        for image, *where in zip(images, missing, usable, strict=True):
            fills, values = [], []
            for number in range(tries):
                work = Work(pool, advance, patch, iterations, _mixed(seed, number))
                done = work.complete(image, *where) if where[0].any() else (image, 0.0)
                fills.append(done[0])
                values.append(done[1])
            order = np.argsort(values, kind="stable")
            if tries > 1:
                order = order[choosing.choose([fills[n] for n in order], where[0][..., None], candidates)]
            painted.append(np.stack([fills[n] for n in order]))
            objective.append(np.array(values)[order])
    return Fill(np.stack(painted).astype(np.float32), np.asarray(objective, np.float32))


def _forbidden(given, shape) -> np.ndarray:
    """[B, H, W] bool, or what broadcasts to it, of the option `forbidden`."""
    if given is None:
        return np.zeros((), bool)
    batch, height, width = shape
    if isinstance(given, (str, os.PathLike)):
        given = masks.read(given, height, width)
    array = np.asarray(given)
    wanted = ((height, width, 1), (1, height, width, 1), (batch, height, width, 1))
    if array.shape not in wanted:
        raise UserError(
            f"forbidden has the shape {list(array.shape)}; it must be [{height}, {width}, 1], 1 = forbidden"
        )
    return np.reshape(array > 0.5, (-1, height, width))


class Work:
    """One completion: a pool of threads, how far it is, and its options."""

    def __init__(self, pool, advance, patch: int, iterations: int, seed):
        self.pool, self.advance, self.patch, self.iterations, self.seed = pool, advance, patch, iterations, seed

    def complete(self, image: np.ndarray, missing: np.ndarray, usable: np.ndarray):
        """[H, W, C] with its hole filled, and the objective."""
        patch = _fitting(usable, self.patch)
        if patch is None:
            blend, options = blending.get("poisson")
            self.advance(1)
            return blend(image, np.zeros_like(image), missing[..., None].astype(np.float32), **options), 0.0
        scales = _scales(levels.finest(image, missing, usable), patch)
        above = None
        for number in reversed(range(len(scales))):
            above = self._scale(scales.pop(), patch, number, above)
            self.advance((0.75 if number else 1) * 0.25**number)
        level, nearest, share, distance = above
        chosen = np.empty(len(level.pixels), np.int64)
        self._run(
            kernels.elect, len(chosen), level.stride, patch, level.pixel_cells, level.grid[1], nearest, share, chosen
        )
        filled = image.copy()
        filled[missing] = heal(image, missing, usable, chosen // level.stride - 1, chosen % level.stride)
        return filled, distance[level.cells].mean() / (3 * (patch * levels.KNOWN * 127.5) ** 2)

    def _scale(self, scale: levels.Scale, patch: int, number: int, above):
        """The level of a scale, its matches, their weights and distances; `above` is that of the next coarser one."""
        seed = _mixed(self.seed, number)
        random = np.random.default_rng(int(seed))
        if above is None:
            scale = scale._replace(pixels=_smooth(scale))
        level = levels.level(scale, patch)
        if above is None:
            sources = np.flatnonzero(level.valid)
            nearest = levels.on_grid(level, random.choice(sources, len(level.places)), -1, np.int32)
        else:
            nearest, share = levels.inherit(level, *above[:3], random)
            self._vote(level, nearest, share)
        distance = np.zeros(len(nearest), np.int64)
        turns = round(FIRST * self.iterations) if above is None else -(-self.iterations // (1 if number else 2))
        for turn in range(turns):
            trust = min(1, 2 * turn / turns) if above is None else 1
            level.weights[level.pixels] = round(1 + (PAINTED - 1) * trust)
            passes, last = (4 if above is None else 2), turn == turns - 1 and not number
            self._search(level, nearest, distance, _mixed(seed, turn), passes, max(level.limits), 1.0)
            if last:
                self._search(level, nearest, distance, _mixed(seed, turns), 2, 0, COHERENCE)
            share = _shares(level, distance)
            if not last:
                self._vote(level, nearest, share)
        return level, nearest, share, distance

    def _search(self, level, nearest, distance, seed, passes: int, radius: int, tolerance: float) -> None:
        """Improve the matches."""
        lanes = np.zeros((-(-level.patch // kernels.BLOCK) * kernels.BLOCK, kernels.CHANNELS), np.uint8)
        lanes[: level.patch] = 255
        layout = level.picture.reshape(-1), level.weights.reshape(-1), level.stride, level.limits, level.valid
        for k in range(passes):
            self._run(
                kernels.search, len(level.places), *layout, lanes.reshape(-1, kernels.ROW), level.patch, level.places,
                level.cells, level.grid[1], nearest, nearest.copy(), distance, _mixed(seed, k), radius, tolerance,
                k % 2 == 0,
            )  # fmt: skip

    def _vote(self, level, nearest, share) -> None:
        """Paint the hole with means of what its patches are like."""
        voted = np.empty((len(level.pixels), 4), np.float32)
        self._run(
            kernels.vote, len(voted), level.picture.reshape(-1), level.stride, level.patch, level.pixel_cells,
            level.grid[1], nearest, share, voted,
        )  # fmt: skip
        levels.paint(level, voted)

    def _run(self, kernel, count: int, *arguments) -> None:
        """A kernel over `count` targets or pixels, in chunks."""
        limits = [*range(0, count, CHUNK), count]
        if len(limits) == 2:
            kernel(*arguments, 0, count)
        else:
            list(self.pool.map(lambda a, b: kernel(*arguments, a, b), limits[:-1], limits[1:]))


def _fitting(usable: np.ndarray, patch: int) -> int | None:
    """The largest patch up to the wanted one of which there are enough to choose from."""
    for side in range(min(patch, *usable.shape), PATCHES[0] - 1, -1):
        if levels.sources(usable, side).sum() >= side * side:
            return side
    return None


def _scales(scale: levels.Scale, patch: int) -> list:
    """From the picture to where no pixel of the hole is deeper in it than a patch is wide."""
    scales = [scale]
    while levels.depths(scales[-1].missing).max() > patch:
        coarse = levels.halve(scales[-1])
        if min(coarse.missing.shape) < patch or levels.sources(coarse.usable, patch).sum() < FEWEST:
            break
        scales.append(coarse)
    return scales


def _smooth(scale: levels.Scale) -> np.ndarray:
    """The membrane, to begin with."""
    blend, options = blending.get("poisson")
    levels_of_grey = scale.pixels / np.float32(127.5) - 1
    hole = scale.missing[..., None].astype(np.float32)
    return (blend(levels_of_grey, np.zeros_like(levels_of_grey), hole, **options) + 1) * np.float32(127.5)


def _shares(level, distance) -> np.ndarray:
    """Vote weights on the grid: exp(-d / 2σ²), σ² four times the upper quartile, less with each pixel inwards."""
    found = distance[level.cells].astype(np.float32)
    variance = 4 * np.percentile(found, QUARTILE) + level.patch**2
    weights = -found / (2 * variance) - np.log(INWARDS) * np.minimum(level.depth, 64)
    return levels.on_grid(level, np.exp(np.maximum(weights, -80)), 0, np.float32)


def _mixed(*numbers):
    """A hash of whole numbers, uint64."""
    state = 0x243F6A8885A308D3
    for number in map(int, numbers):
        state = (state ^ (number & 0xFFFFFFFFFFFFFFFF)) * 0xD6E8FEB86659FD93 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 32
    return np.uint64(state)

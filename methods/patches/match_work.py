"""One completion by `holefill.methods.patch_match`: from the coarsest scale to the picture, in turns of matching and
voting, then the election of a source for each pixel.

Pictures [H, W, C] float32 in [-1, 1]; what is missing and what may be copied [H, W] bool.
"""

from typing import NamedTuple

import numpy as np

from holefill import blending
from holefill.methods.patches import match_kernels as kernels
from holefill.methods.patches import match_levels as levels
from holefill.methods.patches.match_seams import heal

PATCHES = (3, 15)
CHUNK = 2048  # targets a thread takes at once; the result depends on it
FEWEST = 64  # source patches that a coarser scale must still have
SMALL = 4096  # missing pixels of a coarsest scale on which more work is cheap
STARTS = 4  # then, completions of it, of which the best goes on
FIRST = 2.5  # and turns at it, for each of `iterations`
PAINTED = 4  # weight of a painted pixel's differences, of a known one's 16
INWARDS = 2.0  # Wexler's gamma: a vote's weight falls by this with each pixel into the hole
QUARTILE = 75
COHERENCE = 1.15  # how much worse a match may be at last if its neighbour goes on in it


class Pull(NamedTuple):
    """What votes are drawn to at one scale: colours [N, 3] of its missing pixels, 0 … 255, and their share."""

    colours: np.ndarray
    share: float


class Work:
    """One completion: a pool of threads, how far it is, and its options; pull: share of a guess in what is voted."""

    def __init__(self, pool, advance, patch: int, iterations: int, seed, pull: float = 0.0):
        self.pool, self.advance, self.patch, self.iterations, self.seed = pool, advance, patch, iterations, seed
        self.pull = pull

    def complete(self, image: np.ndarray, missing: np.ndarray, usable: np.ndarray, guess: np.ndarray | None = None):
        """[H, W, C] with its hole filled, and the objective; votes are drawn to a guess [H, W, C] of the hole."""
        patch = _fitting(usable, self.patch)
        if patch is None:
            blend, options = blending.get("poisson")
            self.advance(1)
            return blend(image, np.zeros_like(image), missing[..., None].astype(np.float32), **options), 0.0
        scales = _scales(levels.finest(image, missing, usable), patch)
        pulls, above = self._pulls(scales, image, guess), None
        for number in reversed(range(len(scales))):
            scale, pull = scales.pop(), pulls.pop()
            above = self._scale(scale, patch, number, above, pull) if above else self._start(scale, patch, number, pull)
            self.advance((0.75 if number else 1) * 0.25**number)
        level, nearest, share, distance = above
        chosen = np.empty(len(level.pixels), np.int64)
        self._run(
            kernels.elect, len(chosen), level.stride, patch, level.pixel_cells, level.grid[1], nearest, share, chosen
        )
        filled = image.copy()
        filled[missing] = heal(image, missing, usable, chosen // level.stride - 1, chosen % level.stride)
        return filled, distance[level.cells].mean() / (3 * (patch * levels.KNOWN * 127.5) ** 2)

    def _pulls(self, scales: list, image, guess) -> list:
        """What votes are drawn to at each scale, at the finest by half; the texture is the patches' own."""
        if guess is None:
            return [None] * len(scales)
        nowhere, pulls = np.zeros(image.shape[:2], bool), []
        whole = levels.finest(np.where(scales[0].missing[..., None], guess, image), nowhere, nowhere)
        for number, scale in enumerate(scales):
            pulls.append(Pull(whole.pixels[scale.missing][:, :3], self.pull if number else self.pull / 2))
            whole = levels.halve(whole)
        return pulls

    def _start(self, scale: levels.Scale, patch: int, number: int, pull: Pull | None):
        """The coarsest scale, from random matches and the membrane: the best of several tries."""
        level = levels.level(scale._replace(pixels=_smooth(scale)), patch)
        begun, sources, found = level.picture.copy(), np.flatnonzero(level.valid), []
        small = len(level.pixels) <= SMALL
        for start in range(STARTS if small else 1):
            seed = mixed(self.seed, number, start)
            level.picture[:] = begun
            nearest = np.random.default_rng(int(seed)).choice(sources, len(level.places))
            nearest = levels.on_grid(level, nearest, -1, np.int32)
            turns = round(FIRST * self.iterations) if small else self.iterations
            trust = [round(1 + (PAINTED - 1) * min(1, 2 * turn / turns)) for turn in range(turns)]
            found.append(self._turns(level, nearest, trust, seed, 4 if small else 2, number, pull))
        return min(found, key=lambda tried: tried[3][level.cells].mean())

    def _scale(self, scale: levels.Scale, patch: int, number: int, above, pull: Pull | None):
        """A finer scale, from the coarser one `above`."""
        level, seed = levels.level(scale, patch), mixed(self.seed, number)
        nearest, share = levels.inherit(level, *above[:3], np.random.default_rng(int(seed)))
        self._vote(level, nearest, share, pull)
        turns = -(-self.iterations // (1 if number else 2))
        return self._turns(level, nearest, [PAINTED] * turns, seed, 2, number, pull)

    def _turns(self, level, nearest, trust: list, seed, passes: int, number: int, pull: Pull | None):
        """Match and vote in turns; the level, its matches, their weights and distances. trust: of painted pixels."""
        distance = np.zeros(len(nearest), np.int64)
        for turn, weight in enumerate(trust):
            level.weights[level.pixels] = weight
            last = turn == len(trust) - 1 and not number
            self._search(level, nearest, distance, mixed(seed, turn), passes, max(level.limits), 1.0)
            if last:
                self._search(level, nearest, distance, mixed(seed, len(trust)), 2, 0, COHERENCE)
            share = _shares(level, distance)
            if not last:
                self._vote(level, nearest, share, pull)
        return level, nearest, share, distance

    def _search(self, level, nearest, distance, seed, passes: int, radius: int, tolerance: float) -> None:
        """Improve the matches."""
        lanes = np.zeros((-(-level.patch // kernels.BLOCK) * kernels.BLOCK, kernels.CHANNELS), np.uint8)
        lanes[: level.patch] = 255
        layout = level.picture.reshape(-1), level.weights.reshape(-1), level.stride, level.limits, level.valid
        for k in range(passes):
            self._run(
                kernels.search, len(level.places), *layout, lanes.reshape(-1, kernels.ROW), level.patch, level.places,
                level.cells, level.grid[1], nearest, nearest.copy(), distance, mixed(seed, k), radius, tolerance,
                k % 2 == 0,
            )  # fmt: skip

    def _vote(self, level, nearest, share, pull: Pull | None) -> None:
        """Paint the hole with means of what its patches are like, drawn to what is guessed."""
        voted = np.empty((len(level.pixels), 4), np.float32)
        self._run(
            kernels.vote, len(voted), level.picture.reshape(-1), level.stride, level.patch, level.pixel_cells,
            level.grid[1], nearest, share, voted,
        )  # fmt: skip
        if pull is not None:
            voted[:, :3] += pull.share * (pull.colours - voted[:, :3])
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


def mixed(*numbers):
    """A hash of whole numbers, uint64."""
    state = 0x243F6A8885A308D3
    for number in map(int, numbers):
        state = (state ^ (number & 0xFFFFFFFFFFFFFFFF)) * 0xD6E8FEB86659FD93 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 32
    return np.uint64(state)

"""The search for transformed patches at one level, and their votes: see `transformed`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from holefill.methods.patches import transformed_kernels as kernels
from holefill.methods.patches.transformed_levels import Level, fading

CHUNK = 4096  # patches that are worth a thread's while


@dataclass(frozen=True)
class Terms:
    """What a match costs, and how patches vote.

    patch: side in pixels, odd. falloff: standard deviation, in pixels, of the weight about a patch's middle. gains,
    biases: [low, high] and the largest, for each of three channels. areas: [low, high] of source to patch. squares:
    differences are squared. sloping: weight of slopes of the first channel. trust: how many times less a pixel counts
    in a distance for each pixel deeper in the hole; fade: the same for a patch's vote. keen: how much less a patch's
    vote counts, as its match costs more: exp(-keen · cost / the upper quartile of costs).
    """

    patch: int = 9
    falloff: float = 3.0
    gains: tuple = ((1.0, 1.0),) * 3
    biases: tuple = (0.1,) * 3
    areas: tuple = (0.5, 2.0)
    squares: bool = False
    sloping: float = 0.0
    trust: float = 1.3
    fade: float = 1.3
    keen: float = 1.0

    def arrays(self, radius: int):
        """The kernels' `terms` for patches of that radius."""
        line = np.exp(-np.square(np.arange(-radius, radius + 1) / self.falloff) / 2)
        limits = np.zeros((3, 4), np.float32)
        limits[:2, :3], limits[2, :3] = np.transpose(self.gains), self.biases
        weights = np.float32(self.squares), np.float32(self.sloping)
        return np.outer(line, line).astype(np.float32), limits, np.asarray(self.areas, np.float32), weights


def keenness(costs: np.ndarray, keen: float) -> np.ndarray:
    """Weights of votes [T], the less the more a match costs; costs may be negative, and all the same."""
    above = costs - costs.min()
    return np.exp(-keen * np.minimum(above / max(np.percentile(above, 75), 1e-6), 5))


class Search:
    """The search and the votes of one level."""

    def __init__(self, at: Level, terms: Terms, radius: int, unlikely: np.ndarray, pool: ThreadPoolExecutor):
        self.at, self.terms, self.pool, self.unlikely = at, terms, pool, unlikely
        self.arrays = terms.arrays(radius)
        self.radius = radius
        shape = at.missing.shape
        self.slopes = np.zeros((shape[0] + 1, shape[1] + 1, 2), np.float32)
        self.mean, self.deviation = np.zeros((*shape, 4), np.float32), np.ones((*shape, 4), np.float32)
        self.trust = fading(at.depth, terms.trust)
        self.faded = fading(at.depth, terms.fade)[at.missing | (at.slots >= 0)]
        rows, columns = (np.flatnonzero(at.missing.any(axis)) for axis in (1, 0))
        self.rows = rows[0], rows[-1] + 1
        grow = 2 * radius + 1
        self.box = tuple(slice(max(0, line[0] - grow), line[-1] + 1 + grow) for line in (rows, columns))
        self.look((slice(None), slice(None)))

    @property
    def scene(self):
        return self.at.image, self.slopes, self.mean, self.deviation, self.trust, self.at.room, self.unlikely

    def look(self, box):
        """Measure windows and slopes within a box of the picture, as it is now."""
        pixels = np.ascontiguousarray(self.at.image[:-1, :-1, :3][box])
        side, sigma = 2 * self.radius + 1, max(self.radius / 2, 0.5)
        mean = cv2.GaussianBlur(pixels, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
        self.mean[box][..., :3] = mean
        if any(low < high for low, high in self.terms.gains):
            square = cv2.GaussianBlur(pixels * pixels, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
            self.deviation[box][..., :3] = np.sqrt(np.maximum(square - mean * mean, 0))
        if self.terms.sloping:
            for axis in (0, 1):
                if pixels.shape[axis] > 1:
                    self.slopes[:-1, :-1, axis][box] = np.gradient(pixels[..., 0], axis=axis)

    def chunks(self, count: int, worth: int):
        parts = max(1, min(16, count // worth))
        edges = [count * k // parts for k in range(parts + 1)]
        return edges[:-1], edges[1:]

    def each(self, kernel, *arguments):
        """Run a kernel over all patches."""
        parts = self.chunks(len(self.at.targets), CHUNK)
        list(self.pool.map(lambda start, stop: kernel(*arguments, start, stop), *parts))

    def propagate(self, backward: bool, rescore: bool):
        before = tuple(part.copy() for part in self.at.field[:3])
        self.each(
            kernels.propagate, self.scene, self.arrays, self.at.targets, self.at.slots, self.at.field, before, backward,
            rescore,
        )  # fmt: skip

    def offer(self, matches, labels, extras):
        self.each(kernels.try_matches, self.scene, self.arrays, self.at.targets, self.at.field, matches, labels, extras)

    def vote(self, stepping: bool = False):
        """What the patches say: colours [H, W, 4], their mass, and differences [2, H, W, 5] where asked for."""
        weights = (self.faded * keenness(self.at.field[3], self.terms.keen)).astype(np.float32)
        shape = self.at.missing.shape
        values, mass = np.zeros((*shape, 4), np.float32), np.zeros(shape, np.float32)
        steps = np.zeros((2, *(shape if stepping else (0, 0)), 5), np.float32)
        first, last = self.rows[0] - stepping, self.rows[1] + stepping
        first, last = max(first, 0), min(last, shape[0])
        starts, stops = self.chunks(last - first, 24)
        list(
            self.pool.map(
                lambda start, stop: kernels.vote(
                    self.scene, self.arrays, self.at.slots, self.at.field[0], weights, values, steps, mass,
                    first + start, first + stop,
                ),
                starts, stops,
            )
        )  # fmt: skip
        return values, mass, steps

    def round(self, guided, rng, number: int, join):
        """Look for better matches, and paint."""
        self.propagate(number % 2 == 1, True)
        for offered in guided.offers(self.at.field, rng):
            self.offer(*offered)
        self.paint(join)

    def paint(self, join):
        """Vote, and put what `join` makes of it into the hole."""
        painted = join(self, *self.vote(join is not average))
        self.at.image[:-1, :-1][self.at.missing] = painted[self.at.missing]
        self.at.image[-1], self.at.image[:, -1] = self.at.image[-2], self.at.image[:, -2]
        self.look(self.box)


def average(search: Search, values, mass, steps):
    """The plain mean of the votes."""
    return values / np.maximum(mass, 1e-30)[..., None]

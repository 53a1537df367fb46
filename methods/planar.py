"""Planar structure guidance: patches seen in perspective, taken from where their plane repeats.

J.-B. Huang, S. B. Kang, N. Ahuja, J. Kopf, "Image completion using planar structure guidance", SIGGRAPH 2014.
Planes and their repetition come from lines and features of the known pixels (`patches.planes`, `patches.regularity`).
A patch of the hole looks for its like along the planes: its source is where a shift within a plane leads to, and the
homography of that plane turns, scales and slants it (equations 8 and 9). A match costs (equation 10)

    colours (L1, after a bias) + λ_plane · (-log shares of the plane here and there)
    + λ_direct · distance of the shift from the plane's two directions + λ_regular where regularity proposed it.

A match's homography is taken to be exact; colours are compared in [0, 1]. Where no planes are found what is left is
plain translation.

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from holefill import blending
from holefill.methods.fill import Fill, each
from holefill.methods.patches import planes as scenes
from holefill.methods.patches import regularity, transformed, transformed_levels
from holefill.methods.patches.transformed_search import Terms

WEIGHTS = 0.05, 5.0, -0.02  # λ_plane, λ_direct, λ_regular
TERMS = {"biases": (0.05,) * 3}
PLAN = {"least": 64, "iterations": (10, 3)}
SAMPLES = 5  # of each kind, in an iteration
ANALYSED = 1024  # the longer side at which planes are looked for, at most
OFF = 0.05  # the distance from a plane's directions beyond which it costs no more, in sides of the picture


@dataclass(frozen=True)
class Guide:
    """Planes of a picture of that shape, and each pixel's shares in them [K, H, W]."""

    planes: list
    shares: np.ndarray
    plane_cost: float
    direct_cost: float
    regular_cost: float

    def level(self, size, targets):
        """What guides the search at a level of that size."""
        factor = np.sqrt(np.prod(size) / np.prod(self.shares.shape[1:]))
        shares = np.stack([_resized(share, size) for share in self.shares])
        return Guided(self, [plane.scaled(factor) for plane in self.planes], shares, targets)


def _resized(share: np.ndarray, size) -> np.ndarray:
    return cv2.resize(share, size[::-1], interpolation=cv2.INTER_AREA)


class Guided:
    """The guide at one level; see `transformed.complete`."""

    def __init__(self, guide: Guide, planes: list, shares: np.ndarray, targets: np.ndarray):
        self.guide, self.planes, self.targets = guide, planes, targets.astype(np.float64)
        self.size = np.array(shares.shape[1:])
        self.unlikely = (-guide.plane_cost * np.log(np.maximum(shares, 1e-6))).astype(np.float32)
        self.upto = np.cumsum(shares[:, targets[:, 0], targets[:, 1]], 0)
        self.origins, self.tilts = (np.array([getattr(plane, name) for plane in planes]) for name in ("origin", "tilt"))

    def settle(self, matches, labels):
        """Matches of the plane that faces us are whole pixels apart: nothing is blurred."""
        flat = labels == 0
        matches[flat, :2] = self.targets[flat] + np.rint(matches[flat, :2] - self.targets[flat])
        return matches

    def offers(self, field, rng):
        """Random places about the match, nearer each time; then shifts by which a plane repeats."""
        reach = max(self.size) / 2
        for _ in range(SAMPLES):
            labels = self._drawn(rng)
            near = field[0][:, :2] + rng.uniform(-reach, reach, self.targets.shape)
            yield self._offer(labels, self._shifts_to(np.clip(near, 0, self.size - 1), labels), 0.0)
            reach /= 3
        for _ in range(SAMPLES if any(len(plane.shifts) for plane in self.planes) else 0):
            labels = self._drawn(rng)
            yield self._offer(labels, self._repeats(labels, rng), self.guide.regular_cost)

    def _drawn(self, rng) -> np.ndarray:
        """A plane for each patch, by its shares."""
        labels = (rng.random(len(self.targets)) > self.upto / self.upto[-1]).sum(0)
        return np.minimum(labels, len(self.planes) - 1).astype(np.int32)

    def _shifts_to(self, places, labels) -> np.ndarray:
        """The shifts in the rectified planes that lead from the patches to places [T, 2]; NaN where none does."""
        ends = []
        for at in (self.targets, places):
            off = at - self.origins[labels]
            depth = 1 + (off * self.tilts[labels]).sum(-1)
            ends.append(off / np.where(depth > 0.05, depth, np.nan)[:, None])
        return ends[1] - ends[0]

    def _repeats(self, labels, rng) -> np.ndarray:
        """For each patch one of the shifts by which its plane repeats; NaN where it does not."""
        shifts = np.full(self.targets.shape, np.nan)
        for label, plane in enumerate(self.planes):
            of_it = np.flatnonzero(labels == label)
            if len(plane.shifts):
                shifts[of_it] = plane.shifts[rng.integers(len(plane.shifts), size=len(of_it))]
        return shifts

    def _offer(self, labels, shifts, cost: float):
        """(matches, labels, extras) of shifts within planes."""
        shifts = np.where(labels[:, None] == 0, np.rint(shifts), shifts)
        off = np.full(len(labels), OFF if len(self.planes) > 1 else 0)
        for label, plane in enumerate(self.planes):
            of_it = labels == label
            for way in plane.directions:
                across = np.abs(shifts[of_it] @ (way[1], -way[0])) / self.size.max()
                off[of_it] = np.fmin(off[of_it], across)
        extras = self.guide.direct_cost * off + cost
        return self._homographies(labels, shifts), labels, extras.astype(np.float32)

    def _homographies(self, labels, shifts) -> np.ndarray:
        """The matches [T, 8] of shifts within planes: rectify, shift, and back (equation 8); far out where NaN."""
        tilts, origins = self.tilts[labels], self.origins[labels]
        off = self.targets - origins
        depth = 1 + (off * tilts).sum(-1)
        along = (tilts * shifts).sum(-1)
        below = 1 - along * depth
        below = np.where(below > 0.05, below, np.nan)[:, None]
        matches = np.empty((len(labels), 8))
        matches[:, :2] = (off + shifts * depth[:, None]) / below + origins
        matches[:, 6:] = -along[:, None] * tilts / below
        turn = (np.eye(2) + shifts[:, :, None] * tilts[:, None]) / below[..., None]
        turn += origins[:, :, None] * matches[:, None, 6:]
        matches[:, 2:6] = turn.reshape(-1, 4)
        return np.nan_to_num(matches, nan=-1e6).astype(np.float32)


def fill(
    images,
    holes,
    *,
    model=None,
    candidates=1,
    seed=0,
    patch: int = 9,
    levels: int = 10,
    planes: bool = True,
    repeats: bool = True,
) -> Fill:
    """Fill each hole along the planes of its scene.

    Parameters
    ----------
    patch : int
        Side of a patch, pixels, odd.
    levels : int
        Sizes from 64 pixels to the picture's.
    planes : bool
        Look for planes; without them this is plain PatchMatch completion.
    repeats : bool
        Look for shifts by which the planes repeat.

    Raises
    ------
    UserError
        Where an option is out of range, or nothing of a picture is known.
    """
    transformed.check(patch, levels)

    def paint(image, hole):
        return _painted(image, hole, patch, levels, planes, planes and repeats, seed)

    return each(lambda image, hole: transformed_levels.within(paint, image, hole > 0.5), images, holes, candidates)


def _painted(image, hole, patch, levels, with_planes, with_regularity, seed) -> np.ndarray:
    """One picture [H, W, C] in [-1, 1] and its hole [H, W, 1] bool, filled."""
    missing = hole[..., 0]
    colours = np.broadcast_to(np.where(hole, 0, (image + 1) / 2), (*missing.shape, 3)).astype(np.float32)
    blend, options = blending.get("poisson")
    guide = guided(colours, missing, with_planes, with_regularity, seed)
    terms = Terms(patch=patch, **TERMS)
    painted = transformed.complete(colours, missing, guide, terms, levels=levels, seed=seed, **PLAN)
    painted = 2 * painted[..., : image.shape[-1]] - 1
    return blend(image, painted, hole.astype(np.float32), **options)


def guided(colours, missing, with_planes: bool, with_regularity: bool, seed: int) -> Guide:
    """The guide of colours [H, W, 3] in [0, 1]; a large picture is analysed at a smaller size."""
    size = tuple(max(1, round(length * min(1, ANALYSED / max(missing.shape)))) for length in missing.shape)
    colours, missing = transformed_levels.shrink(colours, missing, size)
    found, shares = [scenes.frontal(*size)], np.ones((1, *size), np.float32)
    if with_planes and not missing.all():
        smooth = transformed_levels.membrane(colours, missing)
        grey = np.clip(np.rint(smooth.mean(-1) * 255), 0, 255).astype(np.uint8)
        found, shares = scenes.find(grey, missing, np.random.default_rng(seed))
        if with_regularity:
            found = regularity.repeated(grey, missing, found, shares)
    return Guide(found, shares, *WEIGHTS)

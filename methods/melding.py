"""Image melding: patches that are turned, scaled, reflected and toned, voting for colours and for differences.

S. Darabi, E. Shechtman, C. Barnes, D. Goldman, P. Sen, "Image melding: combining inconsistent images using
patch-based synthesis", SIGGRAPH 2012. Patches of the hole look among all patches of what is known, under rotation,
uniform scale and reflection, and with a gain and a bias for each channel of L*a*b* (section 3.1); two patches are as
far apart as their colours and, with a weight, the slopes of their lightness are (equation 1). Votes for colours and for
differences between neighbours are joined by a screened Poisson equation, each time (equation 6, `patches.screened`);
coarse to fine (`patches.transformed`).

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3. Inside: L*a*b* / 100.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.patches import screened, transformed, transformed_levels
from holefill.methods.patches.transformed_search import Terms, average

SAMPLES = 6  # random ones in an iteration
FINE = 1 / 3  # by how much the search shrinks from one to the next
TERMS = {"gains": ((0.9, 1.1),) * 3, "biases": (0.1, 0.05, 0.05), "squares": True, "falloff": 2.0}
PLAN = {"least": 48, "iterations": (12, 3)}


@dataclass(frozen=True)
class Guided:
    """What guides the search at a level: random changes of a match, smaller and smaller."""

    size: tuple
    turn: float
    scale: float
    flip: bool

    @property
    def unlikely(self):
        """Every match is as likely as any other."""
        return np.zeros((1, *self.size), np.float32)

    def settle(self, matches, labels):
        """Matches are as they came."""
        return matches

    def offers(self, field, rng):
        """Random places, turns and scales about those of the match, nearer each time."""
        matches, labels, extras, _ = field
        reach = 1.0
        for _ in range(SAMPLES):
            y, x, angle, size, flipped = self._drawn(matches, rng, reach)
            yield matched(y, x, angle, size, flipped), labels, np.zeros_like(extras)
            reach *= FINE

    def _drawn(self, matches, rng, reach: float):
        """Places [T], turns in radians, scales and reflections about those of the matches."""
        count = len(matches)
        y, x = matches[:, 0], matches[:, 1]
        flipped = matches[:, 2] * matches[:, 5] < matches[:, 3] * matches[:, 4]
        angle, size = np.arctan2(-matches[:, 4], matches[:, 2]), np.hypot(matches[:, 2], matches[:, 4])
        far = reach * max(self.size) / 2
        y = np.clip(y + rng.uniform(-far, far, count), 0, self.size[0] - 1)
        x = np.clip(x + rng.uniform(-far, far, count), 0, self.size[1] - 1)
        angle = np.clip(angle + rng.uniform(-1, 1, count) * self.turn * reach, -self.turn, self.turn)
        most = np.log(self.scale)
        size = np.exp(np.clip(np.log(size) + rng.uniform(-1, 1, count) * most * reach, -most, most))
        flipped ^= (rng.random(count) < 0.5 * (reach == 1)) & self.flip
        return y, x, angle, size, flipped


def matched(y, x, angle, size, flipped) -> np.ndarray:
    """Matches [T, 8] of similarities: the patch is mirrored left to right where `flipped`, scaled, turned and moved."""
    sine, cosine = size * np.sin(angle), size * np.cos(angle)
    mirror = np.where(flipped, -1, 1)
    nothing = np.zeros_like(sine)
    return np.stack([y, x, cosine, sine * mirror, -sine, cosine * mirror, nothing, nothing], 1).astype(np.float32)


@dataclass(frozen=True)
class Guide:
    """Turns up to `turn` radians either way, scales up to `scale` and down to its inverse, reflections or none."""

    turn: float
    scale: float
    flip: bool

    def level(self, size, targets) -> Guided:
        """What guides the search at a level of that size."""
        return Guided(size, self.turn, self.scale, self.flip)


def fill(
    images,
    holes,
    *,
    model=None,
    candidates=1,
    seed=0,
    patch: int = 9,
    levels: int = 10,
    rotation: float = 15,
    scale: float = 1.1,
    reflection: bool = True,
    gradients: float = 0.2,
) -> Fill:
    """Fill each hole with transformed patches.

    Parameters
    ----------
    patch : int
        Side of a patch, pixels, odd.
    levels : int
        Sizes from 48 pixels to the picture's.
    rotation : float
        By how much a patch may be turned, degrees, either way.
    scale : float
        How much larger or smaller a source may be.
    reflection : bool
        Patches may be mirrored.
    gradients : float
        Weight of gradients, of colours 1, in distances and in the screened Poisson equation.

    Raises
    ------
    UserError
        Where an option is out of range, or nothing of a picture is known.
    """
    _check(patch, levels, rotation, scale, gradients)
    guide = Guide(np.radians(rotation), scale, reflection)
    areas = 0.999 / scale**2, 1.001 * scale**2
    terms = Terms(patch=patch, areas=areas, sloping=gradients, **TERMS)

    def paint(image, hole):
        return _painted(image, hole, guide, terms, levels, seed)

    return each(lambda image, hole: transformed_levels.within(paint, image, hole > 0.5), images, holes, candidates)


def _check(patch, levels, rotation, scale, gradients):
    transformed.check(patch, levels)
    if not 0 <= rotation <= 180:
        raise UserError(f"rotation is {rotation}; it must be from 0 to 180 degrees")
    if not 1 <= scale <= 4:
        raise UserError(f"scale is {scale}; it must be from 1 to 4")
    if not 0 <= gradients <= 100:
        raise UserError(f"gradients is {gradients}; it must be from 0 to 100")


def _painted(image, hole, guide: Guide, terms, levels: int, seed: int) -> np.ndarray:
    """One picture [H, W, C] in [-1, 1] and its hole [H, W, 1] bool, filled."""
    colours = np.ascontiguousarray(np.broadcast_to(np.where(hole, 0, (image + 1) / 2), (*image.shape[:2], 3)))
    lab = cv2.cvtColor(colours.astype(np.float32), cv2.COLOR_RGB2Lab) / 100
    painted = transformed.complete(lab, hole[..., 0], guide, terms, levels=levels, seed=seed, join=joined, **PLAN)
    painted = 2 * cv2.cvtColor(painted * 100, cv2.COLOR_Lab2RGB) - 1
    if image.shape[-1] == 1:
        painted = painted.mean(-1, keepdims=True)
    return np.where(hole, np.clip(painted, -1, 1), image)


def joined(search, values, mass, steps) -> np.ndarray:
    """Votes for colours and for differences, joined by the screened Poisson equation in the hole."""
    colours = average(search, values, mass, steps)
    box = search.box
    steps = steps[:, box[0], box[1]]
    steps = steps[..., :4] / np.maximum(steps[..., 4:], 1e-30)
    image, missing = search.at.image[:-1, :-1][box], search.at.missing[box]
    parts = steps[0, :-1], steps[1, :, :-1]
    colours[box] = screened.solve(image, missing, colours[box], parts, search.terms.sloping)
    return colours

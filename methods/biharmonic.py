"""Biharmonic filling: the thinnest plate that fits the picture around the hole, in value and in slope.

It solves Δ²u = 0 in the hole, the 13-point stencil of Δ² = Δ(Δ), with u = the picture on the two pixels about it; where
the membrane (Δu = 0) meets the rim with a kink, this goes on smoothly.

S. B. Damelin, N. S. Hoang, "On surface completion and image inpainting by biharmonic functions: numerical aspects",
Int. J. of Mathematics and Mathematical Sciences 2018, doi:10.1155/2018/3950312; the solver is scikit-image's.

Holes that do not see each other are solved apart. A hole of more than `MOST` pixels is first filled in the picture at
half its size, in the same way; enlarged, that is the guess. Then square tiles that overlap are solved one by one, with
the guess as known two pixels beyond their edges, and averaged with weights that fall to nothing towards those edges: so
what a tile's edge takes from the guess is not seen. That is not what one solve would give, since the slopes at the rim,
on which all else hangs, are in part those of the smaller picture; it has no seams, and overshoots less. Time grows with
the hole, memory with the picture alone.

In and out: images [B, H, W, C] float32 in [-1, 1], any C.
"""

import warnings

import cv2
import numpy as np
from scipy import ndimage

from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.hole_groups import groups, halved, wider
from holefill.methods.membrane import fill as membrane
from holefill.methods.progress import bar

MOST = 40_000  # pixels solved at once: some 300 MB
TILE, OVERLAP = 128, 32  # pixels: a tile is OVERLAP wider on each side
REACH = 2  # pixels that the stencil sees


def fill(images, holes, *, model=None, candidates=1, seed=0) -> Fill:
    """Fill each hole with the solution of the biharmonic equation, clipped to the range of what is known.

    Raises
    ------
    UserError
        Where scikit-image is not installed.
    """
    try:
        from skimage.restoration import inpaint_biharmonic as solve
    except ImportError as error:
        raise UserError("biharmonic needs scikit-image: pip install scikit-image, or take membrane") from error
    with bar("Solving", max(1, int(np.count_nonzero(holes)))) as advance:

        def paint(image, hole):
            missing = hole[..., 0] > 0.5
            painted = _painted(solve, image.astype(np.float64), missing, advance)
            return np.where(missing[..., None], np.clip(painted, -1, 1), image).astype(np.float32)

        return each(paint, images, holes, candidates)


def _painted(solve, image: np.ndarray, missing: np.ndarray, advance) -> np.ndarray:
    """The picture [H, W, C] with its holes, [H, W] bool, filled."""
    known = image[~missing]
    limits = known.min(0), known.max(0)
    result = np.where(missing[..., None], limits[0], image)  # nothing of what lies under the hole
    for window, own in groups(missing, 2 * REACH, MOST):
        wide = wider(window, 2 * REACH, missing.shape)
        hole = np.pad(own, [(w.start - v.start, v.stop - w.stop) for w, v in zip(window, wide, strict=True)])
        if np.count_nonzero(own) <= MOST:
            result[wide][hole] = _solved(solve, result[wide], hole, limits)[hole]
            advance(np.count_nonzero(own))
        else:
            guess = _guess(solve, result[wide], missing[wide])
            result[wide][hole] = _tiled(solve, result[wide], hole, guess, limits, advance)[hole]
    return result


def _solved(solve, picture: np.ndarray, hole: np.ndarray, limits) -> np.ndarray:
    """The picture with its hole filled at once, clipped to the limits (lowest and highest, [C] each)."""
    given = picture.copy()
    unseen = np.argwhere(~ndimage.binary_dilation(hole, np.ones((2 * REACH + 1, 2 * REACH + 1))))
    if len(unseen) > 1:  # the solver clips to what it finds known: where it looks for nothing else, it finds the limits
        given[tuple(unseen[0])], given[tuple(unseen[-1])] = limits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a singular system
        painted = solve(given, hole, channel_axis=-1)
    if np.isfinite(painted[hole]).all():
        return painted
    holes = hole[None, ..., None].astype(np.float32)
    return membrane(picture[None].astype(np.float32), holes).images[0, 0].astype(np.float64)


def _tiled(solve, picture: np.ndarray, hole: np.ndarray, guess: np.ndarray, limits, advance) -> np.ndarray:
    """The picture with its hole filled tile by tile, about a guess."""
    guess = np.where(hole[..., None], guess, picture)
    total, weights = np.zeros_like(guess), np.zeros((*hole.shape, 1))
    for top in range(0, hole.shape[0], TILE):
        for left in range(0, hole.shape[1], TILE):
            core = slice(top, top + TILE), slice(left, left + TILE)
            count = np.count_nonzero(hole[core])
            tile = wider(core, OVERLAP, hole.shape)
            if not count:
                continue
            wide = wider(tile, 2 * REACH, hole.shape)
            inner = tuple(slice(t.start - w.start, t.stop - w.start) for t, w in zip(tile, wide, strict=True))
            own = np.zeros_like(hole[wide])
            own[inner] = hole[tile]
            weight = np.outer(*(_ramp(part, extent) for part, extent in zip(tile, hole.shape, strict=True)))[..., None]
            total[tile] += weight * _solved(solve, guess[wide], own, limits)[inner]
            weights[tile] += weight
            advance(count)
    return total / np.maximum(weights, 1e-9)


def _guess(solve, picture: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The picture at half the size, with all its holes filled, enlarged."""
    small = _painted(solve, *halved(picture, missing), lambda count: None)
    large = cv2.resize(small, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return large.reshape(2 * small.shape[0], 2 * small.shape[1], -1)[: missing.shape[0], : missing.shape[1]]


def _ramp(part: slice, extent: int) -> np.ndarray:
    """Weights of a tile along one axis: from nothing at its edges to 1 after the overlap; 1 at the picture's edge."""
    place = np.arange(part.start, part.stop)
    first = (place - part.start + 0.5) / (2 * OVERLAP) if part.start > 0 else np.ones(len(place))
    last = (part.stop - place - 0.5) / (2 * OVERLAP) if part.stop < extent else np.ones(len(place))
    ramp = np.clip(np.minimum(first, last), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)

"""Exemplar-based completion: whole patches copied into the hole, first where lines run into it.

A. Criminisi, P. Pérez, K. Toyama, "Region filling and object removal by exemplar-based image inpainting", IEEE
Transactions on Image Processing 13(9), 2004, doi:10.1109/TIP.2004.833105. Each step takes the pixel p of the hole's
front whose patch Ψp has the highest priority P = C D, finds the patch Ψq of the known picture that differs least from
what is known of Ψp, copies its pixels to Ψp's missing ones, and gives them the confidence C(p). Equations (1) and (2):

    C(p) = Σ C(q) / |Ψp| over the known q of Ψp      D(p) = |∇I⊥ · n| / 255

with C = 1 where the picture was known, ∇I the steepest gradient in the known part of Ψp and n the front's normal.
After a copy only the priorities of patches that it changed are computed anew. Patches are compared in CIE Lab; of
several that differ as little the nearest is taken; 0.001 is added to D, so that confidence decides where all is flat.

Greedy as it is, one odd choice at the front grows into an object that does not belong there. Ours therefore completes
the picture at half its size first, and so on down while the hole is deep, and wants a copy to look like that too.

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3, any size. Fills are pixels of the picture as they are.
"""

import cv2
import numpy as np

from holefill.errors import UserError
from holefill.methods import membrane
from holefill.methods.fill import Fill, each
from holefill.methods.patches.exemplar_steps import Completion, barred

WINDOW = 512  # pixels
LARGEST = 63  # pixels of a patch's side
WEIGHT = 0.5  # of the guide, a difference in a known pixel being 1
SMALLEST = 4  # patches that a picture's shorter side is worth halving for


def fill(images, holes, *, model=None, candidates=1, seed=0, patch: int = 9, window: int | None = WINDOW) -> Fill:
    """Fill with patches of the picture, coarse to fine.

    Parameters
    ----------
    patch : side of a patch in pixels, odd, 3 to 63; where the picture has no whole known patch of that size, smaller
        ones are taken, and where it has none of 3 the membrane
    window : sources lie within so many pixels of a patch, and further off where there are none; None: anywhere. Time
        grows with its square.

    Raises
    ------
    UserError
        Where the patch or the window is none, or nothing of a picture is known.
    """
    _check(patch, window)
    return each(
        lambda image, hole: _coarse_to_fine(image, hole[..., 0] > 0.5, patch, window), images, holes, candidates
    )


def paper(images, holes, *, model=None, candidates=1, seed=0, patch: int = 9, window: int | None = WINDOW) -> Fill:
    """Fill with patches of the picture as published: at its own size alone. Parameters and errors as of `fill`.

    Of what lies further from the holes than the window nothing is read or held.
    """
    _check(patch, window)
    return each(lambda image, hole: _near(_paint, image, hole, patch, window), images, holes, candidates)


def _check(patch: int, window: int | None) -> None:
    if not 3 <= patch <= LARGEST or patch % 2 == 0:
        raise UserError(f"patch is {patch}; it must be an odd number of pixels from 3 to {LARGEST}")
    if window is not None and window < 1:
        raise UserError(f"window is {window}; it must be 1 pixel or more, or None for the whole picture")


def _near(paint, image, hole, patch: int, window: int | None) -> np.ndarray:
    """The picture with what `paint` makes of the part about its holes, as far as the window goes."""
    missing = hole[..., 0] > 0.5
    if window is None or not missing.any():
        return paint(image, missing, patch, window)
    ends = [np.flatnonzero(missing.any(axis))[[0, -1]] for axis in (1, 0)]
    part = tuple(slice(max(0, first - window - patch), last + 1 + window + patch) for first, last in ends)
    if barred(missing[part], patch).all():
        return paint(image, missing, patch, window)
    filled = image.copy()
    filled[part] = paint(image[part], missing[part], patch, window)
    return filled


def _coarse_to_fine(image, missing, patch: int, window: int | None) -> np.ndarray:
    """A picture [H, W, C] with its hole [H, W] bool filled: first at half the size, where the hole is deep."""
    guide = None
    deep = cv2.distanceTransform(np.pad(missing, 1, mode="edge").astype(np.uint8), cv2.DIST_C, 3).max() > patch
    if deep and min(missing.shape) >= SMALLEST * patch:
        small, gone = _half(image, missing)
        if not barred(gone, patch).all():
            coarse = _coarse_to_fine(small, gone, patch, window and max(1, window // 2))
            guide = _double(coarse, missing.shape)
    return _paint(image, missing, patch, window, guide)


def _paint(image, missing, patch: int, window: int | None, guide=None) -> np.ndarray:
    """The hole filled at one size, by the largest patches up to `patch` of which one is known, or the membrane."""
    if not missing.any():
        return image
    for size in range(patch, 2, -2):
        closed = barred(missing, size)
        if not closed.all():
            return Completion(image, missing, closed, size, window, guide, WEIGHT).run()
    return membrane.fill(image[None], missing[None, ..., None].astype(np.float32)).images[0, 0]


def _half(image, missing) -> tuple[np.ndarray, np.ndarray]:
    """Means of the known among each 2 × 2 pixels, and bool [H / 2, W / 2], True where one of them is missing."""
    more = [(0, side % 2) for side in missing.shape]
    known = np.pad(~missing, more, mode="edge").astype(np.float32)[..., None]
    total = np.pad(np.where(missing[..., None], 0, image), [*more, (0, 0)], mode="edge")
    total, known = (sum(a[i::2, j::2] for i in (0, 1) for j in (0, 1)) for a in (total, known))
    return (total / np.maximum(known, 1)).astype(np.float32), known[..., 0] < 4


def _double(image, shape) -> np.ndarray:
    """A picture at twice its size, smooth, cut to a shape."""
    height, width = image.shape[:2]
    large = cv2.resize(image, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return large.reshape(2 * height, 2 * width, -1)[: shape[0], : shape[1]]

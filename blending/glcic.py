"""GLCIC's post-processing as a blend: fast marching, then Poisson blending, both OpenCV's, in 8 bits.

As its authors do (Iizuka et al. 2017, doi:10.1145/3072959.3073659, section 5; their `inpaint.lua`): the hole of the
picture is painted by Telea's method with radius 1, and the fill is cloned into that by `cv2.seamlessClone`, normal, at
the middle of the hole's bounding box. What Telea painted is seen where the clone takes from the picture it is put into:
gradients in the outer three pixels of the hole, which OpenCV takes from the mask, and colours on the box's rim. So the
fill's own colours do not matter, and its texture ends three pixels before the hole does; a hole that is nowhere wider
than six pixels is Telea's.

It is here for comparison: `holefill.blending.poisson` keeps the fill's texture up to the rim.

A. Telea 2004 (doi:10.1080/10867651.2004.10487596); Pérez, Gangnet, Blake 2003 (doi:10.1145/882262.882269).
In: target, source [H, W, C], C in {1, 3}, float in [-1, 1]; hole [H, W, 1], 1 = missing. Out: [H, W, C] float32.
"""

import math

import cv2
import numpy as np

from holefill.blending.arguments import box, checked, require_known
from holefill.blending.levels import from_levels, require_channels, to_levels
from holefill.errors import UserError

MOST = 100  # pixels; OpenCV's time grows with the radius squared
_ERODED = 3  # pixels that seamlessClone takes from the mask
_PADDING = 2  # pixels: it shifts a mask that touches the picture's border


def glcic(target, source, hole, *, radius: float = 1) -> np.ndarray:
    """Paint the target's hole by fast marching, and clone the source into that.

    Parameters
    ----------
    target, source : [H, W, C] float
        The picture and its fill, in [-1, 1]; one or three channels.
    hole : [H, W, 1] float
        1 = missing, 0 = known. Of any shape.
    radius : float
        Of fast marching, in pixels: above 0, at most 100.

    Returns
    -------
    [H, W, C] float32
        Steps of 2/255 in the hole; known pixels are bit for bit the target's.

    Raises
    ------
    UserError
        Where the shapes disagree, the hole is not binary, no pixel is known, C is neither 1 nor 3, or the radius is not
        such.
    """
    if not 0 < radius <= MOST:
        raise UserError(f"blend 'glcic': radius is {radius}; it must be above 0 and at most {MOST} pixels")
    target, source, hole = checked(target, source, hole)
    require_channels("glcic", target)
    result = target.copy()
    if not hole.any():
        return result
    require_known(hole)
    part = box(hole, 4 * math.ceil(radius) + 4)  # fast marching looks no further
    missing = hole[part]
    levels = to_levels(np.where(missing[..., None], 0, target[part]))  # OpenCV reads a little of what is missing
    painted = cv2.inpaint(levels, missing.astype(np.uint8), radius, cv2.INPAINT_TELEA)
    cloned = from_levels(_cloned(to_levels(source[part]), painted, missing))
    np.copyto(result[part], cloned[..., : target.shape[-1]], where=missing[..., None])
    return result


def _cloned(source, target, hole) -> np.ndarray:
    """seamlessClone of the source at its own place, [h, w, 3] uint8; the target where the eroded hole is empty."""
    mask = np.pad(hole.astype(np.uint8) * 255, _PADDING)
    if not cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=_ERODED).any():
        return target
    padding = ((_PADDING, _PADDING), (_PADDING, _PADDING), (0, 0))
    source, target = (np.pad(x, padding, mode="edge") for x in (source, target))
    x, y, width, height = cv2.boundingRect(mask)
    cloned = cv2.seamlessClone(source, target, mask, (x + width // 2, y + height // 2), cv2.NORMAL_CLONE)
    return cloned[_PADDING:-_PADDING, _PADDING:-_PADDING]

"""OpenCV's seamlessClone as a blend, to compare with: 8 bits, solved on the hole's bounding box.

seamlessClone erodes its mask by three pixels and takes the *target's* gradients in the band it eroded, which a
hole does not have; so the mask is widened first. It pins only the rim of the mask's bounding box, so in a hole of
another shape known pixels would drift; they are put back, and a seam of a few grey levels may stay.
`holefill.blending.poisson` has neither limit.

Pérez, Gangnet, Blake 2003 (doi:10.1145/882262.882269); opencv/modules/photo/src/seamless_cloning.cpp.
In: target, source [H, W, C], C in {1, 3}, float in [-1, 1]; hole [H, W, 1], 1 = missing. Out: [H, W, C] float32.
"""

import cv2
import numpy as np

from holefill.blending.arguments import box, checked, require_known
from holefill.blending.levels import from_levels, require_channels, to_levels
from holefill.known import nearest_known

_WIDEN = 4
"""Pixels: the three that seamlessClone erodes, and one so that no gradient crosses from the target into the hole."""
_MARGIN = _WIDEN + 2


def seamless(target, source, hole) -> np.ndarray:
    """Blend the source into the target's hole with `cv2.seamlessClone(NORMAL_CLONE)`.

    Parameters
    ----------
    target, source : [H, W, C] float
        The picture and its fill, in [-1, 1]; one or three channels.
    hole : [H, W, 1] float
        1 = missing, 0 = known. Of any shape; at the picture's edge it is continued by the nearest known colours.

    Returns
    -------
    [H, W, C] float32
        Steps of 2/255 in the hole; known pixels are bit for bit the target's.

    Raises
    ------
    UserError
        Where the shapes disagree, the hole is not binary, no pixel is known, or C is neither 1 nor 3.
    """
    target, source, hole = checked(target, source, hole)
    require_channels("seamless", target)
    if not hole.any():
        return target.copy()
    require_known(hole)
    part = box(hole, _MARGIN)
    cloned = _clone(_continued(target[part], source[part], hole[part]), source[part], hole[part])
    result = target.copy()
    np.copyto(result[part], cloned[..., : target.shape[-1]], where=hole[part][..., None])
    return result


def _continued(target, source, hole) -> np.ndarray:
    """The target, its hole filled by the source shifted to the nearest known pixel's colour."""
    return source + nearest_known(target - source, hole)


def _clone(target, source, hole) -> np.ndarray:
    """seamlessClone on 8-bit copies, padded to keep the mask off the edge; float [h, w, C] again."""
    padding = ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN))
    mask = cv2.dilate(np.pad(hole, padding).astype(np.uint8) * 255, np.ones((2 * _WIDEN + 1,) * 2, np.uint8))
    source, target = (np.pad(to_levels(x), (*padding, (0, 0)), mode="edge") for x in (source, target))
    x, y, width, height = cv2.boundingRect(mask)
    cloned = cv2.seamlessClone(source, target, mask, (x + width // 2, y + height // 2), cv2.NORMAL_CLONE)
    return from_levels(cloned[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN])

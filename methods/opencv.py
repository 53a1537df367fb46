"""Classical filling by OpenCV: fast marching (Telea) and Navier-Stokes.

A. Telea, "An image inpainting technique based on the fast marching method", J. Graphics Tools 9(1), 2004.
M. Bertalmio, A. Bertozzi, G. Sapiro, "Navier-Stokes, fluid dynamics, and image and video inpainting", CVPR 2001.

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3; OpenCV works on 8 bit, so a fill has 256 levels.
"""

import cv2
import numpy as np

from holefill.errors import UserError
from holefill.methods.fill import Fill, each

MOST = 100  # pixels; OpenCV's time grows with the radius squared


def telea(images, holes, *, model=None, candidates=1, seed=0, radius: float = 3) -> Fill:
    """Fill from the rim inwards, each pixel from the known ones within `radius` pixels (Telea 2004)."""
    return each(lambda image, hole: _inpaint(image, hole, radius, cv2.INPAINT_TELEA), images, holes, candidates)


def navier_stokes(images, holes, *, model=None, candidates=1, seed=0, radius: float = 3) -> Fill:
    """Continue the lines of equal brightness into the hole, as a fluid's stream lines (Bertalmio et al. 2001)."""
    return each(lambda image, hole: _inpaint(image, hole, radius, cv2.INPAINT_NS), images, holes, candidates)


def _inpaint(image: np.ndarray, hole: np.ndarray, radius: float, algorithm: int) -> np.ndarray:
    """OpenCV's inpainting of one picture: [H, W, C] in [-1, 1] and [H, W, 1] → [H, W, C] in [-1, 1]."""
    if not 0 < radius <= MOST:
        raise UserError(f"radius is {radius}; it must be above 0 and at most {MOST} pixels")
    missing = hole > 0.5
    seen = np.where(missing, 0, image)  # OpenCV reads a little of what is under the hole
    levels = np.clip(np.rint((seen + 1) * 127.5), 0, 255).astype(np.uint8)
    painted = cv2.inpaint(levels, missing.astype(np.uint8), radius, algorithm)
    return painted.reshape(image.shape).astype(np.float32) / 127.5 - 1

"""Where a logo was found, and which of the picture's pixels it covers there."""

from dataclasses import dataclass

import cv2
import numpy as np

from holefill.watermark import planes
from holefill.watermark.logo import MOSTLY, SEEN, Logo, resized

NEAR = 0.06  # in brightness to a logo's background: is that background


@dataclass(frozen=True)
class Found:
    """A logo in a picture.

    Attributes
    ----------
    matrix : float64 [3, 3], from the logo's picture to this one
    quad : float64 [4, 2], where the corners of the logo's picture lie, clockwise from its first pixel's
    score : how well its edges lie on the picture's; about 0 by chance, 1.3 at most
    """

    matrix: np.ndarray
    quad: np.ndarray
    score: float


def hole(finds: list[Found], logo: Logo, grey: np.ndarray, grow: int) -> np.ndarray:
    """The pixels that the logos cover and `grow` pixels about them, float32 [H, W, 1], 1 = missing.

    A logo whose background is there too, in the background's own brightness, is covered whole.
    """
    missing = np.zeros(grey.shape, np.uint8)
    for find in finds:
        covered = _warped(logo.opacity, find, logo, grey.shape) > SEEN
        if logo.around is not None:
            whole = _warped(np.ones_like(logo.opacity), find, logo, grey.shape)
            beside = (whole > 0.99) & (cv2.dilate(covered.astype(np.uint8), np.ones((5, 5))) == 0)
            if beside.any() and (np.abs(grey[beside] - logo.around) < NEAR).mean() > MOSTLY:
                covered = whole > SEEN
        missing |= covered.astype(np.uint8)
    if grow:
        missing = cv2.dilate(missing, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1)))
    return missing.astype(np.float32)[..., None]


def _warped(plane: np.ndarray, find: Found, logo: Logo, shape) -> np.ndarray:
    """A plane of the logo [h, w] in [0, 1] where it was found, float32 [H, W]; first made about as small."""
    scale = min(1.0, 1.5 * np.sqrt(planes.area(find.quad) / logo.grey.size))
    small = resized(plane, scale)
    back = np.linalg.inv(planes.scaling(small.shape[1] / plane.shape[1], small.shape[0] / plane.shape[0]))
    return cv2.warpPerspective(small, find.matrix @ back, shape[::-1], flags=cv2.INTER_LINEAR)

"""A logo: what it looks like, and which pixels of its picture are logo.

Its transparency says so; without any, what differs from the near-uniform colour around it; without such a colour the
whole picture is logo.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from holefill.errors import UserError

SEEN = 0.02  # share of opacity from which a pixel is logo
UNIFORM = 0.08  # share of white that a background may vary by; JPEG rings
MOSTLY = 0.8  # share of the rim that has one colour where there is a background
LEAST = 8  # pixels that a logo's shorter and longer side together must at least have, and pixels that are logo
CORNERED, MANY = 96, 16  # pixels of the longer side at which corners are counted; how many make it unlike all else
DRAWN = 320  # pixels of the longer side at which a logo is looked at


@dataclass(frozen=True, eq=False)  # so that what is known of a logo is kept with it
class Logo:
    """A logo as it is looked for.

    Attributes
    ----------
    grey : float32 [h, w] in [0, 1], its brightness; without meaning where `opacity` is 0
    opacity : float32 [h, w] in [0, 1], 0 where the logo's picture is no logo
    around : brightness of the background that its picture has in place of transparency, or None
    """

    grey: np.ndarray
    opacity: np.ndarray
    around: float | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its picture."""
        return self.grey.shape[1], self.grey.shape[0]

    @property
    def corners(self) -> np.ndarray:
        """float64 [4, 2], the outer corners of its picture, clockwise from the first pixel's."""
        right, low = self.size[0] - 0.5, self.size[1] - 0.5
        return np.array([(-0.5, -0.5), (right, -0.5), (right, low), (-0.5, low)])

    def on(self, brightness: float) -> np.ndarray:
        """The logo before a plain ground, float32 [h, w]."""
        return self.grey * self.opacity + np.float32(brightness) * (1 - self.opacity)

    @property
    def contrasting(self) -> float:
        """Black or white: the ground before which it is seen best."""
        mean = (self.grey * self.opacity).sum() / self.opacity.sum()
        return 0.0 if mean > 0.5 else 1.0

    @cached_property
    def plainness(self) -> float:
        """1 for a logo without a corner (Harris), which a picture may have by itself, 0 for one with `MANY`."""
        small = resized(self.on(self.contrasting), CORNERED / max(self.size))
        small = cv2.copyMakeBorder(cv2.GaussianBlur(small, (0, 0), 1), *[8] * 4, cv2.BORDER_REPLICATE)
        found = cv2.goodFeaturesToTrack(small, MANY, 0.05, CORNERED / 20, blockSize=5, useHarrisDetector=True, k=0.04)
        return 1 - (0 if found is None else len(found)) / MANY


def logo_of(pixels: np.ndarray, alpha: np.ndarray | None = None, whole: bool = False) -> Logo:
    """A logo from its picture.

    Parameters
    ----------
    pixels : [h, w, 1 or 3] float32 in [0, 1]
    alpha : [h, w] float32 in [0, 1], or None
    whole : the picture is logo in all its pixels

    Raises
    ------
    UserError
        Where it is empty: wholly transparent, of one colour, or of a few pixels.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < LEAST:
        raise UserError(f"the logo is {width} x {height} pixels: wanted at least {LEAST} x {LEAST}")
    grey = brightness(pixels)
    if alpha is not None and alpha.min() <= SEEN and not whole:
        logo = Logo(grey, np.where(alpha > SEEN, alpha / max(alpha.max(), SEEN), 0).astype(np.float32))
        where = "is transparent everywhere"
    else:
        colour = None if whole else _background(pixels)
        if colour is None:
            logo = Logo(grey, np.ones_like(grey))
        else:
            apart = np.abs(pixels - colour).max(-1)
            logo = Logo(grey, (apart > UNIFORM).astype(np.float32), float(brightness(colour[None, None])[0, 0]))
        where = "has one colour"
    if (logo.opacity > 0).sum() < LEAST or logo.opacity.min() > 0 and np.ptp(pixels, (0, 1)).max() <= UNIFORM:
        raise UserError(f"the logo {where}, so there is nothing to look for: wanted a picture of the mark")
    return logo


def brightness(pixels: np.ndarray) -> np.ndarray:
    """[H, W, 1 or 3] → float32 [H, W], in the same range."""
    if pixels.shape[-1] == 1:
        return np.ascontiguousarray(pixels[..., 0], np.float32)
    return cv2.cvtColor(np.ascontiguousarray(pixels, np.float32), cv2.COLOR_RGB2GRAY)


def resized(array: np.ndarray, scale: float) -> np.ndarray:
    """float32 [h, w] at another scale, without aliasing."""
    if scale == 1:
        return array
    height, width = (max(1, round(side * scale)) for side in array.shape)
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(array, (width, height), interpolation=kind), 0, 1)


def _background(pixels: np.ndarray) -> np.ndarray | None:
    """The colour [C] that most of the rim has, or None."""
    rim = np.concatenate([pixels[0], pixels[-1], pixels[1:-1, 0], pixels[1:-1, -1]])
    colour = np.median(rim, 0)
    return colour if (np.abs(rim - colour).max(-1) <= UNIFORM).mean() >= MOSTLY else None

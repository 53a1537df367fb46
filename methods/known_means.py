"""A picture made smaller about its hole: each pixel the mean of what is known of it."""

import cv2
import numpy as np


def known_means(picture: np.ndarray, known: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Means of the known pixels, and which share of each new pixel is known.

    Parameters
    ----------
    picture : float32 [H, W, C]
    known : bool [H, W]
    size : rows h and columns w of the smaller picture

    Returns
    -------
    float32 [h, w, C], 0 where nothing is known; float32 [h, w]
    """
    share = cv2.resize(known.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known[..., None], picture, np.float32(0)), size[::-1], interpolation=cv2.INTER_AREA)
    return total.reshape(*size, -1) / np.maximum(share, np.float32(1e-6))[..., None], share

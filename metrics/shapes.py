"""The door of the metrics: pictures and holes as float64 arrays whose shapes agree.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: the same, float64.
"""

import numpy as np

from holefill.errors import UserError


def as_pair(images, truths) -> tuple[np.ndarray, np.ndarray]:
    """Both batches of pictures, [B, H, W, C] float64; UserError where their shapes differ."""
    images, truths = np.asarray(images, np.float64), np.asarray(truths, np.float64)
    if images.ndim != 4 or images.shape != truths.shape:
        raise UserError(
            f"cannot compare pictures {images.shape} with {truths.shape}: give two batches [B, H, W, C] of one shape"
        )
    return images, truths


def as_holes(holes, images: np.ndarray) -> np.ndarray:
    """Which pixels are missing, [B, H, W] bool; UserError where the holes do not fit the pictures."""
    holes = np.asarray(holes) if holes is not None else np.empty(0)
    if holes.shape != images.shape[:3] + (1,):
        raise UserError(
            f"holes {holes.shape} do not fit pictures {images.shape}: give one hole [H, W, 1] for each picture"
        )
    return holes[..., 0] > 0.5


def mean_inside(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Mean of `values` [B, ...] over the true places of `inside` [B, ...], per example; NaN where there is none."""
    axes = tuple(range(1, values.ndim))
    count = inside.sum(axis=axes)
    total = np.where(inside, values, 0.0).sum(axis=axes)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)

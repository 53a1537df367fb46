"""Multi-scale structural similarity, of the whole picture or inside the hole.

Wang, Simoncelli and Bovik, "Multi-scale structural similarity for image quality assessment", Asilomar 2003,
doi:10.1109/ACSSC.2003.1292216: with the factors of SSIM (see `holefill.metrics.ssim`) averaged at each of five scales,
each half the size of the one before (mean of 2×2 pixels),

    MS-SSIM = l₅^β₅ · Π cs_j^β_j,    β = .0448, .2856, .3001, .2363, .1333,

negative factors counting as 0. The brightness l enters at the coarsest scale only. The channels are averaged last. The
number is that of `tf.image.ssim_multiscale`. The coarsest scale must hold a window: 176 pixels a side.

`hole_ms_ssim` averages each factor over the hole: at the coarser scales a place counts by how much of it is missing,
and windows over the edge see the picture mirrored.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, 0 to 1, higher is better.
"""

import numpy as np

from holefill.errors import UserError
from holefill.metrics.shapes import as_holes, as_pair
from holefill.metrics.ssim import RADIUS, factors

POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
SMALLEST = (2 * RADIUS + 1) * 2 ** (len(POWERS) - 1)


def ms_ssim(images, truths, holes=None) -> np.ndarray:
    """MS-SSIM of whole pictures.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 176
    holes : passed over; taken so that every metric is called alike

    Returns
    -------
    [B] float64, 1 where a picture equals its truth.

    Raises
    ------
    UserError
        Where the shapes differ, or a side is under 176 pixels.
    """
    inner = slice(RADIUS, -RADIUS)
    return _combine(images, truths, lambda values, scale: values[:, inner, inner].mean(axis=(1, 2)))


def hole_ms_ssim(images, truths, holes) -> np.ndarray:
    """MS-SSIM over the missing pixels.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 176
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64, 1 where a picture equals its truth; NaN where nothing is missing.

    Raises
    ------
    UserError
        Where the shapes do not agree, or a side is under 176 pixels.
    """
    weights = [as_holes(holes, np.asarray(images)).astype(np.float64)[..., None]]
    for _ in POWERS[1:]:
        weights.append(_half(weights[-1]))

    def mean(values, scale):
        total = weights[scale].sum(axis=(1, 2))
        found = (values * weights[scale]).sum(axis=(1, 2))
        return np.divide(found, total, out=np.full(found.shape, np.nan), where=total > 0)

    return _combine(images, truths, mean)


def _combine(images, truths, mean) -> np.ndarray:
    """`mean(factor [B, H, W, C], scale)` → [B, C] at each scale, to one figure a picture."""
    x, y = as_pair(images, truths)
    if min(x.shape[1:3]) < SMALLEST:
        size = f"{x.shape[1]}x{x.shape[2]}"
        raise UserError(f"MS-SSIM needs pictures of at least {SMALLEST}x{SMALLEST} pixels: these have {size}")
    found = np.ones((len(x), x.shape[-1]))
    for scale, power in enumerate(POWERS):
        if scale:
            x, y = _half(x), _half(y)
        luminance, structure = factors(x, y)
        last = scale == len(POWERS) - 1
        found *= np.maximum(mean(luminance * structure if last else structure, scale), 0) ** power
    return found.mean(axis=-1)


def _half(values: np.ndarray) -> np.ndarray:
    """Mean of 2×2 pixels; an odd last row or column counts twice."""
    odd = [(0, 0), (0, values.shape[1] % 2), (0, values.shape[2] % 2), (0, 0)]
    even = np.pad(values, odd, mode="edge")
    return (even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]) / 4

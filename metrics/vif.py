"""Visual information fidelity, pixel domain, of the whole picture or inside the hole.

Sheikh and Bovik, "Image information and visual quality", IEEE TIP 15(2), 2006, doi:10.1109/TIP.2005.859378, in the
pixel-domain form that its authors released (`vifp_mscale`). At each of four scales, with moments under a Gaussian of
N = 17, 9, 5, 3 pixels and σ = N/5, and with y the truth and x the image,

    g = σxy / σy²,    σv² = σx² − g σxy,
    VIF = Σ log(1 + g² σy² / (σv² + σn²)) / Σ log(1 + σy² / σn²),    σn² = 2 in 8-bit units,

summed over places and scales: the share of the truth's information that is still in the image. Before each further
scale the pictures are blurred by its Gaussian and every second pixel is kept. The channels are averaged, as the
package `sewar` does.

Borders: `vif` uses the places where no window reaches over the edge, as the authors do, and so needs 41 pixels a side.
`hole_vif` has the same sums over the places of the hole, edge or not; windows over the edge see the picture mirrored.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, 0 or more; 1 is the
truth, more than 1 has more contrast than the truth. Higher is better.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from holefill.errors import UserError
from holefill.metrics.shapes import as_holes, as_pair

WINDOWS = (17, 9, 5, 3)
NOISE = 2.0  # variance of the eye's noise, grey levels²
SMALLEST = 41
TINY = 1e-10


def vif(images, truths, holes=None) -> np.ndarray:
    """VIF of whole pictures.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 41
    holes : passed over; taken so that every metric is called alike

    Returns
    -------
    [B] float64, 1 where a picture equals its truth; NaN where the truth is flat.

    Raises
    ------
    UserError
        Where the shapes differ, or a side is under 41 pixels.
    """
    x, y = _grey_levels(images, truths)
    found = total = 0
    for scale, window in enumerate(WINDOWS):
        inner = slice(window // 2, -(window // 2))
        if scale:
            x, y = (_blur(p, window)[:, inner, inner][:, ::2, ::2] for p in (x, y))
        kept, there = (part[:, inner, inner].sum(axis=(1, 2)) for part in _information(x, y, window))
        found, total = found + kept, total + there
    return _share(found, total)


def hole_vif(images, truths, holes) -> np.ndarray:
    """VIF over the missing pixels only.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 41
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64, 1 where the hole equals its truth; NaN where nothing is missing or the truth is flat there.

    Raises
    ------
    UserError
        Where the shapes do not agree, or a side is under 41 pixels.
    """
    x, y = _grey_levels(images, truths)
    inside = as_holes(holes, x)
    found = total = 0
    for scale, window in enumerate(WINDOWS):
        if scale:
            x, y = (_blur(p, window)[:, ::2, ::2] for p in (x, y))
            inside = inside[:, ::2, ::2]
        kept, there = ((part * inside[..., None]).sum(axis=(1, 2)) for part in _information(x, y, window))
        found, total = found + kept, total + there
    return _share(found, total)


def _grey_levels(images, truths):
    x, y = as_pair(images, truths)
    if min(x.shape[1:3]) < SMALLEST:
        size = f"{x.shape[1]}x{x.shape[2]}"
        raise UserError(f"VIF needs pictures of at least {SMALLEST}x{SMALLEST} pixels: these have {size}")
    return (x + 1) * 127.5, (y + 1) * 127.5


def _information(x: np.ndarray, y: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """What of the truth's information the image keeps, and what the truth has, at each place: two [B, H, W, C]."""
    mean_x, mean_y = _blur(x, window), _blur(y, window)
    var_x = np.maximum(_blur(x * x, window) - mean_x**2, 0)
    var_y = np.maximum(_blur(y * y, window) - mean_y**2, 0)
    covariance = _blur(x * y, window) - mean_x * mean_y
    gain = covariance / (var_y + TINY)
    rest = var_x - gain * covariance
    flat = var_y < TINY
    gain, rest, var_y = np.where(flat, 0, gain), np.where(flat, var_x, rest), np.where(flat, 0, var_y)
    flat = var_x < TINY
    gain, rest = np.where(flat, 0, gain), np.where(flat, 0, rest)
    rest = np.maximum(np.where(gain < 0, var_x, rest), TINY)
    gain = np.maximum(gain, 0)
    return np.log1p(gain**2 * var_y / (rest + NOISE)), np.log1p(var_y / NOISE)


def _blur(values: np.ndarray, window: int) -> np.ndarray:
    return gaussian_filter(values, window / 5, radius=window // 2, axes=(1, 2), mode="reflect")


def _share(found: np.ndarray, total: np.ndarray) -> np.ndarray:
    """[B, C] sums → [B]; a channel without information is left out."""
    shares = np.divide(found, total, out=np.full(found.shape, np.nan), where=total > 0)
    counted = np.isfinite(shares).sum(axis=-1)
    return np.divide(np.nansum(shares, axis=-1), counted, out=np.full(len(shares), np.nan), where=counted > 0)

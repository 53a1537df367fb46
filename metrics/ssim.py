"""Structural similarity, of the whole picture or inside the hole.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity",
IEEE TIP 13(4), 2004, equation 13, doi:10.1109/TIP.2003.819861:

    SSIM = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)),   C1 = (0.01 L)², C2 = (0.03 L)²,

with moments under an 11×11 Gaussian of σ 1.5 (population covariance); the channels are averaged. Its first factor
compares brightness, so black must be 0: the pictures are shifted to [0, 2], L = 2, which gives the figure of the same
pictures in 8 bits with L = 255. (Taken on [-1, 1] as it stands, the same fills score some .05 lower.)

Borders: the map has the size of the picture; windows that reach over the edge see the picture mirrored with its
edge pixel repeated (d c b a | a b c d). `ssim` averages the map without its outermost 5 pixels, where no window
reaches over the edge: the number of the paper's code, of scikit-image's `structural_similarity(gaussian_weights=True,
sigma=1.5, use_sample_covariance=False)` and of `tf.image.ssim`. `hole_ssim` averages the map over all pixels of the
hole, edge or not, so that a hole at the border counts in full.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, at most 1.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from holefill.errors import UserError
from holefill.metrics.shapes import as_holes, as_pair, mean_inside

RADIUS = 5
SIGMA = 1.5
DATA_RANGE = 2.0
K1, K2 = 0.01, 0.03


def ssim(images, truths, holes=None) -> np.ndarray:
    """Mean SSIM of whole pictures (the map without its outermost 5 pixels).

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 11
    holes : passed over; taken so that every metric is called alike

    Returns
    -------
    [B] float64, 1 where a picture equals its truth.

    Raises
    ------
    UserError
        Where the shapes differ, or a side is under 11 pixels.
    """
    inner = slice(RADIUS, -RADIUS)
    return ssim_map(images, truths)[:, inner, inner].mean(axis=(1, 2))


def hole_ssim(images, truths, holes) -> np.ndarray:
    """Mean of the SSIM map over the missing pixels.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1], H and W at least 11
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64, 1 where a picture equals its truth; NaN where nothing is missing.

    Raises
    ------
    UserError
        Where the shapes do not agree, or a side is under 11 pixels.
    """
    return mean_inside(ssim_map(images, truths), as_holes(holes, np.asarray(images)))


def ssim_map(images, truths) -> np.ndarray:
    """SSIM around every pixel, averaged over the channels: [B, H, W] float64."""
    luminance, structure = factors(images, truths)
    return (luminance * structure).mean(axis=-1)


def factors(images, truths) -> tuple[np.ndarray, np.ndarray]:
    """The two factors of SSIM around every pixel, of brightness, and of contrast and structure: [B, H, W, C] each."""
    x, y = (pictures + 1 for pictures in as_pair(images, truths))
    if min(x.shape[1:3]) < 2 * RADIUS + 1:
        raise UserError(f"SSIM needs pictures of at least 11x11 pixels: these have {x.shape[1]}x{x.shape[2]}")
    mean_x, mean_y = _blur(x), _blur(y)
    c1, c2 = (K1 * DATA_RANGE) ** 2, (K2 * DATA_RANGE) ** 2
    covariance = _blur(x * y) - mean_x * mean_y
    variances = _blur(x * x) - mean_x**2 + _blur(y * y) - mean_y**2
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance, (2 * covariance + c2) / (variances + c2)


def _blur(values: np.ndarray) -> np.ndarray:
    return gaussian_filter(values, SIGMA, radius=RADIUS, axes=(1, 2), mode="reflect")

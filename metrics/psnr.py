"""Peak signal-to-noise ratio, of the whole picture or inside the hole.

PSNR = 10 log10(2² / MSE) in dB: 2 is the range of values in [-1, 1], so that the figure equals that of the
same pictures in 8 bits with peak 255. MSE is the mean over pixels and channels.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, dB, higher is better.
"""

import numpy as np

from holefill.metrics.shapes import as_holes, as_pair, mean_inside

DATA_RANGE = 2.0


def psnr(images, truths, holes=None) -> np.ndarray:
    """PSNR of whole pictures.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]
    holes : passed over; taken so that every metric is called alike

    Returns
    -------
    [B] float64, dB; infinite where a picture equals its truth.

    Raises
    ------
    UserError
        Where the shapes differ.
    """
    images, truths = as_pair(images, truths)
    return _decibels(((images - truths) ** 2).mean(axis=(1, 2, 3)))


def hole_psnr(images, truths, holes) -> np.ndarray:
    """PSNR over the missing pixels only.

    For a picture whose known pixels are all right it is `psnr` + 10 log10(share of missing pixels).

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64, dB; infinite where the hole equals its truth, NaN where nothing is missing.

    Raises
    ------
    UserError
        Where the shapes do not agree.
    """
    images, truths = as_pair(images, truths)
    error = ((images - truths) ** 2).mean(axis=-1)
    return _decibels(mean_inside(error, as_holes(holes, images)))


def _decibels(error: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return 10 * np.log10(DATA_RANGE**2 / error)

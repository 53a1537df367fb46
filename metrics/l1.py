"""Mean absolute error, of the whole picture or inside the hole, in per cent of the range of values.

L1 = 100 · mean |x − y| / 2: 2 is the range of [-1, 1], so that the figure equals 100 · mean |x − y| / 255 of 8 bits, as
in table 1 of Pathak et al., "Context Encoders", CVPR 2016, arXiv:1604.07379. The mean is over pixels and channels.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, %, 0 or more, lower is
better.
"""

import numpy as np

from holefill.metrics.shapes import as_holes, as_pair, mean_inside

DATA_RANGE = 2.0


def l1(images, truths, holes=None) -> np.ndarray:
    """Mean absolute error of whole pictures.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]
    holes : passed over; taken so that every metric is called alike

    Returns
    -------
    [B] float64, per cent of the range, 0 where a picture equals its truth.

    Raises
    ------
    UserError
        Where the shapes differ.
    """
    return _error(images, truths).mean(axis=(1, 2))


def hole_l1(images, truths, holes) -> np.ndarray:
    """Mean absolute error over the missing pixels only.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64, per cent of the range; NaN where nothing is missing.

    Raises
    ------
    UserError
        Where the shapes do not agree.
    """
    return mean_inside(_error(images, truths), as_holes(holes, np.asarray(images)))


def _error(images, truths) -> np.ndarray:
    images, truths = as_pair(images, truths)
    return 100 * np.abs(images - truths).mean(axis=-1) / DATA_RANGE

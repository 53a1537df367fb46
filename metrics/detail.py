"""Detail ratio: how much fine structure a fill has, beside the truth.

    D(x) = Σ_{p in the hole} Σ_{q~p} |x_p − x_q|,     detail ratio = D(image) / D(truth),

q ~ p the neighbours above, below, left and right of p that lie in the picture, known or missing; summed over the
channels. So it is the ratio of the mean absolute gradients inside the hole, rim included. 1 is right; a fill that is
too smooth has less, noise and streaks have more: it says nothing on its own, read it beside PSNR and SSIM.

In: images, truths [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing. Out: [B] float64, 0 or more.
"""

import numpy as np

from holefill.metrics.shapes import as_holes, as_pair


def detail_ratio(images, truths, holes) -> np.ndarray:
    """Mean absolute gradient inside the hole, the image's over the truth's.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1]; images are composites, right at the known pixels
    holes : [B, H, W, 1], 1 = missing

    Returns
    -------
    [B] float64; NaN where nothing is missing or both are flat, infinite where only the truth is flat.

    Raises
    ------
    UserError
        Where the shapes do not agree.
    """
    images, truths = as_pair(images, truths)
    inside = as_holes(holes, images)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _gradient(images, inside) / _gradient(truths, inside)


def _gradient(x: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Σ |x_p − x_q| over missing p and their neighbours q; a pair missing at both ends counts from both."""
    down = np.abs(np.diff(x, axis=1)).sum(axis=-1) * (inside[:, 1:].astype(int) + inside[:, :-1])
    right = np.abs(np.diff(x, axis=2)).sum(axis=-1) * (inside[:, :, 1:].astype(int) + inside[:, :, :-1])
    return down.sum(axis=(1, 2)) + right.sum(axis=(1, 2))

"""Overlay: x = source in the hole, target elsewhere. Its seam shows wherever the two differ at the rim.

In: target, source [H, W, C] float in [-1, 1]; hole [H, W, 1], 1 = missing. Out: [H, W, C] float32.
"""

import numpy as np

from holefill.blending.arguments import checked


def overlay(target, source, hole, *, clip: bool = True) -> np.ndarray:
    """Put the source's pixels into the target's hole.

    Parameters
    ----------
    target, source : [H, W, C] float
        The picture and its fill, in [-1, 1].
    hole : [H, W, 1] float
        1 = missing, 0 = known.
    clip : bool
        Clip the hole's pixels into [-1, 1]. Known pixels are never touched.

    Returns
    -------
    [H, W, C] float32

    Raises
    ------
    UserError
        Where the shapes disagree or the hole is not binary.
    """
    target, source, hole = checked(target, source, hole)
    return np.where(hole[..., None], np.clip(source, -1, 1) if clip else source, target)

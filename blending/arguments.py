"""The door of every blend: three arrays checked once, so that the cores need not ask again.

In: target and source [H, W, C], hole [H, W, 1] or [H, W]. Out: the same, as numpy, with the hole [H, W] bool.
"""

import numpy as np

from holefill.errors import UserError


def checked(target, source, hole) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Float32 target and source of one shape [H, W, C], and the hole as bool [H, W] (true = missing).

    Raises
    ------
    UserError
        Where the shapes disagree, or the hole holds anything but 0 and 1.
    """
    target, source, hole = np.asarray(target, np.float32), np.asarray(source, np.float32), np.asarray(hole)
    if target.ndim != 3 or source.shape != target.shape:
        raise UserError(
            f"cannot blend a source of shape {source.shape} into {target.shape}: wanted one shape [H, W, C]"
        )
    if hole.shape not in (target.shape[:2], (*target.shape[:2], 1)):
        raise UserError(f"the hole's shape is {hole.shape}: wanted {(*target.shape[:2], 1)}, as the picture's")
    missing = hole.reshape(target.shape[:2]) == 1
    if not np.all(missing | (hole.reshape(missing.shape) == 0)):
        raise UserError("the hole has values between 0 and 1: wanted 1 = missing and 0 = known; threshold it first")
    return target, source, missing


def require_known(hole: np.ndarray) -> None:
    """Raise `UserError` where `hole` [H, W] bool covers the whole picture: nothing then fixes the colours."""
    if hole.all():
        raise UserError(
            "the hole covers the whole picture: blending wants at least one known pixel; use blend 'overlay'"
        )


def box(hole: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Rows and columns of the smallest box around the true pixels of `hole`, `margin` wider, inside the picture."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    return tuple(slice(max(0, int(i[0]) - margin), int(i[-1]) + 1 + margin) for i in (rows, columns))

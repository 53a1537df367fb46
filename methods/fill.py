"""What every method gives back, and what the methods without randomness share.

A method is `fill(images, holes, *, model=None, candidates=1, seed=0, **options) -> Fill`:
images [B, H, W, C] float32 in [-1, 1] and holes [B, H, W, 1] float32 (1 = missing) in, raw fills out.
A method never composites: what it gives at known pixels is its own business, blending takes only the hole.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from holefill.errors import UserError


@dataclass(frozen=True)
class Fill:
    """Raw fills of a batch.

    Attributes
    ----------
    images : float32 [B, K, H, W, C] in [-1, 1], K candidates a picture, best first
    objective : float32 [B, K] or None, what the method minimised, where it minimises something
    trace : dict or None, what a method recorded on its way (losses, snapshots), for TensorBoard
    """

    images: np.ndarray
    objective: np.ndarray | None = None
    trace: dict | None = None


def each(paint: Callable, images: np.ndarray, holes: np.ndarray, candidates: int) -> Fill:
    """Fill picture by picture with `paint([H, W, C], [H, W, 1]) -> [H, W, C]`, which has one answer.

    Raises
    ------
    UserError
        Where more than one candidate is wanted: the second would be the first again; or nothing of a picture is known.
    """
    check_one(candidates)
    check_known(holes)
    painted = [paint(image, hole) for image, hole in zip(images, holes, strict=True)]
    return Fill(np.stack(painted)[:, None].astype(np.float32))


def check_one(candidates: int, who: str = "this method") -> None:
    """Raise UserError where of what has one answer another number of candidates is wanted."""
    if candidates != 1:
        raise UserError(
            f"{candidates} candidates wanted: {who} has one answer; use --candidates 1, or --method"
            " semantic@encoder (faces) or patch_match"
        )


def check_known(holes: np.ndarray) -> None:
    """Raise UserError where nothing of a picture is known."""
    if np.all(holes, axis=(1, 2, 3)).any():
        raise UserError("the hole is the whole picture: this method needs a known pixel to fill from")

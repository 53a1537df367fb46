"""Holes: by name, from a file, from a picture's transparency.

A hole is [H, W, 1] float32, 1 = missing, 0 = known. The same name, size and seed give the same hole.
"""

import numpy as np
from absl import logging

from holefill import registry
from holefill.datasets import images, mask_file
from holefill.errors import UserError

TABLE = {
    name: f"holefill.datasets.mask_shapes:{name}"
    for name in ("center", "left", "right", "top", "bottom", "half", "random", "pattern", "block", "strokes", "object")
}
read = mask_file.read
marked = mask_file.marked


def names() -> list[str]:
    """The names of all shapes of holes."""
    return list(TABLE)


def get(spec: str):
    """`(shape, options)` of a mask's name, "random(fraction=0.5)"; UserError where it, or an option, is unknown."""
    return registry.resolve(TABLE, spec, "mask")


def make(spec: str, height: int, width: int, seed: int = 0) -> np.ndarray:
    """A hole by name, with options if wanted: "center", "random(fraction=0.5)".

    Returns
    -------
    hole : [height, width, 1] float32 in {0, 1}

    Raises
    ------
    UserError
        Where the name or an option is unknown, or the picture too small for a hole and something known beside it.
    """
    shape, options = get(spec)
    hole = shape(np.random.default_rng(seed), height, width, **options)[..., None].astype(np.float32)
    check(hole, height, width, f"the mask {spec}")
    return hole


def from_alpha(picture: images.Picture, threshold: float | None = None) -> np.ndarray:
    """The hole where a picture is transparent.

    Half transparent pixels have a colour, and are known; with `threshold` in (0, 1) those whose opacity is below that
    share are missing too.

    Raises
    ------
    UserError
        Where the picture has no transparency, or nothing, or everything, is transparent.
    """
    if picture.alpha is None:
        raise UserError(
            "the picture has no transparency that says what is missing: give a mask, a file or a name such as center"
        )
    if threshold is None:
        missing = picture.alpha == 0
        between = int((~missing & (picture.alpha < picture.alpha.max())).sum())
        if between:
            logging.warning(
                "%d half transparent pixels are taken as known: only the fully transparent are filled", between
            )
    else:
        missing = picture.alpha < mask_file.as_share(threshold) * np.iinfo(picture.alpha.dtype).max
    hole = missing[..., None].astype(np.float32)
    check(hole, *picture.pixels.shape[:2], "the picture's transparency")
    return hole


def check(hole: np.ndarray, height: int, width: int, name: str = "the mask") -> None:
    """Whether this is a hole for a picture of this size.

    Raises
    ------
    UserError
        Where its shape is another, it holds other values than 0 and 1, or nothing or everything is missing.
    """
    if hole.ndim != 3 or hole.shape[-1] != 1:
        raise UserError(f"{name} has the shape {list(hole.shape)}: wanted [{height}, {width}, 1]")
    if hole.shape[:2] != (height, width):
        size = f"{hole.shape[1]} x {hole.shape[0]}"
        why = mask_file.other_size(hole.shape[:2], (height, width), "is one of them transposed?")
        raise UserError(f"{name} is {size} and the picture {width} x {height} pixels: wanted the same size ({why})")
    if not ((hole == 0) | (hole == 1)).all():
        raise UserError(
            f"{name} has values between {hole.min():g} and {hole.max():g}: wanted 0 (known) and 1 (missing)"
        )
    missing = int(hole.sum())
    if missing in (0, hole.size):
        what = "nothing is missing" if missing == 0 else "everything is missing, and nothing known to go by"
        raise UserError(f"{name} leaves nothing to do: {what}; wanted both missing and known pixels")

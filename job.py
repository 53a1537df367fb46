"""One thing to complete: a picture and its hole, checked at the door, and the picture that leaves again.

Pictures come as a path, a `Picture` or an array; holes as a file, a name, an array or the picture's transparency.
Inside, `hole` is [H, W, 1] float32, 1 = missing.
"""

import dataclasses
from pathlib import Path

import numpy as np
from absl import logging

from holefill.datasets import images, masks
from holefill.errors import UserError


@dataclasses.dataclass(frozen=True)
class Job:
    """A picture and its hole; `revealed` where the hole was the picture's transparency, to be opaque once filled.

    `name` is what messages call it.
    """

    picture: images.Picture
    hole: np.ndarray
    revealed: bool = False
    name: str = "the picture"


def read(image, mask=None, *, seed=0, mask_polarity="hole", mask_threshold=None, mask_channel="colour") -> Job:
    """The picture and its hole; arguments as in `holefill.pipeline.complete`.

    Raises
    ------
    UserError
        Where the picture cannot be read, or the mask is none, doubtful, empty, full or of another size, or what is
        told of a mask's file is told without one.
    """
    _check_told(mask, mask_polarity, mask_threshold, mask_channel)
    picture = image if isinstance(image, images.Picture) else _picture(image)
    height, width = picture.pixels.shape[:2]
    if mask is None:
        hole = masks.from_alpha(picture, mask_threshold)
    elif not isinstance(mask, (str, Path)):
        hole = _from_array(mask, mask_polarity)
    elif is_mask_name(mask):
        hole = masks.make(str(mask), height, width, seed=seed)
    else:
        hole = masks.read(mask, height, width, mask_polarity, mask_threshold, mask_channel)
    masks.check(hole, height, width)
    name = str(image) if isinstance(image, (str, Path)) else Job.name
    if mask is not None and picture.alpha is not None and (picture.alpha[hole[..., 0] > 0] == 0).any():
        logging.warning(
            "%s: pixels that the mask has filled stay transparent, as all transparency stays; without a mask what is"
            " transparent is the hole, and becomes opaque", name,
        )  # fmt: skip
    return Job(picture, hole, revealed=mask is None, name=name)


def _check_told(mask, polarity, threshold, channel) -> None:
    """Refuse what would say nothing: how a mask's file is read, where there is none."""
    said = {"mask_polarity": polarity != "hole", "mask_threshold": threshold is not None}
    said |= {"mask_channel": channel != "colour"}
    if mask is None:
        what, heard = "the picture's transparency", ["mask_threshold"]
    elif not isinstance(mask, (str, Path)):
        what, heard = "an array", ["mask_polarity"]
    elif is_mask_name(mask):
        what, heard = repr(str(mask)), []
    else:
        return
    for name, given in said.items():
        if given and name not in heard:
            raise UserError(f"{name} says how a mask's file is read, and the mask is {what}: leave {name} out")


def is_mask_name(mask) -> bool:
    """Whether a mask is meant by name: there is no such file, and it has neither a folder nor a suffix."""
    name = str(mask).split("(")[0]
    return not Path(mask).exists() and "/" not in name and "." not in name


def with_hole_filled(job: Job, result: np.ndarray) -> images.Picture:
    """The job's picture with its missing pixels, and no others, taken from `result` [H, W, C] float in [-1, 1]."""
    pixels = job.picture.pixels
    filled = np.where(job.hole > 0, images.from_float(result, pixels.dtype), pixels)
    return opaque(job, images.replace_pixels(job.picture, filled))


def opaque(job: Job, picture: images.Picture) -> images.Picture:
    """A picture of the job, opaque in the hole where that was its transparency."""
    if not job.revealed:
        return picture
    alpha = picture.alpha
    most = 1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max
    return dataclasses.replace(picture, alpha=np.where(job.hole[..., 0] > 0, most, alpha).astype(alpha.dtype))


def _from_array(mask, polarity: str) -> np.ndarray:
    """The hole in an array [H, W] or [H, W, 1] of any type: what is not zero is missing (or known)."""
    if polarity not in ("hole", "known"):
        raise UserError(f"mask polarity {polarity!r}: wanted 'hole' (what is not zero is missing) or 'known'")
    mask = np.asarray(mask)
    if mask.ndim not in (2, 3) or mask.ndim == 3 and mask.shape[-1] != 1:
        raise UserError(f"cannot take an array {list(mask.shape)} as mask: wanted [H, W] or [H, W, 1]")
    marked = mask.reshape(*mask.shape[:2], 1) != 0
    return (marked if polarity == "hole" else ~marked).astype(np.float32)


def _picture(image) -> images.Picture:
    if isinstance(image, (str, Path)):
        return images.read(image)
    pixels = np.asarray(image)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3) or pixels.dtype not in (np.uint8, np.uint16):
        found = f"{pixels.dtype} {list(pixels.shape)}"
        raise UserError(f"cannot complete an array {found}: wanted uint8 or uint16, [H, W], [H, W, 1] or [H, W, 3]")
    return images.Picture(pixels)

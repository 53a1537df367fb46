"""What every data set's loader returns: pictures of one size in one array, and where they came from."""

from dataclasses import dataclass, field

import numpy as np

from holefill.errors import UserError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class ImageSet:
    """N pictures of one split, cropped and resized.

    Attributes
    ----------
    images : uint8 array [N, H, W, C], 0 … 255, RGB or grey (may be a memory map; what is written to it stays in memory)
    names : N names, in the order of `images`: the file's path inside its data set, with "/"
    skipped : (name, reason) of each file that could not be read and was left out
    """

    images: np.ndarray
    names: list[str]
    skipped: list[tuple[str, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.images)


def check_split(split: str) -> None:
    """Raise UserError unless `split` is one of `SPLITS`."""
    if split not in SPLITS:
        raise UserError(f"unknown split {split!r}: wanted one of {', '.join(SPLITS)}")


def check_request(split: str, image_size: int, limit: int | None, channels: int) -> None:
    """Raise UserError for a split, size, limit or number of channels that no data set has."""
    check_split(split)
    if image_size < 1:
        raise UserError(f"image_size is {image_size}: wanted 1 or more pixels")
    if limit is not None and limit < 1:
        raise UserError(f"limit is {limit}: wanted 1 or more pictures, or none for all")
    if channels not in (1, 3):
        raise UserError(f"channels is {channels}: wanted 1 (grey) or 3 (RGB)")

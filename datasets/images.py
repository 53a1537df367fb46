"""Pictures: the one place where files become arrays and arrays files; the only place of uint8 ↔ float, EXIF, alpha.

A `Picture` shows RGB or grey pixels [H, W, C], upright, C = 1 or 3, uint8, uint16, or float32 in [0, 1], whatever the
file holds (1 L LA P RGB RGBA CMYK YCbCr, 16 bit grey and colour, 32 bit integers and floats), and remembers the file's
own samples: what is written has the input's size, mode, depth, ICC profile and EXIF, and every pixel that was
not replaced is the same to the bit. XMP and thumbnails are not kept: they may show what was there before.

Inside the library pictures are float32 in [-1, 1]: `to_float`, `from_float`.
"""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from holefill.datasets import picture_input, picture_output, pixel_modes
from holefill.errors import UserError

MAX_PIXELS = 64_000_000


@dataclass(frozen=True)
class Picture:
    """A picture as it is seen, and the file it came from.

    Attributes
    ----------
    pixels : [H, W, 1 or 3] uint8, uint16, or float32 in [0, 1]; grey or RGB
    alpha : [H, W] of the same type, or None where the picture has no transparency
    stored : what the file holds, or None where there was no file
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    stored: pixel_modes.Stored | None = None


def read(path, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a PNG, JPEG, TIFF, WebP, BMP, GIF (first frame) or PPM file.

    Raises
    ------
    UserError
        Where there is no such file, it is none of these, claims more than `max_pixels` pixels, or is damaged.
    """
    stored = picture_input.load(path, max_pixels)
    return Picture(*pixel_modes.view(stored), stored)


def write(path, picture: Picture) -> None:
    """Write a picture in the format that the path's suffix names, atomically.

    The mode is the input's; a palette without room for the new colours becomes RGB.

    Raises
    ------
    UserError
        Where the format cannot hold the picture unchanged (JPEG is let pass, with a warning), or the file cannot be
        written; there is no partial file then.
    """
    picture_output.save(path, _to_store(picture))


def write_all(pictures: dict) -> None:
    """Write several pictures, path → Picture, as `write` does: where one cannot be written, none is."""
    picture_output.save_all({path: _to_store(picture) for path, picture in pictures.items()})


def suffix_for(picture: Picture) -> str:
    """The suffix of a format that holds this picture without loss: ".png", or ".tif" for CMYK and wide samples."""
    return picture_output.suffix_for(_to_store(picture))


def check_format(path, picture: Picture) -> None:
    """Before any work: UserError where the format that a path's suffix names cannot hold such a picture unchanged."""
    picture_output.check(path, _to_store(picture))


def replace_pixels(picture: Picture, new_pixels: np.ndarray) -> Picture:
    """The same picture with other pixels; those that are equal keep the file's own samples when written.

    Raises
    ------
    UserError
        Where the new pixels have another shape or type.
    """
    if new_pixels.shape != picture.pixels.shape or new_pixels.dtype != picture.pixels.dtype:
        found, wanted = (f"{p.dtype} {list(p.shape)}" for p in (new_pixels, picture.pixels))
        raise UserError(f"cannot put pixels {found} in a picture of {wanted}: wanted the same shape and type")
    return replace(picture, pixels=new_pixels)


def to_float(pixels: np.ndarray) -> np.ndarray:
    """uint8, uint16, or float32 in [0, 1] → float32 in [-1, 1]."""
    pixels = np.asarray(pixels)
    return pixels.astype(np.float32) * np.float32(2 / _white(pixels.dtype)) - np.float32(1)


def from_float(x: np.ndarray, dtype) -> np.ndarray:
    """Float in [-1, 1], clipped there → uint8, uint16 (rounded) or float32 in [0, 1].

    Raises
    ------
    ValueError
        Where a value is not a number.
    """
    x = np.asarray(x, np.float32)
    if np.isnan(x).any():
        raise ValueError("a filled picture holds values that are not numbers: wanted [-1, 1]")
    white = _white(np.dtype(dtype))
    scaled = (np.clip(x, -1, 1) + np.float32(1)) * np.float32(white / 2)
    return scaled if white == 1 else np.rint(scaled).astype(dtype)


def fit(pixels: np.ndarray, size: int | tuple[int, int]) -> np.ndarray:
    """Resample [H, W, C] float32 to `size` (a side, or height and width), bicubic and antialiased.

    Values stay between the least and the greatest of the input.
    """
    height, width = (size, size) if isinstance(size, (int, np.integer)) else size
    pixels = np.asarray(pixels, np.float32)
    planes = (Image.fromarray(np.ascontiguousarray(pixels[..., c])) for c in range(pixels.shape[-1]))
    resized = [np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC)) for plane in planes]
    return np.clip(np.stack(resized, -1), pixels.min(), pixels.max())


def _to_store(picture: Picture) -> pixel_modes.Stored:
    if picture.stored is None:
        return pixel_modes.of_pixels(picture.pixels, picture.alpha)
    return pixel_modes.merge(picture.stored, picture.pixels, picture.alpha)


def _white(dtype: np.dtype) -> float:
    """The value of white."""
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)

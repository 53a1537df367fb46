"""Colour of 16 bits a channel, which Pillow reads as 8 and does not write.

Reading: Pillow's decoder unpacks the high byte of each sample, and with the other byte order's unpacker the low
one; two passes give both. Writing: PNG (ISO/IEC 15948) with the filter Sub. Samples are [H, W, 2, 3 or 4] uint16.
"""

import struct
import sys
import zlib

import numpy as np
from PIL import Image

from holefill.datasets.pixel_modes import Stored

_OTHER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_COLOUR_TYPE = {"RGB;16": 2, "LA;16": 4, "RGBA;16": 6}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def mode_of(image: Image.Image) -> str | None:
    """ "RGB;16", "RGBA;16" or "LA;16" where that is what the file holds; None where it is not deep colour.

    Raises
    ------
    ValueError
        Where the file is deep colour of a kind that cannot be read whole.
    """
    if image.mode not in ("RGB", "RGBA", "CMYK", "YCbCr", "LAB", "LA") or not image.tile:
        return None
    codec, _, _, arguments = image.tile[0]
    raw = arguments if isinstance(arguments, str) else arguments[0]
    if codec in ("ppm", "ppm_plain") and arguments[1] > 255:
        raise ValueError("its colour has 16 bits a channel, which is read from PNG and TIFF only: convert it to PNG")
    if ";16" not in raw:
        return None
    if raw == "LA;16B" or raw.split(";")[0] in ("RGB", "RGBA") and raw[-1] in _OTHER:
        return raw.split(";")[0] + ";16"
    raise ValueError(f"16 bits a channel in mode {raw.split(';')[0]} cannot be read without loss: convert it to RGB")


def load(image: Image.Image, again: Image.Image) -> np.ndarray:
    """Samples of a deep picture, opened twice and not yet loaded."""
    if mode_of(image) == "LA;16":  # two 16-bit samples a pixel are four bytes: read as RGBA, they come as they are
        image.tile = [tile._replace(args="RGBA") for tile in image.tile]
        pairs = np.asarray(image).astype(np.uint16)
        return pairs[..., ::2] << 8 | pairs[..., 1::2]
    again.tile = [tile._replace(args=_swapped(tile.args)) for tile in again.tile]
    return np.asarray(image).astype(np.uint16) << 8 | np.asarray(again)


def encode(stored: Stored) -> bytes:
    """A PNG file."""
    height, width, channels = stored.samples.shape
    rows = stored.samples.astype(">u2").view(np.uint8).reshape(height, -1)
    filtered = np.ones((height, rows.shape[1] + 1), np.uint8)  # each row starts with its filter: 1, Sub
    filtered[:, 1:] = rows
    filtered[:, 1 + 2 * channels :] -= rows[:, : -2 * channels]
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPE[stored.mode], 0, 0, 0)
    chunks = [(b"IHDR", header)]
    if stored.icc:
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(stored.icc)))
    if stored.dpi:
        chunks.append((b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in stored.dpi), 1)))
    if stored.exif:
        chunks.append((b"eXIf", stored.exif[6:]))
    chunks += [(b"IDAT", zlib.compress(filtered, 6)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)


def _swapped(arguments):
    """The tile's arguments with the other byte order."""
    if isinstance(arguments, str):
        return arguments[:-1] + _OTHER[arguments[-1]]
    return (_swapped(arguments[0]), *arguments[1:])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

"""EXIF: which way up a picture is, and its block of tags as it should leave again.

The block is kept byte for byte but for two things: the orientation says upright, as the pixels now are, and the
thumbnail, which shows the picture as it was before, is blanked. (EXIF 2.32, JEITA CP-3451; TIFF 6.0 section 2.)
"""

import struct

import numpy as np
from PIL import Image

PREFIX = b"Exif\0\0"
ORIENTATION, THUMBNAIL_AT, THUMBNAIL_LENGTH = 0x0112, 0x0201, 0x0202
DESCRIPTIVE = frozenset(  # of a TIFF's tags, those that describe; the others lay out its pixels
    (270, 271, 272, 282, 283, 296, 305, 306, 315, 316, 0x4746, 0x8298, 0x8769, 0x8825, 0x9C9B, 0x9C9C, 0x9C9D)
)


def orientation(image: Image.Image) -> int:
    """1 … 8 of an opened and loaded picture; 1 where it says none, or nonsense."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a broken block turns no picture
        return 1
    return value if value in range(2, 9) else 1


def upright(samples: np.ndarray, orientation: int) -> np.ndarray:
    """[H, W, …] turned and mirrored as the orientation asks."""
    if orientation >= 5:
        samples = samples.swapaxes(0, 1)
    flips = {2: (1,), 3: (0, 1), 4: (0,), 6: (1,), 7: (0, 1), 8: (0,)}.get(orientation, ())
    return np.flip(samples, flips)


def block(image: Image.Image) -> bytes | None:
    """The picture's EXIF, normalised, with the prefix `Exif\\0\\0`; None where it has none, or a broken one."""
    try:
        raw = _of_tiff(image) if image.format == "TIFF" else image.info.get("exif")
        return PREFIX + _normalised(raw.removeprefix(PREFIX)) if raw else None
    except Exception:  # whatever a broken block makes Pillow or struct raise: it cannot be kept
        return None


def _of_tiff(image: Image.Image) -> bytes | None:
    exif = image.getexif()
    for tag in set(exif) - DESCRIPTIVE:
        del exif[tag]
    return exif.tobytes() if len(exif) else None


def _normalised(tiff: bytes) -> bytes:
    """Orientation 1, no thumbnail; the rest as it was."""
    order = {b"II": "<", b"MM": ">"}[tiff[:2]]
    data = bytearray(tiff)
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    entries, link = _directory(data, order, first)
    if ORIENTATION in entries:
        struct.pack_into(f"{order}HIHH", data, entries[ORIENTATION] + 2, 3, 1, 1, 0)
    (second,) = struct.unpack_from(f"{order}I", data, link) if link + 4 <= len(data) else (0,)
    if second:
        _blank_thumbnail(data, order, second)
        struct.pack_into(f"{order}I", data, link, 0)
    return bytes(data)


def _directory(data: bytearray, order: str, at: int) -> tuple[dict[int, int], int]:
    """Where each tag's entry is, and where the link to the next directory."""
    (count,) = struct.unpack_from(f"{order}H", data, at)
    places = [at + 2 + 12 * n for n in range(count)]
    return {struct.unpack_from(f"{order}H", data, place)[0]: place for place in places}, at + 2 + 12 * count


def _blank_thumbnail(data: bytearray, order: str, at: int) -> None:
    entries, _ = _directory(data, order, at)
    if THUMBNAIL_AT in entries and THUMBNAIL_LENGTH in entries:
        start, length = (
            struct.unpack_from(f"{order}I", data, entries[tag] + 8)[0] for tag in (THUMBNAIL_AT, THUMBNAIL_LENGTH)
        )
        data[start : start + length] = bytes(len(data[start : start + length]))

"""From samples to a file that holds them unchanged, or to none at all.

What was encoded is decoded again and compared before it gets its name; a format that would change a known pixel is
refused. JPEG alone is written with loss, at quality 95, and says so.
"""

import dataclasses
import io
from pathlib import Path

import numpy as np
from absl import logging
from PIL import Image

from holefill import atomic
from holefill.datasets import deep_colour, picture_input
from holefill.datasets.pixel_modes import PLAIN, Stored, plain_mode, view
from holefill.errors import UserError

FORMATS = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WEBP",
    ".bmp": "BMP", ".gif": "GIF", ".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM", ".pnm": "PPM", ".pfm": "PPM",
}  # fmt: skip
BARE = ("BMP", "GIF", "PPM")
OPTIONS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "TIFF": {"compression": "tiff_adobe_deflate"},
    "WEBP": {"lossless": True, "exact": True},
}


def suffix_for(stored: Stored) -> str:
    """The suffix of a lossless format that holds this kind of picture: ".tif" for CMYK and floats, else ".png"."""
    return ".png" if stored.mode in PLAIN or stored.mode in ("1", "P") else ".tif"


def save(path, stored: Stored) -> None:
    """Write atomically: beside, to disk, then under its name.

    Raises
    ------
    UserError
        Where the suffix names no format, the format cannot hold the picture unchanged, or the file cannot be written.
    """
    save_all({path: stored})


def save_all(pictures: dict) -> None:
    """Write several pictures, path → `Stored`, as `save` does: where one cannot be written, none is."""
    put = {}
    for path, stored in pictures.items():
        path = Path(path)
        if path.suffix.lower() not in FORMATS:
            raise UserError(f"cannot write {path}: its suffix names no format; wanted {', '.join(sorted(FORMATS))}")
        put[path] = _encoded(path, FORMATS[path.suffix.lower()], stored)
    try:
        for path in put:
            _check_place(path)
        atomic.write_all(put)
    except OSError as error:
        where = ", ".join(map(str, put))
        raise UserError(f"cannot write {where}: {error.strerror or error}".replace("\n", "\\n")) from error


def check(path, stored: Stored) -> None:
    """Before any work: UserError where what a path's suffix names cannot hold a picture of this kind."""
    path = Path(path)
    format = FORMATS[path.suffix.lower()]
    if format == "JPEG":
        _for_jpeg(path, stored)
        return
    alpha = view(stored)[1]
    row, column = (0, 0) if alpha is None else np.unravel_index(alpha.argmin(), alpha.shape)
    piece = stored.samples[row : row + 8, column : column + 8]
    if format == "GIF":
        piece = stored.samples  # whether it has more than 256 colours
    _encoded(path, format, dataclasses.replace(stored, samples=piece))


def _encoded(path: Path, format: str, stored: Stored) -> bytes:
    if format == "JPEG":
        stored = _for_jpeg(path, stored)
        logging.log_first_n(logging.WARNING, "%s: JPEG changes every pixel a little; PNG keeps the known ones", 1, path)
    try:
        if stored.mode in ("RGB;16", "RGBA;16", "LA;16") and format == "PNG":
            data = deep_colour.encode(stored)
        else:
            data = _by_pillow(format, stored)
        if format == "JPEG" or _same(picture_input.decode_own(data), stored):
            return data
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
        raise _refused(path, format, stored) from error
    raise _refused(path, format, stored)


def _refused(path: Path, format: str, stored: Stored) -> UserError:
    other = path.with_suffix(suffix_for(stored))
    if FORMATS[other.suffix] == format:
        return UserError(f"cannot write {path}: {format} does not hold this picture of mode {stored.mode}")
    return UserError(f"a picture of mode {stored.mode} is not written as {format} unchanged: name the output {other}")


def _for_jpeg(path: Path, stored: Stored) -> Stored:
    """Grey, RGB or CMYK of 8 bits without transparency; UserError for what has more."""
    if stored.mode == "CMYK":
        return stored
    pixels, alpha = view(stored)
    if pixels.dtype != np.uint8 or alpha is not None and alpha.min() < 255:
        raise UserError(f"JPEG has 8 bits and no transparency: name the output {path.with_suffix(suffix_for(stored))}")
    samples = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    return Stored(plain_mode(pixels, None), samples, None, stored.icc, stored.exif, stored.dpi)


def _by_pillow(format: str, stored: Stored) -> bytes:
    if format in BARE and (stored.icc or stored.exif):
        logging.log_first_n(logging.WARNING, "%s has no place for ICC profile and EXIF, which PNG keeps", 1, format)
    options = dict(OPTIONS.get(format, {})) if stored.mode != "YCbCr" else {}  # libtiff would subsample it
    options |= {"icc_profile": stored.icc} if stored.icc else {}
    options |= {"exif": stored.exif} if stored.exif else {}
    options |= {"dpi": stored.dpi} if stored.dpi else {}
    buffer = io.BytesIO()
    _image(stored).save(buffer, format, **options)
    return buffer.getvalue()


def _image(stored: Stored) -> Image.Image:
    mode, samples = stored.mode, stored.samples
    size = samples.shape[1::-1]
    if mode == "1":
        return Image.frombytes("1", size, np.packbits(samples, axis=1).tobytes())
    if mode == "I;16":
        samples = samples.astype("<u2")
    image = Image.frombytes(mode, size, np.ascontiguousarray(samples).tobytes())
    if mode == "P":
        image.putpalette(stored.palette[:, :3].tobytes())
        alphas = stored.palette[:, 3]
        if (alphas == 0).sum() == 1 and (alphas == 255).sum() == len(alphas) - 1:
            image.info["transparency"] = int(alphas.argmin())  # as GIF has it
        elif alphas.min() < 255:
            image.info["transparency"] = alphas.tobytes()
    return image


def _same(found: Stored, wanted: Stored) -> bool:
    """Whether what a file holds shows what was wanted, sample for sample where modes are other than RGB."""
    if wanted.mode in ("CMYK", "YCbCr", "I", "F"):
        return found.mode == wanted.mode and np.array_equal(found.samples, wanted.samples, equal_nan=wanted.mode == "F")
    (pixels, alpha), (wanted_pixels, wanted_alpha) = view(found), view(wanted)
    if pixels.dtype != wanted_pixels.dtype or pixels.shape[:2] != wanted_pixels.shape[:2]:
        return False
    if not (pixels == wanted_pixels).all():  # grey in a format that has colour only: one against three channels
        return False
    white = np.iinfo(pixels.dtype).max
    return bool(np.all((white if alpha is None else alpha) == (white if wanted_alpha is None else wanted_alpha)))


def _check_place(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise FileNotFoundError(None, f"there is no folder {path.parent}")

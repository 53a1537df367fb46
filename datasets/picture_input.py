"""From a file to its samples, with Pillow behind an allow-list of formats and a cap on pixels.

The header is read first; what it claims decides before anything is decoded. Whatever a decoder raises on a broken
file leaves as one `UserError` line. Animations give their first frame.
"""

import contextlib
import io
import os
import stat
import threading
import warnings
from typing import BinaryIO

import numpy as np
from absl import logging
from PIL import Image, UnidentifiedImageError

from holefill.datasets import deep_colour, exif
from holefill.datasets.pixel_modes import PLAIN, Stored
from holefill.errors import UserError

FORMATS = ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "PPM"]
OPAQUE_MODE = {"1": "L", "L": "L", "RGB": "RGB", "I;16": "I;16", "RGB;16": "RGB;16"}


def load(path, max_pixels: int) -> Stored:
    """Read a picture file.

    Raises
    ------
    UserError
        Where there is no such file, it is none of `FORMATS`, has more than `max_pixels` pixels, or is damaged.
    """
    try:
        with _opened(path) as file:
            return decode(file, max_pixels)
    except UserError:
        raise
    except UnidentifiedImageError as error:
        raise _cannot(path, f"it is no picture of a known format ({', '.join(FORMATS)})") from error
    except FileNotFoundError as error:
        raise _cannot(path, "there is no such file") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = min(max_pixels, Image.MAX_IMAGE_PIXELS or max_pixels)
        raise _cannot(path, f"it claims far more than the {most / 1e6:g} million pixels that are read") from error
    except MemoryError as error:
        raise _cannot(path, "it does not fit in memory") from error
    except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error, … on broken files
        raise _cannot(path, getattr(error, "strerror", None) or error or type(error).__name__) from error


def decode(file: BinaryIO, max_pixels: int) -> Stored:
    """The samples of an opened file; raises what Pillow raises, and ValueError where it is refused."""
    with _strict():
        image = Image.open(file, formats=FORMATS)
        if image.width * image.height > max_pixels:
            raise ValueError(
                f"it has {image.width} x {image.height} pixels; at most {max_pixels / 1e6:g} million are read:"
                " make it smaller"
            )
        deep = deep_colour.mode_of(image)
        if deep:
            file.seek(0)
            samples = deep_colour.load(image, Image.open(file, formats=FORMATS))
        image.load()
        if image.format in ("GIF", "PNG", "WEBP", "TIFF") and getattr(image, "is_animated", False):
            logging.warning("%s: only the first of its pictures is read", getattr(file, "name", "a picture"))
        stored = Stored(deep, samples) if deep else _stored(image)
        stored = _with_key_as_alpha(stored, image.info.get("transparency"))
        return Stored(
            stored.mode,
            np.ascontiguousarray(exif.upright(stored.samples, exif.orientation(image))),
            stored.palette,
            image.info.get("icc_profile") or None,
            exif.block(image),
            _dpi(image),
        )


def decode_own(data: bytes) -> Stored:
    """The samples of a file that this program encoded: however many pixels there are, they are no bomb."""
    global _unlimited, _limit
    with _inside:
        if _unlimited == 0:
            _limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # others have `max_pixels` meanwhile
        _unlimited += 1
    try:
        return decode(io.BytesIO(data), max_pixels=2**62)
    finally:
        with _inside:
            _unlimited -= 1
            if _unlimited == 0:
                Image.MAX_IMAGE_PIXELS = _limit


def _stored(image: Image.Image) -> Stored:
    """Samples in the file's own mode, or in a plain one that holds the same."""
    mode = image.mode
    if mode == "P" and image.palette is not None and image.palette.mode == "RGB":
        return Stored("P", np.asarray(image), _palette(image))
    if mode in ("P", "PA", "RGBa"):
        return Stored("RGBA", np.asarray(image.convert("RGBA")))
    if mode == "RGBX":
        return Stored("RGB", np.asarray(image)[..., :3])
    if mode.startswith("I;16") or mode == "I" and image.format == "PPM":
        return Stored("I;16", np.asarray(image).astype(np.uint16))
    if mode in PLAIN or mode in ("1", "CMYK", "YCbCr", "I", "F"):
        return Stored(mode, np.asarray(image))
    raise ValueError(f"its mode {mode} is not supported: convert it to RGB")


def _palette(image: Image.Image) -> np.ndarray:
    """[entries, 4] RGBA."""
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    beyond = np.arange(len(colours), image.getextrema()[1] + 1)  # samples without an entry show as grey, as in Pillow
    colours = np.concatenate([colours, np.repeat(beyond[:, None], 3, 1).astype(np.uint8)])
    palette = np.concatenate([colours, np.full((len(colours), 1), 255, np.uint8)], -1)
    transparency = image.info.get("transparency")
    if isinstance(transparency, bytes):
        alphas = np.frombuffer(transparency, np.uint8)[: len(palette)]
        palette[: len(alphas), 3] = alphas
    elif isinstance(transparency, int) and transparency < len(palette):
        palette[transparency, 3] = 0
    return palette


def _with_key_as_alpha(stored: Stored, key) -> Stored:
    """A picture one of whose colours means transparent, as one with alpha: a new pixel may have that very colour."""
    if key is None or stored.mode not in OPAQUE_MODE:
        return stored
    samples = stored.samples.reshape(*stored.samples.shape[:2], -1)
    samples = samples.astype(np.uint8) * np.uint8(255) if stored.mode == "1" else samples
    top = np.iinfo(samples.dtype).max
    alpha = np.where((samples == np.asarray(key).reshape(-1)).all(-1, keepdims=True), 0, top).astype(samples.dtype)
    base, _, depth = OPAQUE_MODE[stored.mode].replace("I;", "L;").partition(";")
    return Stored(f"{base}A{';' + depth if depth else ''}", np.concatenate([samples, alpha], -1))


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    try:
        across, down = (float(dots) for dots in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across < 1e6 and 0 < down < 1e6 else None


def _opened(path) -> BinaryIO:
    kind = os.stat(path).st_mode
    if stat.S_ISDIR(kind):
        raise _cannot(path, "it is a folder; give a picture in it")
    if not stat.S_ISREG(kind):
        raise _cannot(path, "it is no regular file")
    return open(path, "rb")


def _cannot(path, why) -> UserError:
    return UserError(f"cannot read {path}: {why}".replace("\n", "\\n"))


_inside = threading.Lock()
_users, _filters = 0, contextlib.ExitStack()
_unlimited, _limit = 0, None


@contextlib.contextmanager
def _strict():
    """Pillow's warning of a bomb is an error, its others are quiet; for all threads that read, together."""
    global _users
    with _inside:
        if _users == 0:
            _filters.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.")
            warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
        _users += 1
    try:
        yield
    finally:
        with _inside:
            _users -= 1
            if _users == 0:
                _filters.close()

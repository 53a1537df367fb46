"""Many picture files → one uint8 array, decoded once, kept on disk, memory-mapped from then on.

Each file is read by `datasets.images.read` (transparency is ignored), cropped to a centred square and resized (bicubic,
antialiased). In: any size, depth and colour that `read` takes. Out: uint8 [N, S, S, C], 0 … 255.

The cache is a folder `<cache>/decoded/<key>/` of `images.npy` and `index.json`; the key is a hash of the files'
names, sizes and times and of the crop, size and channels. It is written beside and renamed, so it is whole or absent.
"""

import hashlib
import itertools
import json
import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from absl import logging
from PIL import Image

from holefill.datasets.image_set import ImageSet
from holefill.datasets.locate import cache_dir
from holefill.errors import UserError

VERSION = 1  # of the decoding: raise it when the same files would give other pixels
MOST_SKIPPED = 0.01
CHUNK = 1024


@dataclass(frozen=True)
class Frame:
    """How a picture becomes [image_size, image_size, channels].

    The crop is a centred square whose side is `share_of_width` × the picture's width, or the shorter side where that
    is None or would not fit.
    """

    image_size: int
    channels: int
    share_of_width: float | None = None

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the crop, in (fractional) pixels."""
        side = min(width, height)
        if self.share_of_width is not None:
            side = min(side, self.share_of_width * width)
        left, top = (width - side) / 2, (height - side) / 2
        return left, top, left + side, top + side


def fit(pixels: np.ndarray, frame: Frame) -> np.ndarray:
    """Crop and resize uint8 [H, W, 1 or 3] → uint8 [S, S, C]."""
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    picture = picture.convert("L" if frame.channels == 1 else "RGB")
    size = (frame.image_size, frame.image_size)
    resized = picture.resize(size, Image.Resampling.BICUBIC, box=frame.box(*picture.size))
    return np.asarray(resized).reshape(frame.image_size, frame.image_size, frame.channels)


def decode(root: Path, names: list[str], frame: Frame) -> ImageSet:
    """The pictures `root/name` for each name, as `frame` says, from the cache where they were decoded before.

    Raises
    ------
    UserError
        Where there are no names, more than 1 % of the files cannot be read, or the cache cannot be written.
    """
    if not names:
        raise UserError(f"no pictures in {root}")
    home = cache_dir() / "decoded" / _key(root, names, frame)
    known = _load(home)
    if known is not None:
        return known
    beside = home.with_name(f"{home.name}.{uuid.uuid4().hex}.part")
    try:
        beside.mkdir(parents=True)
        _write(beside, root, names, frame)
        _rename(beside, home)
    except OSError as error:
        raise UserError(
            f"cannot write decoded pictures to {home.parent}: {error.strerror or error}."
            " Set HOLEFILL_CACHE to a folder with room"
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _load(home)


def _key(root: Path, names: list[str], frame: Frame) -> str:
    digest = hashlib.sha256(json.dumps([VERSION, str(root.resolve()), asdict(frame)]).encode())
    for name in names:
        try:
            found = os.stat(root / name)
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="surrogateescape"))
        except OSError:
            digest.update(f"{name}\0absent\n".encode(errors="surrogateescape"))
    return digest.hexdigest()[:32]


def _load(home: Path) -> ImageSet | None:
    """What the cache holds, or None where it holds nothing whole."""
    try:
        index = json.loads((home / "index.json").read_text())
        images = np.load(home / "images.npy", mmap_mode="c")  # TensorFlow takes only writable maps without a copy
        found = ImageSet(images, index["names"], [tuple(pair) for pair in index["skipped"]])
    except (OSError, ValueError, KeyError):
        return None
    return found if len(found.names) == len(images) else None


def _write(folder: Path, root: Path, names: list[str], frame: Frame) -> None:
    """Decode all files into folder/images.npy and folder/index.json, one row after the other."""
    kept, skipped = [], []
    with open(folder / "images.npy", "wb") as out:
        _write_header(out, len(names), frame)
        for name, result in zip(names, _read_all(root, names, frame), strict=True):
            if isinstance(result, str):
                skipped.append((name, result))
            else:
                out.write(result.tobytes())
                kept.append(name)
        _check_skipped(root, skipped, len(names))
        out.seek(0)
        _write_header(out, len(kept), frame)
        out.flush()
        os.fsync(out.fileno())
    with open(folder / "index.json", "w") as out:
        json.dump({"names": kept, "skipped": skipped}, out)
        out.flush()
        os.fsync(out.fileno())


def _write_header(out, count: int, frame: Frame) -> None:
    """The .npy header; NumPy pads it so that another first dimension fits in the same place."""
    shape = (count, frame.image_size, frame.image_size, frame.channels)
    np.lib.format.write_array_header_1_0(out, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _read_all(root: Path, names: list[str], frame: Frame):
    """Pixels, or the reason why there are none, for each name in order; read by threads, a chunk at a time."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    with ThreadPoolExecutor(min(32, (os.cpu_count() or 1) + 2)) as threads:
        results = itertools.chain.from_iterable(
            threads.map(lambda name: _read_one(root / name, frame), names[start : start + CHUNK])
            for start in range(0, len(names), CHUNK)
        )
        quiet = not console.is_terminal
        yield from track(results, f"reading {root.name}", len(names), console=console, transient=True, disable=quiet)


def _read_one(path: Path, frame: Frame) -> np.ndarray | str:
    from holefill.datasets import images

    try:
        pixels = images.read(path).pixels
        if pixels.dtype != np.uint8:
            pixels = images.from_float(images.to_float(pixels), np.uint8)
        return fit(pixels, frame)
    except (OSError, ValueError) as error:
        return str(error)


def _check_skipped(root: Path, skipped: list[tuple[str, str]], count: int) -> None:
    for name, reason in skipped[:20]:
        logging.warning("left out %s: %s", root / name, reason)
    if len(skipped) > 20:
        logging.warning("left out %d pictures of %s in all", len(skipped), root)
    if len(skipped) > MOST_SKIPPED * count:
        some = "; ".join(f"{name} ({reason})" for name, reason in skipped[:3])
        more = f"; and {len(skipped) - 3} more" if len(skipped) > 3 else ""
        raise UserError(
            f"{len(skipped)} of {count} pictures in {root} cannot be read, and at most 1 % may be left out:"
            f" {some}{more}. Mend or remove them"
        )


def _rename(beside: Path, home: Path) -> None:
    """Put the finished folder in its place; where another process was first, keep the other's."""
    if home.exists() and _load(home) is None:
        shutil.rmtree(home)
    try:
        os.rename(beside, home)
    except OSError:
        if _load(home) is None:
            raise

"""The descriptions of a data set's pictures (`scene.describe`), made once, kept on disk, memory-mapped from then on.

`<cache>/scenes/<key>.npy`, uint8 [N, D], beside the decoded pictures; the key is that of the decoded pictures (which
is of their files, size and channels), or of the pixels themselves where they were drawn, and of `VERSION`.
"""

import hashlib
from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.datasets.image_set import ImageSet
from holefill.datasets.locate import cache_dir
from holefill.errors import UserError, reason
from holefill.methods import progress, scene

VERSION = 1  # of the descriptions: raise it when the same pictures would have others
CHUNK = 128  # pictures described at once: some tens of megabytes


def index(found: ImageSet) -> np.ndarray:
    """The pictures' descriptions, uint8 [N, D], read where they were made before and written where not.

    Raises
    ------
    UserError
        Where they cannot be written.
    """
    path = cache_dir() / "scenes" / f"{key(found.images)}.npy"
    known = _load(path, len(found))
    if known is not None:
        return known
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, lambda file: _write(file, found.images))
    except OSError as error:
        raise UserError(
            f"cannot write the index of pictures to {path.parent}: {reason(error)}."
            " Set HOLEFILL_CACHE to a folder with room"
        ) from error
    return _load(path, len(found))


def key(images: np.ndarray) -> str:
    """The name of these pictures' index."""
    decoded = getattr(images, "filename", None)  # of a memory map: its folder is named by what it was made from
    digest = hashlib.sha256(f"{VERSION} {images.shape} {decoded and Path(decoded).parent.name}".encode())
    if decoded is None:
        digest.update(np.ascontiguousarray(images))
    return digest.hexdigest()[:32]


def _load(path: Path, count: int) -> np.ndarray | None:
    """What the file holds, or None where it is not there or not whole."""
    try:
        known = np.load(path, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return known if known.ndim == 2 and len(known) == count and known.dtype == np.uint8 else None


def _write(file, images: np.ndarray) -> None:
    """The .npy file, a chunk of pictures at a time."""
    with progress.bar("describing the pictures", len(images)) as advance:
        for start in range(0, len(images), CHUNK):
            pixels = np.asarray(images[start : start + CHUNK], np.float32)
            features, _ = scene.describe(pixels, np.ones_like(pixels[..., :1]))
            if start == 0:
                shape = (len(images), features.shape[1])
                np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            file.write(np.rint(features).astype(np.uint8).tobytes())
            advance(len(pixels))

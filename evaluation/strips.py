"""Completions on the disk: the pictures of a batch under each other in one PNG, so that later metrics need no search.

In and out: uint8 [B, H, W, C], C 1 or 3. A strip counts only where its pixels are those that were scored.
"""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile

from holefill import atomic


def write(path: Path, completed: np.ndarray) -> None:
    """Write pictures [B, H, W, C] as a strip; its folder is made if missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tall = completed.reshape(-1, *completed.shape[2:])
    picture = Image.fromarray(tall[..., 0] if tall.shape[-1] == 1 else tall)
    atomic.write(path, lambda file: picture.save(file, "PNG"))


def read(path: Path, shape: tuple[int, ...], digests: list[str | None]) -> np.ndarray | None:
    """The strip's pictures, of `shape` [B, H, W, C] and these digests; None where it is missing, damaged or another."""
    try:
        with PngImageFile(path) as picture:  # not Image.open, which refuses a batch of large pictures as a bomb
            if picture.size != (shape[2], shape[0] * shape[1]):
                return None
            completed = np.asarray(picture).reshape(shape)
    except Exception:  # Pillow, struct and zlib each raise their own on a broken file, whatever it holds
        return None
    return completed if digests == [digest_of(picture) for picture in completed] else None


def first(paths: list[Path], shape: tuple[int, int, int]) -> np.ndarray:
    """The pictures [N, H, W, C] of the strips up to the first that is missing; `shape` is [H, W, C]."""
    found = []
    for path in paths:
        if not path.exists():
            break
        with PngImageFile(path) as picture:
            found.append(np.asarray(picture).reshape(-1, *shape))
    return np.concatenate(found)


def digest_of(picture: np.ndarray) -> str:
    """A fingerprint of pixels."""
    return hashlib.sha256(picture.tobytes()).hexdigest()[:16]

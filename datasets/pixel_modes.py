"""What a file holds, and what a picture shows: samples in the file's own mode ↔ pixels and alpha.

In: `Stored.samples` [H, W] or [H, W, bands] in one of the modes below. Out of `view`: pixels [H, W, C] uint8, uint16
or float32 in [0, 1], C = 1 (grey) or 3 (RGB), and alpha [H, W] of the same type or None. `merge` goes back: a pixel
that was not changed keeps the very samples it had, also where the way to RGB and back would lose some (CMYK,
palette, black and white, wide integers, floats).

Modes are Pillow's (1 L LA P RGB RGBA CMYK YCbCr I;16 I F) and three that Pillow has not: LA;16, RGB;16, RGBA;16.
"""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from holefill.errors import UserError

PLAIN = {  # (dtype, colour channels, has alpha) of the modes whose samples are the pixels
    "L": (np.uint8, 1, False),
    "LA": (np.uint8, 1, True),
    "RGB": (np.uint8, 3, False),
    "RGBA": (np.uint8, 3, True),
    "I;16": (np.uint16, 1, False),
    "LA;16": (np.uint16, 1, True),
    "RGB;16": (np.uint16, 3, False),
    "RGBA;16": (np.uint16, 3, True),
}


@dataclass(frozen=True)
class Stored:
    """A decoded file: its samples, upright, and what is written back with them.

    `palette` is [entries, 4] RGBA uint8 in mode P, else None; `exif` starts with `Exif\\0\\0` and says upright.
    """

    mode: str
    samples: np.ndarray
    palette: np.ndarray | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    dpi: tuple[float, float] | None = None


def view(stored: Stored) -> tuple[np.ndarray, np.ndarray | None]:
    """Pixels [H, W, C] and alpha [H, W] or None."""
    mode, samples = stored.mode, stored.samples
    if mode in PLAIN:
        samples = samples.reshape(*samples.shape[:2], -1)
        has_alpha = PLAIN[mode][2]
        return (samples[..., :-1], samples[..., -1]) if has_alpha else (samples, None)
    if mode == "1":
        return samples[..., None].astype(np.uint8) * np.uint8(255), None
    if mode == "P":
        rgba = stored.palette[samples]
        return rgba[..., :3], rgba[..., 3] if stored.palette[:, 3].min() < 255 else None
    if mode in ("CMYK", "YCbCr"):
        return np.asarray(_image(samples, mode).convert("RGB")), None
    low, high = _range(samples)
    return np.nan_to_num((samples - low) / (high - low), posinf=1, neginf=0).astype(np.float32)[..., None], None


def merge(stored: Stored, pixels: np.ndarray, alpha: np.ndarray | None) -> Stored:
    """What to write so that `view` shows these pixels; samples under unchanged pixels stay as they are.

    A palette that has no room for the new colours becomes RGB or RGBA; black and white stays so (new pixels are
    cut at half).
    """
    if stored.mode in PLAIN:
        return replace(stored, mode=plain_mode(pixels, alpha), samples=_joined(pixels, alpha))
    before, before_alpha = view(stored)
    changed = (pixels != before).any(-1)
    if alpha is not None:
        changed |= alpha != (255 if before_alpha is None else before_alpha)
    if stored.mode == "P":
        return _merge_palette(stored, changed, pixels, alpha)
    samples = stored.samples.copy()
    new = pixels[changed]
    if stored.mode == "1":
        samples[changed] = new[:, 0] >= 128
    elif stored.mode == "YCbCr":
        samples[changed] = np.asarray(_image(new[None], "RGB").convert("YCbCr"))[0]
    elif stored.mode == "CMYK":
        samples[changed] = _cmyk(new, _black_share(stored.samples[~changed], before[~changed]))
    else:
        low, high = _range(stored.samples)
        wide = low + new[:, 0].astype(np.float64) * (high - low)
        samples[changed] = np.rint(wide) if samples.dtype.kind == "i" else wide
    return replace(stored, samples=samples)


def plain_mode(pixels: np.ndarray, alpha: np.ndarray | None) -> str:
    """The mode that holds pixels of this type and shape; UserError where none does."""
    for mode, plain in PLAIN.items():
        if plain == (pixels.dtype.type, pixels.shape[-1], alpha is not None):
            return mode
    if pixels.dtype == np.float32 and pixels.shape[-1] == 1 and alpha is None:
        return "F"
    found = f"{pixels.dtype} {list(pixels.shape)}{'' if alpha is None else ' with alpha'}"
    raise UserError(f"no kind of picture holds {found}: wanted uint8 or uint16 [H, W, 1 or 3], or float32 [H, W, 1]")


def of_pixels(pixels: np.ndarray, alpha: np.ndarray | None) -> Stored:
    """What to write for pixels that came from no file."""
    return Stored(plain_mode(pixels, alpha), _joined(pixels, alpha))


def _joined(pixels, alpha):
    samples = pixels if alpha is None else np.concatenate([pixels, alpha[..., None]], -1)
    return samples[..., 0] if samples.shape[-1] == 1 else samples


def _image(samples: np.ndarray, mode: str) -> Image.Image:
    return Image.frombytes(mode, samples.shape[1::-1], samples.tobytes())


def _range(samples: np.ndarray) -> tuple[float, float]:
    """The values shown as 0 and 1: those of the picture, or 0 and 1 themselves where it lies between them."""
    finite = samples[np.isfinite(samples)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if samples.dtype.kind == "f" and 0 <= low and high <= 1:
        return 0.0, 1.0
    return low, high if high > low else low + 1


def _black_share(cmyk: np.ndarray, rgb: np.ndarray) -> float:
    """How much of the common part of its inks this picture prints as black: least squares over known pixels [N, 4]."""
    grey = 255.0 - rgb.max(-1, initial=0)
    return float(np.clip(grey @ cmyk[:, 3] / max(grey @ grey, 1), 0, 1))


def _cmyk(rgb: np.ndarray, black_share: float) -> np.ndarray:
    """[N, 3] → [N, 4], the inverse of Pillow's CMYK → RGB, R = (255 − C)(255 − K) / 255, for a given use of black."""
    black = np.rint(black_share * (255.0 - rgb.max(-1, keepdims=True, initial=0)))
    inks = 255 - rgb * 255.0 / np.maximum(255 - black, 1)
    return np.concatenate([np.clip(np.rint(inks), 0, 255), black], -1).astype(np.uint8)


def _merge_palette(stored: Stored, changed, pixels, alpha) -> Stored:
    """New colours as palette entries where there is room for all; otherwise every pixel as RGB(A)."""
    opacity = np.full(changed.shape, 255, np.uint8) if alpha is None else alpha
    wanted = np.concatenate([pixels[changed], opacity[changed][:, None]], -1)
    codes, which = np.unique(np.ascontiguousarray(wanted).view("<u4")[:, 0], return_inverse=True)
    colours = codes.view(np.uint8).reshape(-1, 4)
    entries = [tuple(entry) for entry in stored.palette.tolist()]
    first = {entry: index for index, entry in reversed(list(enumerate(entries)))}
    fresh = [entry for entry in map(tuple, colours.tolist()) if entry not in first]
    if len(entries) + len(fresh) > 256:
        return replace(stored, mode=plain_mode(pixels, alpha), samples=_joined(pixels, alpha), palette=None)
    first |= {entry: len(entries) + index for index, entry in enumerate(fresh)}
    samples = stored.samples.copy()
    samples[changed] = np.array([first[tuple(c)] for c in colours.tolist()], np.uint8)[which.reshape(-1)]
    return replace(stored, samples=samples, palette=np.array(entries + fresh, np.uint8))

"""Filling by OpenCV's xphoto module: copies at a few dominant offsets (shiftmap), and frequency extrapolation (fsr).

K. He, J. Sun, "Statistics of patch offsets for image completion", ECCV 2012, doi:10.1007/978-3-642-33709-3_2.
N. Genser, J. Seiler, F. Schilling, A. Kaup, "Signal and loss geometry aware frequency selective extrapolation for error
concealment", PCS 2018; J. Seiler, M. Jonscher, M. Schöberl, A. Kaup, "Resampling images to a regular grid from a
non-regular subset of pixel positions using frequency selective reconstruction", TIP 2015.

OpenCV's code can crash, so it runs in a process of its own, `holefill.methods.xphoto_worker`.
In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3.
"""

import cv2
import numpy as np
from scipy import ndimage

from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.known_means import known_means
from holefill.methods.membrane import fill as membrane
from holefill.methods.progress import bar
from holefill.methods.xphoto_process import Worker

LARGEST = 800  # side of a square that OpenCV's shiftmap takes without shrinking it
SMALLEST = 120  # side up to which a picture gets its mirror image: with less there are fewer offsets than it wants
SLACK = 1024  # pixels up to the next power of two: OpenCV's kd-tree reads a little past its end, where nothing must be
CONTEXT = 200  # pixels that shiftmap sees about a hole in a large picture, at least; more where the hole is wider
REACH = 32  # pixels: fsr's transforms reach no further from a hole
BLOCK = 16  # pixels: fsr leaves out what is beyond the last whole block
QUALITIES = {"fast": "INPAINT_FSR_FAST", "best": "INPAINT_FSR_BEST"}
PATIENCE = {"INPAINT_SHIFTMAP": (120, 1e-3), "INPAINT_FSR_FAST": (120, 3e-3), "INPAINT_FSR_BEST": (120, 3e-2)}
"""Seconds after which OpenCV is taken to hang: so many, and so many more a pixel painted (ten times what it needs)."""


def shiftmap(images, holes, *, model=None, candidates=1, seed=0) -> Fill:
    """Copy from a few offsets that many patches of the picture share, joined by graph cut (He and Sun 2012).

    In a picture with both sides above 800 pixels it sees a window about the hole; a window that would be larger than
    800 pixels itself is filled at 800 and enlarged. Where no offset leads to a known pixel the membrane fills in.

    Raises
    ------
    UserError
        Where OpenCV crashes or hangs on a picture, or has no xphoto module.
    """
    with Worker("shiftmap", "exemplar or telea", fresh=True) as worker, bar("Copying", len(images)) as advance:

        def paint(image, hole):
            painted = _shiftmap(worker, image, hole, seed) if hole.any() else image
            advance(1)
            return painted

        return each(paint, images, holes, candidates)


def fsr(images, holes, *, model=None, candidates=1, seed=0, quality: str = "fast") -> Fill:
    """Continue the picture as a sum of few frequencies, block by block (Genser et al. 2018); for scattered pixels.

    `quality` is "fast", or "best", which takes about 50 times as long.

    Raises
    ------
    UserError
        Where the quality is neither, OpenCV crashes or hangs on a picture, or has no xphoto module.
    """
    if quality not in QUALITIES:
        raise UserError(f"quality is {quality!r}; it must be 'fast' or 'best'")
    with Worker("fsr", "telea") as worker, bar("Extrapolating", len(images)) as advance:

        def paint(image, hole):
            painted = _fsr(worker, image, hole, QUALITIES[quality], seed) if hole.any() else image
            advance(1)
            return painted

        return each(paint, images, holes, candidates)


def _shiftmap(worker: Worker, image: np.ndarray, hole: np.ndarray, seed: int) -> np.ndarray:
    """One picture [H, W, C] in [-1, 1] and its hole [H, W, 1] → [H, W, C]."""
    missing, result = hole[..., 0] > 0.5, image.copy()
    unfilled = np.zeros_like(missing)
    for rows, columns in _windows(missing):
        inside = missing[rows, columns]
        painted, lost = _shifted(worker, image[rows, columns], inside, seed)
        result[rows, columns][inside] = painted[inside]
        unfilled[rows, columns] |= inside & lost
    if unfilled.any():
        result = membrane(result[None], unfilled[None, ..., None].astype(np.float32)).images[0, 0]
    return result


def _windows(missing: np.ndarray) -> list[tuple[slice, slice]]:
    """The parts of the picture that are worked on, as slices: all of it, or a window about each group of holes."""
    if _is_small(missing.shape):
        return [(slice(0, missing.shape[0]), slice(0, missing.shape[1]))]
    near = ndimage.binary_dilation(missing, iterations=CONTEXT // 4)
    groups = ndimage.find_objects(ndimage.label(near)[0] * missing)
    return [tuple(_about(part, extent) for part, extent in zip(group, missing.shape, strict=True)) for group in groups]


def _is_small(shape) -> bool:
    return max(shape) <= LARGEST or min(shape) <= LARGEST * 3 // 4  # as OpenCV asks: at most 800×600 or 600×800


def _about(part: slice, extent: int) -> slice:
    """A wider slice about this one, as wide as OpenCV does not shrink where that is enough."""
    side = min(extent, max(LARGEST, part.stop - part.start + 2 * CONTEXT))
    start = min(max((part.start + part.stop - side) // 2, 0), extent - side)
    return slice(start, start + side)


def _shifted(worker: Worker, image: np.ndarray, missing: np.ndarray, seed: int):
    """A window painted, [H, W, C] in [-1, 1], and where it is not, [H, W] bool.

    OpenCV compares colours in Lab; in float32, scaled as its 8-bit Lab is, copies are exact. It starts with zeros in
    the hole: what is still exactly (0, 0, 0), which is no colour's Lab, was copied from the hole.
    """
    seen, holed = (image, missing) if _is_small(missing.shape) else _shrunk(image, missing)
    if holed.all():  # scattered pixels of a picture that was shrunk
        return image, missing
    height, width = holed.shape
    seen, holed = _on_canvas(seen, holed)
    given = np.where(holed[..., None], 0, _to_lab(seen))
    base, more = PATIENCE["INPAINT_SHIFTMAP"]
    painted = worker.paint("INPAINT_SHIFTMAP", seed, given, holed, base + more * holed.size)[:height, :width]
    lost, painted = ~painted.any(-1), _from_lab(painted, image.shape[-1])
    if missing.shape != (height, width):
        size = missing.shape[::-1]
        painted = cv2.resize(painted, size, interpolation=cv2.INTER_CUBIC).reshape(image.shape)
        lost = cv2.resize(lost.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    return np.clip(painted, -1, 1), lost


def _on_canvas(image: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture and its hole, with its mirror image beside it where OpenCV wants more; there the hole is a membrane.

    A hole that is mirrored too would be painted as often, in a graph cut whose time grows with its pixels' square.
    """
    height, width = _canvas(*missing.shape)
    if missing.shape == (height, width):
        return image, missing
    whole = membrane(image[None], missing[None, ..., None].astype(np.float32)).images[0, 0]
    beside = [(0, height - missing.shape[0]), (0, width - missing.shape[1])]
    return _mirrored(whole, height, width), np.pad(missing, beside)


def _shrunk(image: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture and its hole at `LARGEST`, as means of what is known; what is hole by half is hole."""
    share = LARGEST / max(missing.shape)
    means, known = known_means(image, ~missing, tuple(max(1, round(side * share)) for side in missing.shape))
    return np.clip(means, -1, 1), known < 0.5


def _canvas(height: int, width: int) -> tuple[int, int]:
    """The size at which OpenCV's shiftmap gets a picture of this size."""
    height, width = max(height, SMALLEST), max(width, SMALLEST)
    while 1 << (height * width - 1).bit_length() < height * width + SLACK:
        width += 1
    return height, width


def _mirrored(array: np.ndarray, height: int, width: int) -> np.ndarray:
    """The array with its mirror image to the right and below, so large."""
    margins = [(0, height - array.shape[0]), (0, width - array.shape[1])]
    return np.pad(array, margins + [(0, 0)] * (array.ndim - 2), mode="symmetric")


def _to_lab(image: np.ndarray) -> np.ndarray:
    """[H, W, 1 or 3] in [-1, 1] → Lab, float32 [H, W, 3], 0 … 255 as OpenCV's 8-bit Lab."""
    colours = np.ascontiguousarray(np.broadcast_to(image / 2 + 0.5, (*image.shape[:2], 3)), np.float32)
    return cv2.cvtColor(colours, cv2.COLOR_RGB2Lab) * np.float32([2.55, 1, 1]) + np.float32([0, 128, 128])


def _from_lab(lab: np.ndarray, channels: int) -> np.ndarray:
    """What `_to_lab` undid: [H, W, channels] in [-1, 1]."""
    colours = (lab - np.float32([0, 128, 128])) / np.float32([2.55, 1, 1])
    colours = cv2.cvtColor(np.ascontiguousarray(colours, np.float32), cv2.COLOR_Lab2RGB) * 2 - 1
    return colours if channels == 3 else colours.mean(-1, keepdims=True)


def _fsr(worker: Worker, image: np.ndarray, hole: np.ndarray, algorithm: str, seed: int) -> np.ndarray:
    """One picture [H, W, C] in [-1, 1] and its hole [H, W, 1] → [H, W, C]; 8 bit on the way, in blue, green, red."""
    missing, result = hole[..., 0] > 0.5, image.copy()
    window = tuple(_reached(np.flatnonzero(missing.any(1 - axis)), missing.shape[axis]) for axis in (0, 1))
    inside, seen = missing[window], np.where(missing[window][..., None], 0, image[window])
    whole = [-(-side // BLOCK) * BLOCK for side in inside.shape]
    levels = np.clip(np.rint((_mirrored(seen, *whole)[..., ::-1] + 1) * 127.5), 0, 255).astype(np.uint8)
    base, more = PATIENCE[algorithm]
    given = levels if levels.shape[-1] == 3 else levels[..., 0]
    painted = worker.paint(algorithm, seed, given, _mirrored(inside, *whole), base + more * inside.sum())
    painted = painted.reshape(levels.shape)[: inside.shape[0], : inside.shape[1], ::-1]
    result[window][inside] = painted[inside].astype(np.float32) / 127.5 - 1
    return result


def _reached(where: np.ndarray, extent: int) -> slice:
    """What fsr reads to fill these rows or columns: whole blocks, if the picture has them."""
    first, last = max(0, int(where[0]) - REACH), min(extent, int(where[-1]) + 1 + REACH)
    side = min(extent, -(-(last - first) // BLOCK) * BLOCK)
    start = min(first, extent - side)
    return slice(start, start + side)

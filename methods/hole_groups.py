"""Holes that are far enough from each other are filled apart: they are brought into groups of bounded size, or halved.

Pure geometry: `missing` is bool [H, W], true = missing; windows are slices of rows and columns.
"""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

TOUCHING = np.ones((3, 3), bool)


def groups(missing: np.ndarray, apart: int, most: int) -> Iterator[tuple[tuple[slice, slice], np.ndarray]]:
    """Yield the smallest window about each group of holes, and which of its pixels are the group's, bool [h, w].

    Holes less than `apart` pixels from each other are in one group. Groups are joined in the order of their topmost
    pixels while they have no more than `most` pixels; a single hole may have more.
    """
    near = ndimage.binary_dilation(missing, TOUCHING, iterations=-(-apart // 2))
    labels, count = ndimage.label(near, TOUCHING)
    labels *= missing
    sizes, boxes = np.bincount(labels.ravel(), minlength=count + 1), ndimage.find_objects(labels)
    first = 1
    for last in range(1, count + 1):
        if last == count or sizes[first : last + 2].sum() > most:
            window = tuple(_around([box[axis] for box in boxes[first - 1 : last]]) for axis in (0, 1))
            yield window, (labels[window] >= first) & (labels[window] <= last)
            first = last + 1


def wider(window: tuple[slice, slice], margin: int, shape) -> tuple[slice, slice]:
    """The window with so many more pixels about it, inside a picture [H, W]."""
    both = zip(window, shape[:2], strict=True)
    return tuple(slice(max(0, part.start - margin), min(extent, part.stop + margin)) for part, extent in both)


def halved(picture: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture [H, W, C] and its hole at half the size, rounded up: means of the known; missing where nothing is."""
    height, width = missing.shape
    odd = [(0, height % 2), (0, width % 2)]
    known = np.pad(~missing, odd).reshape((height + 1) // 2, 2, -1, 2).sum((1, 3))
    seen = np.pad(np.where(missing[..., None], 0, picture), [*odd, (0, 0)])
    total = seen.reshape(known.shape[0], 2, known.shape[1], 2, -1).sum((1, 3))
    return total / np.maximum(known, 1)[..., None].astype(picture.dtype), known == 0


def _around(parts: list[slice]) -> slice:
    return slice(min(part.start for part in parts), max(part.stop for part in parts))

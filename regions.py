"""Windows: the square pieces of a picture that a model of a fixed size completes.

A window holds a group of holes and as much again around them, lies inside the picture where it can, and is
cut out, brought to the model's size, and its fill brought back. Pure geometry on arrays: pictures [H, W, C]
float32 in [-1, 1], holes [H, W, 1] float32 with 1 = missing. The other kind of window, turned with a face, is
`holefill.faces.align.Alignment`: it has the same `inside`, `covered`, `cut` and `give_back`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse.csgraph import connected_components

from holefill.datasets.images import fit
from holefill.known import nearest_known

CONTEXT = 2.0  # side of a window ÷ longest side of its holes' bounding box
NARROW = 0.8  # a box up to this share of the picture's short side stays in a window as long as that side


@dataclass(frozen=True)
class Window:
    """Rows top:top+side and columns left:left+side; outside a small picture, its mirror image."""

    top: int
    left: int
    side: int

    def inside(self, height: int, width: int) -> tuple[slice, slice]:
        """The part of the window that lies in a picture of this size, as slices of the picture."""
        return (
            slice(max(0, self.top), min(height, self.top + self.side)),
            slice(max(0, self.left), min(width, self.left + self.side)),
        )

    def covered(self, height: int, width: int) -> np.ndarray:
        """Which pixels of `inside` the window fills, [h, w] bool: all of them."""
        rows, columns = self.inside(height, width)
        return np.ones((rows.stop - rows.start, columns.stop - columns.start), bool)

    def cut(self, pixels: np.ndarray, hole: np.ndarray, size: int | None) -> tuple[np.ndarray, np.ndarray]:
        """The window's pixels and hole at the model's size; nothing of what lies under the hole is in them.

        With `size` None the part inside the picture as it is.
        """
        rows, columns = self.inside(*hole.shape[:2])
        piece, missing = pixels[rows, columns], hole[rows, columns]
        if size is None:
            return piece, missing
        piece, missing = (_pad(array, self, hole.shape) for array in (nearest_known(piece, missing), missing))
        return (piece, missing) if self.side == size else (fit(piece, size), _shrink(missing, size))

    def give_back(self, filled: np.ndarray, height: int, width: int) -> np.ndarray:
        """A raw fill [S, S, C] in the window's own resolution, without what lay outside the picture."""
        rows, columns = self.inside(height, width)
        if filled.shape[:2] == (rows.stop - rows.start, columns.stop - columns.start):
            return filled
        whole = filled if filled.shape[0] == self.side else fit(filled, self.side)
        top, left = rows.start - self.top, columns.start - self.left
        return whole[top : top + rows.stop - rows.start, left : left + columns.stop - columns.start]


def everything(hole: np.ndarray) -> list[Window]:
    """The one window that holds all of the picture."""
    height, width = hole.shape[:2]
    side = max(height, width)
    return [Window(-((side - height) // 2), -((side - width) // 2), side)]


def windows(hole: np.ndarray, smallest: int, context: float = CONTEXT) -> list[Window]:
    """The windows of a hole, `context` times as wide and at least `smallest`, as far as the picture goes.

    Holes whose windows meet share one.
    """
    height, width = hole.shape[:2]
    boxes = _boxes(hole[..., 0] > 0, max(1, smallest // 2))
    while True:
        found = [_around(box, height, width, smallest, context) for box in boxes]
        groups = _meeting(found)
        if groups.max() + 1 == len(found):
            return found
        boxes = np.array([_join(boxes[groups == group]) for group in range(groups.max() + 1)])


def _boxes(missing: np.ndarray, cell: int) -> np.ndarray:
    """[N, 4] top, left, bottom, right of groups of holes; holes in touching cells of a coarse grid are one group."""
    height, width = missing.shape
    rows, columns = np.arange(0, height, cell), np.arange(0, width, cell)
    coarse = np.logical_or.reduceat(np.logical_or.reduceat(missing, rows, 0), columns, 1)
    labels, _ = ndimage.label(coarse, np.ones((3, 3)))
    fine = labels.repeat(cell, 0)[:height].repeat(cell, 1)[:, :width] * missing
    return np.array([(r.start, c.start, r.stop, c.stop) for r, c in ndimage.find_objects(fine)])


def _around(box, height: int, width: int, smallest: int, context: float) -> Window:
    """The square window about one box."""
    top, left, bottom, right = (int(edge) for edge in box)
    longest = max(bottom - top, right - left)
    side = min(max(round(context * longest), smallest), max(height, width))
    short = min(height, width)
    if longest <= NARROW * short:
        side = min(side, short)
    return Window(_place(top, bottom, side, height), _place(left, right, side, width), side)


def _place(first: int, last: int, side: int, extent: int) -> int:
    """Where a window of this side starts: about the middle of the box, shifted to lie in the picture if it fits."""
    if side > extent:
        return (extent - side) // 2
    return min(max((first + last - side) // 2, 0), extent - side)


def _meeting(found: list[Window]) -> np.ndarray:
    """[N] the group of each window; windows that overlap are in one group."""
    top, left, side = np.array([(w.top, w.left, w.side) for w in found]).T
    rows = (top[:, None] < (top + side)[None]) & (top[None] < (top + side)[:, None])
    columns = (left[:, None] < (left + side)[None]) & (left[None] < (left + side)[:, None])
    return connected_components(rows & columns, directed=False)[1]


def _join(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def _pad(array: np.ndarray, window: Window, shape) -> np.ndarray:
    """The window's full square; what lies outside the picture is its mirror image."""
    before = max(0, -window.top), max(0, -window.left)
    after = max(0, window.top + window.side - shape[0]), max(0, window.left + window.side - shape[1])
    return np.pad(array, ((before[0], after[0]), (before[1], after[1]), (0, 0)), mode="symmetric")


def _shrink(missing: np.ndarray, size: int) -> np.ndarray:
    """The hole at another size: a pixel that touches a missing one is missing. [N, N, 1] → [size, size, 1]."""
    side = missing.shape[0]
    edges = np.arange(size + 1) * side
    first, last = edges[:-1] // size, -(-edges[1:] // size)
    for axis in (0, 1):
        total = np.cumsum(np.insert(missing, 0, 0, axis), axis)
        missing = (np.take(total, last, axis) - np.take(total, first, axis) > 0).astype(np.float32)
    return missing

"""One picture completed by exemplars at one size: the steps of `holefill.methods.exemplar`.

In and out: a picture [H, W, C] float32 in [-1, 1], C 1 or 3; a hole [H, W] bool, True = missing.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from holefill.methods.patches import exemplar_kernels as kernels
from holefill.methods.progress import bar

SHARED = 1 << 17  # candidates above which a search is shared by the processor's cores
THREADS = min(8, os.cpu_count() or 1)
TRIES = 12  # neighbours' shifts that are tried before a search
SPREAD = 37  # a patch's pixels are compared in steps of 37, so that the first ones are of all its parts
GUIDE_STEP = 2  # every second pixel of a patch, each way, is compared with the guide


def barred(missing: np.ndarray, patch: int) -> np.ndarray:
    """[H, W] bool: False where a whole known patch inside the picture has its first pixel."""
    height, width = missing.shape
    closed = np.ones((height, width), bool)
    if min(height, width) >= patch:
        square = np.ones((patch, patch), np.uint8)
        touched = cv2.dilate(missing.astype(np.uint8), square, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        inside = slice(height - patch + 1), slice(width - patch + 1)
        closed[inside] = touched[inside] > 0
    return closed


class Completion:
    """A picture on its way.

    Parameters
    ----------
    image, missing : the picture and its hole; what is under the hole is not read
    closed : `barred(missing, patch)`, somewhere False
    patch : side of a patch, odd
    window : candidates lie within so many pixels of a patch; where none does, within twice as many, and so on
    guide : [H, W, C] in [-1, 1] or None, a blurred picture known everywhere that the fill is to look like
    weight : of a squared difference from the guide, at most 1
    """

    def __init__(self, image, missing, closed, patch: int, window: int | None = None, guide=None, weight: float = 1.0):
        height, width = missing.shape
        self.radius, self.window, self.known = patch // 2, window, ~missing
        self.image = np.where(missing[..., None], np.float32(-1), image)
        pixels = _colours(self.image)
        self.colours = pixels.shape[-1]
        if guide is not None:
            pixels = np.concatenate([pixels, np.rint(_colours(guide) * weight**0.5).astype(np.uint8)], -1)
        self.planes = np.zeros((pixels.shape[-1], height, width + kernels.LANES), np.uint8)
        self.planes[..., :width] = np.moveaxis(pixels, -1, 0)
        self.barred = np.pad(closed, ((0, 0), (0, kernels.LANES)), constant_values=True).astype(np.uint8)
        rows, columns = np.nonzero(~closed)
        self.area = int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1
        self.shift = np.zeros((height, width, 2), np.int32)
        self.confidence = self.known.astype(np.float64)
        self.gradient = np.zeros((2, height, width), np.float32)
        self.priority = np.full((height, width), -1.0)
        self.firsts = np.zeros(height, np.int64)
        self.refresh((0, height, 0, width))

    def run(self) -> np.ndarray:
        """Fill the hole; the picture [H, W, C]."""
        left, rows = np.count_nonzero(~self.known), np.arange(len(self.known))
        with bar("exemplar", left) as advance, ThreadPoolExecutor(THREADS) as self.pool:
            while left:
                row = int(np.argmax(self.priority[rows, self.firsts]))
                done = self.step(row, int(self.firsts[row]))
                left -= done
                advance(done)
        return self.image

    def refresh(self, box) -> None:
        """Priorities anew that depend on the pixels of a box."""
        fields = self.gradient, self.confidence, self.priority, self.firsts
        kernels.refresh(self.planes[0], self.known, *fields, box, self.radius)

    def step(self, y: int, x: int) -> int:
        """Fill the patch about a pixel of the front; how many pixels were missing."""
        height, width = self.known.shape
        first = y - self.radius, x - self.radius
        top, left = max(first[0], 0), max(first[1], 0)
        bottom, right = min(y + self.radius + 1, height), min(x + self.radius + 1, width)
        box, known = np.s_[top:bottom, left:right], self.known[top:bottom, left:right]
        row, column = self._search(known, first, (top, left))
        shift = row - first[0], column - first[1]
        source = np.s_[top + shift[0] : bottom + shift[0], left + shift[1] : right + shift[1]]
        new = ~known
        self.image[box][new] = self.image[source][new]
        self.planes[: self.colours, *box][:, new] = self.planes[: self.colours, *source][:, new]
        self.shift[box][new] = shift
        self.confidence[box][new] = self.confidence[box].cumsum()[-1] / new.size
        known[new] = True
        self.refresh((top, bottom, left, right))
        return np.count_nonzero(new)

    def _search(self, known, first, corner) -> tuple[int, int]:
        """First pixel of the source for the patch of which `known` is the part, from `corner`, inside the picture."""
        rows, columns = (index + start for index, start in zip(np.nonzero(known), corner, strict=True))
        order = np.arange(rows.size) * SPREAD % rows.size if rows.size % SPREAD else np.arange(rows.size)
        rows, columns = rows[order], columns[order]
        offsets, values = self._entries(rows, columns, first, 0, self.colours)
        if len(self.planes) > self.colours:
            guided = self._entries(*self._guided(known, first, corner), first, self.colours, len(self.planes))
            offsets, values = (np.concatenate(pair) for pair in zip((offsets, values), guided, strict=True))
        area = self._area(first)
        bound = self._bound({tuple(s) for s in self.shift[rows[:TRIES], columns[:TRIES]]}, offsets, values, first, area)
        shares = THREADS if (area[1] - area[0]) * (area[3] - area[2]) >= SHARED else 1
        best, found = np.full(shares, bound, np.float32), np.full((shares, 3), kernels.FAR)

        def search(share):
            planes = self.planes.reshape(-1)
            kernels.search(planes, self.barred, offsets, values, area, first, share, shares, best, found)

        if shares == 1:
            search(0)
        else:
            list(self.pool.map(search, range(shares)))
        _, _, row, column = min((best[n], *found[n]) for n in range(shares) if found[n, 0] < kernels.FAR)
        return int(row), int(column)

    def _entries(self, rows, columns, first, begin: int, end: int):
        """What `search` compares: offsets and values of pixels of the patch in planes `begin` to `end`."""
        _, height, stride = self.planes.shape
        inner = (rows - first[0]) * stride + columns - first[1]
        offsets = inner[:, None] + np.arange(begin, end) * (height * stride)
        return offsets.ravel(), self.planes[begin:end, rows, columns].T.ravel().astype(np.float32)

    def _guided(self, known, first, corner):
        """Missing pixels of the patch that are compared with the guide."""
        chosen = ~known
        for axis in (0, 1):
            away = np.arange(known.shape[axis]) + corner[axis] - first[axis]
            chosen = chosen & np.expand_dims(away % GUIDE_STEP == 0, 1 - axis)
        rows, columns = np.nonzero(chosen)
        return rows + corner[0], columns + corner[1]

    def _area(self, first):
        """First and last row, first and last column (exclusive) of the candidates for a patch; there are some."""
        top, bottom, left, right = self.area
        reach = self.window
        while reach is not None:
            near = (
                max(top, first[0] - reach),
                min(bottom, first[0] + reach + 1),
                max(left, first[1] - reach),
                min(right, first[1] + reach + 1),
            )
            if near == self.area:
                break
            if not self.barred[near[0] : max(near[1], 0), near[2] : max(near[3], 0)].all():
                return near
            reach *= 2
        return self.area

    def _bound(self, shifts, offsets, values, first, area) -> float:
        """The least sum of the candidates that lie as the neighbours' sources do, or one that is above all sums."""
        stride, least = self.planes.shape[-1], float(kernels.CLOSED) / 2
        for shift in shifts:
            row, column = first[0] + int(shift[0]), first[1] + int(shift[1])
            inside = area[0] <= row < area[1] and area[2] <= column < area[3]
            if inside and not self.barred[row, column]:
                apart = self.planes.reshape(-1)[offsets + row * stride + column] - values
                least = min(least, float(np.dot(apart, apart)))
        return least * (1 + 1e-5)  # sums above 2²⁴ are rounded


def _colours(image: np.ndarray) -> np.ndarray:
    """uint8 [H, W, C]: CIE Lab as OpenCV has it in 8 bits (L times 2.55), or the levels of grey."""
    levels = np.clip(np.rint((image + 1) * 127.5), 0, 255).astype(np.uint8)
    return cv2.cvtColor(levels, cv2.COLOR_RGB2LAB) if levels.shape[-1] == 3 else levels

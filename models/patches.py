"""Patches of features as channels, and patches laid over each other: each is the other's gradient, and is given as such
(`models.gradients`), since TensorFlow's own makes an array as large as the whole for every place of a patch. And what
is done to products of all places with all others, [B, h, w, h', w'], along the diagonals of both grids; given likewise.
"""

import functools

from keras import ops

from holefill.models.gradients import given


def patches(x, size: int, stride: int, before: int):
    """[B, h, w, C] → [B, ⌈h/stride⌉, ⌈w/stride⌉, size²·C]; `before`: how far the first begins above and left, in 0."""
    sides = ops.shape(x)[1:3]
    if stride == 1 and before < size:
        laid = functools.partial(_stacked, size=size, before=before)
    elif (size, before) == (2 * stride, stride // 2):
        laid = functools.partial(_laid, rate=stride)
    else:
        return _cut(x, size, stride, before)
    cut = functools.partial(_cut, size=size, stride=stride, before=before)
    return given(cut, lambda _, back: laid(back, height=sides[0], width=sides[1]))(x)


def folded(x, rate: int, height, width):
    """Patches [B, h, w, (2·rate)²·C], each `rate` from the next, laid over each other: sums [B, height, width, C].

    `height` and `width`: as many as h and w patches begin in, (h − 1)·rate + 1 to h·rate.
    """
    return given(lambda x: _laid(x, rate, height, width), lambda _, back: _cut(back, 2 * rate, rate, rate // 2))(x)


def summed(x, size: int):
    """[B, h, w, C] → sums over the size × size places about each (odd), 0 beyond the border, [B, h, w, C]."""
    for axis in (1, 2):
        x = sum(_slid(x, (axis,), by) for by in range(-(size // 2), size // 2 + 1))
    return x


def of_patches(products, size: int, row=None, height=0):
    """Products of single places → those of the patches of size × size (odd) about them: [B, R, w, h', w'] both.

    A patch's is the sum of those of its places, each with the same place of the other patch: a sum along the diagonals
    of both grids, which takes 1 / size² of the products of the patches' channels. row: which of the `height` rows of
    its grid each of the R is, [R], one after the other, the first after the last; None: they are all rows.
    """

    def along(x):
        reach = range(-(size // 2), size // 2 + 1)
        x = sum(neighbour(x, by) if by else x for by in reach)
        return sum(_slid(x, (2, 4), by) if by else x for by in reach)

    def neighbour(x, by):
        x = _slid(x, (1, 3), by)
        if row is None:
            return x
        return x * ops.cast((row + by >= 0) & (row + by < height), x.dtype)[:, None, None, None]

    return given(along, lambda _, back: along(back))(products)  # symmetric: its own gradient


def propagated(scores):
    """Scores [B, h, w, h', w'] to which those of the places before and after are added, of both grids: row by row
    first, of what comes of that column by column then (`models.attention`)."""

    def along(x):
        shape = ops.shape(x)
        x = ops.reshape(x, (-1, shape[1] * shape[2], shape[3] * shape[4]))
        return ops.reshape(x + _slid(x, (1, 2), 1) + _slid(x, (1, 2), -1), shape)

    def turned(x):
        return ops.transpose(x, (0, 2, 1, 4, 3))

    def forward(x):
        return turned(along(turned(along(x))))

    return given(forward, lambda _, back: along(turned(along(turned(back)))))(scores)


def _slid(x, axes, by: int):
    """What is `by` places on along all these axes, 0 beyond the border."""
    here, around = [slice(None)] * len(x.shape), [(0, 0)] * len(x.shape)
    for axis in axes:
        here[axis] = slice(max(by, 0), ops.shape(x)[axis] + min(by, 0))
        around[axis] = (max(-by, 0), max(by, 0))
    return ops.pad(x[tuple(here)], around)


def _cut(x, size, stride, before):
    height, width = ops.shape(x)[1:3]
    ends = [(-(-side // stride) - 1) * stride + 1 for side in (height, width)]
    x = ops.pad(x, ((0, 0), (before, size), (before, size), (0, 0)))
    parts = [x[:, i : i + ends[0] : stride, j : j + ends[1] : stride] for i in range(size) for j in range(size)]
    return ops.concatenate(parts, axis=-1)


def _stacked(x, size, before, height, width):
    """Patches [B, h, w, size²·C], each one place from the next, laid over each other: sums [B, height, width, C]."""
    total = 0.0
    for place, part in enumerate(ops.split(x, size**2, axis=-1)):
        i, j = divmod(place, size)
        total = total + ops.pad(part, ((0, 0), (i, size - 1 - i), (j, size - 1 - j), (0, 0)))
    return total[:, before : before + height, before : before + width]


def _laid(x, rate, height, width):
    rows, columns, channels = *ops.shape(x)[1:3], x.shape[-1] // (4 * rate**2)
    x = ops.reshape(x, (-1, rows, columns, 2, rate, 2, rate, channels))
    total = 0.0
    for i in (0, 1):
        for j in (0, 1):
            part = ops.transpose(x[:, :, :, i, :, j], (0, 1, 3, 2, 4, 5))
            part = ops.reshape(part, (-1, rows * rate, columns * rate, channels))
            shift = ((0, 0), (i * rate, (1 - i) * rate), (j * rate, (1 - j) * rate), (0, 0))
            total = total + ops.pad(part, shift)
    return total[:, rate // 2 : rate // 2 + height, rate // 2 : rate // 2 + width]

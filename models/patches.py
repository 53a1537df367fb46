"""Patches of features as channels, and patches laid over each other: each is the other's gradient, and is given as such
(`models.gradients`), since TensorFlow's own makes an array as large as the whole for every place of a patch.
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

"""The inner loops of `holefill.blending.poisson_multigrid`, compiled by numba and kept on disk.

Arrays lie row by row and, within a row, channel by channel: [h + 2, C, w + 2] float32, so that one row's
conductances serve all channels from the nearest cache and inner loops run over neighbours in memory. The outer ring
is a halo of zeros (`defect` alone wants the edge repeated there). Conductances are [h + 2, w + 2]. `span` [h + 2, 4]
holds, for each row, the columns that the hole takes (first, one past the last) and the same for the row with its two
neighbours: what lies outside is zero and never touched.

Each kernel does rows `start` to `stop` and reads no row that another chunk writes, so chunks run in threads.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled

_exact = compiled(nogil=True, error_model="numpy")
_compiled = compiled(nogil=True, error_model="numpy", fastmath=REORDERED)


@_compiled
def pack(values, packed, start, stop):
    """values [H, W, C] into packed [H + 2, C, W + 2]."""
    for i in range(start, stop):
        for c in range(values.shape[2]):
            for j in range(values.shape[1]):
                packed[i, c, j + 1] = values[i - 1, j, c]


@_compiled
def unpack(packed, values, start, stop):
    """packed [H + 2, C, W + 2] into values [H, W, C]."""
    for i in range(start, stop):
        for c in range(values.shape[2]):
            for j in range(values.shape[1]):
                values[i - 1, j, c] = packed[i, c, j + 1]


@_compiled
def connect(hole, right, down, outlets, start, stop):
    """The finest conductances from hole [H, W] bool: 1 between neighbours in it, outlets to known neighbours."""
    height, width = hole.shape
    for i in range(start, stop):
        y = i - 1
        for x in range(width):
            if hole[y, x]:
                known = 0
                if x + 1 < width:
                    right[i, x + 1] = hole[y, x + 1]
                    known += not hole[y, x + 1]
                if y + 1 < height:
                    down[i, x + 1] = hole[y + 1, x]
                    known += not hole[y + 1, x]
                if x > 0:
                    known += not hole[y, x - 1]
                if y > 0:
                    known += not hole[y - 1, x]
                outlets[i, x + 1] = known


@_compiled
def coarsen(fine, coarse, doubling, start, stop):
    """Coarse (right, down, outlets) from fine ones: see `holefill.blending.poisson_tensorflow`."""
    for i in range(start, stop):
        a, b = 2 * i - 1, 2 * i
        for j in range(1, coarse.shape[2] - 1):
            k, m = 2 * j - 1, 2 * j
            below = fine[0, b, m] if b < fine.shape[1] and m < fine.shape[2] else np.float32(0)
            side = fine[0, a, m] if m < fine.shape[2] else np.float32(0)
            coarse[0, i, j] = (side + below) / 2
            below = fine[1, b, m] if b < fine.shape[1] and m < fine.shape[2] else np.float32(0)
            side = fine[1, b, k] if b < fine.shape[1] else np.float32(0)
            coarse[1, i, j] = (side + below) / 2
            total = fine[2, a, k]
            if m < fine.shape[2]:
                total += fine[2, a, m]
            if b < fine.shape[1]:
                total += fine[2, b, k]
                if m < fine.shape[2]:
                    total += fine[2, b, m]
            coarse[2, i, j] = total / (1 + doubling * total)


@_compiled
def invert(weights, diagonal, inverse, span, damping, start, stop):
    """Diagonals, their damped inverses, and the columns in use."""
    right, down, outlets = weights[0], weights[1], weights[2]
    width = right.shape[1]
    for i in range(start, stop):
        first, last = width, 0
        for j in range(1, width - 1):
            total = outlets[i, j] + right[i, j] + right[i, j - 1] + down[i, j] + down[i - 1, j]
            diagonal[i, j] = total
            if total > 0:
                inverse[i, j] = damping / total
                first, last = min(first, j), j + 1
        span[i, 0], span[i, 1] = first, last


@_compiled
def _inner(a, b):
    total = np.float32(0)
    for k in range(a.size):
        total += a[k] * b[k]
    return total


@_exact  # reassociated, the differences would be lost in the sum
def defect(filled, inverse, residual, span, start, stop):
    """residual = neighbours - pixel, summed, in the hole; filled's halo repeats its edge. Returns Σ residual²."""
    sums = np.zeros(filled.shape[1])
    for i in range(start, stop):
        first, last = span[i, 0], span[i, 1]
        active = inverse[i, first:last]
        for c in range(filled.shape[1] if first < last else 0):
            above, below = filled[i - 1, c, first:last], filled[i + 1, c, first:last]
            here, line = filled[i, c, first - 1 : last + 1], residual[i, c, first:last]
            for k in range(line.size):
                x = here[k + 1]
                r = (here[k] - x) + (here[k + 2] - x) + (above[k] - x) + (below[k] - x)
                line[k] = r if active[k] > 0 else np.float32(0)
            sums[c] += _inner(line, line)
    return sums


@_compiled
def _flow(near, weights, i, first, last, above, here, below):
    """near[k] = Σ conductance · neighbour at column first + k. Slices from 0 let the compiler vectorise."""
    right = weights[0, i, first - 1 : last]
    down, up = weights[1, i, first:last], weights[1, i - 1, first:last]
    above, below, here = above[first:last], below[first:last], here[first - 1 : last + 1]
    for k in range(last - first):
        near[k] = right[k + 1] * here[k + 2] + right[k] * here[k] + down[k] * below[k] + up[k] * above[k]


@_compiled
def _begin(u, residual, inverse, span, i):
    """Row i of u after a sweep from zero: inverse · residual."""
    if span[i, 2] < span[i, 3]:
        first, last = span[i, 2] - 1, span[i, 3] + 1
        scale = inverse[i, first:last]
        for c in range(u.shape[0]):
            line, start = u[c, first:last], residual[i, c, first:last]
            for k in range(line.size):
                line[k] = scale[k] * start[k]


@_compiled
def _correct(u, coarse, inverse, span, i):
    """Add the coarse correction to row i of u: each coarse pixel to its four."""
    if span[i, 2] < span[i, 3]:
        first, last = (span[i, 2] - 1) // 2, (span[i, 3] + 1) // 2
        odd, even = inverse[i, 2 * first + 1 : 2 * last : 2], inverse[i, 2 * first + 2 : 2 * last + 1 : 2]
        for c in range(u.shape[0]):
            line, start = u[c, 2 * first + 1 :], coarse[(i + 1) // 2, c, first + 1 : last + 1]
            for k in range(even.size):
                line[2 * k] += start[k] if odd[k] > 0 else np.float32(0)
                line[2 * k + 1] += start[k] if even[k] > 0 else np.float32(0)
            if odd.size > even.size:
                line[2 * even.size] += start[even.size] if odd[even.size] > 0 else np.float32(0)


@_compiled
def restrict(residual, inverse, weights, span, damping, coarse, start, stop):
    """coarse rows start..stop = sums over 2 x 2 of what one sweep from zero leaves of the residual."""
    channels, width = residual.shape[1], residual.shape[2]
    u = np.zeros((3, channels, width), np.float32)
    near, left = np.zeros(width, np.float32), np.zeros(width + 1, np.float32)
    rest = np.float32(1) - damping
    begin = 2 * start - 1
    _begin(u[(begin - 1) % 3], residual, inverse, span, begin - 1)
    _begin(u[begin % 3], residual, inverse, span, begin)
    for i in range(begin, min(2 * stop - 1, residual.shape[0] - 1)):
        _begin(u[(i + 1) % 3], residual, inverse, span, i + 1)
        if i % 2:
            coarse[(i + 1) // 2] = 0
        first, last = span[i, 0], span[i, 1]
        if first >= last:
            continue
        for c in range(channels):
            _flow(near, weights, i, first, last, u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c])
            line, given = left[first:last], residual[i, c, first:last]
            for k in range(line.size):
                line[k] = rest * given[k] + near[k]
            left[first - 1] = left[last] = 0
            pairs, sums = left[2 * ((first + 1) // 2) - 1 :], coarse[(i + 1) // 2, c, (first + 1) // 2 : last // 2 + 1]
            for k in range(sums.size):
                sums[k] += pairs[2 * k] + pairs[2 * k + 1]


@_compiled
def smooth(residual, inverse, weights, span, damping, coarse, result, start, stop):
    """The cycle's way up: coarse correction, one sweep. Returns Σ residual · result."""
    channels, width = residual.shape[1], residual.shape[2]
    u, near = np.zeros((3, channels, width), np.float32), np.zeros(width, np.float32)
    rest = np.float32(1) - damping
    sums = np.zeros(channels)
    for i in range(start - 2, stop):
        if i + 1 >= start - 1:
            _begin(u[(i + 1) % 3], residual, inverse, span, i + 1)
            _correct(u[(i + 1) % 3], coarse, inverse, span, i + 1)
        first, last = span[i, 0], span[i, 1]
        if i < start or first >= last:
            continue
        scale = inverse[i, first:last]
        for c in range(channels):
            _flow(near, weights, i, first, last, u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c])
            here, given, line = u[i % 3, c, first:last], residual[i, c, first:last], result[i, c, first:last]
            for k in range(line.size):
                line[k] = rest * here[k] + scale[k] * (given[k] + near[k])
            sums[c] += _inner(given, line)
    return sums


@_compiled
def _turn(u, correction, direction, share, span, i):
    """Row i of the new direction, correction + share · direction."""
    if span[i, 2] < span[i, 3]:
        first, last = span[i, 2] - 1, span[i, 3] + 1
        for c in range(u.shape[0]):
            line, a, b, factor = u[c, first:last], correction[i, c, first:last], direction[i, c, first:last], share[c]
            for k in range(line.size):
                line[k] = a[k] + factor * b[k]


@_compiled
def advance(correction, old, share, diagonal, weights, span, new, image, start, stop):
    """new = correction + share · old; image = A new. Returns Σ new · image."""
    channels, width = old.shape[1], old.shape[2]
    u, near = np.zeros((3, channels, width), np.float32), np.zeros(width, np.float32)
    sums = np.zeros(channels)
    _turn(u[(start - 1) % 3], correction, old, share, span, start - 1)
    _turn(u[start % 3], correction, old, share, span, start)
    for i in range(start, stop):
        _turn(u[(i + 1) % 3], correction, old, share, span, i + 1)
        first, last = span[i, 0], span[i, 1]
        if first >= last:
            continue
        scale = diagonal[i, first:last]
        for c in range(channels):
            _flow(near, weights, i, first, last, u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c])
            here, line = u[i % 3, c, first:last], image[i, c, first:last]
            for k in range(line.size):
                line[k] = scale[k] * here[k] - near[k]
            new[i, c, first:last] = here
            sums[c] += _inner(here, line)
    return sums


@_compiled
def step(direction, image, length, solution, residual, span, start, stop):
    """solution += length · direction; residual -= length · image. Returns Σ residual²."""
    sums = np.zeros(direction.shape[1])
    for i in range(start, stop):
        first, last = span[i, 0], span[i, 1]
        for c in range(direction.shape[1] if first < last else 0):
            factor = length[c]
            _add(solution[i, c, first:last], factor, direction[i, c, first:last])
            _add(residual[i, c, first:last], -factor, image[i, c, first:last])
            sums[c] += _inner(residual[i, c, first:last], residual[i, c, first:last])
    return sums


@_compiled
def _add(line, factor, other):
    for k in range(line.size):
        line[k] += factor * other[k]

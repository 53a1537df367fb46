"""The inner loops of `holefill.blending.poisson_multigrid`, compiled by numba and kept on disk.

Arrays lie row by row and, within a row, channel by channel: [h + 2, C, w + 2] float32, so that one row's
conductances serve all channels from the nearest cache and inner loops run over neighbours in memory. The outer ring
is a halo of zeros (`defect` alone wants the edge repeated there). Conductances are [h + 2, w + 2]. `span` [h + 2, 4]
holds, for each row, the columns that the hole takes (first, one past the last) and the same for the row with its two
neighbours: what lies outside is zero and never touched.

Each kernel does rows `start` to `stop` and reads no row that another chunk writes, so chunks run in threads.
"""

import numba
import numpy as np

_exact = numba.njit(cache=True, nogil=True, error_model="numpy")
_compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"})


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
def _squares(line, first, last):
    total = np.float32(0)
    for j in range(first, last):
        total += line[j] * line[j]
    return total


@_exact  # reassociated, the differences would be lost in the sum
def defect(filled, inverse, residual, span, start, stop):
    """residual = neighbours - pixel, summed, in the hole; filled's halo repeats its edge. Returns Σ residual²."""
    sums = np.zeros(filled.shape[1])
    for i in range(start, stop):
        for c in range(filled.shape[1]):
            above, here, below = filled[i - 1, c], filled[i, c], filled[i + 1, c]
            for j in range(span[i, 0], span[i, 1]):
                x = here[j]
                r = (here[j - 1] - x) + (here[j + 1] - x) + (above[j] - x) + (below[j] - x)
                residual[i, c, j] = r if inverse[i, j] > 0 else np.float32(0)
            sums[c] += _squares(residual[i, c], span[i, 0], span[i, 1])
    return sums


@_compiled
def _begin(u, residual, inverse, coarse, span, i):
    """Row i after the first sweep (inverse · residual) and the coarse correction, where `coarse` has rows."""
    if span[i, 2] >= span[i, 3]:
        return
    for c in range(u.shape[0]):
        for j in range(span[i, 2] - 1, span[i, 3] + 1):
            u[c, j] = inverse[i, j] * residual[i, c, j]
        if coarse.shape[0] > 0:
            line = coarse[(i + 1) // 2, c]
            for j in range(span[i, 2], span[i, 3]):
                u[c, j] += line[(j + 1) // 2] if inverse[i, j] > 0 else np.float32(0)


@_compiled
def restrict(residual, inverse, weights, span, damping, coarse, start, stop):
    """coarse rows start..stop = sums over 2 x 2 of what one sweep from zero leaves of the residual."""
    right, down = weights[0], weights[1]
    channels, width = residual.shape[1], residual.shape[2]
    nothing = np.zeros((0, 1, 1), np.float32)
    u = np.zeros((3, channels, width), np.float32)
    left = np.zeros(width + 1, np.float32)
    first = 2 * start - 1
    _begin(u[(first - 1) % 3], residual, inverse, nothing, span, first - 1)
    _begin(u[first % 3], residual, inverse, nothing, span, first)
    for i in range(first, min(2 * stop - 1, residual.shape[0] - 1)):
        u[(i + 1) % 3] = 0
        _begin(u[(i + 1) % 3], residual, inverse, nothing, span, i + 1)
        low, high = span[i, 0], span[i, 1]
        for c in range(channels):
            above, here, below = u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c]
            for j in range(low, high):
                near = right[i, j] * here[j + 1] + right[i, j - 1] * here[j - 1]
                near += down[i, j] * below[j] + down[i - 1, j] * above[j]
                left[j] = (1 - damping) * residual[i, c, j] + near
            if low < high:
                left[low - 1] = 0
                left[high] = 0
            line = coarse[(i + 1) // 2, c]
            if i % 2:
                line[:] = 0
            for j in range((low + 1) // 2, high // 2 + 1):
                line[j] += left[2 * j - 1] + left[2 * j]


@_compiled
def smooth(residual, inverse, weights, span, damping, coarse, result, start, stop):
    """The cycle's way up: coarse correction, one sweep. Returns Σ residual · result."""
    right, down = weights[0], weights[1]
    channels, width = residual.shape[1], residual.shape[2]
    u = np.zeros((3, channels, width), np.float32)
    sums = np.zeros(channels)
    _begin(u[(start - 1) % 3], residual, inverse, coarse, span, start - 1)
    _begin(u[start % 3], residual, inverse, coarse, span, start)
    for i in range(start, stop):
        _begin(u[(i + 1) % 3], residual, inverse, coarse, span, i + 1)
        for c in range(channels):
            above, here, below = u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c]
            product = np.float32(0)
            for j in range(span[i, 0], span[i, 1]):
                near = right[i, j] * here[j + 1] + right[i, j - 1] * here[j - 1]
                near += down[i, j] * below[j] + down[i - 1, j] * above[j]
                r = residual[i, c, j]
                z = (1 - damping) * here[j] + inverse[i, j] * (r + near)
                result[i, c, j] = z
                product += r * z
            sums[c] += product
    return sums


@_compiled
def _turn(u, correction, direction, share, span, i):
    """Row i of the new direction, correction + share · direction."""
    for c in range(u.shape[0]):
        for j in range(span[i, 2] - 1, span[i, 3] + 1):
            u[c, j] = correction[i, c, j] + share[c] * direction[i, c, j]


@_compiled
def advance(correction, old, share, diagonal, weights, span, new, image, start, stop):
    """new = correction + share · old; image = A new. Returns Σ new · image."""
    right, down = weights[0], weights[1]
    channels, width = old.shape[1], old.shape[2]
    u = np.zeros((3, channels, width), np.float32)
    sums = np.zeros(channels)
    for i in (start - 1, start):
        if span[i, 2] < span[i, 3]:
            _turn(u[i % 3], correction, old, share, span, i)
    for i in range(start, stop):
        if span[i + 1, 2] < span[i + 1, 3]:
            _turn(u[(i + 1) % 3], correction, old, share, span, i + 1)
        for c in range(channels):
            above, here, below = u[(i - 1) % 3, c], u[i % 3, c], u[(i + 1) % 3, c]
            product = np.float32(0)
            for j in range(span[i, 0], span[i, 1]):
                near = right[i, j] * here[j + 1] + right[i, j - 1] * here[j - 1]
                near += down[i, j] * below[j] + down[i - 1, j] * above[j]
                q = diagonal[i, j] * here[j] - near
                new[i, c, j] = here[j]
                image[i, c, j] = q
                product += here[j] * q
            sums[c] += product
    return sums


@_compiled
def step(direction, image, length, solution, residual, span, start, stop):
    """solution += length · direction; residual -= length · image. Returns Σ residual²."""
    sums = np.zeros(direction.shape[1])
    for i in range(start, stop):
        for c in range(direction.shape[1]):
            squares = np.float32(0)
            for j in range(span[i, 0], span[i, 1]):
                solution[i, c, j] += length[c] * direction[i, c, j]
                r = residual[i, c, j] - length[c] * image[i, c, j]
                residual[i, c, j] = r
                squares += r * r
            sums[c] += squares
    return sums

"""The inner loops of `holefill.methods.patch_match`, compiled by numba and kept on disk.

Layout. A picture is flat uint8 [rows, stride, 8]: three colours, texture, two slopes, two of its place. It has one
row above, and beyond its own rows and columns so many that no patch reads outside. A patch is named by the flat index
of its upper left pixel. Those that overlap the hole, the targets, lie on a grid, the hole's bounding box and a ring
about it, flat with a stride of its own: `nearest` holds there the source patch that is like them, or -1.

Each kernel does the targets or pixels `start` to `stop` of a list and reads nothing that another chunk writes, so
chunks run in threads. Random numbers are hashed from the seed and the place, and not drawn from a stream.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled

_compiled = compiled(nogil=True, error_model="numpy", fastmath=REORDERED)

CHANNELS = 8
BLOCK = 8  # pixels of a patch's row compared at once
ROW = BLOCK * CHANNELS


@_compiled
def _distance(picture, weights, stride, lanes, patch, one, other, bound):
    """Sum of weighted squared differences of two patches, or something above `bound`; the weights are those of `one`.

    lanes [blocks, ROW] uint8 is 255 where a row's bytes belong to the patch, 0 beyond. A square fits in 32 bits:
    (255 · 16)² · ROW < 2³¹.
    """
    total = np.int64(0)
    for row in range(patch):
        for block in range(lanes.shape[0]):
            a = np.uint64(CHANNELS * (one + row * stride + BLOCK * block))
            b = np.uint64(CHANNELS * (other + row * stride + BLOCK * block))
            squares = np.int32(0)
            for i in range(np.uint64(ROW)):
                apart = np.int16(picture[a + i]) - np.int16(picture[b + i])
                apart = np.int16(apart * np.int16(weights[a + i] & lanes[block, i]))
                squares += np.int32(apart) * np.int32(apart)
            total += squares
        if total > bound:
            break
    return total


@_compiled
def search(
    picture, weights, stride, limits, valid, lanes, patch, places, cells, cell_stride, nearest, before, distance,
    seed, radius, tolerance, forward, start, stop,
):  # fmt: skip
    """One pass of PatchMatch (Barnes et al. 2009, section 3.2) over the targets `start` … `stop`, in their order.

    `before` is a copy of `nearest` where neighbours of other chunks are looked up. What a neighbour proposes is
    taken up to `tolerance` times the distance, for the sake of pieces that hang together.
    """
    height, width = limits
    first, last = cells[start], cells[stop - 1]
    step = 1 if forward else -1
    for k in range(stop - start):
        n = start + k if forward else stop - 1 - k
        here, at = places[n], cells[n]
        best = np.int64(nearest[at])
        least = _distance(picture, weights, stride, lanes, patch, here, best, np.int64(1) << 62)
        for across in range(2):
            beside = at - step if across else at - step * cell_stride
            found = np.int64(nearest[beside] if first <= beside <= last else before[beside])
            if found >= 0:
                found += step if across else step * stride
                if found != best and valid[found]:
                    enough = np.int64(least * tolerance)
                    value = _distance(picture, weights, stride, lanes, patch, here, found, enough)
                    if value < enough:
                        best, least = found, value
        state = (np.uint64(seed) ^ np.uint64(here)) * np.uint64(0x9E3779B97F4A7C15)
        reach = radius
        while reach >= 1:
            y, x = best // stride, best % stride
            top, left = max(y - reach, 1), max(x - reach, 0)
            tall, wide = min(y + reach, height) - top + 1, min(x + reach, width - 1) - left + 1
            state = (state ^ (state >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
            state = state ^ (state >> np.uint64(32))
            down = np.int64(((state & np.uint64(0xFFFFFF)) * np.uint64(tall)) >> np.uint64(24))
            aside = np.int64(((state >> np.uint64(40)) * np.uint64(wide)) >> np.uint64(24))
            found = (top + down) * stride + left + aside
            if valid[found]:
                value = _distance(picture, weights, stride, lanes, patch, here, found, least)
                if value < least:
                    best, least = found, value
            reach //= 2
        nearest[at] = best
        distance[at] = least


@_compiled
def vote(picture, stride, patch, cells, cell_stride, nearest, share, voted, start, stop):
    """Each missing pixel as the mean of what the patches over it say, weighted by `share` [grid]; into voted [N, 4]."""
    for n in range(start, stop):
        at = cells[n]
        total = a = b = c = d = np.float32(0)
        for row in range(patch):
            for column in range(patch):
                over = at - row * cell_stride - column
                found = np.int64(nearest[over])
                if found >= 0:
                    weight = share[over]
                    source = np.uint64(CHANNELS * (found + row * stride + column))
                    a += weight * picture[source]
                    b += weight * picture[source + np.uint64(1)]
                    c += weight * picture[source + np.uint64(2)]
                    d += weight * picture[source + np.uint64(3)]
                    total += weight
        voted[n, 0], voted[n, 1], voted[n, 2], voted[n, 3] = a / total, b / total, c / total, d / total


@_compiled
def elect(stride, patch, cells, cell_stride, nearest, share, chosen, start, stop):
    """For each missing pixel the source pixel that most of the patches over it name, by `share`; into chosen [N]."""
    names = np.empty(patch * patch, np.int64)
    sums = np.empty(patch * patch, np.float32)
    for n in range(start, stop):
        at, count = cells[n], 0
        for row in range(patch):
            for column in range(patch):
                over = at - row * cell_stride - column
                if nearest[over] >= 0:
                    found = np.int64(nearest[over]) + row * stride + column
                    k = 0
                    while k < count and names[k] != found:
                        k += 1
                    if k == count:
                        names[k], sums[k] = found, 0
                        count += 1
                    sums[k] += share[over]
        best = 0
        for k in range(1, count):
            if sums[k] > sums[best]:
                best = k
        chosen[n] = names[best]

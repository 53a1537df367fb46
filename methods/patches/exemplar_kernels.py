"""The inner loops of `holefill.methods.patches.exemplar_steps`, compiled by numba and kept on disk.

`search` compares one patch with all candidates of an area, `LANES` neighbouring ones at a time: value by value of the
patch their sums of squares grow together, in vector registers, until all of them exceed the best so far. Values have
8 bits, so that a sum is a whole number, which float32 holds exactly up to 2²⁴: always so for 9 × 9 pixels in colour.

`refresh` renews gradients and priorities where a box of pixels has changed.
"""

import numba
import numpy as np

from holefill.compiled import compiled

LANES = 64
LOOK = 8  # values of a patch between two looks at the sums; 4 are added at a time
BAND = 8  # rows that a thread takes at a time
FAR = 1 << 60  # a squared distance that no candidate has
CLOSED = np.float32(1 << 30)  # sum of what is no candidate
EPSILON = 1e-3  # added to D, so that where nothing is steep confidence decides


@compiled(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz", "nnan", "ninf"})
def search(planes, barred, offsets, values, area, target, share, shares, best, found):
    """The candidate whose sum of squared differences is least; of several the nearest, then the first.

    Several threads may each do their share; each then has its own best, and the result is the least of them.

    Parameters
    ----------
    planes : uint8 [K · H · S], the picture plane by plane; a row is S long, `LANES` more than the picture is wide
    barred : uint8 [H, S], 1 where no candidate has its first pixel
    offsets, values : [N] of the patch's values: where in `planes` the candidate at (0, 0) has its like, and each
    area : first and last row, first and last column (exclusive) of candidates' first pixels
    target : row and column of the patch's own first pixel
    share, shares : this thread does every `shares`-th band of rows, from the `share`-th
    best : float32 [shares], in: a bound; out: each thread's least sum, which all threads read on their way
    found : int64 [shares, 3], in: `FAR`; out: squared distance, row and column, if any sum is within the bound
    """
    stride = barred.shape[1]
    sums = np.empty(LANES, np.float32)
    top, bottom, left, right = area
    for band in range(top + share * BAND, bottom, shares * BAND):
        for row in range(band, min(band + BAND, bottom)):
            bound = best.min()
            for column in range(left, right, LANES):
                start = row * stride + column
                closed = barred[row, column : column + LANES]
                for i in range(LANES):
                    sums[i] = np.float32(closed[i]) * CLOSED
                done, within = 0, _within(sums, bound)
                while within and done < offsets.size:
                    _compare(planes, offsets, values, start, done, sums)
                    done, within = done + LOOK, _within(sums, bound)
                if not within:
                    continue
                for i in range(min(LANES, right - column)):
                    if sums[i] <= bound:
                        apart = (row - target[0]) ** 2 + (column + i - target[1]) ** 2
                        if sums[i] < best[share] or apart < found[share, 0]:
                            best[share] = bound = sums[i]
                            found[share, 0], found[share, 1], found[share, 2] = apart, row, column + i


@numba.njit(inline="always")
def _within(sums, bound):
    """How many sums are not above the bound."""
    count = np.int32(0)
    for i in range(LANES):
        count += np.int32(sums[i] <= bound)
    return count


@numba.njit(inline="always")
def _compare(planes, offsets, values, start, done, sums):
    """Add the squared differences of the next `LOOK` of the patch's values to the sums of `LANES` candidates."""
    last = min(done + LOOK, offsets.size)
    k = done
    while k + 4 <= last:
        a, b = planes[start + offsets[k] :][:LANES], planes[start + offsets[k + 1] :][:LANES]
        c, d = planes[start + offsets[k + 2] :][:LANES], planes[start + offsets[k + 3] :][:LANES]
        va, vb, vc, vd = values[k], values[k + 1], values[k + 2], values[k + 3]
        for i in range(LANES):
            da, db = np.float32(a[i]) - va, np.float32(b[i]) - vb
            dc, dd = np.float32(c[i]) - vc, np.float32(d[i]) - vd
            sums[i] += (da * da + db * db) + (dc * dc + dd * dd)
        k += 4
    while k < last:
        a, va = planes[start + offsets[k] :][:LANES], values[k]
        for i in range(LANES):
            da = np.float32(a[i]) - va
            sums[i] += da * da
        k += 1


@compiled(nogil=True, error_model="numpy")
def refresh(light, known, gradient, confidence, priority, firsts, box, radius):
    """Gradients, priorities and each row's best column anew where they depend on the pixels of a box.

    Parameters
    ----------
    light : uint8 [H, S], S at least W. known : bool [H, W]. confidence : float64 [H, W], 0 where not known
    gradient : float32 [2, H, W], out: central differences ∂/∂row and ∂/∂column, 0 where a neighbour is not known
    priority : float64 [H, W], out: C · (D + `EPSILON`) of missing pixels with a known neighbour, -1 elsewhere
    firsts : int64 [H], out: column of each row's highest priority, the first of several
    box : first and last row, first and last column (exclusive) of what has changed
    radius : of the patch in pixels, without its middle
    """
    height, width = known.shape
    top, bottom, left, right = box
    for y in range(max(top - 1, 1), min(bottom + 1, height - 1)):
        for x in range(max(left - 1, 1), min(right + 1, width - 1)):
            if known[y, x] and known[y - 1, x] and known[y + 1, x] and known[y, x - 1] and known[y, x + 1]:
                gradient[0, y, x] = (np.float32(light[y + 1, x]) - np.float32(light[y - 1, x])) / 2
                gradient[1, y, x] = (np.float32(light[y, x + 1]) - np.float32(light[y, x - 1])) / 2
    reach = radius + 1
    for y in range(max(top - reach, 0), min(bottom + reach, height)):
        for x in range(max(left - reach, 0), min(right + reach, width)):
            priority[y, x] = -1
            if not known[y, x] and _on_front(known, y, x):
                c = _confidence(confidence, y, x, radius)
                priority[y, x] = c * (_data(known, gradient, y, x, radius) + EPSILON)
        firsts[y] = np.argmax(priority[y])


@numba.njit(inline="always")
def _on_front(known, y, x):
    height, width = known.shape
    above, below = y > 0 and known[y - 1, x], y + 1 < height and known[y + 1, x]
    before, after = x > 0 and known[y, x - 1], x + 1 < width and known[y, x + 1]
    return above or below or before or after


@numba.njit
def _confidence(confidence, y, x, radius):
    """C of a pixel of the front; summed row by row, since in another order it is rounded otherwise."""
    height, width = confidence.shape
    total, count = 0.0, 0
    for i in range(max(y - radius, 0), min(y + radius + 1, height)):
        for j in range(max(x - radius, 0), min(x + radius + 1, width)):
            total += confidence[i, j]
            count += 1
    return total / count


@numba.njit
def _data(known, gradient, y, x, radius):
    """D of a pixel of the front: the steepest gradient of its patch, turned, times the front's normal."""
    height, width = known.shape
    steepest, gy, gx = -1.0, 0.0, 0.0
    for i in range(max(y - radius, 0), min(y + radius + 1, height)):
        for j in range(max(x - radius, 0), min(x + radius + 1, width)):
            square = gradient[0, i, j] ** 2 + gradient[1, i, j] ** 2
            if square > steepest:
                steepest, gy, gx = square, gradient[0, i, j], gradient[1, i, j]
    ny, nx = 0, 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            if not known[min(max(y + i, 0), height - 1), min(max(x + j, 0), width - 1)]:
                ny, nx = ny + i * (2 - abs(j)), nx + j * (2 - abs(i))
    if ny == 0 and nx == 0:
        return 0.0
    return abs(gy * nx - gx * ny) / np.sqrt(float(ny * ny + nx * nx)) / 255

"""The inner loop of `holefill.methods.total_variation`, compiled by numba and kept on disk.

Arrays are [C, H, W] float32, so that inner loops run over neighbours in memory; `hole` [H, W] float32 is 1 where one
is missing, 0 where it stays. Nothing is read beyond the window: differences across its right and lower edge are 0.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled

_compiled = compiled(nogil=True, error_model="numpy", fastmath=REORDERED)


@_compiled
def _project(x, y, i, together, norms):
    """Dual vectors of row i onto the unit ball: all of a pixel together, or each channel for itself."""
    one, first = np.float32(1), 0
    while first < x.shape[0]:
        last = x.shape[0] if together else first + 1
        norms[:] = 0
        for c in range(first, last):
            a, b = x[c, i], y[c, i]
            for j in range(norms.size):
                norms[j] += a[j] * a[j] + b[j] * b[j]
        for j in range(norms.size):
            norms[j] = one / max(one, np.sqrt(norms[j]))
        for c in range(first, last):
            a, b = x[c, i], y[c, i]
            for j in range(norms.size):
                a[j] *= norms[j]
                b[j] *= norms[j]
        first = last


@_compiled
def _clip(x, y, i):
    """Each component of the dual vectors of row i into [-1, 1]."""
    one = np.float32(1)
    for c in range(x.shape[0]):
        for line in (x[c, i], y[c, i]):
            for j in range(line.size):
                line[j] = min(one, max(-one, line[j]))


@_compiled
def iterate(u, ahead, x, y, hole, sigma, tau, isotropic, together, count):
    """`count` steps of Chambolle and Pock, in place; returns the largest change of a pixel in the last.

    A row's dual vectors want the extrapolated rows i and i + 1, its new pixels the dual rows i - 1 and i: so one sweep
    down the rows does both.
    """
    channels, height, width = u.shape
    norms, two, most = np.empty(width, np.float32), np.float32(2), np.float32(0)
    for _ in range(count):
        most = np.float32(0)
        for i in range(height):
            for c in range(channels):
                here, a, b = ahead[c, i], x[c, i], y[c, i]
                for j in range(width - 1):
                    a[j] += sigma * (here[j + 1] - here[j])
                if i + 1 < height:
                    below = ahead[c, i + 1]
                    for j in range(width):
                        b[j] += sigma * (below[j] - here[j])
            if isotropic:
                _project(x, y, i, together, norms)
            else:
                _clip(x, y, i)
            for c in range(channels):
                old, new, a, b, above, mine = u[c, i], ahead[c, i], x[c, i], y[c, i], y[c, max(i - 1, 0)], hole[i]
                inner = np.float32(i > 0)
                first = old[0] + tau * mine[0] * (a[0] + b[0] - inner * above[0])
                most = max(most, abs(first - old[0]))
                new[0], old[0] = two * first - old[0], first
                for j in range(1, width):
                    value = old[j] + tau * mine[j] * (a[j] - a[j - 1] + b[j] - inner * above[j])
                    most = max(most, abs(value - old[j]))
                    new[j], old[j] = two * value - old[j], value
    return most

"""The inner loops of `holefill.blending.tension_multigrid`, compiled by numba and kept on disk.

Arrays lie as in `holefill.blending.poisson_kernels`, [h + 2, C, w + 2] float32; here their outer ring repeats the edge.
"""

import numpy as np

from holefill.compiled import compiled

_exact = compiled(nogil=True, error_model="numpy")  # reassociated, the differences would be lost in the sum


@_exact
def curvature(x, bent, start, stop):
    """bent = neighbours - pixel, summed, of each row's pixels; its first and last column are repeated."""
    width = x.shape[2]
    for i in range(start, stop):
        for c in range(x.shape[1]):
            above, here, below, line = x[i - 1, c], x[i, c], x[i + 1, c], bent[i, c]
            for j in range(1, width - 1):
                p = here[j]
                line[j] = (here[j - 1] - p) + (here[j + 1] - p) + (above[j] - p) + (below[j] - p)
            line[0], line[width - 1] = line[1], line[width - 2]


@_exact
def force(bent, inverse, weight, image, start, stop):
    """image = weight · (bent's neighbours - bent, summed) - bent, in the hole: where `inverse` is not 0."""
    for i in range(start, stop):
        for c in range(bent.shape[1]):
            above, here, below, line = bent[i - 1, c], bent[i, c], bent[i + 1, c], image[i, c]
            for j in range(1, bent.shape[2] - 1):
                p = here[j]
                s = (here[j - 1] - p) + (here[j + 1] - p) + (above[j] - p) + (below[j] - p)
                line[j] = weight * s - p if inverse[i, j] > 0 else np.float32(0)

"""Each patch's nearest one, for `offset_statistics`: compiled by numba and kept on disk.

K. He, J. Sun, "Computing nearest-neighbor fields via propagation-assisted kd-trees", CVPR 2012, section 3.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled


@compiled(nogil=True, error_model="numpy", fastmath=REORDERED)
def match(features, leaves, leaf_of, row_of, width, least, matches, start, stop):
    """Nearest patch at least √`least` pixels away, for the patches of rows `start` to `stop` of a grid.

    features : float32 [L · M, D], leaf by leaf; leaves : int32 [L · M], their patches' numbers y · width + x
    leaf_of, row_of : int32 [patches], each patch's leaf and row of `features`; -1 where it is not whole
    matches : int32 [patches], filled; -1 where there is none

    A patch looks in its own leaf, and in those of its left and upper neighbours' matches moved along.
    """
    size = leaves.size // max(1, leaf_of.max() + 1)
    seen = np.empty(3, np.int32)
    for i in range(start * width, stop * width):
        matches[i] = -1
        if leaf_of[i] < 0:
            continue
        y, x = i // width, i % width
        seen[0], seen[1], seen[2] = leaf_of[i], -1, -1
        if x > 0 and matches[i - 1] >= 0 and matches[i - 1] % width + 1 < width:
            seen[1] = leaf_of[matches[i - 1] + 1]
        if y > start and matches[i - width] >= 0 and matches[i - width] + width < leaf_of.size:
            seen[2] = leaf_of[matches[i - width] + width]
        best, own = np.float32(np.inf), features[row_of[i]]
        for k in range(3):
            if seen[k] < 0 or k > 0 and seen[k] == seen[0] or k == 2 and seen[2] == seen[1]:
                continue
            for row in range(seen[k] * size, (seen[k] + 1) * size):
                j = leaves[row]
                down, across = j // width - y, j % width - x
                if down * down + across * across < least:
                    continue
                other, total = features[row], np.float32(0)
                for f in range(own.size):
                    total += (own[f] - other[f]) ** 2
                if total < best:
                    best, matches[i] = total, j

"""Patches of a network's features: which may be sources, which is nearest to which, and what they ask of each cell.

A feature's cell of a layer stands for s × s pixels (s = 4 for relu3_1, 8 for relu4_1), and is missing where any of
these pixels is. A patch is size × size cells, named by its top left cell, and touches the hole where any of its cells
does: such are never sources. The nearest source (Yang et al. 2017, equation 4; Li and Wand, arXiv:1601.04589) is that
of the least Euclidean distance (the paper), or of the largest normalised correlation (the released code), found by
matrix products of parts of all patches, so that memory stays bounded.

Arrays: features [h, w, C] float32; places [N, 2] int, row and column.
"""

import numpy as np

TOGETHER = 4096, 2048  # patches that are searched for, and searched, at once: 75 MB and 38 MB of relu4_1, 34 MB of both


def cells(hole: np.ndarray, side: int) -> np.ndarray:
    """Missing cells of side × side pixels, [h, w] bool, of a hole [H, W] whose sides are multiples of that."""
    height, width = (length // side for length in hole.shape[:2])
    return hole.reshape(height, side, width, side).max((1, 3)) > 0


def places(missing: np.ndarray, size: int, stride: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Patches that touch a missing cell, and those that do not: two arrays of places [N, 2], both by rows.

    With a stride only each so many rows and columns are taken; the last ones too of patches that touch the hole, since
    each missing cell must be in one.
    """
    height, width = (length - size + 1 for length in missing.shape)
    if min(height, width) < 1:
        return np.zeros((0, 2), int), np.zeros((0, 2), int)
    windows = np.lib.stride_tricks.sliding_window_view(missing, (size, size))
    touching = windows.any((2, 3))
    rows, columns = np.arange(height), np.arange(width)
    kept = ((rows % stride == 0) | (rows == height - 1))[:, None] & ((columns % stride == 0) | (columns == width - 1))
    return np.argwhere(touching & kept), np.argwhere(~touching & kept)


def patches(features: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    """The patches at these places, [N, size · size · C]."""
    windows = np.lib.stride_tricks.sliding_window_view(features, (size, size), (0, 1))
    found = np.moveaxis(windows[at[:, 0], at[:, 1]], 1, -1)  # [N, size, size, C]
    return found.reshape(len(at), -1)


def nearest(features, wanted, sources, at, size: int, by: str = "distance", together=TOGETHER) -> np.ndarray:
    """For each patch of `features` at `wanted` the nearest of the patches of `sources` at `at`: [N] indices of `at`.

    by : "distance" ‖p − q‖², or "correlation" p · q / (‖p‖ ‖q‖). Of equal ones the first is taken.
    """
    found = np.zeros(len(wanted), int)
    for start in range(0, len(wanted), together[0]):
        part = slice(start, start + together[0])
        these = patches(features, wanted[part], size)
        best = np.full(len(these), -np.inf, np.float32)
        for first in range(0, len(at), together[1]):
            those = patches(sources, at[first : first + together[1]], size)
            square = np.einsum("ij,ij->i", those, those)
            like = these @ those.T
            like = like / np.sqrt(np.maximum(square, 1e-12)) if by == "correlation" else like - square / 2
            top = like.argmax(1)
            high = like[np.arange(len(like)), top]
            better = high > best
            found[part][better], best[better] = top[better] + first, high[better]
    return found


def votes(sources, at, wanted, shape, size: int) -> tuple[np.ndarray, np.ndarray]:
    """What the sources' patches at `at` ask of the cells when they are laid at `wanted`, all places [N, 2].

    Returns the mean of what is asked, [h, w, C] float32, 0 where nothing is, and how often, [h, w, 1] float32.
    """
    total, count = np.zeros((*shape, sources.shape[-1]), np.float32), np.zeros((*shape, 1), np.float32)
    for down in range(size):
        for right in range(size):
            there, here = at + (down, right), wanted + (down, right)
            total[here[:, 0], here[:, 1]] += sources[there[:, 0], there[:, 1]]
            count[here[:, 0], here[:, 1]] += 1
    return total / np.maximum(count, 1), count

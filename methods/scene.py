"""A scene in numbers: where its edges run, and what colours are where, with holes left out.

After the gist of A. Oliva, A. Torralba, "Modeling the shape of the scene", IJCV 42(3), 2001, as J. Hays and A. Efros
use it to find like scenes, "Scene completion using millions of photographs", SIGGRAPH 2007, section 3
(doi:10.1145/1276377.1276382): the strength of edges in 4×4 cells, in 8 directions at 3 scales (they have 6 at 5), and
beside it a small picture. A cell or pixel counts as far as it is known.

In: pixels [N, S, S, C] float32, 0 … 255, and what is known of them, [N, S, S, 1] in 0 … 1; S a multiple of 16.
Out: [N, D] float32, 0 … 255.
"""

import numpy as np

CELLS = 4
DIRECTIONS = 8
SCALES = 3
SMALL = 16  # side of the small picture
STRONGEST = 127.5 * 2**0.5  # the longest gradient of central differences of 0 … 255
LUMA = np.float32([0.299, 0.587, 0.114])


def describe(pixels: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges and the small picture of each scene in one row, and how much of each number is known, 0 … 1.

    Returns
    -------
    features, weights : float32 [N, D] each, D = 16 cells × 24 edges + 256 pixels × C
    """
    parts = [*_edges(pixels, known), _pooled(pixels, known, SMALL)]
    features, weights = zip(*parts, strict=True)
    rows = [np.broadcast_to(w, f.shape).reshape(len(pixels), -1) for f, w in zip(features, weights, strict=True)]
    return np.concatenate([f.reshape(len(pixels), -1) for f in features], 1), np.concatenate(rows, 1)


def edge_count() -> int:
    """How many of the numbers are of edges: the first."""
    return CELLS * CELLS * DIRECTIONS * SCALES


def _edges(pixels: np.ndarray, known: np.ndarray):
    """For each scale: root of the mean strength of edges, [N, 4, 4, 8], and the share that is known, [N, 4, 4, 1]."""
    grey = pixels @ LUMA[:, None] if pixels.shape[-1] == 3 else pixels
    for scale in range(SCALES):
        if scale:
            grey, known = _pooled(grey, known, grey.shape[1] // 2)
        strength, seen = _directed(grey[..., 0], known[..., 0])
        mean, weight = _pooled(strength, seen, CELLS)
        yield 255 * np.sqrt(mean / np.float32(STRONGEST)), weight


def _directed(grey: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Length of the gradient [N, S, S], shared between the two nearest directions, and how far it is known."""
    padded, seen = (np.pad(x, ((0, 0), (1, 1), (1, 1)), "edge") for x in (grey, known))
    across, down = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2, (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    around = (seen[:, 1:-1, 2:], seen[:, 1:-1, :-2], seen[:, 2:, 1:-1], seen[:, :-2, 1:-1])
    place = np.mod(np.arctan2(down, across) * (DIRECTIONS / np.float32(np.pi)), DIRECTIONS)[..., None]
    apart = np.abs(place - np.arange(DIRECTIONS, dtype=np.float32))
    share = np.clip(1 - np.minimum(apart, DIRECTIONS - apart), 0, None)
    return share * np.hypot(across, down)[..., None], np.minimum.reduce(around)[..., None]


def _pooled(values: np.ndarray, known: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Means over square blocks, [N, side, side, C], of what is known, and the share that is."""
    count, full = len(values), values.shape[1] // side
    total, share = (x.reshape(count, side, full, side, full, x.shape[-1]).mean((2, 4)) for x in (values * known, known))
    return total / np.maximum(share, 1e-6), share

"""Which offset each pixel of the hole takes: a multi-label Markov random field, by α-expansion from coarse to fine.

The energy is that of `holefill.methods.offsets`. K. He, J. Sun, "Statistics of patch offsets for image completion",
ECCV 2012, section 3.2: the labels are found at a reduced scale; at each finer one only those near a seam, or near the
rim of the hole, are found anew, among the labels that are near. The offsets are exact at full resolution, and rounded
at the others.

In: pixels [H, W, C] float32 in [-1, 1], hole [H, W] bool, offsets int32 [K, 2]. Out: labels int16 [H, W].
"""

import numpy as np
from scipy import ndimage

from holefill.methods import progress
from holefill.methods.patches.offset_statistics import reduced

NODES = 5_000  # pixels of the hole that are labelled at once; more take longer and look no better
ROUNDS = 4  # over all labels, at most; most pictures need two or three
RADIUS = 2  # pixels from a seam that are labelled anew at a finer scale
UNKNOWN = 3 * 48**2  # cost of a comparison with a pixel that is not known, in grey levels of 255 squared


def solve(pixels: np.ndarray, hole: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The label of each pixel of the hole; -1 outside, and where no offset leads to a known pixel."""
    scale = 1
    while np.count_nonzero(hole) > NODES * scale**2:
        scale *= 2
    labels = None
    while scale:
        missing = reduced(hole[..., None], scale)[..., 0] > 0 if scale > 1 else hole
        picture = np.rint((reduced(pixels, scale) + 1) * 127.5).astype(np.int16)
        moves = np.rint(offsets / scale).astype(np.int32)
        start = None if labels is None else labels.repeat(2, 0).repeat(2, 1)[: missing.shape[0], : missing.shape[1]]
        labels = valid(start, missing, moves)
        near = missing if start is None else _seams(labels, missing)
        expand(picture, ~missing, labels, moves, np.argwhere(near & (labels >= 0)), -1 if start is None else RADIUS)
        scale //= 2
    return labels


def valid(labels: np.ndarray | None, hole: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Labels that lead to known pixels: those given where they do, else the first that does; -1 where none does."""
    places = np.argwhere(hole)
    now = np.full(len(places), -1, np.int16)
    before = now if labels is None else labels[hole]
    for k, kept in [(k, True) for k in range(before.max() + 1)] + [(k, False) for k in range(len(offsets))]:
        left = np.flatnonzero((now < 0) & (before == k) if kept else now < 0)
        to = places[left] + offsets[k]
        inside = ((to >= 0) & (to < hole.shape)).all(1)
        now[left[inside][~hole[tuple(to[inside].T)]]] = k
    found = np.full(hole.shape, -1, np.int16)
    found[hole] = now
    return found


def _seams(labels: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """[H, W] what of the hole lies within `RADIUS` of a change of label, the rim among them."""
    seam = np.zeros(hole.shape, bool)
    for axis in (0, 1):
        first, second = ([slice(None)] * axis + [ends] for ends in (slice(1, None), slice(None, -1)))
        change = labels[tuple(first)] != labels[tuple(second)]
        seam[tuple(first)] |= change
        seam[tuple(second)] |= change
    return ndimage.binary_dilation(seam, np.ones((3, 3)), iterations=RADIUS - 1) & hole


def expand(picture, known, labels, offsets, nodes, radius=-1, rounds=ROUNDS) -> None:
    """α-expansions of `labels`, in place, until none lowers the energy: see `offset_expansion.graph`."""
    from holefill.methods.patches.max_flow import SINK, flow
    from holefill.methods.patches.offset_expansion import graph

    ids, around = np.full(known.shape, -1, np.int32), labels.copy()
    moves, nodes = np.append(offsets, np.zeros((1, 2)), 0).astype(np.int32), nodes.astype(np.int32)
    idle = 0
    with progress.bar("offsets", rounds * len(offsets)) as advance:
        for alpha in list(range(len(offsets))) * rounds:
            taken, *capacities = graph(picture, known, labels, around, moves, alpha, nodes, radius, UNKNOWN, ids)
            ids[tuple(nodes[taken].T)] = -1
            side = np.empty(len(taken), np.int8)
            flow(*capacities, side)
            changed = nodes[taken[side == SINK]]
            labels[tuple(changed.T)] = alpha
            idle = 0 if len(changed) else idle + 1
            advance(1)
            if idle == len(offsets):
                break

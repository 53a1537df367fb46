"""The photomontage of a labelling, its seams spread: gradient-domain fusion.

The pixel x of label a is I(x + a). Between two pixels of one label the montage has the picture's own difference;
across a seam between labels a and b it has a step where it should have the mean of what both sides have there,

    g = ½ (I(x + a) - I(x' + a)) + ½ (I(x + b) - I(x' + b)).

So a correction c is added whose differences are those that are wanted less those that are there, in the sense of
least squares: a Poisson equation over the hole, as in A. Agarwala et al., "Interactive digital photomontage",
SIGGRAPH 2004, section 4. Its constant, and what is left at the hole's rim, is the Poisson blend's: for it the known
pixels at the rim are given as the montage goes on there, I(x' + a).

In: pixels [H, W, C] float32, labels int16 [H, W], -1 where there is none. Out: [H, W, C] float32, the blend's source.
"""

import numpy as np

ITERATIONS = 200  # of conjugate gradients; what they leave is smoother than the eye sees
TOLERANCE = 1e-3  # of the residual's norm


def montage(pixels: np.ndarray, hole: np.ndarray, labels: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The pixels with the hole filled by moved ones, and its rim as these go on there, for a Poisson blend."""
    part = _box(labels >= 0)
    start = np.array([side.start for side in part])
    places = np.indices(labels[part].shape).transpose(1, 2, 0) + start
    labels = labels[part].astype(int)
    moves = np.append(offsets, np.zeros((1, 2)), 0).astype(int)
    moved = _look(pixels, hole, places + moves[labels])[0]
    correction = _spread(*_wanted(pixels, hole, places, labels, moves, moved))
    filled = np.where(labels[..., None] >= 0, moved + correction, pixels[part])
    total, count = np.zeros_like(filled), np.zeros(labels.shape, np.float32)
    for near, rim in _sides():
        on = (labels[near] >= 0) & ~hole[part][rim]
        values, sure = _look(pixels, hole, places[rim] + moves[labels[near]])
        on &= sure
        total[rim] += np.where(on[..., None], values + correction[near], 0)
        count[rim] += on
    result = pixels.copy()
    result[part] = np.where(count[..., None] > 0, total / np.maximum(count, 1)[..., None], filled)
    return result


def _box(where: np.ndarray) -> tuple[slice, slice]:
    """The box about what is true, a pixel larger where the picture goes on."""
    found = (np.flatnonzero(where.any(axis)) for axis in (1, 0))
    return tuple(slice(max(0, int(at[0]) - 1), int(at[-1]) + 2) for at in found)


def _sides():
    """Pairs of slices: each pixel and its neighbour to the right, left, below, above."""
    for axis in (0, 1):
        first, second = (tuple([slice(None)] * axis + [ends]) for ends in (slice(None, -1), slice(1, None)))
        yield first, second
        yield second, first


def _look(pixels, hole, places):
    """The pixels at places [..., 2], and whether they are known; 0 where not."""
    inside = ((places >= 0) & (places < hole.shape)).all(-1)
    at = np.where(inside[..., None], places, 0)
    sure = inside & ~hole[at[..., 0], at[..., 1]]
    return np.where(sure[..., None], pixels[at[..., 0], at[..., 1]], np.float32(0)), sure


def _wanted(pixels, hole, places, labels, moves, moved):
    """For both axes: where both neighbours are labelled, and by how much their difference should be another."""
    edges, wanted = [], []
    for axis in (0, 1):
        first, second = (tuple([slice(None)] * axis + [ends]) for ends in (slice(None, -1), slice(1, None)))
        both = (labels[first] >= 0) & (labels[second] >= 0)
        at = np.nonzero(both & (labels[first] != labels[second]))
        here, there = places[first][at], places[second][at]
        total, count = 0, 0
        for label in (labels[first][at], labels[second][at]):
            (one, one_sure), (two, two_sure) = (_look(pixels, hole, place + moves[label]) for place in (here, there))
            sure = (one_sure & two_sure)[:, None]
            total, count = total + np.where(sure, two - one, 0), count + sure
        steps = np.zeros((*both.shape, pixels.shape[-1]), np.float32)
        steps[at] = total / np.maximum(count, 1) - (moved[second][at] - moved[first][at])
        edges.append(both[..., None].astype(np.float32))
        wanted.append(steps)
    return edges, wanted


def _spread(edges, wanted) -> np.ndarray:
    """The values whose differences along the edges are nearest to those wanted, by conjugate gradients from 0."""
    down, across = edges

    def gathered(rows, columns):
        """The negative divergence."""
        result = np.zeros((columns.shape[0], rows.shape[1], rows.shape[2]), np.float32)
        result[1:] += rows
        result[:-1] -= rows
        result[:, 1:] += columns
        result[:, :-1] -= columns
        return result

    residual = gathered(*wanted)
    solution, direction = np.zeros_like(residual), residual.copy()
    size = first = float(np.square(residual).sum())
    for _ in range(ITERATIONS):
        if size <= first * TOLERANCE**2:
            break
        image = gathered(down * np.diff(direction, axis=0), across * np.diff(direction, axis=1))
        length = size / float((direction * image).sum())
        solution += length * direction
        residual -= length * image
        size, before = float(np.square(residual).sum()), size
        direction = residual + size / before * direction
    return solution

"""Seams taken out of a fill that was put together of pieces of its own picture.

Every missing pixel is a copy of a source pixel. Between neighbours p and q the fill is to differ as it does in the
source, by v = I(s(p)) - I(s(p) + q - p) or I(s(q) + p - q) - I(s(q)), the larger of both, so that texture stays: a
Poisson problem as in shift maps (Pritch et al., ICCV 2009, section 4), screened, so that colours stay:

    minimise Σ w (f(p) - f(q) - v)² + SCREEN Σ (f(p) - I(s(p)))²,   f = I where it is known.

Where two pieces meet that are not alike, w is small: an object's edge remains one, and colours do not run.
Arrays [H, W, C] float32 in [-1, 1], [H, W] bool.
"""

import numpy as np
from scipy import sparse

SCREEN = 0.002
ALIKE = 0.15  # mean absolute difference of two pieces where they meet, at which w is 1/4
ITERATIONS, TOLERANCE = 200, 1e-2


def heal(image, missing, usable, rows, columns) -> np.ndarray:
    """The healed fill, [N, C], of the missing pixels, which are copies of those at `rows`, `columns` [N]."""
    top, left = (max(0, at.min() - 1) for at in np.nonzero(missing))
    bottom, right = (at.max() + 2 for at in np.nonzero(missing))
    part = missing[top:bottom, left:right]
    source = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]]
    source[:, part] = rows, columns
    number = np.cumsum(part.ravel()).reshape(part.shape) - 1
    count = len(rows)
    target = np.zeros((image.shape[-1], count), np.float32)
    diagonal = np.full(count, SCREEN, np.float32)
    matrix = sparse.csr_matrix((count, count), dtype=np.float32)
    for axis in (0, 1):
        one, other = (part[:-1], part[1:]) if axis == 0 else (part[:, :-1], part[:, 1:])
        y, x = np.nonzero(one | other)
        p, q = (y, x), (y + (axis == 0), x + (axis == 1))
        weight, seam = _pairs(image, usable, source[:, y, x], source[:, q[0], q[1]], axis)
        for at, sign in ((p, 1), (q, -1)):
            inside = part[at]
            index = number[at][inside]
            diagonal += np.bincount(index, weight[inside], count).astype(np.float32)
            for c in range(seam.shape[1]):
                target[c] += sign * np.bincount(index, (weight * seam[:, c])[inside], count)
        both = part[p] & part[q]
        matrix += sparse.csr_matrix((weight[both], (number[p][both], number[q][both])), (count, count))
    matrix = matrix + matrix.T
    correction = np.stack([_solve(diagonal, matrix, channel) for channel in target], -1)
    return np.clip(image[rows, columns] + correction, -1, 1)


def _pairs(image, usable, p, q, axis):
    """Weight [M] of neighbours with the sources p, q [2, M], and how much more they are to differ, [M, C]."""
    step = np.array([[axis == 0], [axis == 1]], np.int64)
    (at_p, at_q), found, apart = (image[tuple(at)] for at in (p, q)), [], []
    for at, sign, mine, others in ((p, 1, at_p, at_q), (q, -1, at_q, at_p)):
        y, x = at + sign * step
        inside = (y >= 0) & (y < usable.shape[0]) & (x >= 0) & (x < usable.shape[1])
        y, x = np.where(inside, y, 0), np.where(inside, x, 0)
        seam = sign * (others - image[y, x])  # v less what the copies differ by
        known = inside & usable[y, x]
        found.append((known, sign * (mine - image[y, x]), seam))
        apart.append(np.where(known, np.abs(seam).mean(-1), 0))
    (first, slope, seam), (second, other_slope, other_seam) = found
    larger = second & (~first | (np.square(other_slope).sum(-1) > np.square(slope).sum(-1)))
    weight = (first | second) / np.square(1 + np.square(np.maximum(*apart) / ALIKE))
    return weight.astype(np.float32), np.where(larger[:, None], other_seam, seam)


def _solve(diagonal, beside, target) -> np.ndarray:
    """(diagonal - beside) x = target [N] by conjugate gradients, preconditioned by the diagonal."""
    solution, residual, inverse = np.zeros_like(target), target.copy(), 1 / diagonal
    direction = residual * inverse
    product = np.vdot(residual, direction)
    enough = max(TOLERANCE**2 * product, 1e-12)
    for _ in range(ITERATIONS):
        if product <= enough:
            break
        image = diagonal * direction
        image -= beside @ direction
        length = product / np.vdot(direction, image)
        solution += length * direction
        image *= length
        residual -= image
        scaled = residual * inverse
        before, product = product, np.vdot(residual, scaled)
        direction *= product / before
        direction += scaled
    return solution

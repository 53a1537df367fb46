"""Low rank: the picture as a matrix of few singular values that agrees with what is known.

Y. Hu, D. Zhang, J. Ye, X. Li, X. He, "Fast and accurate matrix completion via truncated nuclear norm regularization",
IEEE PAMI 35(9), 2013 (doi:10.1109/TPAMI.2012.271). The truncated nuclear norm ‖X‖_r, the sum of all singular values but
the r largest, is made least subject to X = M where M is known: with A and B the r largest left and right singular
vectors of the last X (algorithm 1),

    min ‖X‖_* − tr(A W Bᵀ)   subject to X = W, W = M where known      (equation 17)

is solved by ADMM (section 3.3), ρ = 0.05 for values 0 … 255, at most 100 steps (there 200), to a relative change of
1e-4; at most three times, to 3e-4. Channels lie side by side in one matrix [H, 3W], less the mean of what is known.
The paper tries the ranks 1 … 20 and keeps the best by the truth; here each of `RANKS` completes a copy of the hole
that is laid over known pixels, and the rank that does so best is taken.

A hole's surroundings, twice as wide as it, are completed; where they are more than `MOST` pixels wide, at less
resolution. A row or column of which nothing is known becomes the mean colour: no rank tells of it.

In and out: images [B, H, W, C] float32 in [-1, 1], any C, any size.
"""

import cv2
import numpy as np

from holefill.blending.arguments import box
from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.known_means import known_means

RANKS = (1, 2, 3, 4, 6, 8, 12, 20)
MOST = 128  # pixels a side of what is completed at once
TRIED = 64  # pixels a side at which ranks are tried
PENALTY, INNER, OUTER = 0.05, 100, 3
TRIAL = {"inner": 30, "outer": 1}  # steps that tell which rank is best
INNER_TOLERANCE, OUTER_TOLERANCE = 1e-4, 3e-4


def fill(images, holes, *, model=None, candidates=1, seed=0, rank: int | None = None) -> Fill:
    """Fill each hole so that the picture about it has low rank; `rank`: r, None for the one that fits best."""
    if rank is not None and not 0 <= rank <= MOST:
        raise UserError(f"low_rank: rank is {rank}; it must be from 0, the nuclear norm, to {MOST}, or None")
    return each(lambda image, hole: _painted(image, hole[..., 0] > 0.5, rank), images, holes, candidates)


def _painted(image: np.ndarray, hole: np.ndarray, rank: int | None) -> np.ndarray:
    """One picture [H, W, C] with its hole [H, W] filled."""
    if not hole.any():
        return image
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    part = box(hole[..., None], margin=max(16, max(np.ptp(rows), np.ptp(columns)) // 2))
    if hole[part].all():  # known pixels lie beyond the margin alone
        part = (slice(None), slice(None))
    levels, known = (np.where(hole[..., None], 0, image)[part] + 1) * np.float32(127.5), ~hole[part]
    chosen = best_rank(*_smaller(levels, known, TRIED)) if rank is None else rank
    small, seen = _smaller(levels, known, MOST)
    found = _enlarged(complete(small, seen, chosen), known.shape)
    filled = np.array(image)
    filled[part] = np.where(known[..., None], image[part], np.clip(found / 127.5 - 1, -1, 1))
    return filled


def complete(levels: np.ndarray, known: np.ndarray, rank: int, **steps) -> np.ndarray:
    """A picture [H, W, C] in 0 … 255, known where [H, W] says so, completed by `truncated` with a rank and `steps`."""
    means = levels[known].mean(0)
    shape, side = levels.shape, levels.shape[0]
    matrix = np.where(known[..., None], levels - means, 0).transpose(0, 2, 1).reshape(side, -1).astype(np.float64)
    seen = np.repeat(known[:, None], shape[2], axis=1).reshape(side, -1)
    tall = matrix.shape[0] > matrix.shape[1]  # the smaller side is decomposed
    found = truncated(matrix.T, seen.T, rank, **steps).T if tall else truncated(matrix, seen, rank, **steps)
    return found.reshape(side, shape[2], -1).transpose(0, 2, 1) + means


def truncated(matrix, seen, rank: int, inner=INNER, tolerance=INNER_TOLERANCE, outer=OUTER) -> np.ndarray:
    """X [m, n] of least truncated nuclear norm, m ≤ n, with X = `matrix` where `seen`; rank 0: nuclear norm."""
    x = np.where(seen, matrix, 0)
    scale = max(float(np.linalg.norm(matrix[seen])), 1e-12)
    for _ in range(outer if rank else 1):
        before, x = x, _admm(matrix, seen, x, _leading(x, rank), inner, tolerance * scale)
        if np.linalg.norm(x - before) <= OUTER_TOLERANCE * scale:
            break
    return np.where(seen, matrix, x)


def _admm(matrix, seen, x, leading, steps: int, tolerance: float) -> np.ndarray:
    """Algorithm 2 of the paper, from `x`; `leading` is AᵀB."""
    w, y = x, np.zeros_like(x)
    for _ in range(steps):
        before, x = x, _shrunk(w - y / PENALTY, 1 / PENALTY)
        w = np.where(seen, matrix, x + (leading + y) / PENALTY)
        y = y + PENALTY * (x - w)
        if np.linalg.norm(x - before) <= tolerance:
            break
    return w


def _shrunk(x: np.ndarray, threshold: float) -> np.ndarray:
    """All singular values less by a threshold, none below 0: U f(S) Uᵀ X, by the eigenvalues of X Xᵀ."""
    squares, vectors = np.linalg.eigh(x @ x.T)
    values = np.sqrt(np.maximum(squares, 0))
    kept = values > threshold
    vectors = vectors[:, kept]
    return (vectors * (1 - threshold / values[kept])) @ (vectors.T @ x)


def _leading(x: np.ndarray, rank: int) -> np.ndarray:
    """AᵀB = U_r V_rᵀ of the largest singular values that are not 0."""
    if not rank:
        return np.zeros_like(x)
    squares, vectors = np.linalg.eigh(x @ x.T)
    kept = np.argsort(squares)[::-1][:rank]
    kept = kept[squares[kept] > 1e-12 * max(squares.max(), 1e-300)]
    vectors = vectors[:, kept]
    return (vectors / np.sqrt(squares[kept])) @ (vectors.T @ x)


def best_rank(levels: np.ndarray, known: np.ndarray) -> int:
    """The rank that best completes what a copy of the hole takes away from what is known."""
    taken = _copy_of_hole(known)
    if not taken.any() or not (known & ~taken).any():
        return RANKS[0]
    ranks = [rank for rank in RANKS if rank < min(known.shape)] or [0]
    errors = [np.square(complete(levels, known & ~taken, rank, **TRIAL) - levels)[taken].mean() for rank in ranks]
    return ranks[int(np.argmin(errors))]


def _copy_of_hole(known: np.ndarray) -> np.ndarray:
    """The hole, moved or turned over, as it covers most of what is known and still leaves half of it."""
    hole = ~known
    moves = [(dy, dx) for dy in (0, 1 / 4, 1 / 2, 3 / 4) for dx in (0, 1 / 4, 1 / 2, 3 / 4)]
    copies = [
        np.roll(one, (round(dy * one.shape[0]), round(dx * one.shape[1])), (0, 1)) & known
        for one in (hole, hole[::-1], hole[:, ::-1])
        for dy, dx in moves
    ]
    return max(copies, key=lambda one: (one.sum() <= known.sum() / 2) * one.sum())


def _smaller(levels: np.ndarray, known: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The picture and what is known of it with no side above `most`: means of the known pixels of each new one."""
    factor = most / max(known.shape)
    if factor >= 1:
        return levels, known
    means, share = known_means(levels, known, tuple(max(1, round(side * factor)) for side in known.shape))
    return means, share > (0.5 if (share > 0.5).any() else 0)


def _enlarged(array: np.ndarray, shape) -> np.ndarray:
    if tuple(shape) == array.shape[:2]:
        return array
    return cv2.resize(array, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).reshape(*shape, array.shape[2])

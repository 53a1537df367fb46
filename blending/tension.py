"""Blending by a spline in tension: as Poisson blending, with a correction that is smooth across the hole's rim too.

Poisson blending (`holefill.blending.poisson`) adds to the source s a membrane d, which takes the differences to the
target t on known pixels into the hole. Where known pixels lie alone, a membrane stands on them like a tent on its
poles: each leaves a speck; and at a long rim it has a crease. Here the membrane is stiff:

    min_d  Σ_{p~q} (d_p - d_q)² + ℓ² Σ_p (L d)_p²     subject to  d = t - s  on known pixels,

(L d)_p = Σ_{q~p} (d_p - d_q) over the 4-neighbours inside the picture. Within about ℓ pixels of what is known it bends
like a thin plate, further off it is a membrane, so a large hole is filled as by Poisson blending. Unlike that, it goes
on for about ℓ pixels with the slope that it finds at the rim, and so overshoots: with ℓ = 1 by 60 % of a step in t - s
that lies one pixel outside the hole all round. ℓ = 0 is Poisson blending.

Smith, Wessel: "Gridding with continuous curvature splines in tension", Geophysics 55, 1990 (doi:10.1190/1.1442837),
whose tension T is 1 / (1 + ℓ²) here.
In: target, source [H, W, C] float in [-1, 1]; hole [H, W, 1], 1 = missing. Out: [H, W, C] float32.
"""

import numbers

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu

from holefill.blending import poisson
from holefill.blending.poisson_direct import neighbours
from holefill.errors import UserError

LONGEST = 4.0
DIRECT_UP_TO = 20_000
"""Hole pixels up to which the factorisation takes half a second or less, about as long as importing numba."""


def tension(target, source, hole, *, length: float = 1.0, clip: bool = True) -> np.ndarray:
    """Blend the source into the target's hole without a seam, and without specks where known pixels are scattered.

    Parameters
    ----------
    target, source : [H, W, C] float
        The picture and its fill, in [-1, 1].
    hole : [H, W, 1] float
        1 = missing, 0 = known. Any shape: in pieces, at the picture's edge, of one pixel, of all but one.
    length : float
        ℓ in pixels, 0 to 4. Iterations of large holes grow with it.
    clip : bool
        Clip the hole's pixels into [-1, 1]. Known pixels are never touched.

    Returns
    -------
    [H, W, C] float32
        Known pixels are bit for bit the target's.

    Raises
    ------
    UserError
        Where the shapes disagree, the hole is not binary, no pixel is known, or the length is out of its range.
    """
    number = isinstance(length, numbers.Real) and not isinstance(length, bool)
    if not number or not 0 <= length <= LONGEST:
        raise UserError(f"blend tension: length is {length!r}; wanted pixels, 0 to {LONGEST:g}")
    if length == 0:
        return poisson.poisson(target, source, hole, clip=clip)
    return poisson.corrected(target, source, hole, lambda *given: _solved(*given, float(length)), 2, clip)


def _solved(values, hole, length):
    """As `spline`; large holes by iteration, where numba is installed."""
    if np.count_nonzero(hole) > DIRECT_UP_TO and poisson.has_numba():
        from holefill.blending import tension_multigrid

        return tension_multigrid.spline(values, hole, length)
    return spline(values, hole, length)


def spline(values: np.ndarray, hole: np.ndarray, length: float) -> np.ndarray:
    """Fill the hole with the spline in tension that equals `values` on the known pixels, by factorisation.

    Parameters
    ----------
    values : [H, W, C] float
        What is in the hole does not matter; two pixels around the hole do.
    hole : [H, W] bool
        True = missing; at least one pixel is missing and one known.
    length : float
        ℓ, more than 0.

    Returns
    -------
    [H, W, C] float64
    """
    filled = values.astype(np.float64)
    filled[hole] = 0
    near = _grown(hole)
    wide = _grown(near)
    rows = _laplacian(hole, near)
    energy = _laplacian(hole, wide) + length**2 * (rows @ _laplacian(near, wide))
    unknown = hole[wide]
    factor = splu(
        energy[:, unknown].tocsc(),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    filled[hole] = factor.solve(-(energy @ filled[wide]))
    return filled


def _grown(pixels: np.ndarray) -> np.ndarray:
    """[H, W] bool: the pixels and their 4-neighbours."""
    grown = pixels.copy()
    for here, there in neighbours():
        grown[here] |= pixels[there]
    return grown


def _laplacian(rows: np.ndarray, columns: np.ndarray):
    """L [rows, columns] csr, for pixels [H, W] bool, numbered in reading order; all neighbours of rows are columns."""
    count = [np.count_nonzero(x) for x in (rows, columns)]
    row, column = (np.full(rows.shape, -1, np.int64) for _ in range(2))
    row[rows], column[columns] = np.arange(count[0]), np.arange(count[1])
    entries = []
    for here, there in neighbours():
        p, q = row[here], column[there]
        own = column[here]
        both = p >= 0
        entries.append((p[both], q[both], -np.ones(np.count_nonzero(both))))
        entries.append((p[both], own[both], np.ones(np.count_nonzero(both))))
    i, j, values = (np.concatenate(x) for x in zip(*entries, strict=True))
    return coo_matrix((values, (i, j)), shape=count).tocsr()

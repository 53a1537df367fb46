"""The spline in tension by conjugate gradients, compiled by numba: for photographs.

What is solved is A d = b, A the hole's block of the picture's L + ℓ² L², L the Laplacian of
`holefill.blending.tension`. For d that is 0 outside the hole, dᵀL²d ≤ 8 dᵀLd, since no eigenvalue of L is more than 8:
so the multigrid cycle of Poisson blending (`holefill.blending.poisson_multigrid`), which nearly inverts the hole's
block of L, is A's preconditioner too, and the iterations grow with ℓ but not with the hole: some 20 for ℓ = 1, 66 for
ℓ = 4.

In: values [H, W, C] float; hole [H, W] bool. Out: [H, W, C] float32.
"""

import numpy as np

from holefill.blending import poisson_kernels, tension_kernels
from holefill.blending.poisson_multigrid import TOLERANCES, Rows, cycle, ratio, solved

MAX_ITERATIONS = 400


def spline(values: np.ndarray, hole: np.ndarray, length: float) -> np.ndarray:
    """Fill the hole with the spline in tension that equals `values` on the known pixels.

    Parameters
    ----------
    values : [H, W, C] float
        What is in the hole does not matter. float32 values are filled in place.
    hole : [H, W] bool
        True = missing; at least one pixel is missing and one known.
    length : float
        ℓ, more than 0.

    Returns
    -------
    [H, W, C] float32
        Within about 1e-5 of the values' range of the exact one, for ℓ = 4 within 1e-4.
    """
    return solved(values, hole, lambda *given: _Solver(*given, np.float32(length**2)).solve())


class _Solver:
    """Improves `filled` [H + 2, C, W + 2] in place, in rounds: what is left is computed anew for each."""

    def __init__(self, rows: Rows, levels: list, filled: np.ndarray, weight):
        self.rows, self.levels, self.weight, self.filled = rows, levels, weight, filled
        self.finest, self.size = levels[0], (filled.shape[0] - 2, filled.shape[2] - 2)
        self.direction, self.image, self.bent = (np.zeros(filled.shape, np.float32) for _ in range(3))

    def solve(self):
        norm = None
        for tolerance in TOLERANCES:
            self.apply(self.filled)
            np.negative(self.image, out=self.finest.residual)
            squares = _inner(self.image, self.image)
            norm = squares if norm is None else norm
            self.conjugate_gradients(squares, tolerance**2 * norm)

    def apply(self, x):
        """image = A x in the hole, 0 elsewhere; the ring of x becomes its edge repeated."""
        _repeat(x)
        self.rows(tension_kernels.curvature, *self.size, x, self.bent)
        self.bent[0], self.bent[-1] = self.bent[1], self.bent[-2]
        self.rows(tension_kernels.force, *self.size, self.bent, self.finest.inverse, self.weight, self.image)

    def conjugate_gradients(self, squares, enough):
        """Until each channel's squared residual, now `squares`, is `enough`."""
        finest, product, share = self.finest, None, np.zeros(self.filled.shape[1], np.float32)
        for _ in range(MAX_ITERATIONS):
            if np.all(squares <= enough):
                return
            found = cycle(self.rows, self.levels)
            share = share if product is None else ratio(found, product)
            product = found
            self.direction *= share[:, None]
            self.direction += finest.result
            self.apply(self.direction)
            length = ratio(product, _inner(self.direction, self.image)) * (squares > enough)
            moved = self.direction, self.image, length.astype(np.float32), self.filled, finest.residual, finest.span
            squares = self.rows(poisson_kernels.step, *self.size, *moved)


def _repeat(x):
    x[..., 0], x[..., -1] = x[..., 1], x[..., -2]
    x[0], x[-1] = x[1], x[-2]


def _inner(a, b):
    """Each channel's inner product, float64."""
    return np.einsum("icj,icj->c", a, b, dtype=np.float64)

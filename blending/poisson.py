"""Poisson blending: the source's gradients inside the hole, the target's colours at its rim.

Of all pictures x that equal the target t on the known pixels, the one whose differences between neighbours are
nearest to the source's s:

    min_x  Σ_{p~q} ((x_p - x_q) - (s_p - s_q))²     subject to  x = t  on known pixels,

p ~ q the 4-neighbours inside the picture with at least one of them in the hole. Setting the derivative to zero at
each hole pixel p, and writing d = x - s, leaves a Laplace equation for the correction d alone:

    Σ_{q~p} (d_p - d_q) = 0  in the hole,     d = t - s  on known pixels.

Neighbours outside the picture are absent from the sum (the natural, Neumann boundary). So d is a membrane
stretched over the hole from its rim: smooth, between the extremes of t - s there, and independent of a constant
added to s. Three solvers fill it in, each a file: `poisson_direct`, `poisson_multigrid`, `poisson_tensorflow`.

Pérez, Gangnet, Blake: "Poisson Image Editing", SIGGRAPH 2003, equations 2 and 7 (doi:10.1145/882262.882269).
In: target, source [H, W, C] float in [-1, 1]; hole [H, W, 1], 1 = missing. Out: [H, W, C] float32.
"""

import importlib.util

import numpy as np

from holefill import registry
from holefill.blending.arguments import box, checked, require_known
from holefill.errors import UserError

SOLVERS = {
    "direct": "holefill.blending.poisson_direct:membrane",
    "multigrid": "holefill.blending.poisson_multigrid:membrane",
    "tensorflow": "holefill.blending.poisson_tensorflow:membrane_of_picture",
}
DIRECT_UP_TO = 40_000
"""Hole pixels up to which the factorisation is as fast as importing numba and iterating."""


def poisson(target, source, hole, *, solver: str = "auto", clip: bool = True) -> np.ndarray:
    """Blend the source into the target's hole without a seam.

    Parameters
    ----------
    target, source : [H, W, C] float
        The picture and its fill, in [-1, 1].
    hole : [H, W, 1] float
        1 = missing, 0 = known. Any shape: in pieces, at the picture's edge, of one pixel, of all but one.
    solver : {"auto", "direct", "multigrid", "tensorflow"}
        "direct" factors the system in float64. "multigrid" iterates in float32 to a relative residual of 1e-6, in
        time proportional to the hole. "tensorflow" is the same in TensorFlow. "auto" takes "direct" for small holes
        and "multigrid" for large ones, where numba is installed.
    clip : bool
        Clip the hole's pixels into [-1, 1]. Known pixels are never touched.

    Returns
    -------
    [H, W, C] float32
        Known pixels are bit for bit the target's.

    Raises
    ------
    UserError
        Where the shapes disagree, the hole is not binary, no pixel is known, or the solver is unknown.
    """
    if solver != "auto" and solver not in SOLVERS:
        raise UserError(registry.unknown(solver, ["auto", *SOLVERS], "Poisson solver"))

    def membrane(values, inside):
        return _solver(solver, np.count_nonzero(inside))(values, inside)

    return corrected(target, source, hole, membrane, 1, clip)


def corrected(target, source, hole, solve, margin: int, clip: bool) -> np.ndarray:
    """The source in the target's hole, and added to it what `solve` makes there of their difference around it.

    target, source, hole: as blends take them. solve: (values [H, W, C], hole [H, W] bool) → [H, W, C], filled; it is
    given the box about the hole, `margin` pixels wider.
    """
    target, source, hole = checked(target, source, hole)
    result = target.copy()
    if not hole.any():
        return result
    require_known(hole)
    part = box(hole, margin)
    inside = hole[part]
    correction = solve(target[part] - source[part], inside)
    correction += source[part]
    if clip:
        np.clip(correction, -1, 1, out=correction)
    np.copyto(result[part], correction, where=inside[..., None], casting="same_kind")
    return result


def _solver(name: str, unknowns: int):
    """The membrane function behind a solver's name: ([H, W, C] values, [H, W] bool hole) → [H, W, C] values."""
    if name == "auto":
        iterate = unknowns > DIRECT_UP_TO and has_numba()
        name = "multigrid" if iterate else "direct"
    try:
        return registry.resolve(SOLVERS, name, "Poisson solver")[0]
    except ImportError as error:
        raise UserError(f"Poisson solver {name!r} needs {error.name}: install it, or take solver 'direct'") from error


def has_numba() -> bool:
    """Whether the multigrid solvers can be had."""
    try:
        return importlib.util.find_spec("numba") is not None
    except ValueError:  # set to None in sys.modules: blocked
        return False

"""Total variation: the fill whose gradient is least in sum; edges stay sharp, and are as short as can be.

    min_u Σ |∇u|   subject to   u = the picture on known pixels,

∇ by forward differences, |·| over both directions and, for colour, all channels (Bresson and Chan, "Fast dual
minimization of the vectorial total variation norm", Inverse Problems and Imaging 2(4), 2008), so that edges of the
channels lie in one place. The objective of M. Afonso, J. Bioucas-Dias, M. Figueiredo, "An augmented Lagrangian approach
to the constrained optimization formulation of imaging inverse problems", TIP 20(3), 2011, without noise; solved by
A. Chambolle, T. Pock, "A first-order primal-dual algorithm for convex problems with applications to imaging", JMIV
40(1), 2011, algorithm 1:

    p ← P(p + σ ∇ū),   u' = u + τ div p  in the hole,   ū = 2u' - u,      8στ = 1,

P onto |p| ≤ 1. It starts from the solution at half the size, pixels and dual vectors, and there from the membrane.

In and out: images [B, H, W, C] float32 in [-1, 1], any C.
"""

import math

import numpy as np
from scipy import ndimage

from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.hole_groups import groups, halved, wider
from holefill.methods.membrane import fill as membrane
from holefill.methods.progress import bar

RATIO = 0.2  # τ = RATIO / √8 and σ = 1 / (RATIO √8): pixels are in [-1, 1], and differ less than dual vectors do
TOGETHER = 200_000  # hole pixels up to which groups of holes are filled together
THIN = 3  # pixels: a hole that is nowhere deeper is not made smaller first
OFTEN = 50  # steps between looks at how much still changes


def fill(
    images,
    holes,
    *,
    model=None,
    candidates=1,
    seed=0,
    isotropic: bool = True,
    coupled: bool = True,
    steps: int = 500,
    tolerance: float = 1e-4,
) -> Fill:
    """Fill each hole with the least total variation.

    `isotropic`: |∇u| is the length of the gradient, else the sum of its parts' amounts, whose edges prefer the axes;
    `coupled`: one length for all channels (isotropic only), else channel by channel; `steps`: most steps at each size;
    `tolerance`: it stops where no pixel changes by more in a step, × τ.

    Raises
    ------
    UserError
        Where steps or tolerance are out of range.
    """
    if steps < 1:
        raise UserError(f"steps is {steps}; it must be 1 or more")
    if tolerance < 0:
        raise UserError(f"tolerance is {tolerance}; it must be 0 or more")
    with bar("Minimising", max(1, int(np.count_nonzero(holes)))) as advance:

        def paint(image, hole):
            missing, result = hole[..., 0] > 0.5, image.copy()
            for window, own in groups(missing, 2, TOGETHER):
                wide = wider(window, 1, missing.shape)
                inside = np.pad(own, [(w.start - v.start, v.stop - w.stop) for w, v in zip(window, wide, strict=True)])
                seen = np.where(inside[..., None], 0, image[wide])
                painted, _ = _minimised(seen, inside, missing[wide], isotropic, coupled, steps, tolerance)
                result[wide][inside] = np.clip(painted[inside], -1, 1)
                advance(np.count_nonzero(own))
            return result

        return each(paint, images, holes, candidates)


def _minimised(picture, hole, missing, isotropic: bool, coupled: bool, steps: int, tolerance: float):
    """The picture [H, W, C] with its hole [H, W] filled, part of what is missing, and the dual vectors [2, C, H, W]."""
    from holefill.methods.total_variation_kernels import iterate

    u, dual = _start(picture, hole, missing, isotropic, coupled, steps, tolerance)
    tau, sigma = np.float32(RATIO / math.sqrt(8)), np.float32(1 / (RATIO * math.sqrt(8)))
    x, y = dual
    ahead, mine = u.copy(), hole.astype(np.float32)
    for done in range(0, steps, OFTEN):
        count = min(OFTEN, steps - done)
        if iterate(u, ahead, x, y, mine, sigma, tau, isotropic, coupled, count) <= tolerance * tau:
            break
    return np.moveaxis(u, 0, -1), dual


def _start(picture, hole, missing, *how):
    """Pixels [C, H, W] and dual vectors [2, C, H, W] to start from: of half the size, or of the membrane."""
    channels, (height, width) = picture.shape[-1], hole.shape
    if hole.all() or ndimage.binary_erosion(hole, np.ones((3, 3)), iterations=THIN, border_value=1).any():
        small, gone = halved(picture, missing)
        small, dual = _minimised(small, gone, gone, *how)
        large = small.repeat(2, 0).repeat(2, 1)[:height, :width]
        dual = dual.repeat(2, 2).repeat(2, 3)[:, :, :height, :width]
        dual[0, :, :, -1] = dual[1, :, -1] = 0  # across the window's edge there is no difference
    else:
        large = membrane(picture[None], hole[None, ..., None].astype(np.float32)).images[0, 0]
        dual = np.zeros((2, channels, height, width), np.float32)
    start = np.where(hole[..., None], large, picture)
    return np.ascontiguousarray(np.moveaxis(start, -1, 0), np.float32), np.ascontiguousarray(dual, np.float32)

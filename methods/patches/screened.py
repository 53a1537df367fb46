"""The screened Poisson equation in a hole: colours and differences that were voted for, joined.

    min_I  Σ_{p in the hole} (I_p - c_p)² + λ Σ_{p~q} (I_q - I_p - s_pq)²,     I as it is on known pixels,

p ~ q the 4-neighbours with at least one of them in the hole. For each hole pixel (1 + λ · number of neighbours) I_p -
λ Σ_q I_q = c_p + λ Σ (their differences to p): a few conjugate gradients, since 1 + 8 λ bounds the condition.

P. Bhat, B. Curless, M. Cohen, L. Zitnick, "Fourier analysis of the 2D screened Poisson equation for gradient domain
problems", ECCV 2008; Darabi et al. 2012, equation 6.
"""

import numpy as np

TOLERANCE = 1e-4  # of the residual's root mean square, in the colours' units


def solve(image, missing, colours, steps, weight: float) -> np.ndarray:
    """Pixels [H, W, C] that are the image where it is known.

    Parameters
    ----------
    image, colours : [H, W, C] float32
    missing : [H, W] bool
    steps : two arrays, [H - 1, W, C] and [H, W - 1, C]: the differences wanted, down and right
    weight : λ, 0 or more
    """
    inside = missing[..., None].astype(np.float32)
    known = np.where(missing[..., None], 0, image).astype(np.float32)
    pairs = [_both(missing, axis) for axis in (0, 1)]
    right_side = inside * (colours + weight * _divergence([s * p for s, p in zip(steps, pairs, strict=True)]))
    right_side -= inside * weight * _operator(known, pairs)

    def apply(x):
        return inside * (x + weight * _operator(x, pairs))

    start = inside * colours
    return known + _conjugate_gradients(apply, right_side, start, max(inside.sum(), 1))


def _both(missing, axis: int) -> np.ndarray:
    """[…, 1] 1 where one of two neighbours along an axis is missing."""
    one, other = np.delete(missing, -1, axis), np.delete(missing, 0, axis)
    return (one | other)[..., None].astype(np.float32)


def _divergence(steps) -> np.ndarray:
    """Σ of the differences to a pixel from its neighbours: the adjoint of taking differences."""
    down, right = steps
    return (
        np.pad(down, ((1, 0), (0, 0), (0, 0)))
        - np.pad(down, ((0, 1), (0, 0), (0, 0)))
        + (np.pad(right, ((0, 0), (1, 0), (0, 0))) - np.pad(right, ((0, 0), (0, 1), (0, 0))))
    )


def _operator(x, pairs) -> np.ndarray:
    """Differences' adjoint times differences: minus the Laplacian, over the pairs."""
    return _divergence([np.diff(x, axis=axis) * pairs[axis] for axis in (0, 1)])


def _conjugate_gradients(apply, right_side, x, unknowns) -> np.ndarray:
    """x with apply(x) = right_side, channel by channel."""
    residual = right_side - apply(x)
    way = residual
    power = np.square(residual, dtype=np.float32).sum((0, 1))
    for _ in range(200):
        if np.sqrt(power.max() / unknowns) < TOLERANCE:
            break
        image = apply(way)
        length = power / np.maximum((way * image).sum((0, 1)), 1e-30)
        x = x + length * way
        residual = residual - length * image
        before, power = power, np.square(residual).sum((0, 1))
        way = residual + power / np.maximum(before, 1e-30) * way
    return x

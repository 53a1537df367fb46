"""Discounted L1: what is missing counts the less, the further it is from what is known (Yu et al. 2018,
arXiv:1801.07892, §3.2): Σ γ^d · |x − y| over missing pixels.

The paper: γ = 0.99, d the distance to the nearest known pixel; here the chessboard's, in pixels, so that 1 is a pixel
that touches a known one, by a side or a corner, and 3 × 3 minima give it exactly. What lies beyond the border is not
known. The released code: γ = 0.9, and d the distance from the border of the box around the hole, min(i, H − i) and
min(j, W − j) of the pixel i, j of H × W, the lesser of the two, whatever is known inside of it. (There the box is a
fixed square of which the hole leaves up to a quarter of the side known at its rim, and the mean is over the square.)

Images [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing; losses [B].
"""

from keras import ops

from holefill.losses.masked import l1

TO = ("known", "border")


def distances(holes):
    """Chessboard distance of each pixel to the nearest known one, [B, H, W, 1]: 0 where known.

    Where an example has no known pixel at all it is the longer side of the picture. In float32.
    """
    holes = ops.cast(ops.convert_to_tensor(holes), "float32")
    height, width = ops.shape(holes)[1:3]
    holes = ops.transpose(holes, (3, 1, 2, 0))  # examples as channels, of which a processor takes several at a time

    def some(missing, _):
        return ops.any(missing > 0)

    def grown(missing, total):
        known = ops.max_pool(1 - missing, 3, 1, "same", "channels_last")  # beyond the border: less than anything
        return 1 - known, total + missing

    most = max(height, width) if isinstance(height, int) and isinstance(width, int) else ops.maximum(height, width)
    total = ops.while_loop(some, grown, (holes, ops.zeros_like(holes)), maximum_iterations=most)[1]
    return ops.transpose(total, (3, 1, 2, 0))


def border_distances(holes):
    """min(i, H − i, j, W − j) in the H × W box around each example's hole, [B, H, W, 1]; 0 outside of it."""
    deep = [_deep(ops.max(holes[..., 0], axis=axis)) for axis in (2, 1)]
    return ops.minimum(deep[0][:, :, None], deep[1][:, None, :])[..., None]


def _deep(missing):
    """min(i, n − i) in the stretch of n from the first to the last missing, [B, S]; 0 outside of it."""
    place, count = ops.cast(ops.arange(ops.shape(missing)[1]), missing.dtype), ops.shape(missing)[1]
    first = ops.cast(ops.argmax(missing, axis=1, keepdims=True), missing.dtype)
    end = count - ops.cast(ops.argmax(ops.flip(missing, axis=1), axis=1, keepdims=True), missing.dtype)
    return ops.maximum(ops.minimum(place - first, end - place), 0) * ops.max(missing, axis=1, keepdims=True)


def weights(holes, gamma=0.99, to: str = "known"):
    """γ^d of missing pixels, [B, H, W, 1]; 0 where pixels are known.

    Raises
    ------
    ValueError
        Where `to` is neither "known" nor "border", what d is measured to.
    """
    if to not in TO:
        raise ValueError(f"discounted: to is {to!r}; wanted one of {', '.join(TO)}")
    far = distances(holes) if to == "known" else border_distances(holes)
    return holes * ops.cast(gamma**far, holes.dtype)


def discounted_l1(images, truths, holes, gamma: float = 0.99, to: str = "known"):
    """Mean of γ^d · |x − y| over missing pixels and channels, [B]; 0 where nothing is missing.

    Parameters
    ----------
    images, truths : [B, H, W, C] in [-1, 1].
    holes : [B, H, W, 1], 1 = missing.
    gamma : γ. to : what d is measured to: "known", the nearest known pixel, or "border", of the hole's box.
    """
    return weighed_l1(images, truths, holes, weights(holes, gamma, to))


def weighed_l1(images, truths, holes, weighed):
    """`discounted_l1` with the `weights` of the holes, where several images share them; [B]."""
    off = weighed * (images - truths)
    return l1(off, ops.zeros_like(off), holes)

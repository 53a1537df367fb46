"""Distances in a hole and in a band of known pixels around it, which weigh more: a fill that fits its rim.

Of the Context Encoder (Pathak et al. 2016, arXiv:1604.07379, section 5): what is painted overlaps what is known by some
pixels, where an error counts ten times. The mean is over pixels and channels of hole and band together, so that a
band's weight is not taken back; where nothing is missing it is 0.

Images [B, H, W, C], holes [B, H, W, 1] with 1 = missing. All losses return one value per example, [B].
"""

from keras import ops


def dilated(holes, pixels: int):
    """Holes [B, H, W, 1] that reach so many pixels further in every direction, corners included."""
    if not pixels:
        return holes
    return ops.max_pool(holes, 2 * pixels + 1, strides=1, padding="same")


def overlap_weights(holes, overlap: int, weight: float = 10.0):
    """1 in the hole, `weight` in the band of `overlap` pixels around it, 0 elsewhere: [B, H, W, 1]."""
    return holes + weight * (dilated(holes, overlap) - holes)


def _mean(values, holes, overlap, weight):
    """Σ weights · values / number of values in hole and band: [B, H, W, C] → [B]."""
    grown = ops.cast(dilated(holes, overlap), values.dtype)
    weights = ops.cast(overlap_weights(holes, overlap, weight), values.dtype)
    total = ops.sum(weights * values, axis=(1, 2, 3))
    count = ops.sum(grown, axis=(1, 2, 3)) * values.shape[-1]
    return total / ops.maximum(count, 1)


def overlap_l1(images, truths, holes, overlap: int = 7, weight: float = 10.0):
    """Mean weighted |x − y|, [B]."""
    return _mean(ops.abs(images - truths), holes, overlap, weight)


def overlap_l2(images, truths, holes, overlap: int = 7, weight: float = 10.0):
    """Mean weighted (x − y)², [B]."""
    return _mean(ops.square(images - truths), holes, overlap, weight)

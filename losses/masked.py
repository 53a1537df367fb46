"""Distances in the hole alone, or beside it: images [B, H, W, C], weights [B, H, W, 1] (a hole, or what is known).

The mean is over what the weights hold, so that each example counts the same whatever the size of its hole; where they
hold nothing it is 0. (But `weighted_l2`.) All return one value per example, [B].
"""

from keras import ops


def _mean(values, weights):
    """Weighted mean over pixels and channels: [B, H, W, C], [B, H, W, 1] → [B]."""
    total = ops.sum(weights * values, axis=(1, 2, 3))
    return total / ops.maximum(ops.sum(weights, axis=(1, 2, 3)) * values.shape[-1], 1e-6)


def l1(images, truths, weights):
    """Mean |x − y|, [B]."""
    return _mean(ops.abs(images - truths), weights)


def l2(images, truths, weights):
    """Mean (x − y)², [B]."""
    return _mean(ops.square(images - truths), weights)


def weighted_l2(images, truths, weights):
    """‖M ⊙ (x − y)‖² as GLCIC weighs it: its mean over the whole picture, of values in units of [0, 1], [B]."""
    return ops.mean(ops.square(weights * (images - truths)), axis=(1, 2, 3)) / 4


def log_l2(images, truths, weights, least: float = 1e-3):
    """½ log(mean (x − y)² + least), [B]: what the mean PSNR of many pictures is made of, so that each counts the same.

    `least`: the error, of values in [-1, 1], below which less gains little; 1e-3 is a PSNR of 36 dB.
    """
    return 0.5 * ops.log(l2(images, truths, weights) + least)

"""The game of a discriminator of patches (Isola et al. 2017, arXiv:1611.07004) over completed pictures.

The discriminator is told the hole, and is asked of the patches that touch a missing pixel alone: those of the picture
are real, those of its completion fake. Non-saturating (`losses.adversarial`), in nats, a value per example, [B]; 0
where nothing is missing.

Logits [B, h, w, 1], large for real, each of a patch of H/h × W/w pixels; holes [B, H, W, 1], 1 = missing, H and W
multiples of h and w.
"""

from keras import ops


def touched(holes, logits):
    """1 for each patch that touches a missing pixel: [B, h, w, 1]."""
    sides, counts = holes.shape[1:3], logits.shape[1:3]
    size = tuple(side // count for side, count in zip(sides, counts, strict=True))
    if any(side % count for side, count in zip(sides, counts, strict=True)):
        raise ValueError(f"holes of {sides} are no multiples of logits of {counts}")
    return ops.cast(ops.max_pool(holes, size, strides=size), logits.dtype)


def _mean(values, where):
    """The mean of [B, h, w, 1] where `where` is 1, [B]."""
    return ops.sum(where * values, axis=(1, 2, 3)) / ops.maximum(ops.sum(where, axis=(1, 2, 3)), 1.0)


def discriminator_loss(real_logits, fake_logits, holes):
    """−log D(x) − log(1 − D(x̂)), the mean over patches with a missing pixel, [B]."""
    return _mean(ops.softplus(-real_logits) + ops.softplus(fake_logits), touched(holes, fake_logits))


def generator_loss(fake_logits, holes):
    """−log D(x̂), the mean over patches with a missing pixel, [B]."""
    return _mean(ops.softplus(-fake_logits), touched(holes, fake_logits))


def feature_distance(real_features, fake_features):
    """Mean |f(x) − f(x̂)| of a layer of a discriminator, [B, h, w, C] (Wang et al. 2018, arXiv:1711.11585), [B]."""
    off = ops.abs(ops.cast(real_features, "float32") - ops.cast(fake_features, "float32"))
    return ops.mean(off, axis=(1, 2, 3))

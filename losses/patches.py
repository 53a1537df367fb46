"""The game of a discriminator of patches (Isola et al. 2017, arXiv:1611.07004) over completed pictures.

A patch of a completed picture that touches no missing pixel is real, and is judged as such; only the others are fake
(LaMa, Suvorov et al. 2022, arXiv:2109.07161). Non-saturating (`losses.adversarial`), in nats, a value per example, [B].

Logits [B, h, w, 1], large for real, each of a patch of H/h × W/w pixels; holes [B, H, W, 1], 1 = missing, H and W
multiples of h and w.
"""

from keras import ops


def touched(holes, logits):
    """1 for each patch that touches a missing pixel: [B, h, w, 1]."""
    size = tuple(side // patches for side, patches in zip(holes.shape[1:3], logits.shape[1:3], strict=True))
    return ops.cast(ops.max_pool(holes, size, strides=size), logits.dtype)


def _mean(values):
    return ops.mean(values, axis=(1, 2, 3))


def discriminator_loss(real_logits, fake_logits, holes):
    """−log D(x) − log(1 − D(x̂)) over patches x̂ that were painted, − log D(x̂) over the others, [B]."""
    fake = touched(holes, fake_logits)
    painted = fake * ops.softplus(fake_logits) + (1 - fake) * ops.softplus(-fake_logits)
    return _mean(ops.softplus(-real_logits)) + _mean(painted)


def generator_loss(fake_logits, holes):
    """−log D(x̂), mean over the patches that were painted, [B]; 0 where none was."""
    fake = touched(holes, fake_logits)
    total = ops.sum(fake * ops.softplus(-fake_logits), axis=(1, 2, 3))
    return total / ops.maximum(ops.sum(fake, axis=(1, 2, 3)), 1.0)


def feature_distance(real_features, fake_features):
    """Mean |f(x) − f(x̂)| of a layer of a discriminator, [B, h, w, C] (Wang et al. 2018, arXiv:1711.11585), [B]."""
    return _mean(ops.abs(ops.cast(real_features, "float32") - ops.cast(fake_features, "float32")))

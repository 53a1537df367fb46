"""Losses of the two players of a GAN (Goodfellow et al. 2014, arXiv:1406.2661), from logits.

Logits [B, 1] or [B], any real number, large where the discriminator takes the image for real.
All return one value per example, [B], in nats.
"""

from keras import ops


def _flat(logits):
    return ops.reshape(ops.cast(logits, "float32"), (-1,))


def discriminator_loss(real_logits, fake_logits):
    """−log D(x) − log(1 − D(G(z))), [B] each: softplus(−real) + softplus(fake)."""
    return ops.softplus(-_flat(real_logits)) + ops.softplus(_flat(fake_logits))


def generator_loss(fake_logits):
    """Non-saturating −log D(G(z)), [B]: softplus(−fake)."""
    return ops.softplus(-_flat(fake_logits))

"""Losses of the two players of a GAN, from logits.

Cross entropy, in nats (Goodfellow et al. 2014, arXiv:1406.2661), the hinge (Lim and Ye 2017, arXiv:1705.02894), and
Wasserstein's distance (Arjovsky et al. 2017, arXiv:1701.07875), whose critic needs a penalty beside it.
Logits [B, 1] or [B], any real number, large where the discriminator takes the image for real.
All return one value per example, [B]; of discriminators of patches [B, h, w, 1], one per patch.
"""

import keras
from keras import ops


def _flat(logits):
    """[N], in float32, or float64 where they are."""
    logits = ops.convert_to_tensor(logits)
    exact = keras.backend.standardize_dtype(logits.dtype) == "float64"
    return ops.reshape(logits if exact else ops.cast(logits, "float32"), (-1,))


def discriminator_loss(real_logits, fake_logits):
    """−log D(x) − log(1 − D(G(z))), [B] each: softplus(−real) + softplus(fake)."""
    return ops.softplus(-_flat(real_logits)) + ops.softplus(_flat(fake_logits))


def generator_loss(fake_logits):
    """Non-saturating −log D(G(z)), [B]: softplus(−fake)."""
    return ops.softplus(-_flat(fake_logits))


def minimax_generator_loss(fake_logits):
    """The minimax game's log(1 − D(G(z))), [B]: −softplus(fake); it has no lower bound."""
    return -ops.softplus(_flat(fake_logits))


def hinge_discriminator_loss(real_logits, fake_logits):
    """max(0, 1 − D(x)) + max(0, 1 + D(G(z))), [B] each."""
    return ops.relu(1 - _flat(real_logits)) + ops.relu(1 + _flat(fake_logits))


def hinge_generator_loss(fake_logits):
    """−D(G(z)), [B]."""
    return -_flat(fake_logits)


def wasserstein_critic_loss(real_logits, fake_logits):
    """D(G(z)) − D(x), [B] each: its mean is minus the distance that the critic sees."""
    return _flat(fake_logits) - _flat(real_logits)


def wasserstein_generator_loss(fake_logits):
    """−D(G(z)), [B]."""
    return -_flat(fake_logits)

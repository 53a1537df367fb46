"""How implausible a completion is: the prior terms of a latent search, [B], in nats, to be multiplied by λ.

`saturating` is the paper's log(1 − D(G(z))) (Yeh et al., CVPR 2017, eq. 5); it has no lower bound. `non_saturating` is
the −log D(G(z)) that the released code minimises. Both take logits [B, 1] or [B], large where D believes the image.
`latent_norm` is ours, for models without a discriminator: −log N(z; 0, 1) up to a constant.
"""

from keras import ops


def saturating(logits):
    """log(1 − D) = −softplus(logit), [B], in (−∞, 0)."""
    return -ops.softplus(ops.reshape(logits, (-1,)))


def non_saturating(logits):
    """−log D = softplus(−logit), [B], in (0, ∞)."""
    return ops.softplus(-ops.reshape(logits, (-1,)))


def latent_norm(latent):
    """½‖z‖² of latents [B, L], [B]."""
    return 0.5 * ops.sum(ops.square(latent), axis=-1)

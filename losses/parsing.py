"""Whether a completed face has its parts where they should be: Generative Face Completion's parsing loss (Li et al.,
CVPR 2017, arXiv:1704.05838, section 3.3).

The softmax cross-entropy, pixel by pixel, of what a parsing network says of the completed picture, with what is taken
for true. The released code weighs its sum over pixels; this is the mean, which is the same for all sizes.
"""

from keras import ops


def parsing_loss(logits, labels, weights=None):
    """The mean over pixels of −log softmax(logits)[label], in nats, [B].

    Parameters
    ----------
    logits : [B, H, W, N], a parsing network's, of the completed pictures
    labels : [B, H, W], whole numbers 0 … N − 1
    weights : [B, H, W, 1], a hole for instance, over which the mean is taken; None: over all pixels alike. Where they
        hold nothing the loss is 0.
    """
    highest = ops.max(logits, axis=-1, keepdims=True)
    shifted = logits - ops.stop_gradient(highest)
    of_all = ops.log(ops.sum(ops.exp(shifted), axis=-1))
    chosen = ops.one_hot(ops.cast(labels, "int32"), logits.shape[-1], dtype=logits.dtype)
    surprise = of_all - ops.sum(shifted * chosen, axis=-1)
    if weights is None:
        return ops.mean(surprise, axis=(1, 2))
    weights = weights[..., 0]
    return ops.sum(weights * surprise, axis=(1, 2)) / ops.maximum(ops.sum(weights, axis=(1, 2)), 1e-6)

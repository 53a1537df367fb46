"""The two terms of a VAE's evidence lower bound, in nats (Kingma & Welling, ICLR 2014, arXiv:1312.6114, eq. 3).

−log p(x) ≤ reconstruction + KL. The reconstruction is a Gaussian's: −log N(x; G(z), σ²), up to ½ log 2π a value. With
`variance` the mean squared error of the batch, σ² has its best value (σ-VAE, Rybkin et al., ICML 2021,
arXiv:2006.13202) and no weight is left to be chosen between the terms.

Images [B, H, W, C] in [-1, 1]; means and log standard deviations [B, L]; losses [B].
"""

from keras import ops

LOG_SIGMA = (-7.0, 2.0)  # of a posterior, beyond which exp takes a training nowhere


def reconstruction(painted, images, variance=1.0):
    """½ Σ ((painted − images)² / σ² + log σ²) over each example's values, [B].

    Parameters
    ----------
    painted, images : [B, H, W, C] in [-1, 1].
    variance : σ², a positive scalar, of each value.
    """
    variance = ops.cast(ops.convert_to_tensor(variance), painted.dtype)
    return 0.5 * ops.sum(ops.square(painted - images) / variance + ops.log(variance), axis=(1, 2, 3))


def kl(mean, log_sigma):
    """KL(N(mean, σ²) ‖ N(0, 1)) = ½ Σ (mean² + σ² − 1 − 2 log σ) over each example's latents, [B]."""
    return 0.5 * ops.sum(ops.square(mean) + ops.exp(2 * log_sigma) - 1 - 2 * log_sigma, axis=-1)


def posterior(outputs):
    """Mean and log standard deviation, within `LOG_SIGMA`, [B, L] each, of an encoder's outputs [B, 2L]."""
    mean, log_sigma = ops.split(outputs, 2, axis=-1)
    return mean, ops.clip(log_sigma, *LOG_SIGMA)

"""The step of a VAE: rebuild each picture from a draw of what its encoder says of it.

Loss, in nats a value of the picture: (reconstruction + β · KL) / N, mean over the batch (`losses.variational`), the
reconstruction's variance being the batch's mean squared error, as in a σ-VAE (Rybkin et al. 2021, arXiv:2006.13202).
`vae` sees each picture through a random hole and must rebuild the whole of it (a denoising VAE, Im et al. 2017,
arXiv:1511.06406); `vae@paper` sees it whole.

Gaussian g and latent z are tied by z = erf(g / √2), see `models.vae`.
"""

import dataclasses
import math

import tensorflow as tf

from holefill.losses import variational as losses
from holefill.losses.variational import kl, reconstruction
from holefill.models.pixels import look
from holefill.training.random_holes import random_holes
from holefill.training.step import Step, StepOptions

LEAST_VARIANCE = 1e-5  # of values in [-1, 1]: below it 8 bits are exact


@dataclasses.dataclass(frozen=True)
class VariationalOptions(StepOptions):
    """beta: weight of the KL term; holes: look at pictures through random holes."""

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.6
    ema: float = 0.998
    beta: float = 3.0
    holes: bool = True


@dataclasses.dataclass(frozen=True)
class PlainOptions(VariationalOptions):
    """The bound as it is, of whole pictures: no holes, no weight, no averaging, no decay."""

    decay_from: float = 1.0
    ema: float = 0.0
    beta: float = 1.0
    holes: bool = False


class VariationalStep(Step):
    """`vae`."""

    options_class = VariationalOptions

    def trained(self):
        return {"painter": self.model.generator.trainable_variables + self.model.encoder.trainable_variables}

    def averaged_networks(self):
        return ("generator", "encoder") if self.options.ema else ()

    def __call__(self, images, step, seed):
        seeds = tf.random.split(seed, 2)
        hole = tf.zeros_like(images[..., :1])
        if self.options.holes:
            hole = random_holes(images.shape[0], images.shape[1], seeds[0])
        with tf.GradientTape() as tape:
            mean, log_sigma = posterior(self.model.encoder, images, hole)
            painted = self.model.generator(draw(mean, log_sigma, seeds[1]), training=True)
            mse = tf.reduce_mean(tf.square(painted - images))
            error = reconstruction(painted, images, tf.maximum(tf.stop_gradient(mse), LEAST_VARIANCE))
            divergence = kl(mean, log_sigma)
            loss = tf.reduce_mean(error + self.options.beta * divergence) / math.prod(images.shape[1:])
            scaled = self.scaled({"painter": loss})
        self.update(tape, scaled)
        return {"loss/painter": loss, "loss/mse": mse, "loss/kl": tf.reduce_mean(divergence)}


class PlainVariationalStep(VariationalStep):
    """`vae@paper`."""

    options_class = PlainOptions


def posterior(encoder, images, hole):
    """Mean and log standard deviation [B, L] that an encoder in training gives of images with their holes."""
    return losses.posterior(encoder(look(images, hole), training=True))


def draw(mean, log_sigma, seed):
    """A latent z = erf(g / √2) [B, L] in (-1, 1) for each g ~ N(mean, σ²)."""
    g = mean + tf.exp(log_sigma) * tf.random.stateless_normal(tf.shape(mean), seed)
    return tf.math.erf(g / math.sqrt(2.0))

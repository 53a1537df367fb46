"""The step of `dcgan`: a DCGAN whose encoder learns, beside it, to see through holes.

The encoder looks at a picture with a random hole and gives a Gaussian over latents; the generator
must paint the *whole* picture from a draw of it (a denoising VAE: Kingma & Welling 2014,
arXiv:1312.6114; Im et al. 2017, arXiv:1511.06406, with the optimal decoder variance of σ-VAE, Rybkin
et al. 2021, arXiv:2006.13202), and must please a discriminator with reconstructions and with fresh
samples (VAE/GAN, Larsen et al. 2016, arXiv:1512.09300). Gaussian g and latent z are tied by
z = erf(g / √2), so that the latent space is U(-1, 1), as in the paper, and the latent search
needs to know nothing of this.

The painter's loss, with MSE over the batch (where several devices share one, over each device's own
part of it) and N values an image:
½ log MSE + β · mean KL / N + λ_adv · mean(−log D(G(z))).
D: as usual plus an R1 penalty (Mescheder et al. 2018, arXiv:1801.04406) every `r1_every` steps, both
kinds of picture differentiably augmented.
"""

import dataclasses
import math

import tensorflow as tf

from holefill.losses.adversarial import discriminator_loss, generator_loss
from holefill.losses.variational import kl
from holefill.training.adversarial import accuracy
from holefill.training.diff_augment import diff_augment
from holefill.training.random_holes import random_holes
from holefill.training.step import Step, StepOptions
from holefill.training.variational import LEAST_VARIANCE, draw, posterior


@dataclasses.dataclass(frozen=True)
class AutoencodingOptions(StepOptions):
    """beta: weight of the KL term; adversarial: λ_adv; r1: γ of the penalty; samples: fresh samples a
    batch as a share of its images, 0 to 1, the rest of what D sees being rebuilt; augment:
    differentiable augmentation."""

    learning_rate: float = 4e-4
    decay_from: float = 0.6
    ema: float = 0.998
    beta: float = 3.0
    adversarial: float = 0.03
    r1: float = 1.0
    r1_every: int = 8
    samples: float = 0.5
    augment: bool = True


class AutoencodingStep(Step):
    """`dcgan`."""

    options_class = AutoencodingOptions

    def trained(self):
        m = self.model
        return {
            "painter": m.generator.trainable_variables + m.encoder.trainable_variables,
            "judge": m.discriminator.trainable_variables,
        }

    def averaged_networks(self):
        return ("generator", "encoder") if self.options.ema else ()

    def __call__(self, images, step, seed):
        seeds = tf.random.split(seed, 4)
        m, batch = self.model, images.shape[0]
        fresh = int(batch * self.options.samples)
        with tf.GradientTape(persistent=True) as tape:
            hole = random_holes(batch, images.shape[1], seeds[0])
            mean, log_sigma = posterior(m.encoder, images, hole)
            z = draw(mean, log_sigma, seeds[1])
            drawn = tf.random.stateless_uniform((fresh, m.latent_size), seeds[2], -1.0, 1.0)
            painted = m.generator(tf.concat([z, drawn], 0), training=True)
            mse = tf.reduce_mean(tf.square(painted[:batch] - images))
            divergence = tf.reduce_mean(kl(mean, log_sigma))
            values = float(math.prod(images.shape[1:]))
            painter_loss = 0.5 * tf.math.log(tf.maximum(mse, LEAST_VARIANCE)) + self.options.beta * divergence / values
            real_logits, fake_logits = self._judge(images, painted[fresh : fresh + batch], seeds[3])
            adversarial = tf.reduce_mean(generator_loss(fake_logits))
            painter_loss += self.options.adversarial * adversarial
            judge_loss = tf.reduce_mean(discriminator_loss(real_logits, fake_logits))
            judge_loss += self._penalty(images, step)
            scaled = self.scaled({"painter": painter_loss, "judge": judge_loss})
        self.update(tape, scaled)
        return {
            "loss/painter": painter_loss,
            "loss/judge": judge_loss,
            "loss/adversarial": adversarial,
            "loss/mse": mse,
            "loss/kl": divergence,
            **accuracy(real_logits, fake_logits),
        }

    def _judge(self, images, fakes, seed):
        """Logits of the real images and of as many generated ones (rebuilt, then fresh)."""
        seeds = tf.random.split(seed, 2)
        logits = []
        for pictures, own in ((images, seeds[0]), (fakes, seeds[1])):
            seen = diff_augment(pictures, own) if self.options.augment else pictures
            logits.append(self.model.discriminator(seen, training=True))
        return logits

    def _penalty(self, images, step):
        """γ/2 · E‖∇D(x)‖², every `r1_every` steps and that many times as strong."""
        every = self.options.r1_every
        if not self.options.r1:
            return 0.0

        def penalty():
            with tf.GradientTape() as inner:
                inner.watch(images)
                logits = tf.reduce_sum(self.model.discriminator(images, training=True))
            squared = tf.reduce_sum(tf.square(inner.gradient(logits, images)), axis=(1, 2, 3))
            return 0.5 * self.options.r1 * every * tf.reduce_mean(squared)

        return tf.cond(tf.equal(step % every, 0), penalty, lambda: 0.0)

"""The DCGAN step (Radford et al. 2016): one update of D, one of G, from one pass through both.

D: −log D(x) − log(1 − D(G(z))); G: −log D(G(z)); Adam 2e-4, β₁ = 0.5; z ~ U(-1, 1).
Real and generated images go through the discriminator as two batches, so that batch normalisation
sees each kind by itself, as in the released code.
"""

import dataclasses

import tensorflow as tf

from holefill.losses.adversarial import discriminator_loss, generator_loss
from holefill.training.step import Step, StepOptions


@dataclasses.dataclass(frozen=True)
class AdversarialOptions(StepOptions):
    """The paper's recipe: no averaging, no decay."""


class AdversarialStep(Step):
    """`dcgan@paper`."""

    options_class = AdversarialOptions

    def trained(self):
        return {name: self.model.networks()[name].trainable_variables for name in ("generator", "discriminator")}

    def __call__(self, images, step, seed):
        generator, discriminator = self.model.generator, self.model.discriminator
        z = tf.random.stateless_uniform((tf.shape(images)[0], self.model.latent_size), seed, -1.0, 1.0)
        with tf.GradientTape(persistent=True) as tape:
            fake_logits = discriminator(generator(z, training=True), training=True)
            real_logits = discriminator(images, training=True)
            d_loss = tf.reduce_mean(discriminator_loss(real_logits, fake_logits))
            g_loss = tf.reduce_mean(generator_loss(fake_logits))
            scaled = self.scaled({"discriminator": d_loss, "generator": g_loss})
        self.update(tape, scaled)
        return {"loss/discriminator": d_loss, "loss/generator": g_loss, **accuracy(real_logits, fake_logits)}


def accuracy(real_logits, fake_logits) -> dict:
    """Share of real and of generated pictures that the discriminator judges rightly."""
    share = lambda right: tf.reduce_mean(tf.cast(right, tf.float32))  # noqa: E731
    return {"accuracy/real": share(real_logits > 0), "accuracy/fake": share(fake_logits < 0)}

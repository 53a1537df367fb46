"""The steps of `parallel_attention`: the squared error in the hole and the word of two joined discriminators, at once.

As its report has it (A. Gupta, "Image Inpainting using Deep Learning Models", §3.3): ‖M ⊙ (C(x) − x)‖² and the
adversarial game, from the first step to the last. The report names neither the weight of the latter, which is GLCIC's
here, beside GLCIC's mean of the former, nor the optimiser: Adam; nor the holes: rectangles that fit the 56 of 128
pixels that the local discriminator sees.

Ours (`parallel_attention`) takes the error as `fill` does, ½ log of the mean squared one, and discriminators without
batch normalisation, whose gradient has an R1 penalty every `r1_every` steps.
"""

import dataclasses

import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.losses import masked
from holefill.losses.adversarial import discriminator_loss, generator_loss, minimax_generator_loss
from holefill.models.attentive import offsets_shown
from holefill.training.adversarial import accuracy
from holefill.training.local import local_patches
from holefill.training.one_pass import OnePassOptions, OnePassStep
from holefill.training.penalties import r1
from holefill.training.step import adam

DISTANCES = {"l2": masked.weighted_l2, "psnr": masked.log_l2}
ADVERSARIES = {"minimax": minimax_generator_loss, "non_saturating": generator_loss}


@dataclasses.dataclass(frozen=True)
class PaperOptions(OnePassOptions):
    """distance: "l2" or "psnr"; adversarial: weight of the discriminators' word; adversary: "minimax" or
    "non_saturating"; judge_rate: the discriminators' learning rate (0: as the painter's); r1: γ of their penalty, every
    `r1_every` steps (0: none)."""

    holes: str = "small_rectangle"
    distance: str = "l2"
    adversarial: float = 4e-4
    adversary: str = "minimax"
    judge_rate: float = 0.0
    r1: float = 0.0
    r1_every: int = 8

    def __post_init__(self):
        super().__post_init__()
        for name, known in (("distance", DISTANCES), ("adversary", ADVERSARIES)):
            if getattr(self, name) not in known:
                raise UserError(registry.unknown(getattr(self, name), known, f"--recipe {name}"))
        if not isinstance(self.r1_every, int) or self.r1_every < 1:
            raise UserError(f"--recipe r1_every={self.r1_every}: wanted a number of steps, 1 or more")


@dataclasses.dataclass(frozen=True)
class CompactOptions(PaperOptions):
    """Ours."""

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    holes: str = "mixture"
    distance: str = "psnr"
    adversarial: float = 5e-3
    adversary: str = "non_saturating"
    judge_rate: float = 3e-4
    r1: float = 1.0


class PaperStep(OnePassStep):
    """`parallel_attention@paper`."""

    options_class = PaperOptions

    def phase(self, step: int) -> str:
        return "penalised" if self.options.r1 and step % self.options.r1_every == 0 else "plain"

    def make_optimizers(self):
        o = self.options
        rates = {"painter": o.learning_rate, "judge": o.judge_rate or o.learning_rate}
        return {
            name: adam(dataclasses.replace(o, learning_rate=rates[name]), self.steps, variables, self.precision)
            for name, variables in self.trained().items()
        }

    def __call__(self, images, step, seed, phase):
        o, holes = self.options, self.draw(images, seed)
        with tf.GradientTape(persistent=True) as tape:
            painted = self.paint(images, holes)[-1]
            completed = images * (1 - holes) + painted * holes
            real, fake = self.judged(images, holes), self.judged(completed, holes)
            judged = total = tf.reduce_mean(discriminator_loss(real, fake))
            if phase == "penalised":
                total += 0.5 * o.r1 * o.r1_every * r1(lambda x: self.judged(x, holes), images)
            missing = tf.reduce_mean(DISTANCES[o.distance](painted, images, holes))
            pleased = tf.reduce_mean(ADVERSARIES[o.adversary](fake))
            loss = missing + o.adversarial * pleased
            scaled = self.scaled({"painter": loss, "judge": total})
        self.update(tape, scaled)
        l1 = tf.reduce_mean(masked.l1(painted, images, holes))
        values = {"loss/painter": loss, "loss/l1": l1, "loss/judge": judged, "loss/pleased": pleased}
        return {**values, **accuracy(real, fake)}

    def judged(self, images, holes):
        """The discriminators' logits of pictures, with the windows around holes: [B, 1]."""
        patches = local_patches(images, holes, self.model.options.local)
        return self.companions["judge"]([images, patches], training=True)

    def pictures(self, model, images, holes) -> dict:
        """Where the attention draws from."""
        return {"attention": offsets_shown(model.painter, images, holes)}


class CompactStep(PaperStep):
    """`parallel_attention`."""

    options_class = CompactOptions

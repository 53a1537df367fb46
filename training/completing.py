"""The steps of `glcic@paper` and `glcic`: the completion network alone, its discriminators alone, then both.

Algorithm 1 of Iizuka et al. 2017 (doi:10.1145/3072959.3073659), with shares of the run's steps for its T_C, T_D:

1. `completion`: the completion network learns the weighted squared error ‖M ⊙ (C(x) − x)‖² in the hole M, here the mean
   over the picture's values of squares in units of [0, 1], so that a weight means the same for all sizes.
2. `judge`: the discriminators learn cross entropy, of completed pictures with the window around what was completed, and
   of real pictures with a window around another hole, M_d.
3. `joint`: they do, and after them the completion network, which adds α times what they say of it: log(1 − D), the
   minimax game of equation 4, or −log D (`adversary="non_saturating"`), which does not fade where D is sure.

The paper takes Adadelta and batch normalisation in its discriminators. Ours (`glcic`) takes Adam, and discriminators
without it, whose gradient has an R1 penalty every `r1_every` steps.
"""

import dataclasses

import keras
import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.losses import masked
from holefill.losses.adversarial import discriminator_loss, generator_loss, minimax_generator_loss
from holefill.training.adversarial import accuracy
from holefill.training.local import local_patches
from holefill.training.one_pass import OnePassOptions, OnePassStep
from holefill.training.penalties import r1
from holefill.training.step import adam

OPTIMISERS = ("adadelta", "adam")
ADVERSARIES = {"minimax": minimax_generator_loss, "non_saturating": generator_loss}


@dataclasses.dataclass(frozen=True)
class PaperOptions(OnePassOptions):
    """alone: share of the steps that the completion network learns alone (T_C); judging: the discriminators (T_D);
    adversarial: α; adversary: "minimax" or "non_saturating"; optimiser: "adadelta" or "adam", of which alone beta_1 and
    decay_from are; judge_rate: the discriminators' learning rate (0: as the other); r1: γ of their penalty, every
    `r1_every` steps (0: none)."""

    learning_rate: float = 1.0
    holes: str = "rectangle"
    alone: float = 0.18
    judging: float = 0.02
    adversarial: float = 4e-4
    adversary: str = "minimax"
    optimiser: str = "adadelta"
    judge_rate: float = 0.0
    r1: float = 0.0
    r1_every: int = 8

    def __post_init__(self):
        super().__post_init__()
        if min(self.alone, self.judging) < 0 or self.alone + self.judging > 1:
            raise UserError(f"--recipe alone={self.alone}, judging={self.judging}: wanted shares, together at most 1")
        if self.adversary not in ADVERSARIES:
            raise UserError(registry.unknown(self.adversary, ADVERSARIES, "--recipe adversary"))
        if self.optimiser not in OPTIMISERS:
            raise UserError(registry.unknown(self.optimiser, OPTIMISERS, "--recipe optimiser"))
        if self.r1_every < 1:
            raise UserError(f"--recipe r1_every={self.r1_every}: wanted a number of steps, 1 or more")


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Ours, for a run of an hour."""

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    alone: float = 0.3
    judging: float = 0.03
    adversarial: float = 1e-3
    adversary: str = "non_saturating"
    optimiser: str = "adam"
    judge_rate: float = 3e-4
    r1: float = 1.0


class PaperStep(OnePassStep):
    """`glcic@paper`."""

    options_class = PaperOptions

    def bounds(self) -> tuple[int, int]:
        """The step that the discriminators begin with, and the one that the completion network goes on with."""
        o = self.options
        return round(o.alone * self.scheduled), round((o.alone + o.judging) * self.scheduled)

    def phase(self, step: int) -> str:
        begin, together = self.bounds()
        if step < begin:
            return "completion"
        penalised = self.options.r1 and step % self.options.r1_every == 0
        return ("judge" if step < together else "joint") + (" penalised" if penalised else "")

    def make_optimizers(self):
        o, (begin, together) = self.options, self.bounds()
        own = {"painter": self.steps - (together - begin), "judge": self.steps - begin}
        rates = {"painter": o.learning_rate, "judge": o.judge_rate or o.learning_rate}
        made = {}
        for name, variables in self.trained().items():
            options = dataclasses.replace(o, learning_rate=rates[name])
            make = adam if o.optimiser == "adam" else adadelta
            made[name] = make(options, own[name], variables, self.precision)
        return made

    def __call__(self, images, step, seed, phase):
        seeds = tf.random.split(seed, 2)
        holes, other = self.draw(images, seeds[0]), self.draw(images, seeds[1])
        with tf.GradientTape() as tape:
            painted = self.paint(images, holes)[-1]
            completed = images * (1 - holes) + painted * holes
            loss = tf.reduce_mean(masked.weighted_l2(painted, images, holes))
            values = {"loss/mse": loss}
            if phase != "completion":
                with tape.stop_recording():
                    values |= self.learn_to_judge(images, other, completed, holes, "penalised" in phase)
            if phase.startswith("joint"):
                pleased = tf.reduce_mean(ADVERSARIES[self.options.adversary](self.judged(completed, holes)))
                loss += self.options.adversarial * pleased
                values["loss/pleased"] = pleased
            scaled = self.scaled({"painter": loss})
        if not phase.startswith("judge"):
            self.update(tape, scaled)
        return values

    def judged(self, images, holes):
        """The discriminators' logits of pictures, with the windows around holes: [B, 1]."""
        patches = local_patches(images, holes, self.model.options.local)
        return self.companions["judge"]([images, patches], training=True)

    def learn_to_judge(self, images, other, completed, holes, penalised: bool) -> dict:
        """One update of the discriminators, and what is logged of it."""
        o = self.options
        with tf.GradientTape() as tape:
            real, fake = self.judged(images, other), self.judged(completed, holes)
            loss = total = tf.reduce_mean(discriminator_loss(real, fake))
            if penalised:
                total += 0.5 * o.r1 * o.r1_every * r1(lambda x: self.judged(x, other), images)
            scaled = self.scaled({"judge": total})
        self.update(tape, scaled)
        return {"loss/judge": loss, **accuracy(real, fake)}


class CompactStep(PaperStep):
    """`glcic`."""

    options_class = Options


def adadelta(options, steps: int, variables, precision: str):
    """Adadelta (Zeiler 2012, arXiv:1212.5701) built for `variables`; with loss scaling under float16."""
    optimizer = keras.optimizers.Adadelta(options.learning_rate, rho=0.9, epsilon=1e-6)
    if precision == "mixed_float16":
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(variables)
    return optimizer

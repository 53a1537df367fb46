"""The steps of the Context Encoder (Pathak et al. 2016, arXiv:1604.07379), the paper's recipe and ours.

λ_rec · a distance in the hole and, `overlap_weight` times, in a band around it (`losses.overlap`)
+ λ_adv · what a discriminator says of what was painted (non-saturating). The discriminator sees the painted middle, or,
of a model of whole pictures, the picture with what was painted in it; of the context it is told nothing else. Both
players move at once, from the weights as they were.

A model of the middle learns with the middle missing, less the model's overlap on each side, which it paints too.
"""

import dataclasses
from typing import ClassVar

import keras
import tensorflow as tf

from holefill.errors import UserError
from holefill.losses.adversarial import discriminator_loss, generator_loss
from holefill.losses.masked import l1
from holefill.losses.overlap import dilated, overlap_l1, overlap_l2
from holefill.training import optimisers
from holefill.training.adversarial import accuracy
from holefill.training.holes import HOLES
from holefill.training.one_pass import OnePassOptions, OnePassStep
from holefill.training.step import falling

DISTANCES = {"l2": overlap_l2, "l1": overlap_l1}


@dataclasses.dataclass(frozen=True)
class ContextOptions(OnePassOptions):
    """The paper's.

    learning_rate: the painter's; judge_rate: the discriminator's, as a share of it; beta_1: Adam's first decay, or
    SGD's momentum (Muon has its own). distance: "l2" or "l1"; adversarial: whether there is a discriminator;
    optimiser: "adam", "muon" or "sgd". factor, every: the rates are multiplied by `factor` after every so many steps, a
    share of the run's where it is less than 1.
    """

    choices: ClassVar[dict] = {**OnePassOptions.choices, "distance": DISTANCES, "optimiser": ("adam", "muon", "sgd")}

    learning_rate: float = 2e-3
    holes: str = "center"
    judge_rate: float = 0.1
    lambda_rec: float = 0.999
    lambda_adv: float = 0.001
    distance: str = "l2"
    overlap_weight: float = 10.0
    adversarial: bool = True
    optimiser: str = "adam"
    factor: float = 1.0
    every: float = 0.25

    def __post_init__(self):
        super().__post_init__()
        if self.factor != 1 and self.decay_from < 1:
            raise UserError("--recipe factor and decay_from both lower the learning rate: give one of them")


@dataclasses.dataclass(frozen=True)
class OurOptions(ContextOptions):
    """Ours: any hole, Muon, averaged weights, a rate that falls in the second half, a rim that counts as the hole."""

    learning_rate: float = 1e-3
    holes: str = "mixture"
    judge_rate: float = 0.2
    overlap_weight: float = 1.0
    decay_from: float = 0.5
    ema: float = 0.998
    optimiser: str = "muon"


def missing(model_options, family: str, count: int, seed):
    """Holes of a family, [count, S, S, 1]; for a model of the middle less its overlap on each side."""
    holes = HOLES[family](count, model_options.image_size, seed)
    return 1 - dilated(1 - holes, model_options.overlap) if model_options.predicts == "hole" else holes


class Stepped(keras.optimizers.schedules.LearningRateSchedule):
    """`rate`, × `factor` after every `every` steps."""

    def __init__(self, rate, factor, every):
        self.rate, self.factor, self.every = rate, factor, every

    def __call__(self, step):
        falls = keras.ops.floor(keras.ops.cast(step, "float32") / self.every)
        return self.rate * self.factor**falls

    def get_config(self):
        return {"rate": self.rate, "factor": self.factor, "every": self.every}


class ContextStep(OnePassStep):
    """`context_encoder@paper` and `context_encoder@code`."""

    options_class = ContextOptions

    def __init__(self, model, averages, options, *rest):
        self.middle = model.options.predicts == "hole"
        if self.middle and options.holes != "center":
            raise UserError(
                f"--recipe holes={options.holes!r}: this model paints the middle alone; give --model"
                f" \"{model.family}(predicts='image')\" for other holes"
            )
        super().__init__(model, averages, options, *rest)

    def trained(self):
        return {k: v for k, v in super().trained().items() if k == "painter" or self.options.adversarial}

    def make_optimizers(self):
        rates = {"painter": 1.0, "judge": self.options.judge_rate}
        return {
            name: optimisers.make(
                self.optimiser(name), self._rate(rates[name]), self.options, variables, self.precision
            )
            for name, variables in self.trained().items()
        }

    def _rate(self, share):
        o = self.options
        rate = o.learning_rate * share
        if o.factor == 1:
            return falling(o, rate, self.steps)
        return Stepped(rate, o.factor, o.every if o.every >= 1 else max(o.every * self.steps, 1))

    def draw(self, images, seed):
        return missing(self.model.options, self.options.holes, images.shape[0], seed)

    def __call__(self, images, step, seed):
        o, overlap = self.options, self.model.options.overlap
        holes = self.draw(images, seed)
        with tf.GradientTape(persistent=o.adversarial) as tape:
            painted = self.paint(images, holes)[-1]
            rebuilt = tf.reduce_mean(DISTANCES[o.distance](painted, images, holes, overlap, o.overlap_weight))
            losses, values = {"painter": o.lambda_rec * rebuilt}, {}
            if o.adversarial:
                fits = dilated(holes, overlap)
                real, fake = (self._judged(x) for x in (images, images * (1 - fits) + painted * fits))
                pleased = tf.reduce_mean(generator_loss(fake))
                losses["painter"] += o.lambda_adv * pleased
                losses["judge"] = tf.reduce_mean(discriminator_loss(real, fake))
                values = {"loss/judge": losses["judge"], "loss/pleased": pleased, **accuracy(real, fake)}
            scaled = self.scaled(losses)
        self.update(tape, scaled)
        values |= {"loss/painter": losses["painter"], "loss/rebuilt": rebuilt}
        return {**values, "loss/l1": tf.reduce_mean(l1(painted, images, holes))}

    def _judged(self, images):
        """Logits of pictures, or of their middles where the model paints these."""
        if self.middle:
            edge = images.shape[1] // 4
            images = images[:, edge:-edge, edge:-edge]
        return self.companions["judge"](images, training=True)


class OurContextStep(ContextStep):
    """`context_encoder`."""

    options_class = OurOptions

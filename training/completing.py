"""The steps of `glcic@paper` and `glcic`: the completion network alone, its discriminators alone, then both.

Algorithm 1 of Iizuka et al. 2017 (doi:10.1145/3072959.3073659), with shares of the run's steps for its T_C, T_D:

1. `completion`: the completion network learns the weighted squared error ‖M ⊙ (C(x) − x)‖² in the hole M, here the mean
   over the picture's values of squares in units of [0, 1], so that a weight means the same for all sizes.
2. `judge`: the discriminators learn cross entropy, of completed pictures with the window around what was completed, and
   of real pictures with a window around another hole, M_d.
3. `joint`: they do, and after them the completion network, which adds α times what they say of it: log(1 − D), the
   minimax game of equation 4, or −log D (`adversary="non_saturating"`), which does not fade where D is sure.

The paper takes Adadelta and batch normalisation in its discriminators. Ours (`glcic`) takes Muon, any hole, and
discriminators without batch normalisation, moved by Adam, whose gradient has an R1 penalty every `r1_every` steps; the
error as `fill` does, ½ log of the mean squared one, and a little of the absolute one where pixels are known.
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf

from holefill.errors import UserError
from holefill.losses import masked
from holefill.training.global_local import JudgedOptions, JudgedStep
from holefill.training.penalties import due
from holefill.training.step import optimizer


@dataclasses.dataclass(frozen=True)
class PaperOptions(JudgedOptions):
    """alone: share of the steps that the completion network learns alone (T_C); judging: the discriminators (T_D);
    adversarial: α; optimiser: "adadelta", for which neither beta_1 nor decay_from is, "adam" or "muon"."""

    choices: ClassVar[dict] = {**JudgedOptions.choices, "optimiser": ("adadelta", "adam", "muon")}

    learning_rate: float = 1.0
    holes: str = "rectangle"
    alone: float = 0.18
    judging: float = 0.02
    optimiser: str = "adadelta"

    def __post_init__(self):
        super().__post_init__()
        if self.alone + self.judging > 1:
            raise UserError(f"--recipe alone={self.alone}, judging={self.judging}: wanted shares, together at most 1")
        if self.optimiser != "adadelta" and self.learning_rate >= 1:
            raise UserError(
                f"--recipe optimiser={self.optimiser!r}, learning_rate={self.learning_rate:g}: the rate is Adadelta's;"
                " give learning_rate=1e-3 or less too"
            )


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """Ours, for a run of some 1,500 steps."""

    holes: str = "mixture"
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    alone: float = 0.3
    judging: float = 0.03
    adversarial: float = 0.02
    adversary: str = "non_saturating"
    optimiser: str = "muon"
    distance: str = "psnr"
    known: float = 0.1
    judge_rate: float = 3e-4
    r1: float = 1.0


class PaperStep(JudgedStep):
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
        return ("judge" if step < together else "joint") + (" penalised" if due(step, self.options) else "")

    def make_optimizers(self):
        begin, together = self.bounds()
        own = {"painter": self.steps - (together - begin), "judge": self.steps - begin}
        rates, made = self.rates(), {}
        for name, variables in self.trained().items():
            options = dataclasses.replace(self.options, learning_rate=rates[name])
            made[name] = optimizer(options, own[name], variables, self.precision, self.optimiser(name))
        return made

    def __call__(self, images, step, seed, phase):
        seeds = tf.random.split(seed, 2)
        holes, other = self.draw(images, seeds[0]), self.draw(images, seeds[1])
        with tf.GradientTape() as tape:
            painted = self.paint(images, holes)[-1]
            completed = images * (1 - holes) + painted * holes
            loss = self.error(painted, images, holes)
            values = {"loss/mse": tf.reduce_mean(masked.weighted_l2(painted, images, holes))}
            if phase != "completion":
                with tape.stop_recording():
                    values |= self.learn_to_judge(images, other, completed, holes, "penalised" in phase)
            if phase.startswith("joint"):
                pleased = self.word(self.judged(completed, holes))
                loss += self.options.adversarial * pleased
                values["loss/pleased"] = pleased
            values["loss/painter"] = loss
            scaled = self.scaled({"painter": loss})
        if not phase.startswith("judge"):
            self.update(tape, scaled)
        return values

    def learn_to_judge(self, images, other, completed, holes, penalised: bool) -> dict:
        """One update of the discriminators, and what is logged of it."""
        with tf.GradientTape() as tape:
            _, total, values = self.judging(images, other, completed, holes, penalised)
            scaled = self.scaled({"judge": total})
        self.update(tape, scaled)
        return values


class CompactStep(PaperStep):
    """`glcic`."""

    options_class = Options

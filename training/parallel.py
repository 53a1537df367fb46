"""The steps of `parallel_attention`: the squared error in the hole and the word of two joined discriminators, at once.

As its report has it (A. Gupta, "Image Inpainting using Deep Learning Models", §3.3): ‖M ⊙ (C(x) − x)‖² and the
adversarial game, from the first step to the last. The report names neither the weight of the latter, which is GLCIC's
here, beside GLCIC's mean of the former, nor the optimiser: Adam; nor the holes: rectangles that fit the 56 of 128
pixels that the local discriminator sees.

Ours (`parallel_attention`) takes the error as `fill` does, ½ log of the mean squared one, and a little of the
absolute one where pixels are known, to which the blend joins the hole. Its painter learns by Muon; its discriminators
have no batch normalisation, and an R1 penalty on their gradient every `r1_every` steps.
"""

import dataclasses

import tensorflow as tf

from holefill.losses import masked
from holefill.models.attentive import offsets_shown
from holefill.training.global_local import JudgedOptions, JudgedStep
from holefill.training.penalties import due
from holefill.training.step import optimizer


@dataclasses.dataclass(frozen=True)
class PaperOptions(JudgedOptions):
    """As `JudgedOptions`."""

    holes: str = "small_rectangle"


@dataclasses.dataclass(frozen=True)
class CompactOptions(PaperOptions):
    """Ours."""

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    optimiser: str = "muon"
    holes: str = "mixture"
    distance: str = "psnr"
    known: float = 0.1
    adversarial: float = 0.02
    adversary: str = "non_saturating"
    judge_rate: float = 3e-4
    r1: float = 1.0


class PaperStep(JudgedStep):
    """`parallel_attention@paper`."""

    options_class = PaperOptions

    def phase(self, step: int) -> str:
        return "penalised" if due(step, self.options) else "plain"

    def make_optimizers(self):
        made = {}
        for name, variables in self.trained().items():
            options = dataclasses.replace(self.options, learning_rate=self.rates()[name])
            made[name] = optimizer(options, self.steps, variables, self.precision, self.optimiser(name))
        return made

    def __call__(self, images, step, seed, phase):
        o, holes = self.options, self.draw(images, seed)
        with tf.GradientTape(persistent=True) as tape:
            stages = self.paint(images, holes)
            painted = stages[-1]
            completed = images * (1 - holes) + painted * holes
            fake, total, values = self.judging(images, holes, completed, holes, phase == "penalised")
            pleased = self.word(fake)
            loss = self.errors(stages, images, holes) + o.adversarial * pleased
            scaled = self.scaled({"painter": loss, "judge": total})
        self.update(tape, scaled)
        l1 = tf.reduce_mean(masked.l1(painted, images, holes))
        return {"loss/painter": loss, "loss/l1": l1, "loss/pleased": pleased, **values}

    def errors(self, stages, images, holes):
        """The loss of what each stage painted; here there is one."""
        return self.error(stages[-1], images, holes)

    def pictures(self, model, images, holes) -> dict:
        """Where the attention draws from."""
        return {"attention": offsets_shown(model.painter, images, holes)}


class CompactStep(PaperStep):
    """`parallel_attention`."""

    options_class = CompactOptions

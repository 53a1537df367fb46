"""What the steps of `glcic` and ours of attention share: a discriminator of the picture joined with one of a window.

Both see pictures, and windows around holes, and give one logit (`models.global_local`). Their gradient may have an R1
penalty, every `r1_every` steps.
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf

from holefill.errors import UserError
from holefill.losses import masked
from holefill.losses.adversarial import discriminator_loss, generator_loss, minimax_generator_loss
from holefill.training.adversarial import accuracy
from holefill.training.local import local_patches
from holefill.training.one_pass import OnePassOptions, OnePassStep, batch_norms, error_of
from holefill.training.penalties import lazy_r1

DISTANCES = {"l2": masked.weighted_l2, "psnr": masked.log_l2}
ADVERSARIES = {"minimax": minimax_generator_loss, "non_saturating": generator_loss}


@dataclasses.dataclass(frozen=True)
class JudgedOptions(OnePassOptions):
    """distance: "l2", the squared error in the hole as GLCIC weighs it, or "psnr", ½ log of the mean squared one, by
    which each example counts the same; known: weight of the mean absolute error where pixels are known, to which the
    blend joins the hole; adversarial: weight of the discriminators' word; adversary: "minimax", log(1 − D), or
    "non_saturating", −log D, which does not fade where D is sure; judge_rate: their learning rate (0: as the
    painter's); r1: γ of their penalty, every `r1_every` steps (0: none)."""

    choices: ClassVar[dict] = {**OnePassOptions.choices, "distance": DISTANCES, "adversary": ADVERSARIES}

    distance: str = "l2"
    known: float = 0.0
    adversarial: float = 4e-4
    adversary: str = "minimax"
    judge_rate: float = 0.0
    r1: float = 0.0
    r1_every: int = 8


class JudgedStep(OnePassStep):
    """Their base; its companion `judge` is the joined discriminator."""

    options_class = JudgedOptions

    def __init__(self, *args):
        super().__init__(*args)
        if self.options.r1 and batch_norms(self.companions["judge"]):
            raise UserError(
                f"--recipe r1={self.options.r1:g}: the discriminators of {self.model.family} have batch normalisation,"
                " by which a picture's gradient depends on the others of its batch: leave r1 out"
            )

    def rates(self) -> dict:
        """Network → its learning rate."""
        return {"painter": self.options.learning_rate, "judge": self.options.judge_rate or self.options.learning_rate}

    def error(self, painted, images, holes):
        """The loss of what is painted, before the discriminators' word: the mean over the batch."""
        return error_of(DISTANCES[self.options.distance], painted, images, holes, self.options.known)

    def judged(self, images, holes):
        """The discriminators' logits of pictures, with the windows around holes: [B, 1]."""
        patches = local_patches(images, holes, self.model.options.local)
        return self.companions["judge"]([images, patches], training=True)

    def judging(self, images, seen, completed, holes, penalised: bool):
        """The logits of completed pictures, the discriminators' loss with its penalty, and what is logged of it.

        images, seen: real pictures and the holes about which their windows lie; completed, holes: others and theirs.
        """
        real, fake = self.judged(images, seen), self.judged(completed, holes)
        total = loss = tf.reduce_mean(discriminator_loss(real, fake))
        if penalised:
            total += lazy_r1(lambda x: self.judged(x, seen), images, self.options)
        return fake, total, {"loss/judge": loss, **accuracy(real, fake)}

    def word(self, fake):
        """What the discriminators' logits of completed pictures say to the painter: the mean of its loss."""
        return tf.reduce_mean(ADVERSARIES[self.options.adversary](fake))

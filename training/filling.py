"""The steps of `fill`, our one-pass network, and of `fill@sharp`.

`fill`: ½ log of the mean squared error in each example's hole (`losses.masked.log_l2`), which is what a mean PSNR is
made of; or, by `distance="l1"`, the mean absolute error. The known pixels count a little too, so that the fill
fits the rim. It learns by Muon.

`fill@sharp`: the same, and a discriminator of patches that sees completed pictures (known pixels as they are) beside
whole ones (`losses.patches`): non-saturating, feature matching, an R1 penalty (Mescheder et al. 2018,
arXiv:1801.04406) every `r1_every` steps; by Adam. It may start from a `fill` that is trained already: `--start`.
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf

from holefill.errors import UserError
from holefill.losses import masked, patches
from holefill.training.adversarial import accuracy
from holefill.training.one_pass import OnePassOptions, OnePassStep, error_of
from holefill.training.penalties import due, lazy_r1

DISTANCES = {"psnr": masked.log_l2, "l1": masked.l1}


@dataclasses.dataclass(frozen=True)
class FillOptions(OnePassOptions):
    """distance: "psnr" or "l1"; known: weight of the error where pixels are known; crop: side of the piece that is cut
    from each picture at random (0: whole pictures), for photographs, in which nothing has a place of its own."""

    choices: ClassVar[dict] = {**OnePassOptions.choices, "distance": DISTANCES}

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    decay_from: float = 0.5
    ema: float = 0.998
    optimiser: str = "muon"
    distance: str = "psnr"
    known: float = 0.1
    crop: int = 0

    def __post_init__(self):
        super().__post_init__()
        if self.crop % 8:
            raise UserError(f"--recipe crop={self.crop}: wanted a multiple of 8 pixels, or 0 for whole pictures")


@dataclasses.dataclass(frozen=True)
class SharpOptions(FillOptions):
    """adversarial: weight of the discriminator's word; features: of the distance of its features from the truth's;
    r1: γ of its penalty, every `r1_every` steps (0: none)."""

    learning_rate: float = 4e-4
    optimiser: str = "adam"
    adversarial: float = 0.02
    features: float = 0.3
    r1: float = 1.0
    r1_every: int = 8


class FillStep(OnePassStep):
    """`fill`."""

    options_class = FillOptions

    def __init__(self, model, averages, options, *rest):
        if options.crop > model.image_size:
            raise UserError(f"--recipe crop={options.crop} is more than --image_size {model.image_size}")
        if options.crop % model.multiple:
            wanted = f"a multiple of {model.multiple} pixels, or 0 for whole pictures"
            raise UserError(f"--recipe crop={options.crop}: wanted {wanted}")
        super().__init__(model, averages, options, *rest)

    def __call__(self, images, step, seed):
        images, holes = self.pieces(images, seed)
        with tf.GradientTape() as tape:
            painted = self.paint(images, holes)[-1]
            loss, values = self.distances(painted, images, holes)
            scaled = self.scaled({"painter": loss})
        self.update(tape, scaled)
        return values

    def pieces(self, images, seed):
        """Pictures, or with `crop` a random piece of each, and a hole for each."""
        seeds, side = tf.random.split(seed, 2), self.options.crop
        if side:
            places = images.shape[1] - side + 1
            places = tf.random.stateless_uniform((2, images.shape[0]), seeds[0], 0, places, tf.int32)
            images = _pieces(images, places, side)
        return images, self.draw(images, seeds[1])

    def distances(self, painted, images, holes):
        """The loss of what is painted, and what is logged of it."""
        loss = error_of(DISTANCES[self.options.distance], painted, images, holes, self.options.known)
        return loss, {"loss/painter": loss, "loss/l1": tf.reduce_mean(masked.l1(painted, images, holes))}


class SharpStep(FillStep):
    """`fill@sharp`."""

    options_class = SharpOptions

    def phase(self, step: int) -> str:
        return "penalised" if due(step, self.options) else "plain"

    def __call__(self, images, step, seed, phase):
        o, judge = self.options, self.companions["judge"]
        images, holes = self.pieces(images, seed)
        with tf.GradientTape(persistent=True) as tape:
            painted = self.paint(images, holes)[-1]
            loss, values = self.distances(painted, images, holes)
            real, *real_features = judge(images, training=True)
            fake, *fake_features = judge(images * (1 - holes) + painted * holes, training=True)
            judged = tf.reduce_mean(patches.discriminator_loss(real, fake, holes))
            pleased = tf.reduce_mean(patches.generator_loss(fake, holes))
            pairs = zip(map(tf.stop_gradient, real_features), fake_features, strict=True)
            alike = tf.reduce_mean([patches.feature_distance(*pair) for pair in pairs])
            total = judged
            if phase == "penalised":
                total += self.penalty(images)
            painter = loss + o.adversarial * pleased + o.features * alike
            scaled = self.scaled({"painter": painter, "judge": total})
        self.update(tape, scaled)
        told = {"loss/judge": judged, "loss/pleased": pleased, "loss/features": alike}
        return {**values, **told, **accuracy(real, fake)}

    def penalty(self, images):
        """R1 on what the judge says of real pictures, each picture's mean over its patches."""
        judge = self.companions["judge"]
        return lazy_r1(lambda x: tf.reduce_mean(judge(x, training=True)[0], axis=(1, 2, 3)), images, self.options)


def _pieces(images, places, side: int):
    """[B, S, S, C] and rows and columns [2, B] → [B, side, side, C]."""
    rows, columns = (places[i][:, None] + tf.range(side)[None] for i in (0, 1))
    return tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)

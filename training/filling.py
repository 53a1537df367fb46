"""The steps of `fill`, our one-pass network.

½ log of the mean squared error in each example's hole (`losses.masked.log_l2`), which is what a mean PSNR is
made of; or, by `distance="l1"`, the mean absolute error. The known pixels count a little too, so that the fill
fits the rim. It learns by Muon.
"""

import dataclasses
from typing import ClassVar

import tensorflow as tf

from holefill.errors import UserError
from holefill.losses import masked
from holefill.training.one_pass import OnePassOptions, OnePassStep, error_of

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


class FillStep(OnePassStep):
    """`fill`."""

    options_class = FillOptions

    def __init__(self, model, averages, options, *rest):
        if options.crop > model.image_size:
            raise UserError(f"--recipe crop={options.crop} is more than --image_size {model.image_size}")
        if options.crop and model.multiple is None:
            raise UserError(f"--recipe crop={options.crop}: {model.family} takes pictures of its own size alone")
        if options.crop and options.crop % model.multiple:
            wanted = f"a multiple of {model.multiple} pixels, or 0 for whole pictures"
            raise UserError(f"--recipe crop={options.crop}: wanted {wanted}")
        super().__init__(model, averages, options, *rest)

    def __call__(self, images, step, seed):
        images, holes = self.pieces(images, seed)
        with tf.GradientTape() as tape:
            loss, values = self.distances(self.paint(images, holes), images, holes)
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

    def distances(self, stages, images, holes):
        """The loss of what is painted, that of each stage, and what is logged of it."""
        o, distance = self.options, DISTANCES[self.options.distance]
        loss = tf.add_n([error_of(distance, painted, images, holes, o.known) for painted in stages])
        return loss, {"loss/painter": loss, "loss/l1": tf.reduce_mean(masked.l1(stages[-1], images, holes))}


def _pieces(images, places, side: int):
    """[B, S, S, C] and rows and columns [2, B] → [B, side, side, C]."""
    rows, columns = (places[i][:, None] + tf.range(side)[None] for i in (0, 1))
    return tf.gather(tf.gather(images, rows, axis=1, batch_dims=1), columns, axis=2, batch_dims=1)

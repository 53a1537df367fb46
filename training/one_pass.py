"""What the steps of all one-pass networks share: holes drawn for each example, the painter, its companions.

Every batch gets fresh holes, another for each example, by `holes`: the name of a family in `HOLES`.
"""

import dataclasses

import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.training.random_holes import random_holes
from holefill.training.step import Step, StepOptions

MIXTURE = (0.0, 0.35, 0.25, 0.2, 0.2)  # of training.random_holes.KINDS


def mixture(batch: int, size: int, seed):
    """Blocks, halves, scattered pixels and blobs: [batch, size, size, 1]."""
    return random_holes(batch, size, seed, MIXTURE)


def center(batch: int, size: int, seed):
    """The middle, half as wide and half as high as the picture."""
    line = tf.abs(tf.range(size, dtype=tf.float32) - (size - 1) / 2) < size / 4
    hole = tf.cast(line[:, None] & line[None, :], tf.float32)
    return tf.tile(hole[None, :, :, None], (batch, 1, 1, 1))


HOLES = {"mixture": mixture, "center": center}


@dataclasses.dataclass(frozen=True)
class OnePassOptions(StepOptions):
    """holes: which are drawn, by name."""

    holes: str = "mixture"

    def __post_init__(self):
        if self.holes not in HOLES:
            raise UserError(registry.unknown(self.holes, HOLES, "--recipe holes"))


class OnePassStep(Step):
    """Base of the one-pass steps; subclasses define `__call__(images, step, seed) -> metrics`."""

    options_class = OnePassOptions

    def trained(self):
        networks = {"painter": self.model.painter, **self.companions}
        return {name: network.trainable_variables for name, network in networks.items()}

    def averaged_networks(self):
        return ("painter",) if self.options.ema else ()

    def draw(self, images, seed):
        """A hole for each example, [B, S, S, 1]."""
        return HOLES[self.options.holes](images.shape[0], images.shape[1], seed)

    def paint(self, images, holes):
        """The painter's stages in training, each [B, S, S, C] float32; what is missing is never seen."""
        return [tf.cast(s, tf.float32) for s in self.model.stages(images * (1 - holes), holes, training=True)]

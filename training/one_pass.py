"""What the steps of all one-pass networks share: holes drawn for each example, the painter, its companions.

Every batch gets fresh holes, another for each example, by `holes`: the name of a family in `training.holes`.

Averaged weights need statistics of their own: batch normalisation's, of the network whose weights they average, are off
by what its last steps moved, which cost a `fill` in mid-training 1 dB. `settle` measures them anew (as Izmailov et al.
2018, arXiv:1803.05407, do).
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.training.holes import HOLES
from holefill.training.step import Step, StepOptions

SETTLING, SETTLED = 20, 64  # batches, and pictures of each


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

    def settle(self, images):
        """The statistics of the averaged painter's batch normalisation become those of `SETTLING` batches of these."""
        for average in self.averaged:
            norms = [layer for layer in _layers(average.copy) if isinstance(layer, keras.layers.BatchNormalization)]
            usual = [norm.momentum for norm in norms]
            for i in range(SETTLING if norms else 0):
                for norm in norms:
                    norm.momentum = i / (i + 1)  # so that they become the mean over all batches
                rows = np.arange(i * SETTLED, (i + 1) * SETTLED) % len(images)
                batch = tf.cast(images[rows], tf.float32) * (2 / 255) - 1
                batch, holes = self.pieces(batch, tf.constant([0, i]))
                average.copy([batch * (1 - holes), holes], training=True)
            for norm, momentum in zip(norms, usual, strict=True):
                norm.momentum = momentum

    def pieces(self, images, seed):
        """What is learnt from: pictures [B, S, S, C], and a hole for each."""
        return images, self.draw(images, seed)

    def draw(self, images, seed):
        """A hole for each example, [B, S, S, 1]."""
        return HOLES[self.options.holes](images.shape[0], images.shape[1], seed)

    def paint(self, images, holes):
        """The painter's stages in training, each [B, S, S, C] float32; what is missing is never seen."""
        return [tf.cast(s, tf.float32) for s in self.model.stages(images * (1 - holes), holes, training=True)]


def _layers(network: keras.Model):
    """All layers, those of networks inside it too."""
    return [layer for layer in network._flatten_layers() if not isinstance(layer, keras.Model)]

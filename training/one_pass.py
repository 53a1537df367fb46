"""What the steps of all one-pass networks share: holes drawn for each example, the painter, its companions.

Every batch gets fresh holes, another for each example, by `holes`: the name of a family in `training.holes`.

Averaged weights need statistics of their own: batch normalisation's, of the network whose weights they average, are off
by what its last steps moved. `settle` measures them anew (as Izmailov et al.
2018, arXiv:1803.05407, do).
"""

import dataclasses
from typing import ClassVar

import keras
import numpy as np
import tensorflow as tf

from holefill.training.holes import HOLES
from holefill.training.step import Step, StepOptions

SETTLING, SETTLED = 20, 64  # batches, and pictures of each at 64 × 64, fewer where they are larger


@dataclasses.dataclass(frozen=True)
class OnePassOptions(StepOptions):
    """holes: which are drawn, by name."""

    choices: ClassVar[dict] = {"holes": HOLES}

    holes: str = "mixture"


class OnePassStep(Step):
    """Base of the one-pass steps; subclasses define `__call__(images, step, seed) -> metrics`."""

    options_class = OnePassOptions

    def trained(self):
        networks = {"painter": self.model.painter, **self.companions}
        return {name: network.trainable_variables for name, network in networks.items()}

    def averaged_networks(self):
        return ("painter",) if self.options.ema else ()

    def settle(self, images):
        """The statistics of the averaged painter's batch normalisation become those of some of these pictures."""
        for average in self.averaged:
            norms = batch_norms(average.copy)
            if norms:
                self._settle(average.copy, norms, images)

    def _settle(self, network, norms, images):
        batch = max(1, min(SETTLED * 64**2 // images.shape[1] ** 2, len(images)))
        chosen = np.linspace(0, len(images) - 1, SETTLING * batch).astype(int).reshape(batch, SETTLING)
        usual, means = [norm.momentum for norm in norms], [[] for _ in norms]
        try:
            for i in range(SETTLING):
                for norm in norms:
                    norm.momentum = i / (i + 1)  # so that they become the mean over all batches
                shown = tf.cast(images[chosen[:, i]], tf.float32) * (2 / 255) - 1
                shown, holes = self.pieces(shown, tf.constant([0, i]))
                network([shown * (1 - holes), holes], training=True)
                for norm, found in zip(norms, means, strict=True):
                    found.append((i + 1) * np.asarray(norm.moving_mean, "float64"))
        finally:
            for norm, momentum in zip(norms, usual, strict=True):
                norm.momentum = momentum
        for norm, found in zip(norms, means, strict=True):
            between = np.var(np.diff(found, axis=0, prepend=0), axis=0)  # of the batches' means, which each leaves out
            norm.moving_variance.assign(norm.moving_variance + between.astype("float32"))

    def pieces(self, images, seed):
        """What is learnt from: pictures [B, S, S, C], and a hole for each."""
        return images, self.draw(images, seed)

    def draw(self, images, seed):
        """A hole for each example, [B, S, S, 1]."""
        return HOLES[self.options.holes](images.shape[0], images.shape[1], seed)

    def paint(self, images, holes):
        """The painter's stages in training, each [B, S, S, C] float32; what is missing is never seen."""
        return [tf.cast(s, tf.float32) for s in self.model.stages(images * (1 - holes), holes, training=True)]


def batch_norms(network: keras.Model) -> list:
    """Its layers of batch normalisation, those of networks inside it too."""
    return [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]

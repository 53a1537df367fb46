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

from holefill.losses import masked
from holefill.training.holes import HOLES
from holefill.training.step import Step, StepOptions, optimizer

SETTLING, SETTLED = 20, 64  # batches, and pictures of each at 64 × 64, fewer where they are larger


@dataclasses.dataclass(frozen=True)
class OnePassOptions(StepOptions):
    """holes: which are drawn, by name; optimiser: "adam", or "muon" (`training.muon`) for the painter and Adam for its
    discriminators (of `NAME@sharp` Muon too)."""

    choices: ClassVar[dict] = {"holes": HOLES, "optimiser": ("adam", "muon")}

    holes: str = "mixture"
    optimiser: str = "adam"


class OnePassStep(Step):
    """Base of the one-pass steps; subclasses define `__call__(images, step, seed) -> metrics`."""

    options_class = OnePassOptions

    def trained(self):
        networks = {"painter": self.model.painter, **self.companions}
        return {name: network.trainable_variables for name, network in networks.items()}

    def make_optimizers(self):
        """The optimiser of each network, built."""
        return {
            name: optimizer(self.options, self.steps, variables, self.precision, self.optimiser(name))
            for name, variables in self.trained().items()
        }

    @property
    def least_share(self) -> int:
        """The fewest pictures a device that it can learn from: of one alone, what is normalised over the batch at a
        single place would be 0 whatever it was."""
        places = [norm.input.shape[1:-1] for norm in batch_norms(self.model.painter)]
        return 2 if any(set(sides) <= {1} for sides in places) else 1

    def optimiser(self, network: str) -> str:
        """The name of a network's optimiser."""
        return "adam" if self.options.optimiser == "muon" and network != "painter" else self.options.optimiser

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

        @tf.function(autograph=False)
        def statistics(shown, seed):
            shown, holes = self.pieces(tf.cast(shown, tf.float32) * (2 / 255) - 1, seed)
            network([shown * (1 - holes), holes], training=True)
            return [(norm.moving_mean.value, norm.moving_variance.value) for norm in norms]

        usual = [norm.momentum for norm in norms]
        try:
            for norm in norms:
                norm.momentum = 0.0  # the moving statistics become each batch's
            found = [statistics(tf.constant(images[chosen[:, i]]), tf.constant([0, i])) for i in range(SETTLING)]
        finally:
            for norm, momentum in zip(norms, usual, strict=True):
                norm.momentum = momentum
        for norm, of_batches in zip(norms, zip(*found, strict=True), strict=True):
            means, variances = (np.array(values, "float64") for values in zip(*of_batches, strict=True))
            norm.moving_mean.assign(means.mean(0))
            norm.moving_variance.assign(variances.mean(0) + means.var(0))  # what differs between batches too

    def pieces(self, images, seed):
        """What is learnt from: pictures [B, S, S, C], and a hole for each."""
        return images, self.draw(images, seed)

    def draw(self, images, seed):
        """A hole for each example, [B, S, S, 1]."""
        return HOLES[self.options.holes](images.shape[0], images.shape[1], seed)

    def paint(self, images, holes, under=0.0):
        """The painter's stages in training, each [B, S, S, C] float32; what is missing is never seen: there is `under`,
        a noise for painters that begin with one."""
        shown = images * (1 - holes) + under * holes
        return [tf.cast(s, tf.float32) for s in self.model.stages(shown, holes, training=True)]


def error_of(distance, painted, images, holes, known: float):
    """The error of what is painted, the mean over the batch: `distance` where pixels are missing and, `known` times
    as much, the mean absolute error where they are known, to which the blend joins the hole."""
    missing = tf.reduce_mean(distance(painted, images, holes))
    return missing + known * tf.reduce_mean(masked.l1(painted, images, 1 - holes)) if known else missing


def batch_norms(network: keras.Model) -> list:
    """Its layers of batch normalisation, those of networks inside it too."""
    return [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]

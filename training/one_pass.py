"""What the steps of all one-pass networks share: holes drawn for each example, the painter, its companions.

Every batch gets fresh holes, another for each example, by `holes`: the name of a family in `training.holes`.
"""

import dataclasses

import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.training.holes import HOLES
from holefill.training.step import Step, StepOptions


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

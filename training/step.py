"""What every training step is made of: networks, optimisers, an averaged copy, one `__call__`.

A step function is called in replica context with images [B, S, S, C] in [-1, 1] and an int32 seed
pair, updates its networks once, and returns scalars to log. All its state is in `checkpointed()`;
all its randomness comes from the seed. Where training has phases, `phase(step)` names the one that a step belongs to,
which the step function is given too: each phase is compiled by itself.
"""

import dataclasses
import math
from typing import ClassVar

import keras
import tensorflow as tf

from holefill import registry
from holefill.errors import UserError
from holefill.training import optimisers

ABOVE_0 = {"factor", "every"}
COUNTS = {"r1_every", "critics"}  # 1 or more
DECAYS = {"beta_1", "beta_2", "judge_beta_1", "ema"}  # 0 or more, less than 1
SHARES = {"decay_from", "alone", "judging", "local_from", "whole_from", "gamma", "samples"}  # 0 to 1


@dataclasses.dataclass(frozen=True)
class StepOptions:
    """Options shared by all steps; a number is 0 or more, unless it is one of the sets above.

    learning_rate: Adam's step (Muon's: see `training.muon`); beta_1, beta_2: its decays; decay_from: share of the steps
    after which the rate falls linearly to a twentieth (1: never); ema: decay of the averaged weights.

    choices: option → what it may name.

    Raises
    ------
    UserError
        Where a number is out of its range, or a name unknown.
    """

    choices: ClassVar[dict] = {}

    learning_rate: float = 2e-4
    beta_1: float = 0.5
    beta_2: float = 0.999
    decay_from: float = 1.0
    ema: float = 0.0

    def __post_init__(self):
        for name, known in self.choices.items():
            if getattr(self, name) not in known:
                raise UserError(registry.unknown(getattr(self, name), known, f"--recipe {name}"))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, (int, float)) and (why := _out_of_range(field.name, value)):
                raise UserError(f"--recipe {field.name}={value}: wanted {why}")


def _out_of_range(name: str, value) -> str | None:
    """What is wanted of an option, where a value is not it."""
    if name in ABOVE_0:
        return None if 0 < value < math.inf else "more than 0"
    if name in COUNTS:
        return None if value >= 1 else "1 or more"
    if name in DECAYS:
        return None if 0 <= value < 1 else "0 or more, and less than 1"
    if name in SHARES:
        return None if 0 <= value <= 1 else "a share, 0 to 1"
    return None if 0 <= value < math.inf else "0 or more"


def make_options(step_class, changes: dict):
    """The step's options with `changes`; UserError for one that it does not have, or of another kind."""
    known = {field.name: field.default for field in dataclasses.fields(step_class.options_class)}
    if unknown := sorted(set(changes) - set(known)):
        raise UserError(f"--recipe has no {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    for name, value in changes.items():
        wanted = (int, float) if isinstance(known[name], float) else type(known[name])
        if not isinstance(value, wanted) or isinstance(value, bool) != (wanted is bool):
            kind = {bool: "True or False", str: "a text in quotes", int: "a whole number"}.get(wanted, "a number")
            raise UserError(f"--recipe {name}={value!r}: wanted {kind}")
    floats = {name: float(value) for name, value in changes.items() if isinstance(known[name], float)}
    return dataclasses.replace(step_class.options_class(**changes), **floats)  # errors name what was given


class LinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Constant until `start`, then linear down to `floor` × rate at `steps`."""

    def __init__(self, rate, start, steps, floor=0.05):
        self.rate, self.start, self.steps, self.floor = rate, start, steps, floor

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        share = keras.ops.clip((step - self.start) / max(self.steps - self.start, 1), 0.0, 1.0)
        return self.rate * (1.0 - (1.0 - self.floor) * share)

    def get_config(self):
        return {"rate": self.rate, "start": self.start, "steps": self.steps, "floor": self.floor}


def optimizer(options: StepOptions, steps: int, variables, precision: str, name: str = "adam"):
    """One of `training.optimisers`, built for `variables`; its rate falls as `options` say, but for Adadelta's."""
    rate = options.learning_rate if name == "adadelta" else falling(options, options.learning_rate, steps)
    return optimisers.make(name, rate, options, variables, precision)


def falling(options: StepOptions, rate: float, steps: int):
    """`rate`, or where it is to fall within so many steps, its schedule."""
    start = int(options.decay_from * steps)
    return LinearDecay(rate, start, steps) if start < steps else rate


class Averaged:
    """Exponential moving average of a network's weights, kept in a copy of the network."""

    def __init__(self, network: keras.Model, copy: keras.Model, decay: float):
        self.network, self.copy, self.decay = network, copy, decay
        copy.set_weights(network.get_weights())
        self.averaged = {id(v) for v in copy.trainable_variables}

    def update(self, strategy, step):
        """Average the weights (less at first: (1 + step) / (10 + step)) and copy the statistics.

        Called across replicas, after the step.
        """
        step = tf.cast(step, tf.float32)
        decay = tf.minimum(self.decay, (1.0 + step) / (10.0 + step))
        for source, target in zip(self.network.variables, self.copy.variables, strict=True):
            keep = decay if id(target) in self.averaged else tf.constant(0.0)
            value = tf.convert_to_tensor(source.value)
            strategy.extended.update(target.value, _blend, args=(value, keep))


def _blend(target, value, keep):
    return target.assign(keep * target + (1.0 - keep) * value)


def share_statistics(strategy, networks):
    """Batch normalisation's moving statistics become their mean over the replicas, each of which keeps its own.

    Called across replicas, after the step; only the first replica's would be saved.
    """
    kept = [v for n in networks for v in n.non_trainable_variables if v.dtype.startswith("float")]
    own = strategy.run(lambda: [tf.identity(v.value) for v in kept])
    for variable, values in zip(kept, own, strict=True):
        mean = strategy.reduce("MEAN", values, axis=None)
        strategy.extended.update(variable.value, lambda target, value: target.assign(value), args=(mean,))


class Step:
    """Base of the step functions; subclasses define `__call__(images, step, seed) -> metrics`.

    model, averages: what is trained and its copy for the averages, of `models.stored.build`; companions: what only
    training needs, by name; steps: of which falling rates are shares; scheduled: of which phases are, the steps that
    the run was begun with.
    """

    options_class = StepOptions
    refines = False  # whether it is meant to begin with what another has learnt
    least_share = 1  # the fewest pictures a device that it can learn from

    def __init__(self, model, averages, options, steps: int, replicas: int, precision: str, scheduled: int = 0):
        self.model, self.averages, self.options = model, averages, options
        self.steps, self.replicas, self.precision = steps, replicas, precision
        self.scheduled = scheduled or steps
        self.companions = {name: make(precision) for name, make in getattr(model, "companions", {}).items()}
        self.optimizers = self.make_optimizers()
        self.averaged = [
            Averaged(model.networks()[name], copy, options.ema)
            for name, copy in averages.networks().items()
            if name in self.averaged_networks()
        ]

    def phase(self, step: int) -> str | None:
        """The phase of training that a step belongs to; None where there is but one."""
        return None

    def averaged_networks(self) -> tuple:
        """Names of the networks whose weights are averaged."""
        return ("generator",) if self.options.ema else ()

    def after(self, strategy, step):
        """What follows an update, across replicas: shared statistics, then the averages."""
        if self.replicas > 1:
            share_statistics(strategy, [*self.model.networks().values(), *self.companions.values()])
        for average in self.averaged:
            average.update(strategy, step)

    def settle(self, images):
        """Make the averaged networks fit to be looked at or kept, from training pictures uint8 [N, S, S, C].

        Called before `result`; what it changes lasts until the next step.
        """

    def checkpointed(self) -> dict:
        """Everything that must be saved for an exact resume, by name."""
        return {
            **{f"model_{name}": network for name, network in self.model.networks().items()},
            **{f"companion_{name}": network for name, network in self.companions.items()},
            **{f"average_{i}": average.copy for i, average in enumerate(self.averaged)},
            **{f"optimizer_{name}": optimizer for name, optimizer in self.optimizers.items()},
        }

    def trained(self) -> dict:
        """The variables that each optimiser moves, by its name."""
        raise NotImplementedError

    def make_optimizers(self) -> dict:
        """The optimiser of each name of `trained()`, built: Adam, unless a family has others."""
        return {name: optimizer(self.options, self.steps, v, self.precision) for name, v in self.trained().items()}

    def scaled(self, losses: dict) -> dict:
        """The losses as they are differentiated: a replica's share of each, scaled under float16."""
        losses = {name: loss / self.replicas for name, loss in losses.items()}
        if self.precision != "mixed_float16":
            return losses
        return {name: self.optimizers[name].scale_loss(loss) for name, loss in losses.items()}

    def update(self, tape, scaled: dict):
        """One update of each optimiser, all from the weights as they were; gradients are summed over replicas."""
        variables = self.trained()
        gradients = {name: tape.gradient(loss, variables[name]) for name, loss in scaled.items()}
        for name, own in gradients.items():
            self.optimizers[name].apply_gradients(zip(own, variables[name], strict=True))

    def result(self):
        """The model to keep: averaged networks where there are any, the others as they are."""
        target = self.averages
        averaged = {id(average.copy) for average in self.averaged}
        for name, network in target.networks().items():
            if id(network) not in averaged:
                network.set_weights(self.model.networks()[name].get_weights())
        return target

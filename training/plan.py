"""What a run will do, decided from its options before anything is decoded or written.

Names become objects here (data set, step, precision, devices), so that a typing error costs no time and leaves no
run folder. `Plan.resolved()` is what `config.json` keeps of it: a resumed run goes on with that, not with what
"auto" would mean on the machine it is resumed on.
"""

import dataclasses
import inspect
import time

import tensorflow as tf
from absl import logging

from holefill import datasets, models, training
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import precision
from holefill.training.options import TrainOptions
from holefill.training.step import Step, StepOptions, make_options


@dataclasses.dataclass(frozen=True)
class Plan:
    """A run's options as objects; `policy` is a Keras dtype policy, `loading` the loader's options.

    scheduled: the steps that the run was begun with, of which its phases are shares, also where it is resumed for more.
    """

    options: TrainOptions
    strategy: tf.distribute.Strategy
    policy: str
    step_class: type
    recipe: StepOptions
    channels: int
    loader: object
    loading: dict
    scheduled: int

    @property
    def replicas(self) -> int:
        """Number of devices that share a batch."""
        return self.strategy.num_replicas_in_sync

    def resolved(self) -> dict:
        """What the options were resolved to, for `config.json`."""
        shape = {"image_size": self.options.image_size, "channels": self.channels}
        recipe = {"recipe": dataclasses.asdict(self.recipe), "scheduled": self.scheduled}
        return {"precision": self.policy, **shape, **recipe}


def make_plan(options: TrainOptions, resolved: dict | None = None) -> Plan:
    """Resolve `options`; what `resolved` (of the run that is resumed) says is not decided again.

    Raises
    ------
    UserError
        An unknown name or option, a run whose recipe was another version's, a batch that the devices cannot share,
        float16 on several devices.
    """
    resolved = resolved or {}
    step_class = training.get(options.model)
    recipe = _recipe(step_class, options, resolved.get("recipe", {}))
    strategy = precision.strategy(options.strategy)
    replicas = strategy.num_replicas_in_sync
    policy = resolved.get("precision") or precision.policy(options.precision, replicas)
    precision.check(policy, replicas)
    if options.batch_size % replicas:
        raise UserError(f"--batch_size {options.batch_size} cannot be shared by {replicas} replicas evenly")
    size = resolved.get("image_size") or options.image_size or models.usual_size(options.model)
    options = dataclasses.replace(options, image_size=size)
    loader, loading = _loading(options, resolved)
    scheduled = resolved.get("scheduled", options.steps)
    return Plan(options, strategy, policy, step_class, recipe, loading["channels"], loader, loading, scheduled)


def _recipe(step_class, options, kept: dict):
    """The recipe of a new run, or, where it has a `kept` one, of the run that is resumed."""
    known = {field.name for field in dataclasses.fields(step_class.options_class)}
    if kept and "optimiser" in known:
        kept = {"optimiser": "adam", **kept}  # what all had that did not say so
    if kept and (other := known ^ set(kept)):
        raise UserError(
            f"{options.run_dir} was begun by another version of holefill, in which the recipe of {options.model} was"
            f" another ({', '.join(sorted(other))}), and would go on otherwise than it began: train in another"
            f" --run_dir, with --start {options.run_dir} from where it is once it has a model"
        )
    return make_options(step_class, {**kept, **options.recipe})


def _loading(options, resolved) -> tuple:
    loader, extra = datasets.get(options.dataset)
    known = inspect.signature(loader).parameters
    if odd := sorted(set(extra) - set(known) | set(extra) & {"split", "limit"}):
        raise UserError(f"--dataset {options.dataset} has no option {', '.join(odd)}")
    channels = resolved.get("channels") or extra.get("channels") or options.channels or known["channels"].default
    return loader, {"data_dir": options.data_dir, **extra, "image_size": options.image_size, "channels": channels}


def build(plan: Plan, start=None) -> Step:
    """The step function with its networks, averages and optimisers, at step 0; `start`: a model to begin with."""
    options = plan.options
    shape = {"image_size": options.image_size, "channels": plan.channels}
    with plan.strategy.scope():
        model = stored.build(options.model, plan.policy, **shape)
        if start is not None:
            stored.start(model, start)
        averages = stored.build(options.model, "float32", **shape)
        step = plan.step_class(model, averages, plan.recipe, options.steps, plan.replicas, plan.policy, plan.scheduled)
    if options.batch_size < (least := step.least_share * plan.replicas):
        raise UserError(
            f"--batch_size {options.batch_size}: {options.model} normalises over the pictures of a batch that a device"
            f" has, and cannot learn from one alone: give {least} or more"
        )
    return step


def load(plan: Plan) -> tuple:
    """Training pictures uint8 [N, S, S, C] and up to 64 for validation.

    Raises
    ------
    UserError
        Where there are no such data, they cannot be read, or they do not fill a batch.
    """
    started = time.monotonic()
    train_set = plan.loader("train", **plan.loading)
    for name, reason in train_set.skipped:
        logging.warning("left out %s: %s", name, reason)
    count, batch = len(train_set.images), plan.options.batch_size
    if not 1 <= batch <= count:
        raise UserError(f"--batch_size is {batch} and there are {count} training pictures: wanted 1 to {count}")
    validation = plan.loader("validation", limit=64, **plan.loading)
    logging.info("%d training pictures in %.1f s", count, time.monotonic() - started)
    return train_set.images, validation.images

"""The one training loop: batches → a step function under `strategy.run`, with checkpoints and curves.

`train(dataset="celeba", …)` makes or resumes a run folder and returns it. The loop is ours rather
than `keras.Model.fit` because `fit` can neither keep a tf.data position nor roll back. State is
(networks, averages, optimisers, step, rollbacks); everything random is a function of (seed, step), so
a run that was killed and resumed ends with the bits of one that was not.
"""

import json
from pathlib import Path

import keras
import tensorflow as tf
from absl import logging

from holefill import atomic
from holefill.datasets.stream import stream
from holefill.errors import UserError
from holefill.training import guard
from holefill.training.checkpoints import Checkpoints, check_names, digest
from holefill.training.disk import writing
from holefill.training.in_order import as_usual, in_order
from holefill.training.plan import build, load, make_plan
from holefill.training.progress import Progress
from holefill.training.run_folder import find_run, write_run
from holefill.training.signals import Interrupted, stopping
from holefill.training.summaries import Summaries


def train(**asked) -> Path:
    """Train, or go on training, and return the run folder.

    Parameters are those of `holefill.training.options.TrainOptions`. When done the folder holds
    `model/` (float16 weights), `saved_model/`, `result.json` with the state's SHA-256.

    Raises
    ------
    UserError
        Bad options, another run's folder, unreadable data, no room on disk, losses that explode.
    Interrupted
        On SIGINT or SIGTERM, after a checkpoint was written.
    """
    folder, options, resolved = find_run(asked)
    if options.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(options.seed % 2**32)
    run = _Run(folder, make_plan(options, resolved))
    if resolved is not None:
        done = "; nothing is left to train, its model is written" * (run.step == options.steps)
        logging.info("resuming %s at step %d of %d%s", folder, run.step, options.steps, done)
    with stopping(run):
        with in_order(options.deterministic, run.plan.replicas):
            run.go()
        run.finish()  # not in order: a SavedModel holds how its functions are done
    return folder


class _Run:
    """One run: its networks, its data, where it is. The run folder is written when all else is ready."""

    def __init__(self, folder, plan):
        self.folder, self.plan, self.options, self.stop = folder, plan, plan.options, None
        begun = any((folder / "checkpoints").glob("*.index"))  # then they say more than what it began with
        self.step_function = build(plan, None if begun else plan.options.start)
        if plan.step_class.refines and not begun and plan.options.start is None:
            logging.warning(
                "%s is to refine what has been trained: without --start it begins at random", self.options.model
            )
        if begun:
            check_names(folder / "checkpoints", self.step_function.model.networks())
        self.images, validation = load(plan)
        write_run(folder, plan.options, plan.resolved())
        self.checkpoints = Checkpoints(folder / "checkpoints", self.step_function.checkpointed())
        self.step = self.checkpoints.restore() or 0
        self.summaries = Summaries(folder, plan.options, self.step_function, validation)
        self.summaries.rewind(self.step)
        self.update = self._compile()

    def _compile(self):
        strategy, size, channels = self.plan.strategy, self.options.image_size, self.plan.channels
        share = self.options.batch_size // self.plan.replicas

        @tf.function(reduce_retracing=True, autograph=False)
        def update(images, step, seed, *phase):
            def one(images):
                images = tf.ensure_shape(images, (share, size, size, channels))
                replica = tf.distribute.get_replica_context().replica_id_in_sync_group
                own = tf.random.fold_in(tf.random.fold_in(tf.stack([seed, 0]), step), replica)
                return self.step_function(images, step, own, *phase)

            scalars = strategy.run(one, args=(images,))
            scalars = {k: strategy.reduce("MEAN", v, axis=None) for k, v in scalars.items()}
            self.step_function.after(strategy, step)
            return scalars

        return update

    def _batches(self):
        """Batches from this step on; after a rollback, others than before."""
        seed = self.options.seed + 1_000_003 * int(self.checkpoints.rollbacks)
        batches = stream(self.images, self.options.batch_size, seed=seed, start_step=self.step)
        if self.plan.replicas > 1:
            batches = self.plan.strategy.experimental_distribute_dataset(batches.with_options(_unsharded()))
        return iter(batches), tf.constant(seed % 2**31, tf.int32)

    def go(self):
        """Train to the last step, roll back where the losses go astray."""
        watch, pending = guard.Guard(), []
        batches, seed = self._batches()
        self.checkpoints.save(self.step)
        if self.step < self.options.steps:
            logging.info("compiling the first step")
        else:  # nothing is left to train, so no report settles them
            self.step_function.settle(self.images)
        with Progress(self.options.steps, self.step, self.options.batch_size) as progress:
            while self.step < self.options.steps:
                pending.append(self.update(next(batches), tf.constant(self.step, tf.int32), seed, *self._phase()))
                self.step += 1
                stop = self.stop  # looked at once: a signal from here on is for the next step
                if not self._pause(stop):
                    continue
                if self._healthy(watch, pending, stop):
                    self._report({k: v for scalars in pending for k, v in scalars.items()}, progress)
                else:
                    self._roll_back(watch)
                    batches, seed = self._batches()
                pending = []
                if stop:
                    self.checkpoints.save(self.step)
                    raise Interrupted(stop, self.step, self.folder)

    def _phase(self) -> tuple:
        """What the step function is told beside the batch: the phase, where it has several."""
        phase = self.step_function.phase(self.step)
        return () if phase is None else (phase,)

    def _due(self, *every):
        return self.step == self.options.steps or any(self.step % n == 0 for n in every)

    def _pause(self, stop):
        o = self.options
        return bool(stop) or self._due(o.log_every, o.checkpoint_every, o.sample_every)

    def _healthy(self, watch, pending, stop):
        """Every loss since the last look is sane, and what will be saved or drawn is finite."""
        fine = all(watch.healthy({k: float(v) for k, v in s.items() if k.startswith("loss/")}) for s in pending)
        kept = stop or self._due(self.options.checkpoint_every, self.options.sample_every)
        return fine and (not kept or self.checkpoints.finite())

    def _report(self, scalars, progress):
        scalars = {k: float(v) for k, v in scalars.items()}
        progress.update(self.step, scalars)
        self.summaries.scalars(self.step, {**scalars, **self._rates(), "images_per_second": progress.speed})
        if self._due(self.options.checkpoint_every):
            self.checkpoints.save(self.step)
        if self._due(self.options.sample_every):
            with progress.paused():
                self.step_function.settle(self.images)
                with as_usual():
                    self.summaries.pictures(self.step)

    def _rates(self):
        optimizers = self.step_function.optimizers.items()
        return {f"learning_rate/{name}": float(tf.convert_to_tensor(o.learning_rate)) for name, o in optimizers}

    def _roll_back(self, watch):
        """Return to the last checkpoint, and count it; the third time is the last."""
        rollbacks, bad = int(self.checkpoints.rollbacks) + 1, self.step
        self.step = self.checkpoints.restore()
        logging.warning("losses or weights not finite or exploded by step %d: rolled back to step %d (%d of %d)",
                        bad, self.step, rollbacks, guard.LIMIT)  # fmt: skip
        if rollbacks >= guard.LIMIT:
            raise UserError(
                f"training went astray {rollbacks} times, last by step {bad}; {self.folder} holds the good state of"
                f" step {self.step}: try a lower learning rate (--recipe learning_rate=...) or --precision float32"
            )
        self.checkpoints.count_rollbacks(rollbacks)
        self.summaries.rewind(self.step)
        watch.forget()

    def finish(self):
        """Write the result of a run that has gone to its last step."""
        from holefill.training.result import write_result

        state = digest(self.step_function.checkpointed())
        with writing("the result", self.folder):
            written = write_result(self.folder, self.options, self.step_function, len(self.images), self.step)
            about = {"step": self.step, "sha256": state, **written}
            atomic.write(self.folder / "result.json", json.dumps(about, indent=2) + "\n")
        self.summaries.close()
        logging.info("state sha256 %s; model in %s", state, self.folder / "model")


def _unsharded():
    """Each replica gets its share of the same global batch."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options

"""The one training loop: batches → a step function under `strategy.run`, with checkpoints and curves.

`train(dataset="celeba", …)` makes or resumes a run folder and returns it. The loop is ours rather
than `keras.Model.fit` because `fit` cannot run on several workers, nor keep a tf.data position, nor
roll back. State is (networks, averages, optimisers, step, rollbacks); everything random is a function
of (seed, step), so a run that was killed and resumed ends with the bits of one that was not.
"""

import json
import signal
import time
from pathlib import Path

import keras
import tensorflow as tf
from absl import logging

from holefill import datasets, training
from holefill.datasets.stream import stream
from holefill.errors import UserError
from holefill.models import latent_model
from holefill.training import guard, precision
from holefill.training.checkpoints import Checkpoints, digest
from holefill.training.progress import Progress
from holefill.training.run_folder import open_run, replace_text
from holefill.training.step import make_options
from holefill.training.summaries import Summaries


class Interrupted(Exception):
    """Training was asked to stop (SIGINT, SIGTERM); the state is saved. `signal` is the signal's number."""

    def __init__(self, number: int, step: int, folder: Path):
        super().__init__(f"stopped by {signal.Signals(number).name} after step {step}; saved: the same command resumes")
        self.signal, self.step, self.folder = number, step, folder


def train(**asked) -> Path:
    """Train, or go on training, and return the run folder.

    Parameters are those of `holefill.training.options.TrainOptions`. When done the folder holds
    `model/` (float16 weights), `saved_model/`, `result.json` with the weights' SHA-256.

    Raises
    ------
    UserError
        Bad options, another run's folder, unreadable data, no room on disk, losses that explode.
    Interrupted
        On SIGINT or SIGTERM, after a checkpoint was written.
    """
    folder, options, resumed = open_run(asked)
    if options.deterministic:
        tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(options.seed % 2**32)
    run = _Run(folder, options)
    if resumed:
        logging.info("resuming %s at step %d of %d", folder, run.step, options.steps)
    with _signals(run):
        run.go()
    return folder


class _Run:
    """One run: its networks, its data, where it is."""

    def __init__(self, folder, options):
        self.folder, self.options, self.stop = folder, options, None
        self.strategy = precision.strategy(options.strategy)
        self.policy = precision.policy(options.precision)
        replicas = self.strategy.num_replicas_in_sync
        if options.batch_size % replicas:
            raise UserError(f"--batch_size {options.batch_size} cannot be shared by {replicas} replicas evenly")
        self.images, self.validation = _load(options)
        self.step_function = self._build(replicas)
        self.checkpoints = Checkpoints(folder / "checkpoints", self.step_function.checkpointed())
        self.step = self.checkpoints.restore() or 0
        self.summaries = Summaries(folder, options, self.step_function, self.validation)
        self.update = self._compile(replicas)

    def _build(self, replicas):
        options = self.options
        channels = self.images.shape[-1]
        shape = {"image_size": options.image_size, "channels": channels}
        step_class = training.get(options.model)
        with self.strategy.scope():
            model = latent_model.build(options.model, self.policy, **shape)
            averages = latent_model.build(options.model, "float32", **shape)
            recipe = make_options(step_class, options.recipe)
            return step_class(model, averages, recipe, options.steps, replicas, self.policy)

    def _compile(self, replicas):
        size, channels = self.options.image_size, self.images.shape[-1]
        share = self.options.batch_size // replicas

        @tf.function(reduce_retracing=True)
        def update(images, step, seed):
            def one(images):
                images = tf.ensure_shape(images, (share, size, size, channels))
                replica = tf.distribute.get_replica_context().replica_id_in_sync_group
                own = tf.random.fold_in(tf.random.fold_in(tf.stack([seed, 0]), step), replica)
                return self.step_function(images, step, own)

            scalars = self.strategy.run(one, args=(images,))
            scalars = {k: self.strategy.reduce("MEAN", v, axis=None) for k, v in scalars.items()}
            self.step_function.after(self.strategy, step)
            return scalars

        return update

    def _batches(self):
        """Batches from this step on; after a rollback, others than before."""
        seed = self.options.seed + 1_000_003 * int(self.checkpoints.rollbacks)
        batches = stream(self.images, self.options.batch_size, seed=seed, start_step=self.step)
        if self.strategy.num_replicas_in_sync > 1:
            batches = batches.with_options(_unsharded())
            batches = self.strategy.experimental_distribute_dataset(batches)
        return iter(batches), tf.constant(seed % 2**31, tf.int32)

    def go(self):
        """Train to the last step, roll back where the losses go astray, write the result."""
        watch, pending = guard.Guard(), []
        batches, seed = self._batches()
        if self.step == 0:
            self._save()
        with Progress(self.options.steps, self.step, self.options.batch_size) as progress:
            while self.step < self.options.steps:
                scalars = self.update(next(batches), tf.constant(self.step, tf.int32), seed)
                self.step += 1
                pending.append(scalars)
                if self._pause():
                    if not self._healthy(watch, pending):
                        self._roll_back(watch)
                        batches, seed = self._batches()
                    else:
                        self._report(pending[-1], progress)
                    pending = []
                    if self.stop:
                        self._save()
                        raise Interrupted(self.stop, self.step, self.folder)
        self._finish()

    def _due(self, every):
        return self.step % every == 0 or self.step == self.options.steps

    def _pause(self):
        o = self.options
        return bool(self.stop) or any(self._due(n) for n in (o.log_every, o.checkpoint_every, o.sample_every))

    def _healthy(self, watch, pending):
        """Every loss since the last look is sane, and before a checkpoint every weight is finite."""
        fine = all(watch.healthy({k: float(v) for k, v in s.items() if k.startswith("loss/")}) for s in pending)
        return fine and (not self._due(self.options.checkpoint_every) or self.checkpoints.finite())

    def _report(self, scalars, progress):
        scalars = {k: float(v) for k, v in scalars.items()}
        progress.update(self.step, scalars)
        self.summaries.scalars(self.step, {**scalars, **self._rates(), "images_per_second": progress.speed})
        if self._due(self.options.checkpoint_every):
            self._save()
        if self._due(self.options.sample_every):
            with progress.paused():
                self.summaries.pictures(self.step)

    def _rates(self):
        return {f"learning_rate/{n}": float(o.learning_rate) for n, o in self.step_function.optimizers.items()}

    def _save(self):
        self.checkpoints.save(self.step)

    def _roll_back(self, watch):
        """Return to the last checkpoint, and count it; the third time is the last."""
        rollbacks, bad = int(self.checkpoints.rollbacks) + 1, self.step
        self.step = self.checkpoints.restore()
        logging.warning("losses not finite or exploded by step %d: rolled back to step %d (%d of %d)",
                        bad, self.step, rollbacks, guard.LIMIT)  # fmt: skip
        if rollbacks >= guard.LIMIT:
            raise UserError(
                f"training went astray {rollbacks} times, last by step {bad}; {self.folder} holds the good state of"
                f" step {self.step}: try a lower learning rate (--recipe learning_rate=...) or --precision float32"
            )
        self.checkpoints.rollbacks.assign(rollbacks)
        self._save()
        watch.forget()

    def _finish(self):
        from holefill.training.result import write_result

        weights = digest(self.step_function.model.networks())
        written = write_result(self.folder, self.options, self.step_function, len(self.images), self.step)
        about = {"step": self.step, "sha256": weights, **written}
        replace_text(self.folder / "result.json", json.dumps(about, indent=2) + "\n")
        self.summaries.close()
        logging.info("weights sha256 %s; model in %s", weights, self.folder / "model")


def _load(options):
    """Training pictures uint8 [N, S, S, C] and a few for validation."""
    loader, extra = datasets.get(options.dataset)
    channels = {} if options.channels is None else {"channels": options.channels}
    asked = {"data_dir": options.data_dir, "image_size": options.image_size, **channels, **extra}
    started = time.monotonic()
    train_set = loader("train", **asked)
    for name, reason in train_set.skipped:
        logging.warning("left out %s: %s", name, reason)
    validation = loader("validation", **{**asked, "limit": 64})
    logging.info("%d training pictures in %.1f s", len(train_set.images), time.monotonic() - started)
    return train_set.images, validation.images


def _unsharded():
    """Each worker draws the same global batches and takes its share."""
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options


class _signals:
    """While entered, SIGINT and SIGTERM ask the run to save and stop; a second one ends it at once."""

    def __init__(self, run):
        self.run, self.before = run, {}

    def __enter__(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self.before[number] = signal.signal(number, self._note)
            except ValueError:  # not in the main thread: the caller handles signals
                return self
        return self

    def _note(self, number, frame):
        if self.run.stop:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.run.stop = number

    def __exit__(self, *_):
        for number, handler in self.before.items():
            signal.signal(number, handler)

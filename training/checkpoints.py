"""Checkpoints that survive a kill at any moment.

TensorFlow writes a checkpoint's files under temporary names and then renames them, and the manager's
index last, so an interrupted save leaves the one before it whole. A newest checkpoint that cannot be
read (a full disk, a damaged file) is passed over for the one before. What is kept: networks, averaged
copies, optimisers, step, rollbacks and every Keras seed generator; batches need no state, since they
are a function of (seed, step).
"""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging

from holefill.errors import UserError


class Checkpoints:
    """The checkpoints of a run folder; `parts` is a step function's `checkpointed()`."""

    def __init__(self, folder: Path, parts: dict, keep: int = 3):
        self.folder, self.parts = folder, parts
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.rollbacks = tf.Variable(0, dtype=tf.int64, trainable=False)
        seeds = {f"seed_{i}": value for i, value in enumerate(_seed_states(parts))}
        self.checkpoint = tf.train.Checkpoint(step=self.step, rollbacks=self.rollbacks, **parts, **seeds)
        self.manager = tf.train.CheckpointManager(self.checkpoint, str(folder), max_to_keep=keep)

    def save(self, step: int):
        """Write a checkpoint for `step` updates done."""
        self.step.assign(step)
        try:
            self.manager.save(checkpoint_number=step)
        except (tf.errors.OpError, OSError) as error:
            reason = str(getattr(error, "message", error)).splitlines()[0]
            raise UserError(
                f"cannot write the checkpoint of step {step} in {self.folder}: {reason}."
                f" The one before it is whole: make room and run the same command again"
            ) from error

    def restore(self) -> int | None:
        """Read the newest readable checkpoint; its step, or None where there is none.

        Raises
        ------
        UserError
            Where checkpoints exist and none can be read.
        """
        found = list(reversed(self.manager.checkpoints))
        for path in found:
            try:
                self.checkpoint.restore(path).assert_existing_objects_matched()
                return int(self.step)
            except (tf.errors.OpError, ValueError, AssertionError, LookupError, RuntimeError) as error:
                logging.warning("checkpoint %s cannot be read (%s); trying the one before", path, type(error).__name__)
        if found:
            raise UserError(f"none of the checkpoints in {self.folder} can be read: start anew in another --run_dir")
        return None

    def finite(self) -> bool:
        """Whether every weight is a finite number: only such a state is worth keeping."""
        for part in self.parts.values():
            variables = part.variables
            for variable in variables() if callable(variables) else variables:
                if variable.dtype.startswith("float") and not np.isfinite(np.asarray(variable)).all():
                    return False
        return True


def _seed_states(parts: dict) -> list:
    return [
        variable.value
        for part in parts.values()
        for variable in getattr(part, "non_trainable_variables", [])
        if "seed_generator" in variable.path
    ]


def digest(networks: dict) -> str:
    """SHA-256 over every weight of the networks, in order, as float32."""
    sha = hashlib.sha256()
    for name, network in sorted(networks.items()):
        for variable in network.variables:
            sha.update(f"{name}/{variable.path}".encode())
            sha.update(np.ascontiguousarray(np.asarray(variable, "float32")).tobytes())
    return sha.hexdigest()

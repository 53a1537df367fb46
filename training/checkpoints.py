"""Checkpoints that survive a kill at any moment.

TensorFlow writes a checkpoint's files under temporary names and then renames them, and the manager's
index last, so an interrupted save leaves the one before it whole. A newest checkpoint that cannot be
read (a full disk, a damaged file) is passed over for the one before. What is kept: networks, averaged
copies, optimisers, step, rollbacks and every Keras seed generator; batches need no state, since they
are a function of (seed, step). A state that is saved already is not written again: rollbacks since then
are counted in `rollbacks.json` beside it.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
from absl import logging
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from holefill import atomic
from holefill.errors import UserError
from holefill.training.disk import writing

# what TensorFlow raises of damaged ones, and of those that do not match
UNREADABLE = tf.errors.OpError, ValueError, AssertionError, LookupError, RuntimeError


class Checkpoints:
    """The checkpoints of a run folder; `parts` is a step function's `checkpointed()`."""

    def __init__(self, folder: Path, parts: dict, keep: int = 3):
        self.folder, self.parts = folder, parts
        self.step = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.rollbacks = tf.Variable(0, dtype=tf.int64, trainable=False)
        seeds = {f"seed_{i}": value for i, value in enumerate(_seed_states(parts))}
        self.checkpoint = tf.train.Checkpoint(step=self.step, rollbacks=self.rollbacks, **parts, **seeds)
        self.manager = tf.train.CheckpointManager(self.checkpoint, str(folder), max_to_keep=keep)
        self.saved = None  # the step whose state was last saved or restored

    def save(self, step: int):
        """Write a checkpoint for `step` updates done, unless it is there: a whole one is never written over."""
        if step == self.saved:
            return
        self.step.assign(step)
        with writing(f"the checkpoint of step {step}", self.folder):
            self.manager.save(checkpoint_number=step)
        self.saved = step

    def count_rollbacks(self, rollbacks: int):
        """Keep the number of rollbacks, without touching the checkpoint that was returned to."""
        self.rollbacks.assign(rollbacks)
        with writing("the number of rollbacks", self.folder):
            atomic.write(self.folder / "rollbacks.json", json.dumps({"rollbacks": rollbacks}) + "\n")

    def _counted(self) -> int:
        path = self.folder / "rollbacks.json"
        try:
            return int(json.loads(path.read_text())["rollbacks"])
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, KeyError, TypeError) as error:
            logging.warning("%s cannot be read (%s): rollbacks are counted anew", path, type(error).__name__)
            return 0

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
                self.rollbacks.assign(max(int(self.rollbacks), self._counted()))
                self.saved = int(self.step)
                return self.saved
            except UNREADABLE as error:
                then = "; trying the one before" if path != found[-1] else ""
                logging.warning("checkpoint %s cannot be read (%s)%s", path, type(error).__name__, then)
        if found:
            raise UserError(f"none of the checkpoints in {self.folder} can be read: start anew in another --run_dir")
        return None

    def finite(self) -> bool:
        """Whether every weight is a finite number: only such a state is worth keeping."""
        for _, values in _values(self.parts):
            if values.dtype.kind == "f" and not np.isfinite(values).all():
                return False
        return True


def check_names(folder: Path, networks: dict):
    """Whether the newest readable checkpoint is of these networks, so that no weights come to mean something else.

    TensorFlow matches weights by their place and shape alone; of a layer that means something else since a run was
    begun, and bears another name, it would say nothing.

    Raises
    ------
    UserError
        Where a weight is none of the checkpoint's.
    """
    wanted = {v.path for network in networks.values() for v in network.trainable_variables}
    for path in reversed(tf.train.CheckpointManager(tf.train.Checkpoint(), str(folder), None).checkpoints):
        try:
            graph = tf.train.load_checkpoint(path).get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH")
            kept = TrackableObjectGraph.FromString(graph).nodes
        except (*UNREADABLE, DecodeError):
            continue  # `Checkpoints.restore` tells of it
        if missing := sorted(wanted - {part.full_name for node in kept for part in node.attributes}):
            raise UserError(
                f"{folder.parent} was begun by another version of holefill, whose networks had other layers (none named"
                f" {missing[0]}): train anew in another --run_dir"
            )
        return


def _values(parts: dict):
    """(name, array) of every variable of every part; the names do not depend on what was built before."""
    for name, part in sorted(parts.items()):
        variables = part.variables
        for i, variable in enumerate(variables() if callable(variables) else variables):
            yield f"{name}/{i}", np.asarray(variable)


def _seed_states(parts: dict) -> list:
    return [
        variable.value
        for part in parts.values()
        for variable in getattr(part, "non_trainable_variables", [])
        if "seed_generator" in variable.path
    ]


def digest(parts: dict) -> str:
    """SHA-256 over a step function's `checkpointed()`: networks, averaged copies, optimisers, all their variables."""
    sha = hashlib.sha256()
    for name, values in _values(parts):
        sha.update(f"{name} {values.dtype} {values.shape}".encode())
        sha.update(np.ascontiguousarray(values).tobytes())
    return sha.hexdigest()

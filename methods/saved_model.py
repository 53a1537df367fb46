"""A SavedModel that completes by itself: the whole latent search, or one pass, and Poisson blending in one graph.

It needs TensorFlow to load and nothing of holefill:

    model = tf.saved_model.load(folder)
    model.complete(images, holes, seed)     [B, S, S, C] in [-1, 1], [B, S, S, 1] (1 = missing), int32 → [B, S, S, C]
    model.generate(latents)                 [B, L] in [-1, 1] → [B, S, S, C], of a latent model

Both are signatures too; `complete` is the one that servers use by default. Known pixels come back as they went in.
A one-pass network that takes any size is exported for any size; `seed` means nothing to it.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

import tensorflow as tf
from absl import logging

from holefill.blending.poisson_tensorflow import poisson
from holefill.errors import UserError, reason
from holefill.methods import folded, latent_search, search_options
from holefill.models.latent_model import LatentModel
from holefill.models.pixels import look
from holefill.registry import parse_spec, unknown


class Completer(tf.Module):
    """The search and the generator of one model, with their weights as variables, ready to be saved."""

    def __init__(self, model, options):
        super().__init__()
        networks = latent_search.fold(model, options)
        search = latent_search.graph(networks, options)
        layers = networks["generator"].layers
        self.weights = {
            name: [tf.Variable(weight, trainable=False) for weight in network.weights]
            for name, network in networks.items()
        }
        shape = [None, model.image_size, model.image_size]
        images, holes = tf.TensorSpec([*shape, model.channels], name="images"), tf.TensorSpec([*shape, 1], name="holes")
        latents = tf.TensorSpec([None, model.latent_size], name="latents")

        def complete(images, holes, seed):
            weights = tf.nest.map_structure(tf.convert_to_tensor, dict(self.weights))
            seen = look(images, holes)
            found = search(weights, images, holes, seen, seed, options.steps, options.learning_rate)
            return {"images": poisson(images, found["images"][:, 0], holes, dtype=tf.float64)}

        def generate(latents):
            return {"images": folded.run(layers, [tf.convert_to_tensor(w) for w in self.weights["generator"]], latents)}

        seed = tf.TensorSpec([], tf.int32, name="seed")
        self.complete = tf.function(complete, input_signature=[images, holes, seed], autograph=False)
        self.generate = tf.function(generate, input_signature=[latents], autograph=False)


class OnePass(tf.Module):
    """One painter with its weights, ready to be saved."""

    def __init__(self, model):
        super().__init__()
        self.painter = model.painter  # so that its weights are saved
        side = None if model.multiple else model.image_size
        images = tf.TensorSpec([None, side, side, model.channels], name="images")
        holes, seed = tf.TensorSpec([None, side, side, 1], name="holes"), tf.TensorSpec([], tf.int32, name="seed")

        def complete(images, holes, seed):
            known = tf.where(holes > 0.5, 0.0, images)
            seen = [_continued(array, model.multiple) for array in (known, holes)]
            painted = tf.cast(model.stages(*seen)[-1], tf.float32)
            painted = tf.clip_by_value(painted[:, : tf.shape(images)[1], : tf.shape(images)[2]], -1, 1)
            return {"images": poisson(images, painted, holes, dtype=tf.float64)}

        self.complete = tf.function(complete, input_signature=[images, holes, seed], autograph=False)


def _continued(array, multiple):
    """As `methods.feed_forward` continues pictures: by their mirror image, up to multiples of `multiple`."""
    if not multiple:
        return array
    for axis in (1, 2):
        side = tf.shape(array)[axis]
        order = tf.range(side + -side % multiple) % (2 * side)
        array = tf.gather(array, tf.minimum(order, 2 * side - 1 - order), axis=axis)
    return array


def options_of(method: str | None, model, precision: str | None = None) -> search_options.Options | None:
    """The search's options for a method by name, with options if wanted: "semantic@encoder", "semantic(steps=50)".

    Without a name those of "semantic@encoder", in float32; None for a model that completes by one pass.

    Raises
    ------
    UserError
        Where there is no such method, it does not search, or it has no such option; where a model of one pass is given
        a search.
    """
    if not isinstance(model, LatentModel):
        for flag, value in (("method", method), ("precision", precision)):
            if value is not None:
                raise UserError(f"a {model.family!r} completes by one pass: leave --{flag} {value} out")
        return None
    name, changes = parse_spec(method or "semantic@encoder")
    if name not in search_options.PRESETS:
        raise UserError(unknown(name, search_options.PRESETS, "method of a SavedModel"))
    if changes.get("guess"):
        raise UserError("a SavedModel holds one model: leave the guess of another out")
    preset = search_options.preset(name, model)
    return search_options.change(preset, {"precision": precision or "float32", **changes})


def export(model, folder, options: search_options.Options | None = None) -> Path:
    """Write the SavedModel of `model` to `folder`; it is written beside, then renamed.

    A folder that is empty or holds a SavedModel is replaced, once the new one is whole.

    `options` are the search's, `search_options.preferred(model)` where None, so that it completes as the library does.

    `options.precision` "auto" becomes what is fastest here; choose "float32" for a model that serves elsewhere.

    Raises
    ------
    UserError
        Where there is something else, or it cannot be written; what was there before is there still.
    """
    try:
        return _export(model, Path(folder).resolve(), options)
    except (OSError, tf.errors.OpError) as error:
        raise UserError(f"cannot write {folder}: {reason(error)}") from error


def _export(model, folder: Path, options) -> Path:
    if folder.exists() and not (_is_empty(folder) or (folder / "saved_model.pb").is_file()):
        raise UserError(f"{folder} exists and is no SavedModel, so it is not replaced: name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        completer = _completer(model, options)
        signatures = {"complete": completer.complete, "serving_default": completer.complete}
        if isinstance(model, LatentModel):
            signatures["generate"] = completer.generate
        with _warnings_only():
            tf.saved_model.save(completer, os.path.join(beside, "new"), signatures=signatures)
        _put(Path(beside, "new"), folder)
    return folder


def _completer(model, options) -> tf.Module:
    if not isinstance(model, LatentModel):
        return OnePass(model)
    return Completer(model, options or search_options.preferred(model))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _put(new: Path, folder: Path) -> None:
    """Rename `new` to `folder`; where that fails or is broken off, what was there before is put back."""
    old = folder.with_name(f".{folder.name[:50]}.{secrets.token_hex(4)}.old")
    try:
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    finally:
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
        elif old.exists():
            os.replace(old, folder)


@contextlib.contextmanager
def _warnings_only():
    """Saving tells of names that it changes inside the graph, which nobody sees."""
    before = logging.get_verbosity()
    logging.set_verbosity(logging.WARNING)
    try:
        yield
    finally:
        logging.set_verbosity(before)

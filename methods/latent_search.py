"""Semantic completion: search a generator's latent space for the picture that fits around the hole.

Yeh et al., "Semantic Image Inpainting with Deep Generative Models", CVPR 2017, arXiv:1607.07539. What is minimised is
in `objective`, how, in `search_options`, which also says what each preset is, and the search itself in `search_graph`.

In: images [B, S, S, C] in [-1, 1], holes [B, S, S, 1]. Out: `Fill` with raw fills [B, K, S, S, C], the objective
[B, K] in float32, and the losses on the way. Pixels inside the hole never influence the search.
"""

import dataclasses
import functools
import os

import numpy as np
import tensorflow as tf

from holefill import processor
from holefill.errors import UserError
from holefill.methods import candidates as choosing
from holefill.methods import folded, progress, search_graph
from holefill.methods.fill import Fill
from holefill.methods.search_options import OURS, Options, change, preset
from holefill.models.pixels import look

LANDMARKS = "landmarks64"
MOST_GUESSES = 2048  # of all images that are searched at once: each holds some tens of kilobytes


def _method(name: str, says: str):
    """The method of that name: a search with its preset, of which any of `Options` may be given another value."""

    def complete(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
        model = _model(model)
        options = change(preset(name, model), changes)
        return fill(images, holes, model=model, candidates=candidates, seed=seed, options=options)

    complete.__doc__, complete.options = says, Options
    return complete


semantic = _method("semantic", "Complete with our preset.")
semantic_encoder = _method(
    "semantic@encoder", "Complete near what the encoder believes; as `semantic` does, where there is none."
)
semantic_paper = _method("semantic@paper", "Complete as the paper states.")
semantic_code = _method("semantic@code", "Complete as the paper's released code does.")
semantic_symmetry = _method("semantic@symmetry", "Complete as the paper does, near what the mirrored picture shows.")
semantic_landmarks = _method(
    "semantic@landmarks", "Complete a face as the paper does, by the restart whose landmarks are where to be expected."
)
vae = _method("vae", "Complete by the latent space of a VAE, or of any model with an encoder: the prior is ½‖g‖².")


def fill(images, holes, *, model, candidates=1, seed=0, options: Options = OURS) -> Fill:
    """Search for completions of each image.

    Parameters
    ----------
    images : [B, S, S, C] float32 in [-1, 1], S and C the model's. holes : [B, S, S, 1], 1 = missing.
    model : `LatentModel`, or the name or folder of one.
    candidates : how many different completions of each image, best first.
    seed : same seed, same pixels, on the same machine.

    Raises
    ------
    UserError
        Where there is no model, or there are no images, or they are not of its size.
    """
    model = _model(model)
    images, holes = np.asarray(images, "float32"), np.asarray(holes, "float32")
    _check(images, holes, model)
    options = _follow(options, candidates)
    networks = fold(model, options)
    search = graph(networks, options)
    weights = {name: network.weights for name, network in networks.items()}
    group = max(1, min(options.batch * processor.strands() // options.keep, MOST_GUESSES // options.restarts))
    seen, parts = _seen(model, images, holes, options), []
    with progress.bar("searching", len(images)) as advance:
        for i in range(0, len(images), group):
            rest = slice(i, i + group)
            about = images[rest], holes[rest], seen[rest]
            found = search(weights, *about, seed, options.steps, options.learning_rate)
            parts.append(_choose({name: x.numpy() for name, x in found.items()}, holes[rest], candidates))
            advance(len(images[rest]))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Fill(joined.pop("images"), joined.pop("objective"), joined)


def _seen(model, images, holes, options: Options) -> np.ndarray:
    """What the encoder looks at, [B, S, S, C + 1]: the picture with its hole, or a guess of all of it, without one."""
    if not options.guess or model.encoder is None:
        return look(images, holes).numpy()
    from holefill.methods import feed_forward

    return look(np.where(holes > 0.5, feed_forward.guess(images, holes, options.guess), images)).numpy()


def fold(model, options: Options) -> dict:
    """The model's networks that the search needs, folded."""
    judged = bool(options.prior) and options.prior_from == "discriminator"
    wanted = ["generator"] + ["discriminator"] * judged + ["encoder"] * (options.start == "encoder")
    networks = {name: folded.fold(network) for name, network in model.networks().items() if name in wanted}
    if options.landmarks or (options.symmetry and options.axis == "face"):
        networks["landmarks"] = _landmarks()
    return networks


@functools.lru_cache(maxsize=1)
def _landmarks() -> folded.Folded:
    from holefill.models import landmark_net

    return folded.fold(landmark_net.load(LANDMARKS))


def graph(networks: dict, options: Options):
    """The search as a `tf.function`, see `search_graph.build_search`; kept for the next call."""
    if "encoder" not in networks:
        options = dataclasses.replace(options, start="random")
    precision = fastest_precision() if options.precision == "auto" else options.precision
    fixed = dataclasses.replace(options, steps=0, learning_rate=0.0, precision=precision, guess="")
    return search_graph.build_search(tuple(networks.items()), fixed, precision)


def fastest_precision() -> str:
    """bfloat16 where this machine multiplies it in hardware, else float32."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        major = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0,))[0]
        return "bfloat16" if major >= 8 else "float32"
    return "bfloat16" if processor.cpu_has_bfloat16() else "float32"


def _follow(options, candidates):
    """Options that follow at least twice as many guesses as completions are wanted, so that some differ."""
    if candidates < 1:
        raise UserError(f"{candidates} candidates wanted; it must be 1 or more")
    if candidates == 1 or options.keep >= 2 * candidates:
        return options
    return dataclasses.replace(options, keep=2 * candidates, restarts=max(options.restarts, 2 * candidates))


def _choose(found, holes, candidates):
    order = np.stack([choosing.choose(x, hole, candidates) for x, hole in zip(found["images"], holes, strict=True)])
    return {name: np.stack([x[i] for x, i in zip(values, order, strict=True)]) for name, values in found.items()}


def _model(model):
    if model is None:
        raise UserError("semantic completion needs a trained model: give its name or its folder with --model")
    if isinstance(model, (str, os.PathLike)):
        from holefill.models import stored

        return stored.load(model)
    return model


def _check(images, holes, model):
    wanted = (model.image_size, model.image_size, model.channels)
    if images.ndim != 4 or images.shape[1:] != wanted or holes.shape != (*images.shape[:3], 1):
        size = ", ".join(map(str, wanted[:2]))
        given = f"images {images.shape} with holes {holes.shape}"
        raise UserError(f"{given}; this model completes [B, {size}, {wanted[2]}] with [B, {size}, 1]")
    if not len(images):
        raise UserError("no image to complete: wanted a batch of 1 or more")

"""Semantic completion: search a generator's latent space for the picture that fits around the hole.

Yeh et al., "Semantic Image Inpainting with Deep Generative Models", CVPR 2017, arXiv:1607.07539. Presets:

`semantic@paper`    what the paper states. It does not state Adam's learning rate: 0.01 here.
`semantic@code`     what its released code does: window 15, λ 0.2, −log D, Nesterov's momentum, z from N(0, 1).
`semantic`          ours: the paper's objective, minimised by SOAP with linear decay from a few random guesses, of
                    which successive halving follows the best; the prior counts, but does not lead.
`semantic@encoder`  ours for pictures: Adam in Gaussian coordinates, held to what the encoder believes, since an
                    objective that sees only the rim of a hole says little of its middle.

In: images [B, S, S, C] in [-1, 1], holes [B, S, S, 1]. Out: `Fill` with raw fills [B, K, S, S, C], the objective
[B, K] in float32, and the losses on the way. Pixels inside the hole never influence the search.
"""

import dataclasses
import os

import numpy as np
import tensorflow as tf

from holefill import processor, registry
from holefill.errors import UserError
from holefill.methods import candidates as choosing
from holefill.methods import descent, folded, progress, search_graph
from holefill.methods.fill import Fill


@dataclasses.dataclass(frozen=True)
class Options:
    """How to search.

    prior: λ; prior_in_descent: let it lead the search, rather than only count in the objective; window: of the
    importance weights; boundary: what they take to lie outside the picture, "known" or "symmetric"; weighted: use them,
    else all known pixels count 1; saturating: log(1 − D) rather than −log D; optimiser: "adam", "soap" or "nesterov";
    schedule: "constant", "cosine" or "linear"; restarts: first guesses an image; keep: how many of them, the lowest,
    are followed to the end, the others being given up by halves until the share `screen_at` of the steps is done;
    start: "encoder" (where the model has one) or "random"; latent: random guesses from "uniform" U(-1, 1) or "normal"
    N(0, 1); coordinates: of the search, "latent" z or "gaussian" g with z = erf(g / √2); anchor: weight of ½‖(g − g₀) /
    σ‖², g₀ the first guess, σ the encoder's; spread: of the encoder's guesses about its mean, in σ; clip: largest size
    of a coordinate after each step, or None; precision: "float32", "bfloat16", or "auto", which is bfloat16 where the
    processor multiplies it; batch: most latents at once on each core; snapshots: how many fills on the way are kept in
    the trace.
    """

    prior: float = 0.003
    prior_in_descent: bool = True
    window: int = 7
    boundary: str = "known"
    weighted: bool = True
    saturating: bool = True
    optimiser: str = "adam"
    beta1: float = 0.9
    beta2: float = 0.99
    learning_rate: float = 0.1
    schedule: str = "cosine"
    steps: int = 100
    restarts: int = 64
    keep: int = 4
    screen_at: float = 0.0
    start: str = "encoder"
    latent: str = "uniform"
    coordinates: str = "latent"
    anchor: float = 0.0
    spread: float = 1.0
    clip: float | None = 1.0
    precision: str = "auto"
    batch: int = 32
    snapshots: int = 0

    def __post_init__(self):
        allowed = {
            "optimiser": ("adam", "soap", "nesterov"),
            "schedule": ("constant", "cosine", "linear"),
            "start": ("encoder", "random"),
            "boundary": ("known", "symmetric"),
            "latent": ("uniform", "normal"),
            "coordinates": ("latent", "gaussian"),
            "precision": ("auto", "float32", "bfloat16"),
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise UserError(f"semantic: {name} is {getattr(self, name)!r}; it must be one of {', '.join(values)}")
        for name, least in {"steps": 0, "restarts": 1, "keep": 1, "batch": 1, "window": 1, "snapshots": 0}.items():
            if not isinstance(getattr(self, name), int) or getattr(self, name) < least:
                raise UserError(f"semantic: {name} is {getattr(self, name)!r}; it must be a whole number from {least}")
        if self.anchor and self.coordinates != "gaussian":
            raise UserError("semantic: an anchor needs coordinates='gaussian'")
        if self.window % 2 == 0:
            raise UserError(f"semantic: window is {self.window}; it must be odd")
        if not 0 <= self.screen_at <= 1:
            raise UserError(f"semantic: screen_at is {self.screen_at!r}; it must be a share of the steps, 0 to 1")
        if self.keep > self.restarts:
            raise UserError(f"semantic: keep is {self.keep}, more than the {self.restarts} restarts")

    def minimiser(self):
        """The optimiser's rule."""
        if self.optimiser == "nesterov":
            return descent.Nesterov(0.9)
        return (descent.Soap if self.optimiser == "soap" else descent.Adam)(self.beta1, self.beta2)


# λ = 0.003 makes the prior a thousandth of the objective, and its gradient half of the work.
OURS = Options(
    prior_in_descent=False,
    optimiser="soap",
    beta2=0.9,
    learning_rate=0.4,
    schedule="linear",
    steps=600,
    restarts=4,
    keep=1,
    screen_at=0.6,
    start="random",
)
ENCODER = Options(
    prior_in_descent=False,
    coordinates="gaussian",
    clip=None,
    anchor=0.05,
    spread=6.0,
    learning_rate=0.1,
    steps=40,
    restarts=1,
    keep=1,
)
PAPER = Options(
    beta2=0.999, learning_rate=0.01, schedule="constant", steps=1500, keep=64, start="random", precision="float32"
)
CODE = dataclasses.replace(
    PAPER,
    prior=0.2,
    window=15,
    boundary="symmetric",
    saturating=False,
    optimiser="nesterov",
    learning_rate=3e-4,
    steps=1000,
    latent="normal",
)


def semantic(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Complete with our preset; `changes` are `Options`."""
    return fill(images, holes, model=model, candidates=candidates, seed=seed, options=change(OURS, changes))


def semantic_encoder(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Complete with our preset that stays near what the encoder believes; as `semantic` does, where there is none."""
    model = _model(model)
    options = change(preferred(model), changes)
    return fill(images, holes, model=model, candidates=candidates, seed=seed, options=options)


def preferred(model) -> Options:
    """The preset that paints the best pictures with a model: held to its encoder, where it has one."""
    return ENCODER if model.encoder is not None else OURS


def semantic_paper(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Complete as the paper states."""
    return fill(images, holes, model=model, candidates=candidates, seed=seed, options=change(PAPER, changes))


def semantic_code(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Complete as the paper's released code does."""
    return fill(images, holes, model=model, candidates=candidates, seed=seed, options=change(CODE, changes))


semantic.options = semantic_encoder.options = semantic_paper.options = semantic_code.options = Options


def change(options: Options, changes: dict) -> Options:
    """Options with some changed; `restarts` alone changes `keep` too where all were kept, or more than there are."""
    if "restarts" in changes and "keep" not in changes:
        followed_all = options.keep == options.restarts
        changes = {**changes, "keep": changes["restarts"] if followed_all else min(options.keep, changes["restarts"])}
    given = {name: value for name, value in changes.items() if value is not None or name == "clip"}
    return dataclasses.replace(options, **registry.check_options(Options, given, "semantic"))


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
        Where there is no model, or the images are not of its size.
    """
    model = _model(model)
    images, holes = np.asarray(images, "float32"), np.asarray(holes, "float32")
    _check(images, holes, model)
    options = _follow(options, candidates)
    networks = fold(model, options)
    search = graph(networks, options)
    weights = {name: network.weights for name, network in networks.items()}
    group = max(1, options.batch * processor.strands() // options.keep)
    parts = []
    with progress.bar("searching", len(images)) as advance:
        for i in range(0, len(images), group):
            rest = slice(i, i + group)
            found = search(weights, images[rest], holes[rest], seed, options.steps, options.learning_rate)
            parts.append(_choose({name: x.numpy() for name, x in found.items()}, holes[rest], candidates))
            advance(len(images[rest]))
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Fill(joined.pop("images"), joined.pop("objective"), joined)


def fold(model, options: Options) -> dict:
    """The model's networks that the search needs, folded."""
    wanted = ["generator"] + ["discriminator"] * bool(options.prior) + ["encoder"] * (options.start == "encoder")
    return {name: folded.fold(network) for name, network in model.networks().items() if name in wanted}


def graph(networks: dict, options: Options):
    """The search as a `tf.function`, see `search_graph.build_search`; kept for the next call."""
    if "encoder" not in networks:
        options = dataclasses.replace(options, start="random")
    precision = fastest_precision() if options.precision == "auto" else options.precision
    fixed = dataclasses.replace(options, steps=0, learning_rate=0.0, precision=precision)
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
        from holefill.models import latent_model

        return latent_model.load(model)
    return model


def _check(images, holes, model):
    wanted = (model.image_size, model.image_size, model.channels)
    if images.ndim != 4 or images.shape[1:] != wanted or holes.shape != (*images.shape[:3], 1):
        size = ", ".join(map(str, wanted[:2]))
        given = f"images {images.shape} with holes {holes.shape}"
        raise UserError(f"{given}; this model completes [B, {size}, {wanted[2]}] with [B, {size}, 1]")

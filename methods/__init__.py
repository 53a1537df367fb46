"""Methods by name: (images, holes) → raw fills. See `holefill.methods.fill` for the shape of one."""

from pathlib import Path

from holefill import models
from holefill.errors import UserError
from holefill.models import presets
from holefill.registry import parse_spec, resolve, spell, unknown

TABLE = {
    "semantic": "holefill.methods.latent_search:semantic",
    "semantic@encoder": "holefill.methods.latent_search:semantic_encoder",
    "semantic@paper": "holefill.methods.latent_search:semantic_paper",
    "semantic@code": "holefill.methods.latent_search:semantic_code",
    "semantic@symmetry": "holefill.methods.latent_search:semantic_symmetry",
    "semantic@landmarks": "holefill.methods.latent_search:semantic_landmarks",
    "vae": "holefill.methods.latent_search:vae",
    "one_pass": "holefill.methods.feed_forward:one_pass",
    "fill": "holefill.methods.feed_forward:fill",
    "parallel_attention": "holefill.methods.feed_forward:parallel_attention",
    "contextual_attention": "holefill.methods.feed_forward:contextual_attention",
    "face_completion": "holefill.methods.feed_forward:face_completion",
    "context_encoder": "holefill.methods.feed_forward:context_encoder",
    "glcic": "holefill.methods.feed_forward:glcic",
    "telea": "holefill.methods.opencv:telea",
    "navier_stokes": "holefill.methods.opencv:navier_stokes",
    "membrane": "holefill.methods.membrane:fill",
    "patch_match": "holefill.methods.patch_match:fill",
    "exemplar": "holefill.methods.exemplar:fill",
    "exemplar@paper": "holefill.methods.exemplar:paper",
    "offsets": "holefill.methods.offsets:fill",
    "shiftmap": "holefill.methods.xphoto:shiftmap",
    "planar": "holefill.methods.planar:fill",
    "melding": "holefill.methods.melding:fill",
    "patch_synthesis": "holefill.methods.patch_synthesis:fill",
    "patch_synthesis@paper": "holefill.methods.patch_synthesis:paper",
    "patch_synthesis@code": "holefill.methods.patch_synthesis:code",
    "low_rank": "holefill.methods.low_rank:fill",
    "fsr": "holefill.methods.xphoto:fsr",
    "biharmonic": "holefill.methods.biharmonic:fill",
    "total_variation": "holefill.methods.total_variation:fill",
    "nearest": "holefill.methods.nearest:fill",
}

SYNTHESIS = frozenset({"patch_synthesis", "patch_synthesis@paper", "patch_synthesis@code"})
FROM_RIM = frozenset(  # they continue what is at the rim
    {"telea", "navier_stokes", "membrane", "total_variation", "biharmonic", "fsr"}
)
FROM_REST = SYNTHESIS | {  # they copy from the rest of the picture
    "patch_match",
    "exemplar",
    "exemplar@paper",
    "offsets",
    "shiftmap",
    "planar",
    "melding",
    "low_rank",
}
FROM_DATA = frozenset({"nearest"})  # they look in a data set, their option `data`, for the whole picture
SEEDED = FROM_DATA | {"patch_match"}  # without a model, and yet of several answers
WITHOUT_MODEL = FROM_RIM | FROM_REST | FROM_DATA  # they work at the picture's own size

ONE_PASS = models.ONE_PASS | {"one_pass"}  # they paint with a one-pass network, the other methods with a latent model
MODELS = {"fill": "fill64", "one_pass": "fill64"}  # what they paint with where no model is named

TAKEN = ("model", "candidates", "seed")  # parameters of every method, which a spec does not give


def names() -> list[str]:
    """The names of all methods."""
    return list(TABLE)


def get(spec: str) -> tuple[object, dict]:
    """The fill function that `spec` names, and the spec's options; UserError where it has no such option."""
    return resolve(TABLE, spec, "method", taken=TAKEN)


def needs_model(spec: str) -> bool:
    """Whether the method paints with a trained model, at that model's size; UserError where there is no such method."""
    name, _ = parse_spec(spec)
    if name not in TABLE:
        raise UserError(unknown(name, TABLE, "method"))
    return name not in WITHOUT_MODEL


def searches(spec: str) -> bool:
    """Whether the method searches a latent space, so that it has steps, candidates and a log."""
    return needs_model(spec) and parse_spec(spec)[0] not in ONE_PASS


def one_answer(spec: str) -> bool:
    """Whether the method has but one completion of a picture; UserError where there is no such method."""
    return not searches(spec) and parse_spec(spec)[0] not in SEEDED


def default_model(spec: str) -> str | None:
    """The name of the model that a method paints with where none is named; None where one must be."""
    name, _ = parse_spec(spec)
    return MODELS.get(name) if name in ONE_PASS else "celeba64"


def check_model(spec: str, model) -> None:
    """Raise UserError where a method cannot paint with a model, by name, folder or loaded, as far as that is known."""
    name, _ = parse_spec(spec)
    family = presets.family(model)
    kind = family and models.parse_family(family)
    if kind is None or name in ("one_pass", kind) and kind in models.ONE_PASS:
        return
    told = f"the model {model}, a {family!r}" if isinstance(model, str | Path) else f"a {family!r}"
    if kind in models.ONE_PASS:
        raise UserError(f"method {name!r} does not paint with {told}: use method {kind!r}")
    if name in ONE_PASS:
        raise UserError(f"method {name!r} does not paint with {told}, which is searched: use method 'semantic@encoder'")


def from_data(spec: str) -> bool:
    """Whether the method takes its fill from a data set."""
    return parse_spec(spec)[0] in FROM_DATA


def sight(spec: str) -> str:
    """How much of a picture the method is shown.

    "around": the hole with as much again about it; "wide": the surroundings of the hole that it may copy from, at least
    512 pixels; "square": as much as a square takes; "all": the picture.
    """
    name, options = parse_spec(spec)
    if options.get("forbidden") is not None:
        return "all"
    return "wide" if name in FROM_REST else "square" if name in FROM_DATA else "around"


def with_options(spec: str, **more) -> str:
    """The spec with options added where it does not say them itself."""
    name, options = parse_spec(spec)
    return spell(name, {**more, **options})

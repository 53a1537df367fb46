"""How pictures are completed: method, blend and model, found by name and loaded once for many pictures."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

from holefill import blending, methods
from holefill.errors import UserError
from holefill.faces import detect, template
from holefill.methods.fill import check_one
from holefill.models import presets
from holefill.registry import check_options, parse_spec, unknown

ALIGN = ("auto", "off", "face")
REST = "membrane"  # fills what of a hole a face's crop does not cover
KEPT = 2  # loaded models
SNAPSHOTS = 9  # fills on the way that a search's log shows


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Functions with their options bound: `fill(images, holes, model=, candidates=, seed=)`, `blend(t, s, hole)`.

    `rest` is a `fill` that needs no model, for what of a hole lies outside a face's crop. `sight`: how much of the
    picture the fill is shown, see `holefill.methods.sight`.
    """

    fill: Callable
    blend: Callable
    candidates: int = 1
    seed: int = 0
    model: object = None
    log: Callable | None = None
    align: str = "off"
    landmarks: object = None
    rest: Callable | None = None
    sight: str = "around"

    @property
    def size(self) -> int | None:
        """Side of the pictures the model paints; None for methods that work at any."""
        return None if self.model is None or getattr(self.model, "any_size", False) else self.model.image_size

    @property
    def share_of_width(self) -> float:
        """Side of the crops of faces that the model paints ÷ the width of CelebA's aligned pictures."""
        share = getattr(self.model, "card", {}).get("share_of_width", template.SHARE_OF_WIDTH)
        number = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not (number and 0.1 <= share <= 1):
            raise UserError(f"the model's card says share_of_width {share!r}: wanted a number from 0.1 to 1")
        return share


def recipe(
    method="semantic@encoder",
    model=None,
    candidates=1,
    seed=0,
    steps=None,
    blend="poisson",
    *,
    align="auto",
    landmarks=None,
    logdir=None,
    data=None,
    data_dir=None,
) -> Recipe:
    """Find what is named; arguments as in `holefill.pipeline.complete`.

    Raises
    ------
    UserError
        Where a name, or an option of it, is unknown, or what is named does not go together.
    """
    if candidates < 1:
        raise UserError(f"{candidates} candidates wanted: ask for 1 or more")
    if methods.one_answer(method):
        check_one(candidates, f"method {method!r}")
    blender, blend_options = blending.get(blend)
    if methods.needs_model(method):
        named = model or _usual(method)
        model = _found(named)
        methods.check_model(method, named)
    elif model is not None:
        raise UserError(f"method {method!r} uses no model, but model {str(model)!r} is given: leave one out")
    method = _with_data(method, data, data_dir)
    _check_align(align, landmarks, method)
    log = None
    if logdir is not None:
        log = _logger(method, logdir)
        method = methods.with_options(method, snapshots=SNAPSHOTS)
    fill, options = methods.get(method)
    if steps is not None and "steps" in options:
        raise UserError(f"method {method!r} says steps, and steps {steps} is given too: give it once")
    if steps is not None:
        options = check_options(fill, {**options, "steps": steps}, method, methods.TAKEN)
    filler, blender = functools.partial(fill, **options), functools.partial(blender, **blend_options)
    model = load(model)
    any_size = getattr(model, "any_size", False)
    if align == "face" and any_size:
        raise UserError("the model paints photographs as they come, so it aligns no face: leave out --align")
    if model is None or align == "auto" and (any_size or not paints_faces(model)):
        align = "off"
    if methods.from_data(method):
        fill.options(**options)  # they know what goes together
    rest = methods.get(REST)[0]
    return Recipe(filler, blender, candidates, seed, model, log, align, landmarks, rest, methods.sight(method))


def paints_faces(model) -> bool:
    """Whether a model paints faces cut as CelebA's: its card says so, as "crop" or by the data it was trained on."""
    card = getattr(model, "card", {})
    return card.get("crop", "face" if str(card.get("dataset")).startswith("celeba") else None) == "face"


def load(model):
    """A model by name or folder; one that is loaded already, or None, as it is.

    The last few are kept, with the graphs made of them, so that a second call of `holefill.complete` need not wait for
    them; files that changed are read again.
    """
    if not isinstance(model, (str, Path)):
        return model
    folder = presets.find(model).resolve()
    files = (folder / name for name in ("model.json", "weights.npz"))
    return _loaded(folder, tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.exists()))


@functools.lru_cache(maxsize=KEPT)
def _loaded(folder: Path, stamps: tuple):
    from holefill.models import stored  # imports TensorFlow, which the classical methods start without

    return stored.load(folder)


def _with_data(method: str, data, data_dir) -> str:
    """The method with the data set that it is to look in."""
    given = {"data": data, "data_dir": None if data_dir is None else str(data_dir)}
    given = {option: value for option, value in given.items() if value is not None}
    for option, value in given.items():
        if not methods.from_data(method):
            raise UserError(f"method {method!r} uses no data set, but {option} {value!r} is given: leave one out")
        if option in parse_spec(method)[1]:
            raise UserError(f"method {method!r} says {option}, and {option} {value!r} is given too: give it once")
    return methods.with_options(method, **given) if given else method


def _check_align(align: str, landmarks, method: str) -> None:
    """Before any work: refuse what cannot be had of alignment."""
    if align not in ALIGN:
        raise UserError(unknown(str(align), ALIGN, "align"))
    if align == "face" and not methods.needs_model(method):
        raise UserError(f"method {method!r} aligns no face, as it paints at the picture's own size: leave out --align")
    if align == "face":
        detect.require(landmarks)
    elif landmarks is not None:
        detect.predictor_file(landmarks)


def _usual(method: str) -> str:
    """The model that a method paints with where none is named."""
    found = methods.default_model(method)
    if found is None:
        trained = f"bin/train --model {parse_spec(method)[0]}"
        raise UserError(f"method {method!r} needs a trained model: give --model, a run folder of {trained}")
    return found


def _found(model):
    """The folder of a model by name, found before TensorFlow is waited for; one that is loaded already, as it is."""
    return presets.find(model) if isinstance(model, (str, Path)) else model


def _logger(method: str, logdir) -> Callable:
    """`log(fill)`: writes the losses and snapshots of a batch; windows are numbered on from batch to batch."""
    if not methods.searches(method):
        raise UserError(f"method {method!r} does not search, so --logdir has nothing to show: leave it out")
    from holefill.methods import search_log

    written = 0

    def log(fill):
        nonlocal written
        search_log.write(logdir, fill, written)
        written += len(fill.images)

    return log

"""What is to be evaluated: the options of bin/evaluate, checked before any work.

Methods, masks and metrics are comma-separated specs: `"semantic(prior=0), telea"`. A method's option `model` names its
own model: `"semantic(model='runs/a'), semantic(model='runs/b')"`; the others take the request's. So with `blend`:
`"semantic, semantic(blend='overlay')"`.
"""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from holefill import blending, datasets, files, methods, metrics, registry
from holefill.datasets import image_set, masks
from holefill.errors import UserError
from holefill.evaluation import crops, dependencies, ledger
from holefill.models import presets

LIMIT = 200
SIZE = 64
RESULTS = "results.jsonl"
OF_FACES = {"landmark_error": {"celeba"}}  # metrics that are by default for these data sets only


@dataclass(frozen=True)
class Options:
    """Everything bin/evaluate takes; see its help."""

    output: str
    dataset: str = "celeba"
    data_dir: str | None = None
    split: str = "test"
    limit: int | None = None
    masks: str = "center"
    methods: str = "semantic@encoder,telea,membrane"
    metrics: str | None = None
    model: str | None = None
    blend: str = "poisson"
    seed: int = 0
    image_size: int | None = None
    batch_size: int = 20
    shown: int = 12
    inception: str | None = None
    logdir: str | None = None


@dataclass(frozen=True)
class Method:
    """A method to be judged.

    label : as it was asked for. spec : without its model and blend. blend : its own, or the request's. model : folder,
    or None. model_hash : of its files, and of those that options name, or None.
    """

    label: str
    spec: str
    blend: str = "poisson"
    model: Path | None = None
    model_hash: str | None = None


@dataclass(frozen=True)
class Request:
    """Options whose names are known to exist, taken apart; `channels` are the model's, None where there is none."""

    options: Options
    methods: tuple[Method, ...]
    masks: tuple[str, ...]
    metrics: tuple[str, ...]
    image_size: int
    channels: int | None

    @property
    def folder(self) -> Path:
        """Where everything goes."""
        return Path(self.options.output)

    @property
    def results(self) -> Path:
        """The lines of the ledger; where they are is a report's folder."""
        return self.folder / RESULTS


def check(options: Options) -> Request:
    """The request, with nothing loaded and nothing written yet.

    Raises
    ------
    UserError
        Where a name or an option is unknown or has no such value, a model is missing or of another size than is asked
        for, or a place cannot be written or holds other files.
    """
    datasets.get(options.dataset)
    image_set.check_split(options.split)
    _try_blend(options.blend)
    chosen = tuple(_method(label, options) for label in compared(options.methods))
    if options.model and not any(_takes_model(method) for method in chosen):
        raise UserError(f"--model {options.model} is given, and none of {options.methods} paints with it: leave it out")
    image_size, channels = _shape(chosen, options.image_size)
    crops.tell_others([method.model for method in chosen if method.model], options.dataset)
    holes = tuple(split(options.masks, "masks"))
    for spec in holes:
        masks.make(spec, image_size, image_size, seed=options.seed)
    wanted = _metrics(options)
    if options.inception and not Path(options.inception).exists():
        raise UserError(f"no Inception weights at {options.inception}: give a .keras file or a SavedModel's folder")
    for place in filter(None, (options.output, options.logdir)):
        files.check_folder(Path(place))
    _check_output(Path(options.output))
    return Request(options, chosen, holes, tuple(map(canonical, wanted)), image_size, channels)


def compared(text: str) -> list[str]:
    """The specs of methods; UserError as of `split`, and for "auto", which `holefill.complete` takes and is none."""
    specs = split(text, "methods")
    if "auto" in specs:
        raise UserError(
            "method 'auto' takes another method for each picture, which cannot be compared: name those to compare, as"
            " semantic@encoder, patch_match, telea"
        )
    return specs


def split(text: str, flag: str) -> list[str]:
    """`"a,b(x=1,y=2)"` → `["a", "b(x=1,y=2)"]`: at commas outside brackets and quotes; UserError where one is twice."""
    pieces, depth, quote, start = [], 0, "", 0
    for i, letter in enumerate(text):
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
            continue
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append(text[start:i])
            start = i + 1
    specs = [piece.strip() for piece in [*pieces, text[start:]]]
    if "" in specs or depth or quote:
        raise UserError(f"cannot read --{flag} {text!r}: wanted names and options, as in 'one,two(option=5)'")
    if len({canonical(spec) for spec in specs}) < len(specs):
        raise UserError(f"--{flag} {text!r} names one twice: give each once")
    return specs


def canonical(spec: str) -> str:
    """A spec in one spelling: `"telea( radius = 5 )"` → `"telea(radius=5)"`, options sorted."""
    name, options = registry.parse_spec(spec)
    return registry.spell(name, options)


def _metrics(options: Options) -> list[str]:
    """Those that are asked for, known to exist; else all that are for such pictures."""
    if options.metrics is None:
        dataset, _ = registry.parse_spec(options.dataset)
        return [name for name in metrics.names() if dataset in OF_FACES.get(name, {dataset})]
    wanted = split(options.metrics, "metrics")
    for spec in wanted:
        metrics.get(spec)
    return wanted


def _try_blend(spec: str) -> None:
    """Blend a small picture: what a blend's options may be, it knows itself."""
    blend, options = blending.get(spec)
    grey, hole = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 1), np.float32)
    hole[3:5, 3:5] = 1
    blend(grey, grey, hole, **options)


def _check_output(folder: Path) -> None:
    """Refuse a folder that holds files and no report, whose index.html and tables would be replaced."""
    held = sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []
    if held and not (RESULTS in held and ledger.is_ours(folder / RESULTS)):
        raise UserError(
            f"--output {folder} holds {held[0]}{', …' if held[1:] else ''} and no report ({RESULTS}): give a new or an"
            " empty folder, or that of an earlier report"
        )


def _method(label: str, asked: Options) -> Method:
    name, options = registry.parse_spec(label)
    own, blend = options.pop("model", None), options.pop("blend", asked.blend)
    for key, value in (("model", own), ("blend", blend)):
        if value is not None and not isinstance(value, str):
            raise UserError(f"{label!r}: option {key} is {value!r}; wanted a text in quotes")
    _try_blend(blend)
    spec = registry.spell(name, options)
    if not methods.needs_model(spec):
        if own is not None:
            raise UserError(f"{label!r}: {name} paints without a model; leave model out")
        fill, _ = methods.get(spec)
        getattr(fill, "options", dict)(**options)  # which values go together, they know themselves
        return Method(label, spec, canonical(blend), None, dependencies.digest(None, options))
    named = own or asked.model or methods.default_model(spec)
    if named is None:
        raise UserError(f"{label!r} needs a trained model: {name}(model='runs/…')")
    folder = presets.find(named)
    methods.get(spec)
    methods.check_model(spec, named)
    _try_options(name, options, folder)
    return Method(label, spec, canonical(blend), folder, dependencies.digest(folder, options))


def _takes_model(method: Method) -> bool:
    """Whether it paints with the request's model: it needs one and names none."""
    return method.model is not None and "model" not in registry.parse_spec(method.label)[1]


def _try_options(name: str, options: dict, folder: Path) -> None:
    """Build a search's options: which values go together, they know themselves."""
    from holefill.methods import search_options  # imports TensorFlow

    if name in search_options.PRESETS:
        encoder = _about(folder).get("encoder", True) or None
        preset = search_options.preset(name, SimpleNamespace(encoder=encoder))
        search_options.change(preset, options)


def _shape(chosen, asked: int | None) -> tuple[int, int | None]:
    """The pictures' side and the models' channels."""
    shapes = {method.model: _shape_of(method.model) for method in chosen if method.model}
    sized = {folder: size for folder, (size, _) in shapes.items() if size}
    for folder, size in sized.items():
        if asked not in (None, size):
            raise UserError(
                f"the model in {folder} completes pictures of {size} pixels, --image_size is {asked}: leave it out,"
                f" or give --model one of {asked} pixels"
            )
    _check_alike("pixels", sized)
    _check_alike("channels", {folder: channels for folder, (_, channels) in shapes.items()})
    size = next(iter(sized.values()), asked or SIZE)
    return size, next((channels for _, channels in shapes.values()), None)


def _check_alike(kind: str, told: dict) -> None:
    """Refuse models, folder → pixels or channels, that cannot complete the same pictures."""
    for folder, value in told.items():
        first, one = next(iter(told.items()))
        if value != one:
            raise UserError(
                f"the model in {folder} completes {value} {kind}, the one in {first} {one}: compare models of one shape"
            )


def _shape_of(folder: Path) -> tuple[int | None, int]:
    """A model's side, None where it takes pictures as they come, and channels."""
    about = _about(folder)
    try:
        size = None if presets.described(folder).get("card", {}).get("any_size") else int(about["image_size"])
        return size, int(about["channels"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"cannot read the model in {folder}: its model.json tells no size and channels") from error


def _about(folder: Path) -> dict:
    """A model's options; none where its model.json tells none."""
    options = presets.described(folder).get("options")
    return options if isinstance(options, dict) else {}

"""Models in files: a trained one in a folder, and new ones by name.

A folder holds `model.json` (family, options, what it was trained on) and `weights.npz`, as `arrays` writes them.

A model is a `LatentModel` or a `OnePassModel`: it has `family`, `options`, `card` and `networks()`.
"""

import dataclasses
import json
from pathlib import Path

from holefill.errors import UserError
from holefill.models import arrays
from holefill.models.presets import find
from holefill.registry import spell


def build(spec: str, precision="float32", **changes):
    """New networks for a spec such as `"dcgan"` or `"dcgan@paper(width=32)"`, with random weights."""
    from holefill.models import get

    make, options = get(spec)
    return make(precision=precision, **{**options, **changes})


def save(model, folder) -> Path:
    """Write `model` into `folder` (made if missing); UserError where a weight is none of float16."""
    about = {"family": model.family, "options": dataclasses.asdict(model.options), "card": model.card}
    return arrays.save(folder, _variables(model), "model.json", about)


def load(name):
    """Read a model by shipped name (`"celeba64"`), or from a model folder or a run folder.

    Raises
    ------
    UserError
        Where there is no such model, or its files are damaged or do not fit its options.
    """
    folder = find(name)
    try:
        about = _about(folder / "model.json")
        model = build(about["family"], **{**_unsaid(about["family"]), **about["options"]})
        model.card = about.get("card", {})
        arrays.load(folder, _variables(model))
    except Exception as error:  # options of another version raise what they will
        raise UserError(f"cannot read the model in {folder}: {arrays.why(error)}") from error
    return model


def start(model, name) -> None:
    """Give the networks of `model` the weights of a trained one, by `load`'s names.

    Raises
    ------
    UserError
        Where there is no such model, or its networks are others.
    """
    other, adapt = load(name), getattr(model, "adapt", None)
    trained = other.networks()
    for part, network in model.networks().items():
        found = trained[part].get_weights() if part in trained else []
        found = adapt(found, other.options) if adapt and found else found
        if [w.shape for w in found] != [w.shape for w in network.get_weights()]:
            raise UserError(f"the weights of {str(name)!r} do not fit {model.family}'s {part}: {_other(other, model)}")
        network.set_weights(found)


def _other(found, wanted) -> str:
    """How a model that was to be started from differs from the one that is wanted, and what to do."""
    if type(found.options) is not type(wanted.options):
        return f"it is a {found.family}; start from a {wanted.family.removesuffix('@sharp')}"
    sides = {"image_size": found.image_size, "channels": found.channels}
    usual = build(found.family, **sides).options
    options = {key: value for key, value in dataclasses.asdict(found.options).items() if value != getattr(usual, key)}
    told = f"{spell(found.family, options)} of {found.image_size} pixels and {found.channels} channel(s)"
    return f"it is a {told}; give such a --model, --image_size and pictures, or start from another"


def _unsaid(family: str) -> dict:
    """Options that a family has got since some folders of it were written, as these mean them."""
    from holefill.models import get

    return getattr(get(family)[0], "unsaid", {})


def _about(path: Path) -> dict:
    """What `model.json` says, once it is known to be of the wanted types."""
    try:
        about = json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path.name} is damaged: {arrays.why(error)}") from error
    wanted = {"family": str, "options": dict}
    if not isinstance(about, dict) or not all(isinstance(about.get(key), kind) for key, kind in wanted.items()):
        raise UserError(f"{path.name} is not what a trained model has: wanted a family's name and its options")
    return about


def _variables(model) -> dict:
    """name → variable of all that a model's networks keep."""
    parts = model.networks().items()
    return {f"{part}/{path}": v for part, network in parts for path, v in arrays.by_path(network).items()}

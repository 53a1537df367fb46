"""Models in files: a trained one in a folder, and new ones by name.

A folder holds `model.json` (family, options, what it was trained on), and one float16 array file
`weights.npz` with every weight by name. Loading never runs code: arrays only, `allow_pickle=False`.

A model is a `LatentModel` or a `OnePassModel`: it has `family`, `options`, `card` and `networks()`.
"""

import dataclasses
import json
from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.errors import UserError
from holefill.models.presets import find


def build(spec: str, precision="float32", **changes):
    """New networks for a spec such as `"dcgan"` or `"dcgan@paper(width=32)"`, with random weights."""
    from holefill.models import get

    make, options = get(spec)
    return make(precision=precision, **{**options, **changes})


def save(model, folder) -> Path:
    """Write `model` into `folder` (made if missing); each file is written beside, then renamed."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{part}/{variable.path}": np.asarray(variable, "float16")
        for part, network in model.networks().items()
        for variable in network.variables
        if "seed_generator" not in variable.path
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise UserError(f"cannot save {folder}: {name} is not finite in float16")
    about = {"family": model.family, "options": dataclasses.asdict(model.options), "card": model.card}
    atomic.write(folder / "weights.npz", lambda file: np.savez_compressed(file, **arrays))
    atomic.write(folder / "model.json", (json.dumps(about, indent=2) + "\n").encode())
    return folder


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
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        model = build(about["family"], **about["options"])
        model.card = about.get("card", {})
        _assign(model, arrays)
    except Exception as error:  # json, zipfile, zlib and NumPy each raise their own on broken files
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"cannot read the model in {folder}: {why}") from error
    return model


def start(model, name) -> None:
    """Give the networks of `model` the weights of a trained one, by `load`'s names.

    Raises
    ------
    UserError
        Where there is no such model, or its networks are others.
    """
    trained = load(name).networks()
    for part, network in model.networks().items():
        found = trained[part].get_weights() if part in trained else []
        if [w.shape for w in found] != [w.shape for w in network.get_weights()]:
            raise UserError(f"the weights of {str(name)!r} do not fit {model.family}'s {part}: start from such a model")
        network.set_weights(found)


def _about(path: Path) -> dict:
    """What `model.json` says, once it is known to be of the wanted types."""
    about = json.loads(path.read_text())
    wanted = {"family": str, "options": dict}
    if not isinstance(about, dict) or not all(isinstance(about.get(key), kind) for key, kind in wanted.items()):
        raise UserError(f"{path.name} is not what a trained model has: wanted a family's name and its options")
    return about


def _assign(model, arrays):
    for part, network in model.networks().items():
        for variable in network.variables:
            key = f"{part}/{variable.path}"
            if key not in arrays or arrays[key].shape != tuple(variable.shape):
                found = arrays[key].shape if key in arrays else "nothing"
                raise UserError(f"weights.npz holds {found} for {key}; {tuple(variable.shape)} is wanted")
            variable.assign(arrays[key].astype("float32"))

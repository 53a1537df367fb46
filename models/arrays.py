"""Weights and what describes them, in a folder: one file of float16 arrays by name, and one of JSON.

Reading never runs code: arrays only, `allow_pickle=False`.
"""

import json
from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.errors import UserError

FILE = "weights.npz"


def save(folder, variables: dict, description: str, about: dict) -> Path:
    """Write `variables`, name → variable, and `about` as the file `description` into `folder`, made if missing.

    Raises
    ------
    UserError
        Where a value is none of float16; what was in the folder is there still.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with np.errstate(over="ignore"):  # told below
        arrays = {name: np.asarray(variable, "float16") for name, variable in variables.items()}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise UserError(f"cannot save {folder}: {name} is not finite in float16")
    atomic.write_all(
        {
            folder / FILE: lambda file: np.savez_compressed(file, **arrays),
            folder / description: json.dumps(about, indent=2) + "\n",
        }
    )
    return folder


def load(folder, variables: dict) -> None:
    """Give `variables`, name → variable, the values that `save` wrote.

    Raises
    ------
    UserError
        Where one is missing or has another shape, or the file is damaged.
    """
    try:
        with np.load(Path(folder) / FILE, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in variables if name in arrays}
    except Exception as error:  # of broken files zipfile, zlib and NumPy each raise their own
        raise UserError(f"{FILE} is missing or damaged: {why(error)}") from error
    for name, variable in variables.items():
        if name not in found or found[name].shape != tuple(variable.shape):
            what = found[name].shape if name in found else "nothing"
            raise UserError(f"{FILE} holds {what} for {name}; {tuple(variable.shape)} is wanted")
        variable.assign(found[name].astype("float32"))


def by_path(network) -> dict:
    """path → variable of all that a network keeps, but for the state of its noise."""
    return {v.path: v for v in network.variables if "seed_generator" not in v.path}


def why(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__

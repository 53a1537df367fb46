"""Weights that ship, by name: each a folder of `models/weights/` with its model card (`card.md`)."""

import json
import re
from pathlib import Path

from holefill.errors import UserError
from holefill.registry import unknown as _unknown

_SPEC = re.compile(r"\w+(@\w+)?(\(.*\))?$")
WEIGHTS = Path(__file__).parent / "weights"


def names() -> list[str]:
    """Names of the models whose weights ship."""
    return sorted(path.parent.name for path in WEIGHTS.glob("*/model.json"))


def folder(name: str) -> Path:
    """Folder of a shipped model."""
    return WEIGHTS / name


def find(name) -> Path:
    """The folder of a model: a shipped one's, the one given, or the one inside a run folder; nothing is loaded.

    Raises
    ------
    UserError
        Where there is no such model, or a folder that holds none.
    """
    if str(name) in names():
        return folder(str(name))
    for place in (Path(name), Path(name) / "model"):
        if (place / "model.json").is_file():
            return place
    raise UserError(_without_model(Path(name)) if Path(name).is_dir() else unknown(str(name)))


def described(folder: Path) -> dict:
    """What `model.json` of a model's folder says (family, options, card); nothing where it cannot be read."""
    try:
        return dict(json.loads((folder / "model.json").read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def family(model) -> str | None:
    """The family or preset of a model by name, folder or loaded; None where its `model.json` tells none (damaged).

    Raises
    ------
    UserError
        Where there is no such model.
    """
    if not isinstance(model, (str, Path)):
        return getattr(model, "family", None)
    told = described(find(model)).get("family")
    return told if isinstance(told, str) and _SPEC.match(told) else None


def done(run: Path) -> int:
    """Steps of a run folder's newest checkpoint; 0 where it has none."""
    return max((int(path.stem.removeprefix("ckpt-")) for path in run.glob("checkpoints/ckpt-*.index")), default=0)


def _without_model(folder: Path) -> str:
    """The line for a folder that holds no model: a run that is not finished, or something else."""
    if not (folder / "config.json").is_file() or not (steps := done(folder)):
        return f"the folder {folder} holds no model (model.json): give a run folder of bin/train, or its model/"
    how = f"finish it as it is by bin/train --run_dir {folder} --steps {steps}, or let it go on first"
    return f"{folder} is a training that has written no model yet, {steps} steps of which are done: {how}"


def of_channels(channels: int) -> list[str]:
    """Names of the shipped models for pictures of so many channels."""
    return [name for name in names() if described(folder(name)).get("options", {}).get("channels") == channels]


def unknown(name: str) -> str:
    """The line for a model that is neither shipped nor a folder."""
    return _unknown(name, names(), "model") + "; or give a run folder of bin/train"

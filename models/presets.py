"""Weights that ship, by name: each a folder of `models/weights/` with its model card (`card.md`)."""

import json
from pathlib import Path

from holefill.errors import UserError
from holefill.registry import unknown as _unknown

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
        Where there is no such model.
    """
    if str(name) in names():
        return folder(str(name))
    for place in (Path(name), Path(name) / "model"):
        if (place / "model.json").is_file():
            return place
    raise UserError(unknown(str(name)))


def described(folder: Path) -> dict:
    """What `model.json` of a model's folder says (family, options, card); nothing where it cannot be read."""
    try:
        return dict(json.loads((folder / "model.json").read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def unknown(name: str) -> str:
    """The line for a model that is neither shipped nor a folder."""
    return _unknown(name, names(), "model") + "; or give a run folder of bin/train"

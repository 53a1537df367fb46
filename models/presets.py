"""Weights that ship, by name: each a folder of `models/weights/` with its model card (`card.md`)."""

from pathlib import Path

from holefill.registry import unknown as _unknown

WEIGHTS = Path(__file__).parent / "weights"


def names() -> list[str]:
    """Names of the models whose weights ship."""
    return sorted(path.parent.name for path in WEIGHTS.glob("*/model.json"))


def folder(name: str) -> Path:
    """Folder of a shipped model."""
    return WEIGHTS / name


def unknown(name: str) -> str:
    """The line for a model that is neither shipped nor a folder."""
    return _unknown(name, names(), "model") + "; or give a run folder of bin/train"

"""What a method's completions depend on beside its options: its model, and the models and files that options name."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from holefill.errors import UserError
from holefill.models import presets

PARTS = ("model.json", "weights.npz")


def digest(model: Path | None, options: dict) -> str | None:
    """A hash of the files of a model's folder, and of what options name; None where there is nothing of either.

    Raises
    ------
    UserError
        Where `guess`, which is always a model, names none.
    """
    parts = [part for folder in (model, *_models(options)) if folder for part in _bytes(folder)]
    parts += [part for value in _texts(options) if not _is_model(value) for part in _told(Path(value))]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16] if parts else None


def _models(options: dict) -> list[Path]:
    found = [presets.find(value) for value in _texts(options) if _is_model(value)]
    if isinstance(guess := options.get("guess"), str) and not _is_model(guess):
        presets.find(guess)  # which says that there is none
    return found


def _texts(options: dict) -> list[str]:
    return [value for _, value in sorted(options.items()) if isinstance(value, str) and value]


def _is_model(name: str) -> bool:
    try:
        return presets.find(name).is_dir()
    except (UserError, OSError):
        return False


def _bytes(folder: Path) -> Iterator[bytes]:
    return ((folder / part).read_bytes() for part in PARTS if (folder / part).is_file())


def _told(place: Path) -> Iterator[bytes]:
    """A file's bytes; of a folder the names, sizes and times of what is in it, which may be a whole data set."""
    try:
        if place.is_file():
            yield place.read_bytes()
        elif place.is_dir():
            for path in sorted(place.rglob("*")):
                about = path.stat()
                yield f"{path} {about.st_size} {about.st_mtime_ns}\n".encode()
    except OSError as error:
        raise UserError(f"cannot read {error.filename}: {error.strerror}") from error

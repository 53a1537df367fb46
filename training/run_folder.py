"""The folder of a run: `config.json`, `checkpoints/`, `logs/`, `samples/`, `model/`, `saved_model/`.

A run is resumed by naming its folder again; what the command does not say is taken from
`config.json`, what it says otherwise is refused, because it would be another run.
"""

import dataclasses
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from holefill.errors import UserError
from holefill.training.options import MAY_CHANGE, TrainOptions


def open_run(asked: dict) -> tuple[Path, TrainOptions, bool]:
    """Folder, options and whether it is a resumed run, for the options that were asked for.

    Raises
    ------
    UserError
        Where the folder holds something else, another run, or cannot be written.
    """
    options = TrainOptions(**asked)
    folder = options.folder()
    config = folder / "config.json"
    if config.is_file():
        options = _resumed(config, asked)
        _write_config(config, options)
        return folder, options, True
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"--run_dir {folder} exists and is no run folder: name an empty or a new one")
    try:
        for name in ("checkpoints", "logs", "samples"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        _write_config(config, options)
    except OSError as error:
        raise UserError(f"cannot write the run folder {folder}: {error.strerror or error}") from error
    return folder, options, False


def _resumed(config: Path, asked: dict) -> TrainOptions:
    try:
        before = json.loads(config.read_text())["options"]
        known = {f.name for f in dataclasses.fields(TrainOptions)}
        before = {name: value for name, value in before.items() if name in known}
    except (ValueError, KeyError, OSError) as error:
        raise UserError(f"{config} cannot be read as a run's configuration: {error}") from error
    for name, value in asked.items():
        if name not in MAY_CHANGE and name in before and before[name] != value:
            raise UserError(
                f"{config.parent} is a run with --{name}={before[name]!r}, not {value!r}:"
                f" leave --{name} out to resume it, or name another --run_dir"
            )
    return TrainOptions(**{**before, **{k: v for k, v in asked.items() if k in MAY_CHANGE}})


def _write_config(path: Path, options: TrainOptions):
    versions = {name: _version(name) for name in ("tensorflow", "keras", "numpy")}
    about = {
        "options": dataclasses.asdict(options),
        "versions": {"holefill": _version("holefill"), "python": platform.python_version(), **versions},
        "commit": commit(),
    }
    replace_text(path, json.dumps(about, indent=2) + "\n")


def replace_text(path: Path, text: str):
    """Write `text` beside `path`, then rename: the file is the old one or the new one, never half."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _version(name: str) -> str | None:
    for distribution in (name, f"{name}-cpu"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None


def commit() -> str | None:
    """The checkout's commit, with `+` where files differ from it; None outside a checkout."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None
    ask = ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        return subprocess.run(ask, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None

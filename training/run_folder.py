"""The folder of a run: `config.json`, `checkpoints/`, `logs/`, `samples/`, `model/`, `saved_model/`.

A run is resumed by naming its folder again; what the command does not say is taken from
`config.json`, what it says otherwise is refused, because it would be another run. `config.json` has the
options as asked and what they were resolved to ("auto" to bfloat16, the recipe to all its options).
"""

import dataclasses
import json
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from holefill import atomic
from holefill.errors import UserError
from holefill.models import presets
from holefill.training.options import MAY_CHANGE, TrainOptions, settle
from holefill.training.precision import POLICIES


def find_run(asked: dict) -> tuple[Path, TrainOptions, dict | None]:
    """Folder and options for what was asked, and what a resumed run's options were resolved to.

    Nothing is written. The third is None for a new run, {} for one that did not keep it.

    Raises
    ------
    UserError
        Where the folder holds something else, another run, or one with more steps than are asked for.
    """
    options = TrainOptions(**asked)
    folder = options.folder()
    config = folder / "config.json"
    if config.is_file():
        return folder, *_resumed(config, asked)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"--run_dir {folder} exists and is no run folder: name an empty or a new one")
    return folder, TrainOptions(**settle(asked)), None


def write_run(folder: Path, options: TrainOptions, resolved: dict):
    """Make the folder, its `config.json` first, so that what is left of an attempt can be resumed.

    Raises
    ------
    UserError
        Where it cannot be written.
    """
    versions = {name: _version(name) for name in ("tensorflow", "keras", "numpy")}
    about = {
        "options": dataclasses.asdict(options),
        "resolved": resolved,
        "versions": {"holefill": _version("holefill"), "python": platform.python_version(), **versions},
        "commit": commit(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        atomic.write(folder / "config.json", json.dumps(about, indent=2) + "\n")
        for name in ("checkpoints", "logs", "samples"):
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write the run folder {folder}: {error.strerror or error}") from error


def _resumed(config: Path, asked: dict) -> tuple[TrainOptions, dict]:
    try:
        about = json.loads(config.read_text())
        known = {f.name for f in dataclasses.fields(TrainOptions)}
        before = {name: value for name, value in about["options"].items() if name in known}
        resolved = dict(about.get("resolved", {}))
        resolved.setdefault("scheduled", before.get("steps"))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise UserError(f"{config} cannot be read as a run's configuration: {error}") from error
    for name, value in asked.items():
        if name not in MAY_CHANGE and name in before and not _same(name, value, before[name], resolved):
            raise UserError(
                f"{config.parent} is a run with --{name}={before[name]!r}, not {value!r}:"
                f" leave --{name} out to resume it, or name another --run_dir"
            )
    options = TrainOptions(**{**before, **{k: v for k, v in asked.items() if k in MAY_CHANGE}})
    done = presets.done(config.parent)
    if done > options.steps:
        raise UserError(f"{config.parent} has {done} steps already: --steps {options.steps} leaves nothing to train")
    if not done and (config.parent / "model" / "model.json").is_file():
        raise UserError(
            f"{config.parent} has a model and no checkpoints to go on from, and would begin anew and replace it: train"
            f" in another --run_dir, with --start {config.parent} from what it has learnt"
        )
    return options, resolved


def _same(name: str, value, before, resolved: dict) -> bool:
    """Whether an option asks for what the run was started with, or for what that was resolved to."""
    if value == before:
        return True
    if name == "precision":
        return value in POLICIES and POLICIES[value] == resolved.get("precision")
    if name == "recipe":
        return bool(value) and value.items() <= resolved.get("recipe", {}).items()
    return name in ("channels", "image_size") and value == resolved.get(name)


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

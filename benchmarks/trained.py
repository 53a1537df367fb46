"""Run folders of exactly what a comparison asks for: trained, gone on with where they were broken off, or kept.

A run's learning rate follows how many steps it was begun for, so one of fewer steps is not gone on with here, as
bin/train would: it would be another recipe.
"""

import json
from pathlib import Path

from holefill.errors import UserError


def check(folder, **asked) -> None:
    """See that `train` can do what is asked; nothing is read but the run's files, nothing written.

    Raises
    ------
    UserError
        Where the folder holds something else, or a run with other options or of another number of steps.
    """
    from holefill.training import run_folder

    folder, _, _ = run_folder.find_run({**asked, "run_dir": str(folder)})
    config = folder / "config.json"
    before = json.loads(config.read_text())["options"]["steps"] if config.is_file() else asked["steps"]
    if before != asked["steps"]:
        raise UserError(f"{folder} is a run of {before} steps, not {asked['steps']}: give another --output")


def train(folder, **asked) -> Path:
    """The run folder of `holefill.train(**asked)`, where nothing is done again; errors as those of `check`."""
    check(folder, **asked)
    result = Path(folder) / "result.json"
    if not result.is_file() or json.loads(result.read_text())["step"] != asked["steps"]:
        from holefill.training import loop

        loop.train(**asked, run_dir=str(folder), sample_every=asked["steps"])
    return Path(folder)

"""Write a trained model as a SavedModel that completes pictures without holefill.

    export MODEL [options]

MODEL is a shipped model or a run folder of train. The SavedModel's `complete` signature takes images, holes and a
seed, and gives the completed images: the search and the blending are inside.

Examples:
    export celeba64 --output saved/celeba64
    export runs/faces
"""

from pathlib import Path

from holefill.commands import program
from holefill.errors import UserError

OPTIONS = program.Options()
OPTIONS.group(
    "What is written",
    ("output", str, "a new folder; without it MODEL-saved_model here"),
    ("overwrite", bool, "write into a folder that exists", False),
)


def main(model):
    """Export; the folder goes to stdout."""
    folder = Path(OPTIONS.output or f"{Path(model).resolve().name}-saved_model")
    if folder.exists() and not OPTIONS.overwrite:
        raise UserError(f"{folder} exists: choose another --output, or give --overwrite")
    from holefill.methods import saved_model  # imports TensorFlow, once the flags are read
    from holefill.models import latent_model

    saved_model.export(latent_model.load(model), folder)
    program.say(str(folder))


def console():
    """Entry point of `holefill-export`."""
    program.run(main, OPTIONS, __doc__, words=(1, 1))


if __name__ == "__main__":
    console()

"""Write a trained model as a SavedModel that completes pictures without holefill.

    export MODEL [options]

MODEL is a shipped model or a run folder of train. The SavedModel's `complete` signature takes images, holes and a
seed, and gives the completed images: the search and the blending are inside.

Examples:
    export celeba64 --output saved/celeba64
    export runs/faces
    export celeba64 --method "semantic(steps=200)" --precision auto
"""

from pathlib import Path

from holefill.commands import program
from holefill.errors import UserError
from holefill.models import presets

OPTIONS = program.Options()
OPTIONS.group(
    "How it completes",
    ("method", str, "of a search: semantic@encoder, semantic, …; options: semantic(steps=50)"),
    ("precision", ["float32", "bfloat16", "auto"], "of a search; float32 serves anywhere, auto: as here"),
)
OPTIONS.group(
    "What is written",
    ("output", str, "a new folder; without it MODEL-saved_model here"),
    ("overwrite", bool, "replace a SavedModel that exists", False),
)
OPTIONS.shown.update(method="semantic@encoder", precision="float32")


def main(model):
    """Export; the folder goes to stdout."""
    folder = Path(OPTIONS.output or f"{Path(model).resolve().name}-saved_model")
    if folder.exists() and not OPTIONS.overwrite:
        raise UserError(f"{folder} exists: choose another --output, or give --overwrite")
    place = presets.find(model)
    from holefill.methods import saved_model  # imports TensorFlow, once what is named is found
    from holefill.models import stored

    loaded = stored.load(place)
    how = saved_model.options_of(OPTIONS.method, loaded, OPTIONS.precision)
    saved_model.export(loaded, folder, how)
    program.say(str(folder))


def console():
    """Entry point of `holefill-export`."""
    program.run(main, OPTIONS, __doc__, words=(1, 1))


if __name__ == "__main__":
    console()

"""Fill the hole in a picture, or in each picture of a folder.

    complete IMAGE|FOLDER [MASK] [options]

MASK is a picture (white: missing) or, for a folder, a folder with a mask of the same name for each picture; or
the name of a mask: center, left, right, top, bottom, half, random(fraction=0.8), pattern, block, strokes.
Without MASK the picture's transparency is the hole.

Examples:
    complete face.png mask.png
    complete face.png center --candidates 4 --output filled.png
    complete photo.jpg scratches.png --method telea
    complete photos/ masks/ --output completed/
"""

from pathlib import Path

from absl import flags

from holefill.commands import program

OPTIONS = program.Options()
_here = {"flag_values": OPTIONS}
OPTIONS.group(
    "What is missing",
    flags.DEFINE_enum("mask_polarity", "hole", ["hole", "known"], "what white means: the hole, or the known", **_here),
    flags.DEFINE_integer("mask_threshold", None, "grey (1-255) from which a grey mask counts as white", 1, 255, **_here),
)
OPTIONS.group(
    "How it is filled",
    flags.DEFINE_string("method", "semantic", "semantic, semantic@paper, telea, membrane, …; options: telea(radius=5)", **_here),
    flags.DEFINE_string("model", None, "a shipped model or a run folder of train; without it celeba64", **_here),
    flags.DEFINE_integer("candidates", 1, "how many different completions, best first", 1, 64, **_here),
    flags.DEFINE_integer("seed", 0, "the same seed, the same pixels", **_here),
    flags.DEFINE_integer("steps", None, "steps of the search; without it the method's own", 1, **_here),
    flags.DEFINE_string("blend", "poisson", "how the fill joins the picture: poisson, overlay, seamless", **_here),
)
OPTIONS.group(
    "What is written",
    flags.DEFINE_string("output", None, "a file, or for a folder a folder; without it NAME-completed(.png) here", **_here),
    flags.DEFINE_bool("overwrite", False, "replace outputs that exist", **_here),
)


def main(image, mask=None):
    """Complete a picture or a folder; the outputs' paths go to stdout."""
    from holefill import files  # once the flags are read: --help need not wait for it

    reading = {name: OPTIONS[name].value for name in ("seed", "mask_polarity", "mask_threshold")}
    making = {name: OPTIONS[name].value for name in ("method", "model", "candidates", "seed", "steps", "blend")}
    outcomes = files.complete_path(
        image, mask, OPTIONS.output, overwrite=OPTIONS.overwrite, reading=reading, making=making
    )
    return program.report(outcomes, of_many=Path(image).is_dir())


def console():
    """Entry point of `holefill-complete`."""
    program.run(main, OPTIONS, __doc__, words=(1, 2))


if __name__ == "__main__":
    console()

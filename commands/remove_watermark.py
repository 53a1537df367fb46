"""Remove a known logo from a picture, or from each picture of a folder.

    remove-watermark PICTURE|FOLDER LOGO [options]

LOGO is a picture of the logo alone. Its transparency tells which of its pixels are logo; without any, what differs from
the even colour around it. The logo may be scaled, turned, in perspective, semi-transparent, cut by the border, and
there more than once. A picture in which it is not found is left out, with a line on stderr.

Examples:
    remove-watermark photo.jpg logo.png
    remove-watermark photos/ logo.png --output clean/ --show found/
    remove-watermark photo.jpg logo.png --method "telea(radius=5)" --grow 5
    remove-watermark photo.jpg faint.png --turns "0,45,-45"
"""

from pathlib import Path

from holefill.commands import program
from holefill.errors import UserError

OPTIONS = program.Options()
OPTIONS.group(
    "What is looked for",
    ("whole", bool, "all of LOGO's pixels are logo, its background too", False),
    ("turns", str, "degrees by which a logo too plain or faint for key points may be turned: 0,45,-45", "0"),
    ("grow", (0, 100), "pixels about the logo that are filled with it", 3),
)
OPTIONS.group(
    "How it is filled",
    ("method", str, "auto: by the picture; or by name: patch_match, telea, …, telea(radius=5)", "patch_match"),
    ("model", str, "for methods that need one: a shipped model or a run folder of train"),
    ("data", str, "for nearest, the data set it looks in: celeba, folder, …; options: folder(limit=1000)"),
    ("data_dir", str, "where its files are; without it $HOLEFILL_DATA and the cache are searched"),
    ("seed", program.SEEDS, "the same seed, the same pixels", 0),
    ("steps", 1, "steps of the search; without it the method's own"),
    ("blend", str, "how the fill joins the picture: poisson, tension, overlay, seamless, glcic", "poisson"),
)
OPTIONS.group(
    "What is written",
    ("output", str, "a file, or for a folder a folder; without it NAME-completed(.png) here"),
    ("overwrite", bool, "replace outputs that exist", False),
    ("show", str, "folder for what was found: NAME-match.png with its outline, NAME-mask.png with its mask"),
)


def main(image, logo):
    """Remove the logo from a picture or a folder; the outputs' paths go to stdout."""
    turns = _degrees(OPTIONS.turns)
    from holefill import automatic, marked_files, processor  # once the flags are read, for --help

    if automatic.searches(OPTIONS.method):
        processor.one_core_an_operation()
    how = OPTIONS.given("overwrite", "whole", "grow", "show")
    making = OPTIONS.given("method", "model", "data", "data_dir", "seed", "steps", "blend")
    outcomes = marked_files.remove_path(image, logo, OPTIONS.output, turns=turns, making=making, **how)
    return program.report(outcomes, of_many=Path(image).is_dir())


def _degrees(text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError as error:
        raise UserError(f"--turns is {text!r}: wanted degrees such as 0,45,-45") from error


def console():
    """Entry point of `holefill-remove-watermark`."""
    program.run(main, OPTIONS, __doc__, words=(2, 2))


if __name__ == "__main__":
    console()

"""Fill the hole in a picture, or in each picture of a folder.

    complete IMAGE|FOLDER [MASK] [options]

MASK is a picture (white: missing) or, for a folder, a folder with a mask of the same name for each picture; or
the name of a mask: center, left, right, top, bottom, half, random(fraction=0.8), pattern, block, strokes, object.
Without MASK the picture's transparency is the hole.

Examples:
    complete face.png mask.png
    complete face.png center --candidates 4 --output filled.png
    complete photo.jpg scratches.png --method telea
    complete photo.jpg mask.png --align face
    complete photo.jpg mask.png --method nearest --data folder --data_dir photos/ --candidates 4
    complete photos/ masks/ --output completed/
"""

from pathlib import Path

from holefill.commands import program

OPTIONS = program.Options()
OPTIONS.group(
    "What is missing",
    ("mask_polarity", ["hole", "known"], "what white means: the hole, or what is known", "hole"),
    ("mask_threshold", (1, 255), "grey from which a grey mask counts as white"),
    ("mask_channel", ["colour", "alpha"], "where a mask file has its mask", "colour"),
)
OPTIONS.group(
    "How it is filled",
    ("method", str, "auto: by the picture and its hole; or by name: patch_match, semantic, …, telea(radius=5)", "auto"),
    ("model", str, "celeba64, fill64, fill128, photo128, brain64 or a run folder; without it the method's own"),
    ("data", str, "for nearest, the data set it looks in: celeba, folder, …; options: folder(limit=1000)"),
    ("data_dir", str, "where its files are; without it $HOLEFILL_DATA and the cache are searched"),
    ("candidates", (1, 64), "how many different completions, best first", 1),
    ("seed", program.SEEDS, "the same seed, the same pixels", 0),
    ("steps", 1, "steps of the search; without it the method's own"),
    ("blend", str, "how the fill joins the picture: poisson, tension, overlay, seamless, glcic", "poisson"),
    ("align", ["auto", "off", "face"], "find the face at the hole and complete it as the model's faces lie", "auto"),
    ("landmarks", str, "dlib's 68-point predictor; without it that of face_recognition_models"),
)
OPTIONS.group(
    "What is written",
    ("output", str, "a file, or for a folder a folder; without it NAME-completed(.png) here"),
    ("overwrite", bool, "replace outputs that exist", False),
    ("logdir", str, "folder for TensorBoard: losses and fills on the way of a search"),
)


def main(image, mask=None):
    """Complete a picture or a folder; the outputs' paths go to stdout."""
    from holefill import automatic, files, processor  # once the flags are read: --help need not wait for them

    if automatic.searches(OPTIONS.method):
        processor.one_core_an_operation()
    reading = OPTIONS.given("seed", "mask_polarity", "mask_threshold", "mask_channel")
    making = OPTIONS.given("method", "model", "candidates", "seed", "steps", "blend", "align", "landmarks", "logdir")
    making |= OPTIONS.given("data", "data_dir")
    outcomes = files.complete_path(
        image, mask, OPTIONS.output, overwrite=OPTIONS.overwrite, reading=reading, making=making
    )
    return program.report(outcomes, of_many=Path(image).is_dir())


def console():
    """Entry point of `holefill-complete`."""
    program.run(main, OPTIONS, __doc__, words=(1, 2))


if __name__ == "__main__":
    console()

"""How often `--method auto` is right: faces of CelebA's validation split, and photographs that are to show none.

    .venv/bin/python -P benchmarks/automatic.py --celeba DIR --photographs DIR

Faces are crops of 64 pixels; photographs are completed as they are, and as squares of 128 pixels, which could be crops.
A line for each of them and each hole: the share of pictures for which each method was chosen.
"""

import collections
import sys
from pathlib import Path

from absl import app, flags, logging

from holefill import automatic, datasets
from holefill.datasets import images, masks
from holefill.errors import UserError
from holefill.evaluation import machine, markdown
from holefill.job import Job

FLAGS = flags.FLAGS
MASKS = ("block(least=0.15,most=0.25)", "center", "half", "random(fraction=0.8)", "object", "strokes(fraction=0.05)")


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("celeba", None, "folder of CelebA")
    flags.DEFINE_string("photographs", None, "folder of photographs")
    flags.DEFINE_integer("limit", 40, "pictures of each kind", 1)


def pictures(celeba, photographs, limit: int) -> dict[str, list]:
    """Kind of picture → uint8 arrays [H, W, 3]."""
    found = {}
    if celeba:
        loader, _ = datasets.get("celeba")
        found["faces, 64"] = list(loader("validation", data_dir=celeba, image_size=64, limit=limit).images)
    if photographs:
        paths = sorted(Path(photographs).glob("*.jpg"))[:limit]
        whole = [images.read(path).pixels for path in paths]
        square = [images.fit(images.to_float(one[: min(one.shape[:2]), : min(one.shape[:2])]), 128) for one in whole]
        found |= {"photographs, 128": [images.from_float(one, "uint8") for one in square], "photographs": whole}
    return found


def rows(celeba=None, photographs=None, limit: int = 40) -> list[dict]:
    """A record for each kind of picture and hole: how many pictures, and the share for each method."""
    told = []
    for kind, found in pictures(celeba, photographs, limit).items():
        for mask in MASKS:
            holes = (masks.make(mask, *one.shape[:2], seed=n) for n, one in enumerate(found))
            jobs = (Job(images.Picture(one), hole) for one, hole in zip(found, holes, strict=True))
            count = collections.Counter(automatic.choose(job).method for job in jobs)
            shares = {m: f"{count[m] / len(found):.0%}" for m in (automatic.SEARCH, automatic.PATCHES, automatic.THIN)}
            told.append({"pictures": f"{kind} ({len(found)})", "hole": mask, **shares})
    return told


def main(argv):
    """Print a Markdown table."""
    del argv
    logging.set_verbosity(logging.WARNING)
    try:
        text = markdown.table(rows(FLAGS.celeba, FLAGS.photographs, FLAGS.limit)) + "\n" + machine.header()
        sys.stdout.write(text)
    except (UserError, OSError) as error:
        sys.exit(f"automatic: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

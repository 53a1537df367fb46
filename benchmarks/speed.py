"""How fast are we? Poisson blending, one forward pass, a step of training, patches and latent search, beside what they
are measured against, in one run.

    python -P benchmarks/speed.py --data_dir DIR
    python -P benchmarks/speed.py --only poisson
    python -P benchmarks/speed.py --data_dir DIR --faces 20 --output benchmarks/results/speed.md

Each part is a file of its own with `rows(**options) -> list of dicts`; this one prints them as Markdown under one
header: machine, versions, commit, date. The paper's search takes minutes a face: with --output its finished faces are
kept, and the same command goes on where it was broken off; their rows say at which commit and when they were done.
"""

import importlib
import inspect
import json
import os
import sys
from pathlib import Path

from absl import app, flags

from holefill import atomic
from holefill.benchmarks import apart
from holefill.errors import UserError
from holefill.evaluation import machine, markdown

PARTS = {
    "poisson": ("Poisson blending", "holefill.benchmarks.poisson_speed"),
    "one_pass": ("One forward pass", "holefill.benchmarks.one_pass_speed"),
    "training": ("One step of training", "holefill.benchmarks.training_speed"),
    "patches": ("Completion by patches", "holefill.benchmarks.patches_speed"),
    "search": ("Latent search", "holefill.benchmarks.search_speed"),
}
ONLY = flags.DEFINE_multi_enum("only", list(PARTS), list(PARTS), "parts to run; repeat it for several")
MODEL = flags.DEFINE_string("model", "celeba64", "of the search: name, model folder or run folder")
DATA_DIR = flags.DEFINE_string("data_dir", None, "where CelebA is, for the search's faces")
FACES = flags.DEFINE_integer("faces", 1, "test faces on which the searches are compared; 0 for none", lower_bound=0)
PAPER_RESTARTS = flags.DEFINE_integer("paper_restarts", 64, "restarts of the paper's search", lower_bound=1)
PAPER_STEPS = flags.DEFINE_integer("paper_steps", 1500, "steps of the paper's search", lower_bound=1)
PAPER_PRECISION = flags.DEFINE_enum("paper_precision", "float32", ["float32", "bfloat16"], "of the paper's search")
OUTPUT = flags.DEFINE_string("output", None, "also write the tables here, and beside them the rows as .jsonl")


def measure(part: str) -> list[dict]:
    """The part's records, with those of the flags that its `rows` takes."""
    rows = importlib.import_module(PARTS[part][1]).rows
    given = {
        holder.name: holder.value for holder in (MODEL, DATA_DIR, FACES, PAPER_RESTARTS, PAPER_STEPS, PAPER_PRECISION)
    }
    if OUTPUT.value:
        given["output"] = Path(OUTPUT.value).with_suffix(f".{part}.jsonl")
    taken = inspect.signature(rows).parameters
    return apart.call(rows, **{name: value for name, value in given.items() if name in taken})


def tables(rows: list[dict]) -> str:
    """A table for all records with the same keys, in the order in which they first appear."""
    kinds = dict.fromkeys(tuple(row) for row in rows)
    return "\n".join(markdown.table([row for row in rows if tuple(row) == kind]) for kind in kinds)


def main(argv):
    """Run the parts and print their tables."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if OUTPUT.value:
            Path(OUTPUT.value).parent.mkdir(parents=True, exist_ok=True)
        text, about, lines = machine.header(), machine.describe(), []
        for part in ONLY.value:
            rows = measure(part)
            text += f"\n## {PARTS[part][0]}\n\n" + tables(rows)
            lines += [json.dumps({"part": part, **about, **row}, default=float) + "\n" for row in rows]
        sys.stdout.write(text)
        if OUTPUT.value:
            atomic.write(OUTPUT.value, text)
            jsonl = Path(OUTPUT.value).with_suffix(".jsonl")
            atomic.write(jsonl, "".join(lines))
    except (UserError, OSError) as error:
        sys.exit(f"speed: {' '.join(str(error).split())}")


if __name__ == "__main__":
    app.run(main)

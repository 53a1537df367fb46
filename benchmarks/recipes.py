"""What each part of the `dcgan` recipe gains: short trainings that differ in one thing, scored on validation faces.

    .venv/bin/python -P benchmarks/recipes.py --data_dir data/celeba --steps 600 --output runs/recipes

Each variant is a run folder below `--output`, trained for the same number of steps from the same seed; 64 validation
pictures with a centre hole are then completed by `semantic@encoder` (by
`semantic` where a variant has no encoder) and scored. A broken run goes on where it was, and one that was trained
otherwise is refused.
"""

import json
import os
import sys
from pathlib import Path

from absl import app, flags

from holefill import atomic
from holefill.benchmarks import trained
from holefill.errors import UserError
from holefill.evaluation import machine, markdown
from holefill.training.signals import Interrupted

FLAGS = flags.FLAGS
VARIANTS = {
    "ours": ("dcgan", {}),
    "no adversary": ("dcgan", {"adversarial": 0.0}),
    "beta 1": ("dcgan", {"beta": 1.0}),
    "no averaging": ("dcgan", {"ema": 0.0}),
    "no augmentation": ("dcgan", {"augment": False}),
    "no R1 penalty": ("dcgan", {"r1": 0.0}),
    "dcgan@paper 48 wide": ("dcgan@paper(width=48)", {}),
}
SCORES = {"psnr": "PSNR", "ssim": "SSIM", "detail_ratio": "detail ratio"}


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("dataset", "celeba", "data set by name")
    flags.DEFINE_string("data_dir", None, "its folder")
    flags.DEFINE_integer("steps", 600, "updates of each variant", 1)
    flags.DEFINE_integer("seed", 0, "of all variants")
    flags.DEFINE_string("output", "runs/recipes", "folder of the runs")
    flags.DEFINE_list("only", [], "names of variants; all where empty")


def score(name: str) -> dict:
    """Train one variant, or go on with it, and return its last validation scores."""
    same = {key: getattr(FLAGS, key) for key in ("dataset", "data_dir", "steps", "seed")}
    model, recipe = VARIANTS[name]
    folder = trained.train(Path(FLAGS.output) / name.replace(" ", "-"), model=model, recipe=recipe, **same)
    scores = json.loads((folder / "history.jsonl").read_text().splitlines()[-1])
    return {"variant": name, **{title: f"{scores[key]:.3f}" for key, title in SCORES.items()}}


def main(argv):
    """Print a Markdown table, a row a variant."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if unknown := set(FLAGS.only) - set(VARIANTS):
            raise UserError(f"--only: unknown {', '.join(sorted(unknown))}; known: {', '.join(VARIANTS)}")
        text = markdown.table([score(name) for name in FLAGS.only or VARIANTS]) + "\n" + machine.header()
        atomic.write(Path(FLAGS.output) / "table.md", text)
        sys.stdout.write(text)
    except (UserError, OSError, Interrupted) as error:
        sys.exit(f"recipes: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

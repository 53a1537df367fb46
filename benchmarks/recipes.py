"""What each part of the `dcgan` recipe gains: short trainings that differ in one thing, scored on validation faces.

    .venv/bin/python -P benchmarks/recipes.py --data_dir data/celeba --steps 600 --output runs/recipes

Each variant is a run folder below `--output`, trained for the same number of steps from the same seed; 64 validation
pictures with a centre hole are then completed by `semantic@encoder` (by
`semantic` where a variant has no encoder) and scored. A broken run goes on where it was.
"""

import json
import sys
from pathlib import Path

from absl import app, flags

import holefill
from holefill.evaluation import machine

FLAGS = flags.FLAGS
flags.DEFINE_string("dataset", "celeba", "data set by name")
flags.DEFINE_string("data_dir", None, "its folder")
flags.DEFINE_integer("steps", 600, "updates of each variant", 1)
flags.DEFINE_integer("seed", 0, "of all variants")
flags.DEFINE_string("output", "runs/recipes", "folder of the runs")
flags.DEFINE_list("only", [], "names of variants; all where empty")

VARIANTS = {
    "ours": ("dcgan", {}),
    "no adversary": ("dcgan", {"adversarial": 0.0}),
    "beta 1": ("dcgan", {"beta": 1.0}),
    "no averaging": ("dcgan", {"ema": 0.0}),
    "no augmentation": ("dcgan", {"augment": False}),
    "no R1 penalty": ("dcgan", {"r1": 0.0}),
    "dcgan@paper 48 wide": ("dcgan@paper(width=48)", {}),
}
SCORES = ("psnr", "ssim", "detail_ratio")


def score(name: str) -> dict:
    """Train one variant, or go on with it, and return its last validation scores."""
    model, recipe = VARIANTS[name]
    folder = Path(FLAGS.output) / name.replace(" ", "-")
    if not (folder / "result.json").exists():
        holefill.train(
            dataset=FLAGS.dataset, data_dir=FLAGS.data_dir, model=model, recipe=recipe, steps=FLAGS.steps,
            seed=FLAGS.seed, run_dir=str(folder), sample_every=FLAGS.steps,
        )  # fmt: skip
    return json.loads((folder / "history.jsonl").read_text().splitlines()[-1])


def main(_):
    """Print a Markdown table, a row a variant."""
    rows = ["| variant | PSNR | SSIM | detail ratio |", "|---|---|---|---|"]
    for name in FLAGS.only or VARIANTS:
        scores = score(name)
        rows.append(f"| {name} | " + " | ".join(f"{scores[s]:.3f}" for s in SCORES) + " |")
    text = "\n".join([*rows, "", machine.header()]) + "\n"
    (Path(FLAGS.output) / "table.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    app.run(main)

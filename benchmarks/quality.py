"""How good are the methods? The same holes in the same pictures for each, scored, tabled and shown.

    python -P benchmarks/quality.py --dataset celeba --data_dir DIR --methods "telea,membrane" --output DIR
    python -P benchmarks/quality.py --dataset celeba --data_dir DIR --split test --limit 200 --mask center \\
        --methods "semantic,semantic@paper,semantic@code,telea,membrane" --model celeba64 --output DIR

It writes into --output: results.jsonl (a line for each picture and method), table.md and contact_sheet.png. Called
again, it does only what is missing there: a run that was broken off goes on where it was.
"""

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
from absl import app, flags
from PIL import Image
from rich.console import Console
from rich.progress import Progress

from holefill import datasets, methods
from holefill.benchmarks import completion, contact_sheet, machine, records, score_table
from holefill.datasets import masks
from holefill.errors import UserError

DATASET = flags.DEFINE_string("dataset", "celeba", "data set, by name")
DATA_DIR = flags.DEFINE_string("data_dir", None, "where its files are")
SPLIT = flags.DEFINE_enum("split", "validation", ["train", "validation", "test"], "which pictures; test is for reports")
LIMIT = flags.DEFINE_integer("limit", 100, "the first so many pictures", lower_bound=1)
MASK = flags.DEFINE_string("mask", "center", "hole, by name; picture number i has the hole of seed + i")
METHODS = flags.DEFINE_string("methods", "telea,membrane", "methods by name, as in 'telea(radius=5),membrane'")
MODEL = flags.DEFINE_string(
    "model", "celeba64", "model for the methods that need one: name, model folder or run folder"
)
BLEND = flags.DEFINE_string("blend", "poisson", "blend, by name")
IMAGE_SIZE = flags.DEFINE_integer("image_size", 64, "side in pixels; a model's own where one is used", lower_bound=11)
SEED = flags.DEFINE_integer("seed", 0, "of the holes and of the methods")
BATCH_SIZE = flags.DEFINE_integer("batch_size", 20, "pictures filled together", lower_bound=1)
SHOWN = flags.DEFINE_integer("shown", 12, "pictures on the contact sheet: the first so many", lower_bound=1)
OUTPUT = flags.DEFINE_string("output", None, "folder for the results", required=True)


def load_model(specs: list[str]):
    """The model of --model and the hash of its files, where a method needs one; else (None, None)."""
    if not any(methods.needs_model(spec) for spec in specs):
        return None, None
    from holefill.models import latent_model

    folder = latent_model.find(MODEL.value)
    files = sorted(path for path in folder.iterdir() if path.name in ("model.json", "weights.npz"))
    return latent_model.load(MODEL.value), hashlib.sha256(b"".join(p.read_bytes() for p in files)).hexdigest()[:16]


def prepare(image_size: int) -> completion.Task:
    """The pictures of the flags, each with its hole."""
    loader, options = datasets.get(DATASET.value)
    found = loader(SPLIT.value, data_dir=DATA_DIR.value, image_size=image_size, limit=LIMIT.value, **options)
    seeds = range(SEED.value, SEED.value + len(found))
    holes = np.stack([masks.make(MASK.value, *found.images.shape[1:3], seed=seed) for seed in seeds])
    folder = Path(OUTPUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    setting = completion.Setting(
        DATASET.value, SPLIT.value, image_size, MASK.value, SEED.value, BLEND.value, BATCH_SIZE.value
    )
    shown = min(SHOWN.value, len(found))
    return completion.Task(setting, np.asarray(found.images), holes, list(found.names), folder, shown)


def report(task: completion.Task, keys: list[dict]) -> str:
    """Write table.md and contact_sheet.png from what is on the disk; the table's text."""
    found = records.read(task.results)
    rows = [(key["method"], list(task.finished(key, found).values())) for key in keys]
    used = sorted({(r["commit"], r["processor"]) for _, part in rows for r in part})
    about = f"{len(task.images)} pictures of {DATASET.value} ({SPLIT.value}), {task.setting.image_size} pixels; "
    about += f"hole `{MASK.value}`, {task.holes.mean():.1%} missing, seed {SEED.value}; blend `{BLEND.value}`"
    model = {key["model_hash"] for key in keys} - {None}
    about += f"; model `{MODEL.value}` ({model.pop()})\n\n" if model else "\n\n"
    origin = "- scored: " + "; ".join(f"commit {commit} on {processor}" for commit, processor in used) + "\n"
    text = about + score_table.table(rows) + "\n" + score_table.DEFINITIONS + "\n" + machine.header() + origin
    records.replace(task.folder / "table.md", lambda file: file.write(text.encode()))
    n = task.shown
    sheet = [("input", contact_sheet.with_grey_holes(task.images[:n], task.holes[:n]))]
    for key in keys:
        opened = [np.asarray(Image.open(task.picture(key, i))) for i in range(n)]
        sheet.append((key["method"], np.stack(opened).reshape(task.images[:n].shape)))
    drawn = contact_sheet.draw([*sheet, ("truth", task.images[:n])])
    records.replace(task.folder / "contact_sheet.png", lambda file: drawn.save(file, "PNG"))
    return text


def main(argv):
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        specs = completion.split_specs(METHODS.value)
        model, model_hash = load_model(specs)
        task = prepare(IMAGE_SIZE.value if model is None else model.image_size)
        keys = []
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as bars:
            for spec in specs:
                bar = bars.add_task(spec, total=len(task.images))
                needed = methods.needs_model(spec)
                used = (model, model_hash) if needed else (None, None)
                completion.run(task, spec, *used, lambda n, bar=bar: bars.advance(bar, n))
                keys.append(task.key(spec, used[1]))
        sys.stdout.write(report(task, keys) + f"\n{task.folder / 'contact_sheet.png'}\n")
    except (UserError, OSError) as error:
        sys.exit(f"quality: {' '.join(str(error).split())}")


if __name__ == "__main__":
    app.run(main)

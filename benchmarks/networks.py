"""One-pass networks side by side: each trained for the same time on the same data, then scored on six holes.

    .venv/bin/python -P benchmarks/networks.py --data_dir DIR --minutes 20 --output runs/networks

The seconds of a step of each are measured before any is trained, over the phases of its schedule, and it is trained for
so many steps as take `--minutes` on this machine when it does nothing else. Those numbers are kept in `steps.json`: the
same command goes on where it was stopped.
"""

import csv
import json
import os
import statistics
import sys
import time
from pathlib import Path

from absl import app, flags

from holefill import atomic
from holefill.benchmarks import apart
from holefill.benchmarks.steps import stepper
from holefill.errors import UserError
from holefill.evaluation import machine, markdown
from holefill.training.signals import Interrupted

FLAGS = flags.FLAGS
NETWORKS = (
    "fill",
    "fill@sharp",
    "context_encoder",
    "glcic",
    "contextual_attention",
    "parallel_attention",
    "face_completion",
    "context_encoder@paper(predicts='image')",
    "context_encoder@code(predicts='image')",
    "glcic@paper",
    "contextual_attention@paper",
    "parallel_attention@paper",
    "face_completion@paper",
)
SCORES = {"psnr": 2, "ssim": 3, "detail_ratio": 2}
SCHEDULE = 1000  # steps of a schedule whose phases are timed


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("dataset", "celeba", "data set by name")
    flags.DEFINE_string("data_dir", None, "its folder")
    flags.DEFINE_integer("image_size", 64, "side of the pictures", 16)
    flags.DEFINE_integer("batch_size", 32, "pictures a step", 1)
    flags.DEFINE_float("minutes", 20, "of training, each network", 0.0)
    flags.DEFINE_integer("steps", 0, "of training in place of minutes; 0: by the time", 0)
    flags.DEFINE_string("holes", "mixture", "that they learn on, by name")
    flags.DEFINE_integer("seed", 0, "of all trainings")
    flags.DEFINE_string("split", "test", "that is scored")
    flags.DEFINE_integer("limit", 200, "pictures that are scored", 1)
    flags.DEFINE_list("masks", ["center", "left", "right", "half", "random", "pattern"], "that are scored")
    flags.DEFINE_string("output", "runs/networks", "folder of runs and report")
    flags.DEFINE_multi_string("only", [], "a network, with options if wanted; repeat it; all where none is given")


def step_seconds(spec: str, image_size: int, batch_size: int, holes: str, repeats: int = 5) -> float:
    """Seconds of a step of a network's training, the mean over the phases of its schedule, each the median of some."""
    phases, run = stepper(spec, image_size, batch_size, holes, SCHEDULE)
    total = 0.0
    for phase in dict.fromkeys(phases):
        times = []
        for number in range(repeats + 1):  # the first one traces
            began = time.perf_counter()
            run(number, phase)
            times.append(time.perf_counter() - began)
        total += phases.count(phase) * statistics.median(times[1:])
    return total / SCHEDULE


def _steps(spec: str) -> int:
    """The steps of a network's training: as many as were measured when it was begun."""
    if FLAGS.steps:
        return FLAGS.steps
    path = Path(FLAGS.output) / "steps.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    key = f"{spec} {FLAGS.minutes:g} minutes of {FLAGS.batch_size} at {FLAGS.image_size}"
    if key not in known:
        seconds = apart.call(step_seconds, spec, FLAGS.image_size, FLAGS.batch_size, FLAGS.holes)
        known[key] = max(1, round(60 * FLAGS.minutes / seconds))
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(path, json.dumps(known, indent=2) + "\n")
    return known[key]


def run_folder(spec: str) -> Path:
    """The folder of a network's run."""
    plain = "".join(c if c.isalnum() or c in "@.-" else "-" for c in spec).strip("-")
    return Path(FLAGS.output) / plain


def train(spec: str) -> dict:
    """Train a network, or go on with it; what the table tells of it."""
    from holefill.benchmarks import trained

    steps = _steps(spec)
    same = {key: getattr(FLAGS, key) for key in ("dataset", "data_dir", "image_size", "batch_size", "seed")}
    apart.call(trained.train, run_folder(spec), model=spec, recipe={"holes": FLAGS.holes}, steps=steps, **same)
    return {"network": f"`{spec}`", "steps": steps}


def score(specs) -> list[dict]:
    """Each network's row: what `train` told of it, and its scores on each hole."""
    from holefill.evaluation import run

    for spec in specs:  # before any training: on a machine as idle for one as for another
        _steps(spec)
    told = {spec: train(spec) for spec in specs}
    labels = {spec: f"one_pass(model='{run_folder(spec)}')" for spec in specs}
    asked = {key: getattr(FLAGS, key) for key in ("dataset", "data_dir", "split", "limit", "seed")}
    asked |= {"masks": ",".join(FLAGS.masks), "methods": ",".join(labels.values()), "metrics": ",".join(SCORES)}
    output = Path(FLAGS.output) / "report"
    _, failures = run.evaluate(command=machine.describe()["command"], output=str(output), **asked)
    sys.stderr.writelines(f"{failure}\n" for failure in failures)
    with open(output / "table.csv", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["holes"] == "mask"]
    found = {(line["name"], line["method"], line["metric"]): line["mean"] for line in lines}
    for spec, row in told.items():
        for mask in FLAGS.masks:
            values = [found.get((mask, labels[spec], metric)) for metric in SCORES]
            row[mask] = " / ".join(f"{float(v):.{d}f}" for v, d in zip(values, SCORES.values(), strict=True) if v)
    return list(told.values())


def main(argv):
    """Print a Markdown table, a row a network."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        text = markdown.table(score(FLAGS.only or NETWORKS)) + "\n" + machine.header()
        atomic.write(Path(FLAGS.output) / "table.md", text)
        sys.stdout.write(text)
    except (UserError, OSError, Interrupted) as error:
        sys.exit(f"networks: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

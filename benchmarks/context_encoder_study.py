"""A study of the Context Encoder, again: what each part of its loss, its network and its training is worth.

    python -P benchmarks/context_encoder_study.py --data_dir DIR --steps 4000 --output runs/context_encoder
    python -P benchmarks/context_encoder_study.py --dataset shapes --image_size 32 --width 4 --steps 8 --output DIR

The variants of the slides in `context_encoder_document`, each the released net with one thing changed: the weight of L2
(the discriminator's is the rest), L1 for L2, the channel-wise layer in place of the fully connected one, no
discriminator, SGD (0.01 and momentum 0.9, of which the slides say nothing), a rate of 0.01 halved every quarter of the
training, blocks at random places (of a net that paints whole pictures, without overlap), AlexNet's encoder with and
without the discriminator. All see the same batches.

Each is trained to a quarter, a half, three quarters and the whole of --steps, and at each moment completes the same
--limit pictures: L1, L2 (values in [-1, 1]) and PSNR = 10 log10(4 / L2) of the raw fill where pixels are missing, means
over pictures. Missing is the middle as in training, less the overlap; for the blocks, blocks of each picture's own.

A run folder a variant below --output, `scores.jsonl` with a line for each moment, `table.md` with the slides' figures
beside them. Called again, it does only what is missing there. Of a variant that is done the checkpoints are removed.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from absl import app, flags

from holefill import atomic
from holefill.benchmarks import context_encoder_document as document
from holefill.benchmarks import context_encoder_scores
from holefill.errors import UserError
from holefill.evaluation import machine, markdown
from holefill.registry import spell
from holefill.training.signals import Interrupted

FLAGS = flags.FLAGS
MOMENTS = 4
NET = {"bottleneck": "dense"}
WEIGHTS = (0, 0.5, 0.9, 0.999, 0.9999, 1)
SLOW = {"learning_rate": 0.01, "factor": 0.5}  # "lr = 0.01, gamma = 0.5"
VARIANTS = {  # (options of the model, options of the recipe)
    **{f"L2={w}": ({}, {"lambda_rec": float(w), "lambda_adv": round(1.0 - w, 4)}) for w in WEIGHTS},
    "L1": ({}, {"distance": "l1"}),
    "channel-wise": ({"bottleneck": "channelwise"}, {}),
    "no discriminator": ({}, {"adversarial": False}),
    "SGD": ({}, {"optimiser": "sgd", "learning_rate": 0.01, "beta_1": 0.9}),
    "step schedule": ({}, SLOW),
    "random patches": ({"predicts": "image", "overlap": 0}, {"holes": "blocks"}),
    "AlexNet": ({"encoder": "alexnet"}, {"adversarial": False}),
    "AlexNet with discriminator": ({"encoder": "alexnet"}, {}),
}


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("dataset", "celeba", "data set by name")
    flags.DEFINE_string("data_dir", None, "where its files are")
    flags.DEFINE_integer("image_size", 64, "side of the pictures: 32, 64 or 128; AlexNet's encoder wants 64 or more")
    flags.DEFINE_integer("width", 32, "of the networks; the released one has 64", 2)
    flags.DEFINE_integer("batch_size", 64, "pictures a step", 1)
    flags.DEFINE_integer("steps", 4000, "updates of each variant, a multiple of 4", MOMENTS)
    flags.DEFINE_string("precision", "auto", "of training, as bin/train has it")
    flags.DEFINE_enum("split", "test", ["validation", "test"], "which pictures are completed; test is for reports")
    flags.DEFINE_integer("limit", 100, "pictures that are completed", 1)
    flags.DEFINE_integer("seed", 0, "of training and of the blocks that are completed")
    flags.DEFINE_list("only", [], "names of variants; all where empty")
    flags.DEFINE_string("output", "runs/context_encoder", "folder for runs and results")


def asked(name: str) -> dict:
    """What is asked of a variant's training, but for its number of steps."""
    options, recipe = VARIANTS[name]
    model = spell("context_encoder@code", {"width": FLAGS.width, "bottleneck_width": _units(), **NET, **options})
    if "factor" in recipe:
        recipe = {**recipe, "every": float(FLAGS.steps // MOMENTS)}
    same = ("dataset", "data_dir", "image_size", "batch_size", "precision", "seed")
    return {"model": model, "recipe": recipe, **{key: getattr(FLAGS, key) for key in same}}


def _units() -> int:
    """Units of the bottleneck: 4000 of a net of the released width."""
    return round(4000 * FLAGS.width / 64)


def keys(name: str) -> list[dict]:
    """What says of each moment of a variant all that its scores depend on."""
    same = {**asked(name), "split": FLAGS.split, "limit": FLAGS.limit, "of": FLAGS.steps}
    return [json.loads(json.dumps({"variant": name, "step": step, **same})) for step in steps()]


def steps() -> list[int]:
    """The four moments, in steps."""
    return [FLAGS.steps * (i + 1) // MOMENTS for i in range(MOMENTS)]


def study(name: str, ledger: context_encoder_scores.Ledger) -> list[dict]:
    """Scores of a variant at the four moments; trained as far as the ledger does not know them."""
    folder = Path(FLAGS.output) / _plain(name)
    for key in keys(name):
        if ledger.find(key) is None:
            ledger.add(key, context_encoder_scores.score(_trained(folder, name, key["step"]), FLAGS))
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)  # hundreds of megabytes, of no more use
    return [ledger.find(key) for key in keys(name)]


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "=." else "-" for c in name)


def _trained(folder: Path, name: str, step: int):
    """The model after so many steps.

    Raises
    ------
    UserError
        Where the folder holds another run, or one that is further already.
    """
    from holefill.models import stored
    from holefill.training import loop

    loop.train(**asked(name), steps=step, run_dir=str(folder), sample_every=FLAGS.steps, checkpoint_every=step)
    reached = json.loads((folder / "result.json").read_text())["step"]
    if reached != step:
        raise UserError(f"{folder} is trained for {reached} steps already, not {step}: give another --output")
    return stored.load(folder)


def table(scores: dict[str, list[dict]]) -> str:
    """Markdown: every moment of every variant, then the last ones beside the slides'."""
    ours = [
        {"variant": name, **{f"{what} {step}": f"{s[what]:.4f}" for step, s in zip(steps(), found, strict=True)}}
        for what in ("L1", "L2", "PSNR")
        for name, found in scores.items()
    ]
    beside = [row for name, found in scores.items() for row in _beside(name, found)]
    count = len(scores)
    parts = [
        f"{what}, at steps\n\n{markdown.table(ours[i * count :][:count])}"
        for i, what in enumerate(("L1", "L2", "PSNR"))
    ]
    return "\n".join([_about(), *parts, SLIDES, markdown.table(beside), machine.header()])


SLIDES = (
    "Beside the slides' figures: other pictures (street views of 128 pixels), each row of theirs is one picture's;"
    " moments are quarters of the training, theirs 50, 100, 150 and 200 epochs.\n"
)


def _about() -> str:
    first = f"`{FLAGS.dataset}`, {FLAGS.image_size} pixels, width {FLAGS.width}; {FLAGS.steps} steps of"
    second = (
        f"{FLAGS.batch_size} pictures a variant, seed {FLAGS.seed}. Means over {FLAGS.limit} {FLAGS.split} pictures,"
    )
    return f"{first} {second} raw fills, missing pixels only; values in [-1, 1].\n"


def _beside(name, found) -> list[dict]:
    """A row of ours, and the slides' rows."""
    psnr = {f"PSNR {i + 1}/4": f"{s['PSNR']:.2f}" for i, s in enumerate(found)}
    ours = {"variant": name, "of": "ours", **psnr, "L1": f"{found[-1]['L1']:.4f}", "L2": f"{found[-1]['L2']:.4f}"}
    theirs = [{"variant": name, "of": "slides", **{k: _told(k, v) for k, v in r.items()}} for r in document.rows(name)]
    return [ours, *theirs]


def _told(column: str, value: float) -> str:
    return f"{value:.2f}" if column.startswith("PSNR") else f"{value:.4f}"


def main(argv):
    """Train, score, print the tables; what is done is told after each variant."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if unknown := set(FLAGS.only) - set(VARIANTS):
            raise UserError(f"--only: unknown {', '.join(sorted(unknown))}; known: {', '.join(VARIANTS)}")
        if FLAGS.steps % MOMENTS:
            raise UserError(f"--steps is {FLAGS.steps}: wanted a multiple of {MOMENTS}, for {MOMENTS} equal parts")
        ledger, scores = context_encoder_scores.Ledger(Path(FLAGS.output) / "scores.jsonl"), {}
        for name in FLAGS.only or VARIANTS:
            scores[name] = study(name, ledger)
            atomic.write(Path(FLAGS.output) / "table.md", table(scores))
        sys.stdout.write(table(scores))
    except (UserError, OSError, Interrupted) as error:
        sys.exit(f"context_encoder_study: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

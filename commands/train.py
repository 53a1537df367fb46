"""Train a model, or go on with a run that was stopped.

    train --dataset NAME [options]

The run folder gets checkpoints, curves for TensorBoard, samples, the model and a SavedModel. The same command, or
--run_dir alone, resumes it after a stop or a crash; what it was started with is kept.

Examples:
    train --dataset shapes --steps 500
    train --dataset celeba --data_dir data/celeba --run_dir runs/faces
    train --run_dir runs/faces
    train --dataset folder --data_dir photos --image_size 128
"""

from pathlib import Path

from holefill.commands import program
from holefill.errors import UserError
from holefill.registry import parse_spec
from holefill.training.options import TrainOptions

OPTIONS = program.Options(shown=vars(TrainOptions()))
OPTIONS.group(
    "What is learned",
    ("dataset", str, "celeba, folder, brain_mri, shapes; options: celeba(channels=1), celeba(share_of_width=1)"),
    ("data_dir", str, "where its files are; without it $HOLEFILL_DATA and the cache are searched"),
    (
        "model",
        str,
        "dcgan, vae, fill, glcic, …: docs/networks.md; presets: dcgan@paper, fill@sharp, …; options: dcgan(width=32)",
    ),
    ("start", str, "a trained model whose weights it begins with; without it random ones"),
    ("image_size", 32, "side of the pictures; without it what the model is meant for: 64, or of some 128 or 256"),
)
OPTIONS.group(
    "How",
    ("steps", 1, "updates in all"),
    ("batch_size", 1, "pictures a step, over all devices"),
    ("seed", program.SEEDS, "of weights, batches and holes"),
    ("recipe", str, "options of the training step: learning_rate=1e-4, …"),
    ("precision", ["auto", "float32", "bfloat16", "float16"], "of the arithmetic"),
    ("strategy", ["auto", "single", "mirrored"], "which devices"),
    ("deterministic", bool, "the same bits every time, somewhat slower"),
)
OPTIONS.group(
    "What is kept",
    ("run_dir", str, "the run's folder; without it runs/DATASET-MODEL-TIME"),
    ("checkpoint_every", 1, "steps between checkpoints"),
    ("log_every", 1, "steps between points of the curves"),
    ("sample_every", 1, "steps between sample pictures"),
)


def main():
    """Train; the run folder goes to stdout."""
    asked = {name: value for name, value in OPTIONS.given().items() if name in OPTIONS.shown}
    if "run_dir" in asked and "dataset" not in asked and not (Path(asked["run_dir"]) / "config.json").is_file():
        raise UserError(f"there is no run in {asked['run_dir']} to go on with: give --dataset too, to start one there")
    if "recipe" in asked:
        asked["recipe"] = parse_spec(f"recipe({asked['recipe']})")[1]
    from holefill.training import loop  # imports TensorFlow, once the flags are read

    try:
        program.say(str(loop.train(**asked)))
    except loop.Interrupted as stop:
        program.warn(str(stop))
        return 128 + stop.signal


def console():
    """Entry point of `holefill-train`."""
    program.run(main, OPTIONS, __doc__, words=(0, 0))


if __name__ == "__main__":
    console()

"""GAN or VAE, kernel 3 or 7? Four models of brain MRI: how long a step takes, and how well each completes.

    python -P benchmarks/kernels.py --data_dir DIR --steps 350 --output runs/kernels
    python -P benchmarks/kernels.py --dataset shapes --image_size 32 --width 4 --steps 20 --limit 8 --output DIR

After K. Taneja and P. Kulkarni, "Semantic Image Inpainting with Deep Generative Models" (CS 736 project report), who
found VAEs better than GANs and "78 % faster to train": three quarters of the epochs, each three quarters as long
(1 / 0.75² = 1.78). GAN and VAE share the generator; all are trained on as many pictures, from the same seed.

1. The step of each model is timed in interleaved rounds, so that what else the machine does falls on all alike.
2. Each is trained by the loop of bin/train, in a run folder below --output.
3. Each completes the same test pictures with the same small and large holes, with and without Poisson blending, by
   bin/evaluate: one report a blend below --output, with every metric, curve and contact sheet.

--output gets timing.json and table.md. Called again, it does only what is missing there, and refuses models that were
trained otherwise.
"""

import os
import sys
from pathlib import Path

from absl import app, flags

from holefill import atomic, registry
from holefill.benchmarks import kernels_scores, kernels_time, trained
from holefill.errors import UserError
from holefill.evaluation import machine, markdown
from holefill.training.signals import Interrupted

FLAGS = flags.FLAGS
VAE_METHOD = (
    "semantic(start='encoder', coordinates='gaussian', clip=None, prior=0.03, prior_in_descent=True,"
    " optimiser='adam', learning_rate=0.1, beta2=0.99, schedule='cosine', steps=150)"
)


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("dataset", "brain_mri", "data set by name")
    flags.DEFINE_string("data_dir", None, "where its files are")
    flags.DEFINE_list("models", list(kernels_time.MODELS), "those to train and score")
    flags.DEFINE_enum("preset", "paper", ["paper", "ours"], "recipes: dcgan@paper and vae@paper, or dcgan and vae")
    flags.DEFINE_integer("image_size", 64, "side of the pictures")
    flags.DEFINE_integer("width", 32, "of the networks: channels of the generator's last hidden map", 1)
    flags.DEFINE_integer("batch_size", 64, "pictures a step", 1)
    flags.DEFINE_integer("steps", 350, "updates of each model", 1)
    flags.DEFINE_integer("rounds", 7, "rounds in which the steps are timed", 1)
    flags.DEFINE_string("precision", "auto", "of training, as bin/train has it")
    flags.DEFINE_enum("split", "test", ["validation", "test"], "which pictures are completed; test is for reports")
    flags.DEFINE_integer("limit", 100, "pictures that are completed", 1)
    flags.DEFINE_string("small", "block(least=0.2, most=0.3)", "the small hole; picture i has that of seed + i")
    flags.DEFINE_string("large", "block(least=0.5, most=0.7)", "the large hole")
    flags.DEFINE_string("gan_method", "semantic", "search with a GAN")
    flags.DEFINE_string("vae_method", VAE_METHOD, "search with a VAE: prior ½‖g‖²")
    flags.DEFINE_integer("seed", 0, "of training, holes and searches")
    flags.DEFINE_string("output", "runs/kernels", "folder for runs and results")


def runs() -> dict[str, tuple[Path, dict]]:
    """Run folder of each model, and what is asked of its training."""
    same = {"steps": FLAGS.steps, "seed": FLAGS.seed}
    return {name: (Path(FLAGS.output) / name, {**kernels_time.asked(name, FLAGS), **same}) for name in FLAGS.models}


def labels(folders: dict[str, Path]) -> dict[str, str]:
    """What completes: for bin/evaluate's --methods → its name in the table; the last needs no model."""
    named = {}
    for name, folder in folders.items():
        spec = FLAGS.gan_method if name.startswith("GAN") else FLAGS.vae_method
        method, options = registry.parse_spec(spec)
        said = ", ".join(f"{key}={value!r}" for key, value in {**options, "model": str(folder)}.items())
        named[f"{method}({said})"] = name
    return {**named, "membrane": "membrane"}


def report(times: list[dict], rows: list[dict]) -> str:
    """Write table.md; its text."""
    about = f"`{FLAGS.dataset}`, {FLAGS.image_size} pixels; {FLAGS.steps} steps of {FLAGS.batch_size} pictures a model,"
    about += f" seed {FLAGS.seed}. Holes: small `{FLAGS.small}`, large `{FLAGS.large}`. GANs complete by"
    about += f" `{FLAGS.gan_method}`, VAEs by `{FLAGS.vae_method}`. Mean ± standard error over {FLAGS.split} pictures;"
    about += " a step's time is the median over the rounds, and a VAE's over a GAN's that of the rounds' ratios.\n"
    text = "\n".join([about, markdown.table(times), markdown.table(rows), machine.header()])
    atomic.write(Path(FLAGS.output) / "table.md", text)
    return text


def main(argv):
    """Time, train, score, print the tables."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        if unknown := set(FLAGS.models) - set(kernels_time.MODELS):
            wanted = ", ".join(kernels_time.MODELS)
            raise UserError(f"--models: unknown {', '.join(sorted(unknown))}; known: {wanted}")
        for folder, asked in runs().values():
            trained.check(folder, **asked)
        Path(FLAGS.output).mkdir(parents=True, exist_ok=True)
        times = kernels_time.times(FLAGS, Path(FLAGS.output) / "timing.json")
        named = labels({name: trained.train(folder, **asked) for name, (folder, asked) in runs().items()})
        rows = [kernels_scores.evaluate(FLAGS, blend, named) for blend in kernels_scores.BLENDS]
        sys.stdout.write(report(times, sum(rows, [])))
    except (UserError, OSError, Interrupted) as error:
        sys.exit(f"kernels: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

"""The parsing network that Generative Face Completion is trained with: trained, scored, drawn.

    .venv/bin/python -P benchmarks/parsing.py --data_dir data/celeba --train 1500 --network runs/parsing64
    .venv/bin/python -P benchmarks/parsing.py --data_dir data/celeba --network runs/parsing64 --sheet parts.png
    .venv/bin/python -P benchmarks/parsing.py --labels helen --data_dir data/helen --train 3000 --network runs/helen64

Without labelled faces the labels are drawn from the 68 points (`faces.parts`) that the shipped landmark network sees in
CelebA's crops; `--labels helen` or `celebamask_hq` reads published ones (`datasets.label_maps`). Scores are of
`--split`: the share of right pixels, and F1 of each part that is seen or there (hair is neither, from points).
`bin/train --model face_completion` takes the folder as `--recipe 'parsing="runs/parsing64"'`.
"""

import dataclasses
import sys
import time
from pathlib import Path

import numpy as np
from absl import app, flags
from PIL import Image

from holefill.datasets import celeba, images, label_maps
from holefill.errors import UserError
from holefill.evaluation import machine
from holefill.faces import parts
from holefill.models import landmark_net, parsing_net
from holefill.training import parsing as training

FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", None, "folder of the faces")
flags.DEFINE_enum("labels", "landmarks", ["landmarks", "helen", "celebamask_hq"], "where labels come from")
flags.DEFINE_string("network", "runs/parsing64", "folder of the network")
flags.DEFINE_enum("kind", "parsing", list(parsing_net.KINDS), "which network to train")
flags.DEFINE_integer("image_size", 64, "pixels", 32)
flags.DEFINE_integer("channels", 3, "1 or 3")
flags.DEFINE_string("split", "validation", "which to score; test is for reporting only")
flags.DEFINE_integer("limit", 500, "faces to score", 1)
flags.DEFINE_integer("train", 0, "steps to train a new network; 0 scores the one there is", 0)
flags.DEFINE_integer("batch", training.Recipe.batch, "faces a step", 1)
flags.DEFINE_float("learning_rate", training.Recipe.learning_rate, "Adam's, at first")
flags.DEFINE_integer("seed", 0, "of the training")
flags.DEFINE_string("sheet", None, "picture to write: faces, their labels, and what the network sees")

EVERY = 250  # steps between lines of the log
COLOURS = np.array(
    [(0, 0, 0), (230, 170, 130), (60, 90, 220), (80, 200, 255), (40, 160, 60), (160, 230, 90),
     (240, 220, 60), (200, 40, 60), (255, 255, 255), (240, 110, 160), (120, 60, 20)], np.uint8,
)  # fmt: skip


def faces(split: str, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Faces uint8 [N, S, S, C] of a split and their labels uint8 [N, S, S]."""
    asked = {"data_dir": FLAGS.data_dir, "image_size": FLAGS.image_size, "limit": limit, "channels": FLAGS.channels}
    if FLAGS.labels != "landmarks":
        found = getattr(label_maps, FLAGS.labels)(split, **asked)
        return found.images, found.labels
    crops = celeba.celeba(split, **asked).images
    seen = celeba.celeba(split, **{**asked, "image_size": 64, "channels": 3}).images
    points, _ = landmark_net.points(landmark_net.load(), images.to_float(seen))
    return crops, parts.label_maps((points + 0.5) * FLAGS.image_size / 64 - 0.5, FLAGS.image_size)


def train() -> None:
    """Train on the training split and write the network."""
    crops, labels = faces("train")
    started = time.monotonic()

    def log(step, loss, network):
        if (step + 1) % EVERY == 0:
            sys.stderr.write(f"step {step + 1}: loss {float(loss):.3f}, {time.monotonic() - started:.0f} s\n")

    options = parsing_net.Options(FLAGS.kind, FLAGS.image_size, FLAGS.channels)
    recipe = training.Recipe(FLAGS.train, FLAGS.batch, FLAGS.learning_rate)
    network = training.train(crops, labels, options, recipe, FLAGS.seed, log)
    card = {
        "labels": FLAGS.labels, "training_pictures": len(crops), "seed": FLAGS.seed,
        "recipe": dataclasses.asdict(recipe),
    }  # fmt: skip
    parsing_net.save(network, options, FLAGS.network, card)


def coloured(crops, labels) -> np.ndarray:
    """Half of the faces, half of their parts' colours, uint8 [N, S, S, 3]."""
    return (0.5 * crops + 0.5 * COLOURS[labels]).astype(np.uint8)


def draw(crops, labels, found, path, count: int = 8) -> None:
    """A column a face: itself, its labels over it, and what the network sees."""
    rows = [np.broadcast_to(crops, (*crops.shape[:3], 3)), coloured(crops, labels), coloured(crops, found)]
    sheet = np.concatenate([np.concatenate(list(row[:count]), axis=1) for row in rows])
    Image.fromarray(sheet).resize((3 * sheet.shape[1], 3 * sheet.shape[0]), Image.Resampling.NEAREST).save(path)


def main(_):
    """Train if asked, then print what was measured."""
    try:
        if FLAGS.train:
            train()
        network, options = parsing_net.load(FLAGS.network), parsing_net.options_of(FLAGS.network)
        if (options.image_size, options.channels) != (FLAGS.image_size, FLAGS.channels):
            raise UserError(f"the network in {FLAGS.network} is for {options.image_size} pixels: give --image_size")
        crops, labels = faces(FLAGS.split, FLAGS.limit)
    except UserError as error:
        sys.exit(str(error))
    found = parsing_net.labels(network, images.to_float(crops))
    measured = training.scores(found, labels)
    rows = [f"{len(crops)} faces of the {FLAGS.split} split, labels: {FLAGS.labels}", "", "| part | F1 |", "|---|---|"]
    rows += [f"| {name} | {f1:.3f} |" for name, f1 in zip(parts.PARTS, measured["f1"], strict=True) if f1 == f1]
    rows += [f"| mean, without background | {measured['mean_f1']:.3f} |"]
    rows += ["", f"right pixels: {100 * measured['accuracy']:.1f} %", "", machine.header()]
    text = "\n".join(rows)
    (Path(FLAGS.network) / f"scores-{FLAGS.split}.md").write_text(text)
    sys.stdout.write(text)
    if FLAGS.sheet:
        draw(crops, labels, found, FLAGS.sheet)


if __name__ == "__main__":
    app.run(main)

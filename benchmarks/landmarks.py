"""Face landmarks: dlib's detections, the network trained on them, their agreement, and how fast each is.

    .venv/bin/python -P benchmarks/landmarks.py --data_dir data/celeba --cache runs/landmarks --train 3000
    .venv/bin/python -P benchmarks/landmarks.py --data_dir data/celeba --cache runs/landmarks

The first detects (once: the points are kept in `--cache`), trains and writes the network to `--network`; both then
score the network on `--split`: the mean distance in pixels, over 68 points, to what dlib finds in the whole crop, on
whole and on damaged crops. There dlib looks at the crop painted over, in which it finds a face or not. `--template`
prints the mean face.
"""

import dataclasses
import json
import sys
import time
from pathlib import Path

import numpy as np
from absl import app, flags

from holefill.datasets import celeba, images, masks
from holefill.evaluation import machine
from holefill.faces import detect, template, under_hole
from holefill.models import landmark_net
from holefill.training import landmarks as training

FLAGS = flags.FLAGS
flags.DEFINE_string("data_dir", None, "folder of CelebA")
flags.DEFINE_string("cache", "runs/landmarks", "folder for dlib's detections and the scores")
flags.DEFINE_string("network", str(landmark_net.WEIGHTS / "landmarks64"), "folder of the network")
flags.DEFINE_string("split", "validation", "which to score; test is for reporting only")
flags.DEFINE_integer("limit", 500, "faces to score", 1)
flags.DEFINE_integer("train", 0, "steps to train a new network; 0 scores the one there is", 0)
flags.DEFINE_integer("width", training.Recipe.width, "channels of its first map")
flags.DEFINE_integer("units", training.Recipe.units, "units of its dense layer")
flags.DEFINE_float("learning_rate", training.Recipe.learning_rate, "Adam's, at first")
flags.DEFINE_integer("seed", 0, "of the training")
flags.DEFINE_bool("template", False, "print the training split's mean face and end")

HOLES = ("center", "half", "left", "random(fraction=0.8)", "pattern")
EVERY = 500  # steps between validations


def detections(split: str) -> tuple[np.ndarray, np.ndarray]:
    """The split's crops uint8 [N, 64, 64, 3] and dlib's points [N, 68, 2], NaN where it finds none; detected once."""
    crops = celeba.celeba(split, data_dir=FLAGS.data_dir).images
    file = Path(FLAGS.cache) / f"{split}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.save(file, detect.in_crops(crops).astype(np.float32))
    points = np.load(file)
    found = np.isfinite(points).all((1, 2))
    sys.stderr.write(f"{split}: dlib finds {found.sum()} of {len(found)} faces\n")
    return crops[found], points[found]


def mean_face(points: np.ndarray) -> np.ndarray:
    """The mean [68, 2] of points in 64-pixel crops and of their mirror images, as shares of the side."""
    shares = (points + 0.5) / 64
    mirrored = shares[:, list(training.MIRRORED)] * [-1, 1] + [1, 0]
    return (shares.mean(0) + mirrored.mean(0)) / 2


def distance(points, truth) -> float:
    """Mean distance over faces and points, in pixels; faces without points do not count."""
    return float(np.nanmean(np.linalg.norm(np.asarray(points) - truth, axis=-1)))


def train() -> None:
    """Train on the training split and write the network and what it was trained on."""
    crops, points = detections("train")
    seen, truth = detections("validation")
    started, history = time.monotonic(), []

    def log(step, loss, network):
        if (step + 1) % EVERY == 0:
            error = distance(landmark_net.points(network, images.to_float(seen))[0], truth)
            history.append((step + 1, round(error, 3)))
            took = time.monotonic() - started
            sys.stderr.write(f"step {step + 1}: loss {float(loss):.3f}, validation {error:.3f} px, {took:.0f} s\n")

    recipe = training.Recipe(FLAGS.train, learning_rate=FLAGS.learning_rate, width=FLAGS.width, units=FLAGS.units)
    network = training.train(crops, points, recipe, FLAGS.seed, log)
    card = {
        "dataset": "celeba", "training_pictures": len(crops), "seed": FLAGS.seed, "recipe": dataclasses.asdict(recipe),
        "minutes": round((time.monotonic() - started) / 60, 1), "validation": history,
    }  # fmt: skip
    landmark_net.save(network, FLAGS.network, card)


def agreement(network, crops, truth) -> list[str]:
    """A Markdown table: the network and dlib against dlib's points of the whole crops."""
    rows = [
        "| hole | network, px | dlib, px | network there, px | dlib finds | mean face, px |",
        "|---|---|---|---|---|---|",
    ]
    mean = distance(np.broadcast_to(template.MEAN_FACE * 64 - 0.5, truth.shape), truth)
    whole = landmark_net.points(network, images.to_float(crops))[0]
    rows.append(f"| none | {distance(whole, truth):.2f} | 0 | | {len(crops)} | {mean:.2f} |")
    for name in HOLES:
        holes = np.stack([masks.make(name, 64, 64, seed=i) for i in range(len(crops))])
        guessed = landmark_net.points(network, images.to_float(crops), holes)[0]
        painted = np.stack([under_hole.paint_over(*pair) for pair in zip(crops, holes, strict=True)])
        again = detect.in_crops(painted)
        found = np.isfinite(again).all((1, 2))
        both = [f"{distance(points[found], truth[found]):.2f}" if found.any() else "" for points in (again, guessed)]
        rows.append(f"| {name} | {distance(guessed, truth):.2f} | {' | '.join(both)} | {found.sum()} | {mean:.2f} |")
    return rows


def speed(network, crops) -> list[str]:
    """A Markdown table: crops a second."""
    floats = images.to_float(crops[:256])
    box = detect.detect(crops[0], border=detect.CROP_BORDER)[0].box
    runs = {
        "dlib: detector and predictor": lambda: detect.in_crops(crops[:64]),
        "dlib: predictor in a given box": lambda: [
            detect.in_box(crop, box, border=detect.CROP_BORDER) for crop in crops[:64]
        ],
        "network, one at a time": lambda: [landmark_net.points(network, floats[i : i + 1]) for i in range(64)],
        "network, batches of 64": lambda: landmark_net.points(network, floats, batch_size=64),
    }
    counts, rows = dict.fromkeys(runs, 64) | {"network, batches of 64": len(floats)}, ["| | crops / s |", "|---|---|"]
    for name, run in runs.items():
        run()
        times = []
        for _ in range(5):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
        rows.append(f"| {name} | {counts[name] / np.median(times):.0f} |")
    return rows


def main(_):
    """Train if asked, then print what was measured."""
    if FLAGS.template:
        sys.stdout.write(json.dumps(np.round(mean_face(detections("train")[1]), 4).tolist()) + "\n")
        return
    if FLAGS.train:
        train()
    network = landmark_net.load(FLAGS.network)
    crops, truth = (values[: FLAGS.limit] for values in detections(FLAGS.split))
    about = f"{len(crops)} faces of the {FLAGS.split} split in which dlib finds one\n"
    text = "\n".join([about, *agreement(network, crops, truth), "", *speed(network, crops), "", machine.header()])
    (Path(FLAGS.cache) / f"landmarks-{FLAGS.split}.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    app.run(main)

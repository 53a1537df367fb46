"""Face landmarks: dlib's detections, the network trained on them, their agreement, and how fast each is.

    .venv/bin/python -P benchmarks/landmarks.py --data_dir data/celeba --cache runs/landmarks --train 3000
    .venv/bin/python -P benchmarks/landmarks.py --data_dir data/celeba --cache runs/landmarks
    .venv/bin/python -P benchmarks/landmarks.py --data_dir data/celeba --noagreement --photographs photos

The first detects (once: the points are kept in `--cache`), trains and writes the network to `--network`; both then
score the network on `--split`: the mean distance in pixels, over 68 points, to what dlib finds in the whole crop, on
whole and on damaged crops. There dlib looks at the crop painted over, in which it finds a face or not. `--template`
prints the mean face; the last line measures only speed.
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
flags.DEFINE_string("photographs", None, "folder of .jpg photographs on which dlib's detector is timed too")
flags.DEFINE_bool("agreement", True, "score the network; without it only speed is measured")
flags.DEFINE_bool("template", False, "print the training split's mean face and end")

HOLES = ("center", "half", "left", "random(fraction=0.8)", "pattern")
EVERY = 500  # steps between validations
ROUNDS = 3  # of every measurement of speed


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
    """A Markdown table: pictures a second, the median of interleaved rounds and the slowest and fastest of them."""
    floats = images.to_float(crops[:256])
    box = detect.detect(crops[0], border=detect.CROP_BORDER)[0].box
    runs = {
        "dlib: detector and predictor, crops": (64, lambda: detect.in_crops(crops[:64])),
        "dlib: predictor in a given box, crops": (
            64,
            lambda: [detect.in_box(crop, box, border=detect.CROP_BORDER) for crop in crops[:64]],
        ),
        "network, crops one at a time": (
            64,
            lambda: [landmark_net.points(network, floats[i : i + 1]) for i in range(64)],
        ),
        "network, crops in batches of 64": (len(floats), lambda: landmark_net.points(network, floats, batch_size=64)),
    }
    if FLAGS.photographs:
        photos = [images.read(path).pixels for path in sorted(Path(FLAGS.photographs).glob("*.jpg"))]
        million = np.mean([photo.shape[0] * photo.shape[1] for photo in photos]) / 1e6
        name = f"dlib: detector and predictor, photographs of {million:.2f} million pixels in the mean"
        runs[name] = len(photos), lambda: [detect.detect(photo) for photo in photos]
    rates = {name: [] for name in runs}
    for name, (_, run) in [*runs.items()] * (ROUNDS + 1):  # the first round only warms up
        started = time.perf_counter()
        run()
        rates[name].append(runs[name][0] / (time.perf_counter() - started))
    rows = [f"| {ROUNDS} rounds, interleaved | pictures / s | least | most |", "|---|---|---|---|"]
    for name, (_, *found) in rates.items():
        rows.append(f"| {name} | {np.median(found):.3g} | {min(found):.3g} | {max(found):.3g} |")
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
    scores = [*agreement(network, crops, truth), ""] if FLAGS.agreement else []
    text = "\n".join([about, *scores, *speed(network, crops), "", machine.header()])
    name = "landmarks" if FLAGS.agreement else "landmarks-speed"
    (Path(FLAGS.cache) / f"{name}-{FLAGS.split}.md").write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    app.run(main)

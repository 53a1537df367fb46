"""Latent search: the step against the machine's own matrix products, and ours against the paper's recipe, in one run.

    python -P benchmarks/search_speed.py --data_dir DIR                      20 faces; about an hour on 2 cores
    python -P benchmarks/search_speed.py --data_dir DIR --faces 2 --output benchmarks/results/search.jsonl

GFLOP/s count what the direct form of each layer needs, border taps included (`folded.flops`), forward and back to the
latents; folding and rearranging layers may do more and is not credited for it. The peak is the best median over a few
sizes of square `tf.matmul`s in the same type, one a core beside each other, taken in the same rounds as the steps.
"""

import os
import statistics
import sys
import time

import numpy as np
from absl import app, flags

from holefill import processor
from holefill.benchmarks import search_objective
from holefill.errors import UserError
from holefill.evaluation import machine, markdown

SIZES = (1024, 2048, 4096)
TYPES = ("float32", "bfloat16")
LATENTS = 64


def rows(
    faces=1,
    paper_restarts=64,
    paper_steps=1500,
    paper_precision="float32",
    model="celeba64",
    data_dir=None,
    output=None,
    rounds=5,
) -> list:
    """All measurements, a dict each: peak, step, seconds an image, and both recipes on the same faces."""
    from holefill.models import stored

    processor.one_core_an_operation()  # as bin/complete does
    model = stored.load(model)
    lines = step_rows(model, rounds)
    lines += [seconds_row(model, name, count) for name in ("semantic", "semantic@encoder") for count in (1, 32)]
    return lines + search_objective.rows(model, faces, paper_restarts, paper_steps, paper_precision, data_dir, output)


def step_rows(model, rounds: int = 5) -> list[dict]:
    """Peak and step of each type, measured in turns, so that all see the same state of the machine."""
    from holefill.methods import folded

    timers = {(kind, size): _product(kind, size) for kind in TYPES for size in SIZES}
    timers |= {kind: _step(model, kind) for kind in TYPES}
    seconds = {name: [] for name in timers}
    for turn in range(rounds + 1):  # the first builds the graphs and is left out
        for name, timer in timers.items():
            measured = timer()
            if turn:
                seconds[name].append(measured)
    median = {name: statistics.median(times) for name, times in seconds.items()}
    networks = [folded.fold(network) for network in (model.generator, model.discriminator)]
    operations = 2 * LATENTS * sum(folded.flops(network.layers) for network in networks) / 1e9
    lines = []
    for kind in TYPES:
        peak, size = max((2 * size**3 / median[kind, size] / 1e9, size) for size in SIZES)
        speed = operations / median[kind]
        lines.append({"what": f"matmul {size}", "type": kind, "ms": median[kind, size] * 1e3, "GFLOP/s": peak})
        step = {"what": f"step of {LATENTS} latents", "type": kind, "ms": median[kind] * 1e3, "GFLOP/s": speed}
        lines.append({**step, "% of matmul": 100 * speed / peak})
    return lines


def seconds_row(model, method: str, count: int, repeats: int = 5) -> dict:
    """Seconds an image of a method for `count` images at once, the graph being there already."""
    from holefill import methods
    from holefill.methods import latent_search

    fill, options = methods.get(method)

    images, holes = _pictures(model, count)
    times = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        fill(images, holes, model=model, **options)
        times.append((time.perf_counter() - began) / count)
    what = f"{method}, {count} image" + "s at once" * (count > 1)
    return {"what": what, "type": latent_search.fastest_precision(), "s/image": statistics.median(times[1:])}


def _product(kind, size):
    """A function that gives the seconds of one product of two size × size matrices, all cores being at such work."""
    import tensorflow as tf

    strands = processor.strands()
    matrices = [tf.cast(tf.random.stateless_normal((size, size), (i, size)), kind) for i in range(strands)]
    products = tf.function(lambda *all: [tf.matmul(x, x) for x in all])
    repeats = max(1, (2048 // size) ** 3)

    def timer():
        began = time.perf_counter()
        for _ in range(repeats):
            found = products(*matrices)
        for product in found:
            product[0, 0].numpy()
        return (time.perf_counter() - began) / repeats / strands

    return timer


def _step(model, kind, steps=3):
    """A function that gives the seconds of one step of 64 latents: `steps` + 1 of them less one."""
    from holefill.methods import latent_search, search_options
    from holefill.models.pixels import look

    alike = {"start": "random", "restarts": LATENTS, "keep": LATENTS, "prior_in_descent": True}
    options = search_options.change(search_options.OURS, {"precision": kind, **alike})
    networks = latent_search.fold(model, options)
    search = latent_search.graph(networks, options)
    weights = {name: network.weights for name, network in networks.items()}
    images, holes = _pictures(model, 1)
    seen = look(images, holes)

    def timer():
        times = [time.perf_counter()]
        for count in (1, steps + 1):
            search(weights, images, holes, seen, 0, count, 0.1)["objective"].numpy()
            times.append(time.perf_counter())
        return (times[2] - times[1] - (times[1] - times[0])) / steps

    return timer


def _pictures(model, count):
    """Pictures that the model itself painted, with a centre hole of half their side."""
    size = model.image_size
    latents = np.random.default_rng(0).uniform(-1, 1, (count, model.latent_size)).astype("float32")
    holes = np.zeros((count, size, size, 1), "float32")
    holes[:, size // 4 : -size // 4, size // 4 : -size // 4] = 1
    return np.array(model.generator(latents)), holes


FLAGS = {
    "model": lambda: flags.DEFINE_string("model", "celeba64", "model by name, model folder or run folder"),
    "data_dir": lambda: flags.DEFINE_string("data_dir", None, "where CelebA is"),
    "faces": lambda: flags.DEFINE_integer("faces", 20, "test faces on which the recipes are compared", lower_bound=0),
    "paper_restarts": lambda: flags.DEFINE_integer("paper_restarts", 64, "restarts of the paper's recipe"),
    "paper_steps": lambda: flags.DEFINE_integer("paper_steps", 1500, "steps of the paper's recipe"),
    "paper_precision": lambda: flags.DEFINE_enum(
        "paper_precision", "float32", ["float32", "bfloat16"], "arithmetic of the paper's recipe"
    ),
    "output": lambda: flags.DEFINE_string(
        "output", None, "JSON lines, one a face and recipe; what is there is not done again"
    ),
}


def main(argv):
    """Print the table."""
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        found = rows(**{name: flags.FLAGS[name].value for name in FLAGS})
        sys.stdout.write(machine.header() + "\n" + markdown.table(found))
    except (UserError, OSError) as error:
        sys.exit(f"search_speed: {' '.join(str(error).split())}")


if __name__ == "__main__":
    for define in FLAGS.values():
        define()
    app.run(main)

"""The four models that `kernels` compares, and what a training step of each takes, side by side.

In: the options of `kernels`. Out: a record a model, kept in a file, so that what was measured on a quiet machine stays;
commit and date are those of the measurement. Another machine, other software or more rounds are measured anew.
"""

import inspect
import json
import math
import statistics
import time

import numpy as np

from holefill import atomic, datasets
from holefill.benchmarks import origin
from holefill.evaluation import machine

MODELS = {"GAN3": ("dcgan", 3), "GAN7": ("dcgan", 7), "VAE3": ("vae", 3), "VAE7": ("vae", 7)}
STEPS = 3  # a model and round


def asked(name: str, chosen) -> dict:
    """What `holefill.train` is asked for, but for steps, seed and folder; `chosen` has the options of `kernels`."""
    family, kernel = MODELS[name]
    model = f"{family}{'@paper' if chosen.preset == 'paper' else ''}(kernel={kernel}, width={chosen.width})"
    same = {key: getattr(chosen, key) for key in ("dataset", "data_dir", "image_size", "batch_size", "precision")}
    return {**same, "model": model, "channels": channels(chosen.dataset)}


def channels(dataset: str) -> int:
    """Channels of the data set's pictures, unless its spec says otherwise."""
    loader, given = datasets.get(dataset)
    return given.get("channels", inspect.signature(loader).parameters["channels"].default)


def times(chosen, path) -> list[dict]:
    """A record a model: what a step takes and what all steps take; from the file `path` where it has been measured."""
    models, about = {name: asked(name, chosen) for name in chosen.models}, machine.describe()
    key = {"models": models, "rounds": chosen.rounds, **{name: about[name] for name in ("machine", "software")}}
    kept = json.loads(path.read_text()) if path.exists() else {}
    if not key.items() <= kept.items():
        seconds = measure(models, chosen.rounds)
        kept = {**about, **key, "rows": _rows(models, seconds), "seconds": seconds}
        atomic.write(path, json.dumps(kept, indent=1) + "\n")
    of_all = [{"all steps, s": row["ms/step"] * chosen.steps / 1e3} for row in kept["rows"]]
    return [{**row, **more, **origin.columns([kept])} for row, more in zip(kept["rows"], of_all, strict=True)]


def _rows(models: dict, seconds: dict) -> list[dict]:
    rows = []
    for name, model in models.items():
        gan = seconds.get(name.replace("VAE", "GAN"))
        ratios = gan and [a / b for a, b in zip(seconds[name], gan, strict=True)]
        median = statistics.median(seconds[name])
        row = {"model": name, "spec": model["model"], "parameters, M": round(parameters(model) / 1e6, 2)}
        row |= {"ms/step": 1e3 * median, "least ms": 1e3 * min(seconds[name])}
        row |= {"time over GAN's": statistics.median(ratios) if ratios else None}
        rows.append(row | {"pictures/s": model["batch_size"] / median})
    return rows


def measure(models: dict, rounds: int) -> dict[str, list[float]]:
    """Seconds of a step of each model, one value a round; the models take turns in each round."""
    steps = {name: _step(model) for name, model in models.items()}
    seconds = {name: [] for name in models}
    for turn in range(rounds + 1):  # the first builds the graphs
        for name, step in steps.items():
            taken = timed(step)[0] / STEPS
            if turn:
                seconds[name].append(taken)
    return seconds


def timed(call) -> tuple:
    """Seconds that `call()` takes, and what it gives."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def parameters(model: dict) -> int:
    """Weights that training moves."""
    from holefill.models import stored

    built = stored.build(model["model"], image_size=model["image_size"], channels=model["channels"])
    return sum(math.prod(v.shape) for network in built.networks().values() for v in network.trainable_variables)


def _step(model: dict):
    """A function that makes `STEPS` training steps, as the loop of bin/train does."""
    import tensorflow as tf

    from holefill.training import plan
    from holefill.training.options import TrainOptions

    planned = plan.make_plan(TrainOptions(**model))
    function = plan.build(planned)
    side = model["image_size"]
    shape = (model["batch_size"], side, side, model["channels"])
    pictures = tf.constant(np.random.default_rng(0).uniform(-1, 1, shape), tf.float32)

    @tf.function
    def update(step):
        scalars = function(pictures, step, tf.stack([0, step]))
        function.after(planned.strategy, step)
        return scalars

    def run():
        for step in range(STEPS):
            scalars = update(tf.constant(step))
        return {name: float(value) for name, value in scalars.items()}

    return run

"""One step of training of each one-pass network that has dilated layers or attention, beside the same step with the
gradients that TensorFlow finds by itself (`models.gradients`).

In the last phase of each schedule that trains the painter, on random pictures, with holes of one seed; rounds of both
are interleaved.

    python -P benchmarks/training_speed.py
"""

import json
import statistics
import sys
import time

NETWORKS = (
    "fill",
    "glcic",
    "contextual_attention",
    "parallel_attention",
    "glcic@paper",
    "contextual_attention@paper",
    "parallel_attention@paper",
)
STEPS = 1000  # of the schedule


def rows(networks=NETWORKS, image_size: int = 64, batch_size: int = 32, repeats: int = 5) -> list[dict]:
    """A record per network: phase, seconds of a step with either gradients (medians), pictures a second."""
    return [_row(name, image_size, batch_size, repeats) for name in networks]


def _row(name, image_size, batch_size, repeats):
    (phase, *_), steps = zip(*(_step(name, image_size, batch_size, given) for given in (False, True)), strict=True)
    seconds = [[], []]
    for _ in range(repeats + 1):
        for step, times in zip(steps, seconds, strict=True):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
    found, ours = (statistics.median(times[1:]) for times in seconds)  # the first traces
    return {
        "network": name,
        "phase": phase,
        "step_s_found": round(found, 3),
        "step_s": round(ours, 3),
        "times_as_fast": round(found / ours, 2),
        "pictures_s": round(batch_size / ours, 1),
    }


def _step(name, image_size, batch_size, given):
    """A phase that trains the painter, and a function that does one step in it and waits for its end."""
    import tensorflow as tf

    from holefill.models import gradients
    from holefill.training import plan
    from holefill.training.options import TrainOptions

    asked = {"image_size": image_size, "batch_size": batch_size, "steps": STEPS, "recipe": {"holes": "mixture"}}
    step = plan.build(plan.make_plan(TrainOptions(model=name, **asked)))
    images = tf.random.stateless_uniform((batch_size, image_size, image_size, 3), (0, 0), -1, 1)
    phase = next(phase for phase in map(step.phase, reversed(range(STEPS))) if phase != "critics")

    @tf.function
    def update(number):
        return step(images, number, tf.stack([0, number]), *([] if phase is None else [phase]))

    def run():
        with gradients.used(given):  # while it is traced
            return {key: float(value) for key, value in update(tf.constant(1)).items()}

    return phase, run


if __name__ == "__main__":
    for record in rows(sys.argv[1:] or NETWORKS):
        sys.stdout.write(json.dumps(record) + "\n")

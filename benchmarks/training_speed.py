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

from holefill.benchmarks.steps import stepper

NETWORKS = (
    "fill",
    "glcic",
    "contextual_attention",
    "parallel_attention",
    "glcic@paper",
    "contextual_attention@paper",
    "parallel_attention@paper",
)
SCHEDULE = 1000  # steps of the schedule whose last phase is timed


def rows(networks=NETWORKS, image_size: int = 64, batch_size: int = 32, repeats: int = 5) -> list[dict]:
    """A record per network: phase, seconds of a step with either gradients (medians), pictures a second."""
    return [_row(name, image_size, batch_size, repeats) for name in networks]


def _row(name, image_size, batch_size, repeats):
    from holefill.models import gradients

    pairs = [stepper(name, image_size, batch_size, "mixture", SCHEDULE) for _ in range(2)]
    phase = next(phase for phase in reversed(pairs[0][0]) if phase != "critics")
    seconds = [[], []]
    for _ in range(repeats + 1):
        for given, (_, run), times in zip((False, True), pairs, seconds, strict=True):
            start = time.perf_counter()
            with gradients.used(given):  # while it is traced
                run(1, phase)
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


if __name__ == "__main__":
    for record in rows(sys.argv[1:] or NETWORKS):
        sys.stdout.write(json.dumps(record) + "\n")

"""One forward pass: seconds of each one-pass network at its usual width, alone and in a batch, and at 512 × 512.

Weights are random: how long a pass takes does not depend on them. Rounds are interleaved over the networks, so that
what else the machine does falls on all alike.

    python -P benchmarks/one_pass_speed.py
"""

import json
import statistics
import sys
import time

import numpy as np

WORK = ((64, 64), (1, 64), (1, 512))  # pictures, and their side in pixels


def rows(networks=None, work=WORK, repeats: int = 5) -> list[dict]:
    """A record per network and work: parameters, median and least milliseconds a picture.

    networks : specs of one-pass families; None: our preset of each.
    """
    from holefill import models
    from holefill.methods import feed_forward
    from holefill.models import stored

    networks = sorted(models.ONE_PASS) if networks is None else networks
    built = {name: stored.build(name) for name in networks}
    runs = {}
    for name, model in built.items():
        for count, size in work:
            if model.multiple or size == model.image_size:
                images, holes = example(count, size, model.channels)
                runs[name, count, size] = lambda m=model, i=images, h=holes: feed_forward.paint(m, i, h)
    for run in runs.values():  # traces
        run()
    seconds = {key: [] for key in runs}
    for _ in range(repeats):
        for key, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[key].append((time.perf_counter() - start) / key[1])
    return [_record(*key, built[key[0]], times) for key, times in seconds.items()]


def example(count: int, size: int, channels: int):
    """Pictures [count, size, size, channels] in [-1, 1] and holes [count, size, size, 1] in the middle."""
    images = np.random.default_rng(0).uniform(-1, 1, (count, size, size, channels)).astype(np.float32)
    holes = np.zeros((count, size, size, 1), np.float32)
    holes[:, size // 4 : -size // 4, size // 4 : -size // 4] = 1
    return images, holes


def _record(name, count, size, model, times) -> dict:
    return {
        "network": name,
        "parameters": model.painter.count_params(),
        "pictures": count,
        "size": size,
        "median_ms_a_picture": round(1e3 * statistics.median(times), 2),
        "least_ms_a_picture": round(1e3 * min(times), 2),
    }


if __name__ == "__main__":
    for record in rows():
        sys.stdout.write(json.dumps(record) + "\n")

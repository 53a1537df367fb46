"""Exemplar-based completion: seconds of `exemplar@paper` and `exemplar` beside plain NumPy, which the first equals.

A photograph with a square hole in the middle. Rounds are interleaved, so that what else the machine does
falls on all alike; judge by the ratios. Plain NumPy does one round, and none where the picture is larger than 512.

    python -P benchmarks/exemplar_speed.py
"""

import json
import statistics
import sys
import time

import cv2
import numpy as np
from skimage import data

from holefill.benchmarks import exemplar_numpy
from holefill.methods import exemplar

NUMPY_UP_TO = 512
WORK = ((256, 64), (512, 128), (1024, 256))  # sides of the picture and of the hole


def rows(work=WORK, repeats: int = 3) -> list[dict]:
    """One record per size and program: median and least seconds, times faster than NumPy, the same picture."""
    return [row for size, side in work for row in _size(size, side, repeats)]


def example(size: int, side: int):
    """A photograph [size, size, 3] float32 in [-1, 1] and a square hole [size, size, 1] in its middle."""
    pixels = cv2.resize(data.astronaut(), (size, size), interpolation=cv2.INTER_AREA if size < 512 else cv2.INTER_CUBIC)
    hole = np.zeros((size, size, 1), np.float32)
    first = (size - side) // 2
    hole[first : first + side, first : first + side] = 1
    return pixels.astype(np.float32) / np.float32(127.5) - 1, hole


def _size(size: int, side: int, repeats: int) -> list[dict]:
    image, hole = example(size, side)
    runs = {
        "exemplar@paper": lambda: exemplar.paper(image[None], hole[None]).images[0, 0],
        "exemplar": lambda: exemplar.fill(image[None], hole[None]).images[0, 0],
    }
    results = {name: run() for name, run in runs.items()}  # compiles
    if size <= NUMPY_UP_TO:
        runs["numpy"] = lambda: exemplar_numpy.complete(image, hole)
    seconds = {name: [] for name in runs}
    for turn in range(repeats):
        for name, run in runs.items():
            if name != "numpy" or turn == 0:
                start = time.perf_counter()
                results[name] = run()
                seconds[name].append(time.perf_counter() - start)
    return [_record(name, size, side, seconds, results) for name in runs]


def _record(name: str, size: int, side: int, seconds: dict, results: dict) -> dict:
    compared = "numpy" in seconds and name != "numpy"
    return {
        "program": name,
        "size": size,
        "hole": side,
        "median_s": round(statistics.median(seconds[name]), 3),
        "least_s": round(min(seconds[name]), 3),
        "times_faster_than_numpy": (
            round(seconds["numpy"][0] / statistics.median(seconds[name]), 1) if compared else None
        ),
        "same_as_numpy": bool((results[name] == results["numpy"]).all())
        if compared and name.endswith("paper")
        else None,
    }


if __name__ == "__main__":
    for size, side in WORK:
        for record in rows([(size, side)]):
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()

"""Poisson blending: seconds of each solver beside cv2.seamlessClone, and the error against the factorisation.

One picture of three channels with an irregular hole of 25 %. Rounds are interleaved, so that what else the machine
does falls on all alike; judge by the ratios. seamlessClone gets the hole as its mask and starts from 8 bits, the
solvers from float32, all with the picture ready in memory.

    python -P benchmarks/poisson_speed.py
"""

import json
import statistics
import sys
import time

import cv2
import numpy as np

from holefill.blending.poisson import poisson

TENSORFLOW_UP_TO = DIRECT_UP_TO = 1024


def rows(sizes=(1024, 4096), repeats: int = 5) -> list[dict]:
    """One record per size and solver: median, least seconds, ratio to seamlessClone, error in grey levels.

    The ratio is the median over rounds of the solver's seconds over seamlessClone's in the same round.
    """
    return [row for size in sizes for row in _size(size, repeats)]


def example(size: int, seed: int = 0):
    """Target and source [size, size, 3] float32 in [-1, 1], and a blob of a hole [size, size, 1] of 25 %."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    target = np.stack([np.sin(5 * x + 3 * y), np.cos(4 * y) * x, x * y], -1) * np.float32(0.4)
    source = (random.random((size, size, 3), np.float32) - 0.5) * 0.3
    bumps = cv2.resize(random.normal(size=(16, 16)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    height = 0.12 * bumps - np.hypot(x - 0.5, y - 0.5)
    return target, source, (height > np.quantile(height, 0.75))[..., None].astype(np.float32)


def _size(size: int, repeats: int) -> list[dict]:
    target, source, hole = example(size)
    solvers = ["multigrid"] + ["tensorflow"] * (size <= TENSORFLOW_UP_TO)
    runs = {name: lambda name=name: poisson(target, source, hole, solver=name) for name in solvers}
    runs["seamlessClone"] = _seamless_clone(target, source, hole)
    results = {name: run() for name, run in runs.items()}  # compiles, traces
    seconds = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    exact = poisson(target, source, hole, solver="direct") if size <= DIRECT_UP_TO else None
    return [_record(name, size, seconds, results[name], exact) for name in runs]


def _record(name: str, size: int, seconds: dict, result, exact) -> dict:
    ratios = [a / b for a, b in zip(seconds[name], seconds["seamlessClone"], strict=True)]
    solved = exact is not None and name != "seamlessClone"
    return {
        "solver": name,
        "size": size,
        "median_s": round(statistics.median(seconds[name]), 4),
        "least_s": round(min(seconds[name]), 4),
        "ratio_to_seamlessClone": round(statistics.median(ratios), 2),
        "error_grey_levels": float(np.abs(result - exact).max() * 127.5) if solved else None,
    }


def _seamless_clone(target, source, hole):
    target, source = (np.rint((x + 1) * 127.5).astype(np.uint8) for x in (target, source))
    mask = (hole[..., 0] * 255).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    return lambda: cv2.seamlessClone(source, target, mask, (x + width // 2, y + height // 2), cv2.NORMAL_CLONE)


if __name__ == "__main__":
    for size, repeats in ((1024, 5), (4096, 3)):
        for record in rows([size], repeats):
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()

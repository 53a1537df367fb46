"""Completion by patches: seconds of `patch_match`, and `exemplar` beside OpenCV's methods and
the wheel pypatchmatch (patches of 7×7, as ours).

A photograph of three channels with a square hole of a quarter of its side in the middle. Rounds are interleaved, so
that what else the machine does falls on all alike; judge by the ratios. The peer gets 8 bits, our methods float32,
all with the picture ready in memory; where it is not installed (pip install pypatchmatch), it is left out.

    python -P benchmarks/patches_speed.py
"""

import json
import statistics
import sys
import time

import cv2
import numpy as np
from skimage import data

from holefill import methods

OURS = ("patch_match", "exemplar", "telea", "navier_stokes")
PEER = "pypatchmatch"
RADIUS = 3  # the peer's patch_size: patches of 7×7


def rows(sizes=(256, 512, 1024), repeats: int = 5) -> list[dict]:
    """One record per size and program: median, least seconds, ratio to the peer, PSNR in the hole.

    The ratio is the median over rounds of the program's seconds over the peer's in the same round; None without it.
    """
    return [row for size in sizes for row in _size(size, repeats)]


def example(size: int):
    """A photograph [size, size, 3] float32 in [-1, 1] and a square hole [size, size, 1] in its middle."""
    pixels = cv2.resize(data.astronaut(), (size, size), interpolation=cv2.INTER_AREA if size < 512 else cv2.INTER_CUBIC)
    hole, side = np.zeros((size, size, 1), np.float32), size // 4
    first = (size - side) // 2
    hole[first : first + side, first : first + side] = 1
    return pixels.astype(np.float32) / np.float32(127.5) - 1, hole


def _size(size: int, repeats: int) -> list[dict]:
    image, hole = example(size)
    runs = {name: _ours(name, image, hole) for name in OURS}
    peer = _peer(image, hole)
    if peer is not None:
        runs[PEER] = peer
    results = {name: run() for name, run in runs.items()}  # compiles
    seconds = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    inside = hole[..., 0] > 0
    return [_record(name, size, seconds, (results[name] - image)[inside]) for name in runs]


def _record(name: str, size: int, seconds: dict, error: np.ndarray) -> dict:
    ratios = [a / b for a, b in zip(seconds[name], seconds.get(PEER, []), strict=False)]
    return {
        "program": name,
        "size": size,
        "hole": size // 4,
        "median_s": round(statistics.median(seconds[name]), 4),
        "least_s": round(min(seconds[name]), 4),
        f"ratio_to_{PEER}": round(statistics.median(ratios), 2) if ratios else None,
        "hole_psnr": round(float(-10 * np.log10(np.square(error).mean() / 4)), 2),
    }


def _ours(name: str, image, hole):
    fill, options = methods.get(name)
    return lambda: fill(image[None], hole[None], **options).images[0, 0]


def _peer(image, hole):
    """The peer's completion as a function, in [-1, 1]; None, and a line, where it is not installed."""
    try:
        from patchmatch import patch_match as peer
    except ImportError:
        sys.stderr.write(f"{PEER} is not installed and left out: pip install {PEER}\n")
        return None
    pixels, mask = np.rint((image + 1) * 127.5).astype(np.uint8), (hole[..., 0] * 255).astype(np.uint8)

    def complete():
        peer.set_random_seed(0)
        return peer.inpaint(pixels, mask, patch_size=RADIUS) / np.float32(127.5) - 1

    return complete


if __name__ == "__main__":
    for size in (256, 512, 1024):
        for record in rows([size]):
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()

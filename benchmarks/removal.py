"""Objects removed from three photographs in the public domain: each photograph, its hole, and what methods make of it.

    .venv/bin/python -P benchmarks/removal.py --output docs/removal.png

The photographs come with scikit-image (an astronaut, NASA; a rocket, SpaceX, CC0) and Matplotlib (Rear Admiral Grace
M. Hopper, US Navy): a model of the Space Shuttle, a tower, and a name plate and ribbons are taken out, about as
someone brushes over them. From the astronaut herself nothing is to be copied: `patch_match` is told so.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from absl import app, flags
from PIL import Image, ImageDraw

import holefill
from holefill import atomic
from holefill.errors import UserError
from holefill.methods import with_options
from holefill.registry import parse_spec

FLAGS = flags.FLAGS
SHUTTLE = [(386, 0), (448, 0), (464, 40), (468, 190), (470, 240), (486, 270), (486, 292), (350, 300), (348, 270)]
SHUTTLE += [(342, 226), (346, 200), (370, 172), (370, 40)]
TOWER = [(194, 116), (210, 116), (209, 200), (208, 378), (172, 384), (168, 420), (160, 420), (166, 372), (186, 190)]
PLATE = [(72, 478), (160, 478), (174, 500), (174, 523), (72, 516)]
ASTRONAUT = [
    (0, 0),
    (80, 0),
    (120, 140),
    (110, 20),
    (200, 0),
    (300, 30),
    (310, 190),
    (350, 300),
    (360, 330),
    (300, 340),
]
ASTRONAUT += [(420, 330), (512, 430), (512, 512), (0, 512)]
RIBBONS = [(314, 530), (345, 492), (360, 480), (416, 480), (462, 495), (462, 532)]


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_list("methods", ["patch_match", "offsets", "telea"], "by name")
    flags.DEFINE_float("scale", 0.5, "of the sheet, each side", 0.01, 1)
    flags.DEFINE_string("output", "removal.png", "picture")


def photographs() -> dict[str, tuple[np.ndarray, list, list]]:
    """Name → uint8 [H, W, 3], the outlines of what is removed, and of what is not to be copied."""
    from matplotlib import cbook
    from skimage import data

    hopper = np.asarray(Image.open(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).convert("RGB"))
    return {
        "astronaut": (data.astronaut(), [SHUTTLE], [ASTRONAUT]),
        "rocket": (data.rocket(), [TOWER], []),
        "hopper": (hopper, [PLATE, RIBBONS], []),
    }


def hole(photo: np.ndarray, outlines: list) -> np.ndarray:
    """[H, W] uint8, not 0 inside the outlines."""
    canvas = Image.new("L", photo.shape[1::-1])
    for outline in outlines:
        ImageDraw.Draw(canvas).polygon(outline, fill=255)
    return np.asarray(canvas)


def sheet(methods) -> tuple[Image.Image, list[str]]:
    """A row a photograph (with its hole in grey, then a column a method), and a line a completion with its seconds."""
    rows, told = [], []
    for name, (photo, outlines, kept) in photographs().items():
        missing = hole(photo, outlines)
        row = [np.where(missing[..., None] > 0, np.uint8(128), photo)]
        for method in methods:
            began = time.perf_counter()
            row.append(_completed(photo, missing, method, kept))
            told.append(f"{name}, {method}: {time.perf_counter() - began:.2f} s, the first call's compilation included")
        rows.append(np.hstack([np.pad(one, ((2, 2), (2, 2), (0, 0)), constant_values=255) for one in row]))
    width = max(row.shape[1] for row in rows)
    whole = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    return Image.fromarray(np.vstack(whole)), told


def _completed(photo, missing, method: str, kept: list) -> np.ndarray:
    """The photograph without its objects; `patch_match` copies nothing from inside the outlines `kept`."""
    if parse_spec(method)[0] != "patch_match" or not kept:
        return holefill.complete(photo, missing, method=method).pixels
    with tempfile.TemporaryDirectory() as folder:
        forbidden = Path(folder) / "forbidden.png"
        Image.fromarray(hole(photo, kept)).save(forbidden)
        return holefill.complete(photo, missing, method=with_options(method, forbidden=str(forbidden))).pixels


def main(argv):
    """Write the sheet; a line for each completion to stdout."""
    del argv
    try:
        picture, told = sheet(FLAGS.methods)
    except UserError as error:
        sys.exit(f"removal: {error}")
    picture = picture.resize([max(1, round(side * FLAGS.scale)) for side in picture.size], Image.Resampling.LANCZOS)
    atomic.write(FLAGS.output, lambda file: picture.save(file, "PNG", optimize=True))
    sys.stdout.write("\n".join(told) + "\n")


if __name__ == "__main__":
    define_flags()
    app.run(main)

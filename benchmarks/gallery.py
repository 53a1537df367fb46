"""One portrait, several holes, several methods: the picture docs/methods.png.

    .venv/bin/python -P benchmarks/gallery.py --output docs/methods.png

Rows are holes, columns the picture with its hole, what each method makes of it, and the picture. Seed 0, the shipped
weights, Poisson blending.
"""

from pathlib import Path

import numpy as np
from absl import app, flags
from PIL import Image, ImageDraw

from holefill import pipeline
from holefill.datasets import images, masks

FLAGS = flags.FLAGS
PORTRAIT = Path(__file__).parents[1] / "demo" / "portrait.png"
GAP, HEAD = 4, 16  # pixels between pictures; height of the titles


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_string("picture", str(PORTRAIT), "what is completed")
    flags.DEFINE_list("holes", ["center", "right", "bottom", "random", "pattern"], "masks by name")
    flags.DEFINE_list("methods", ["fill", "semantic@encoder", "semantic", "vae", "telea", "membrane"], "by name")
    flags.DEFINE_string("output", "methods.png", "the picture that is written")


def sheet(picture: np.ndarray, holes: list[str], methods: list[str]) -> np.ndarray:
    """uint8 [rows, columns, 3] of a picture uint8 [H, W, 3]: a row for each hole, a column for each method."""
    height, width = picture.shape[:2]
    titles = ["hole", *methods, "picture"]
    whole = Image.new("RGB", (len(titles) * (width + GAP) - GAP, HEAD + len(holes) * (height + GAP) - GAP), "white")
    for column, title in enumerate(titles):
        ImageDraw.Draw(whole).text((column * (width + GAP), 2), title, fill="black")
    for row, name in enumerate(holes):
        hole = masks.make(name, height, width, seed=0)
        shown = [np.where(hole > 0, np.uint8(128), picture)]
        shown += [pipeline.complete(picture, hole, method=method).pixels for method in methods]
        for column, pixels in enumerate([*shown, picture]):
            whole.paste(Image.fromarray(pixels), (column * (width + GAP), HEAD + row * (height + GAP)))
    return np.asarray(whole)


def main(_):
    """Write the picture."""
    found = sheet(images.read(FLAGS.picture).pixels, FLAGS.holes, FLAGS.methods)
    images.write(FLAGS.output, images.Picture(found))


if __name__ == "__main__":
    define_flags()
    app.run(main)

"""The demo's sheet: the portrait, the portrait with its hole, and the completed portrait side by side."""

import sys
from pathlib import Path

import numpy as np
from absl import app, flags

from holefill.datasets import images, masks

HERE = Path(__file__).parent
_COMPLETED = flags.DEFINE_string("completed", str(HERE / "output" / "completed.png"), "the completed portrait")


def main(_):
    """Write `output/sheet.png` and tell where it is."""
    portrait, completed = images.read(HERE / "portrait.png"), images.read(_COMPLETED.value)
    hole = masks.make("center", *portrait.pixels.shape[:2])
    gap = np.full_like(portrait.pixels[:, :4], 255)
    grey = np.where(hole > 0, np.uint8(128), portrait.pixels)
    sheet = np.hstack([portrait.pixels, gap, grey, gap, completed.pixels])
    path = Path(_COMPLETED.value).with_name("sheet.png")
    images.write(path, images.Picture(sheet))
    sys.stdout.write(f"portrait, hole, completion: {path}\n")


if __name__ == "__main__":
    app.run(main)

"""A contact sheet: rows of pictures under each other, each row with its label, for the eye to judge.

In: rows of (label, uint8 [N, H, W, C]). Out: a PIL image, each pixel enlarged to a square so that nothing is smoothed.
"""

import textwrap

import numpy as np
from PIL import Image, ImageDraw, ImageFont

MARGIN = 4
FONT_SIZE = 14
LETTERS = 26  # of a label in a line
GREY = 128


def draw(rows: list[tuple[str, np.ndarray]], scale: int = 2) -> Image.Image:
    """The sheet; every row has the same number of pictures of one size."""
    font = ImageFont.load_default(FONT_SIZE)
    count, height, width = rows[0][1].shape[:3]
    rows = [("\n".join(textwrap.wrap(label, LETTERS) or [""]), pictures) for label, pictures in rows]
    left = int(max(font.getlength(line) for label, _ in rows for line in label.split("\n"))) + 2 * MARGIN
    step_x, step_y = width * scale + MARGIN, height * scale + MARGIN
    sheet = Image.new("RGB", (left + count * step_x, len(rows) * step_y + MARGIN), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (label, pictures) in enumerate(rows):
        top = MARGIN + row * step_y
        pen.text((MARGIN, top + height * scale // 2), label, fill="black", font=font, anchor="lm")
        for column, pixels in enumerate(pictures):
            sheet.paste(_enlarge(pixels, scale), (left + column * step_x, top))
    return sheet


def with_grey_holes(images: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """uint8 [N, H, W, C] with grey where holes [N, H, W, 1] are 1."""
    return np.where(holes > 0.5, np.uint8(GREY), images)


def _enlarge(pixels: np.ndarray, scale: int) -> Image.Image:
    channels = np.repeat(pixels, 3, axis=-1) if pixels.shape[-1] == 1 else pixels
    return Image.fromarray(channels.repeat(scale, axis=0).repeat(scale, axis=1))

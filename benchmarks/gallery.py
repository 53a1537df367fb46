"""Pictures, holes and methods on one sheet: docs/methods.png, and docs/photographs.jpg.

    .venv/bin/python -P benchmarks/gallery.py --output docs/methods.png
    .venv/bin/python -P benchmarks/gallery.py --pictures coffee,chelsea,astronaut --size 144 \
        --holes "object,center(fraction=0.0625),strokes" --methods patch_match,telea --output photographs.jpg

Of one picture: rows are holes, columns the picture with its hole, what each method makes of it, and the picture. Of
several: columns are pictures, each with the next of the holes, rows the methods. A picture is a file, or the name of
one in `skimage.data`, and may be named again. Seed 0, the shipped weights or those of a run
(`--methods "one_pass(model='RUN')" --titles "a name"`), Poisson blending, or a method's own (`fill(blend='tension')`).
"""

import itertools
import sys
from pathlib import Path

import numpy as np
from absl import app, flags
from PIL import Image, ImageDraw, ImageOps

from holefill import atomic, files, pipeline, registry
from holefill.datasets import masks
from holefill.errors import UserError
from holefill.evaluation import request

FLAGS = flags.FLAGS
PORTRAIT = Path(__file__).parents[1] / "demo" / "portrait.png"
GAP, HEAD, LABEL = 4, 16, 96  # pixels between pictures; height of titles above; width of those beside


def define_flags():
    """All options; only where this file is the program, since a test reads it beside others."""
    flags.DEFINE_list("pictures", [str(PORTRAIT)], "what is completed: files, or names in skimage.data")
    flags.DEFINE_integer("size", 0, "side of the pictures, whose middle square is taken; 0: as they are", 0)
    flags.DEFINE_integer("enlarge", 1, "times that they are shown enlarged, bicubic, once they are completed", 1, 8)
    flags.DEFINE_string("holes", "center,right,bottom,random,pattern", "masks by name")
    flags.DEFINE_string("methods", "fill,semantic@encoder,semantic,vae,telea,membrane", "by name")
    flags.DEFINE_list("titles", [], "what stands beside the methods; their names where none is given")
    flags.DEFINE_string("output", "methods.png", "the picture that is written, a PNG or a JPEG by its ending")


def read(name: str, size: int = 0) -> np.ndarray:
    """uint8 [H, W, 3] of a file or of a picture in skimage.data; the middle square, reduced to `size`, if not 0."""
    if Path(name).is_file():
        with Image.open(name) as file:
            whole = file.convert("RGB")
    else:
        from skimage import data

        found = getattr(data, name, None) if name in data.__all__ else None
        pixels = found() if callable(found) else None
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
            raise UserError(f"{name} is no file, and no picture in skimage.data")
        whole = Image.fromarray(pixels).convert("RGB")
    return np.asarray(ImageOps.fit(whole, (size, size), Image.Resampling.LANCZOS) if size else whole)


def sheet(
    picture: np.ndarray, holes: list[str], methods: list[str], titles: list[str] = (), times: int = 1
) -> np.ndarray:
    """uint8 [rows, columns, 3] of a picture uint8 [H, W, 3]: a row for each hole, a column for each method."""
    titles = _titles(methods, titles)
    return drawn([enlarged(completed(picture, name, methods), times) for name in holes], titles)


def tall(pictures: list, holes: list[str], methods: list[str], titles: list[str] = (), times: int = 1) -> np.ndarray:
    """uint8 [rows, columns, 3] of pictures of one size: a column each, with the next hole, and a row a method."""
    titles = _titles(methods, titles)
    height, width = pictures[0].shape[:2]
    for one in pictures:
        if one.shape[:2] != (height, width):
            raise UserError(f"pictures of {height} x {width} and {one.shape[0]} x {one.shape[1]}: give --size")
    pairs = zip(pictures, itertools.cycle(holes), strict=False)
    columns = [enlarged(completed(one, hole, methods), times) for one, hole in pairs]
    label = max(LABEL, *(_length(title) for title in titles))
    rows = [[_label(title, times * height, label), *cells] for title, *cells in zip(titles, *columns, strict=True)]
    return drawn(rows, [])


def _titles(methods, titles) -> list[str]:
    """What stands beside the pictures, from the one with a hole to the whole one."""
    if titles and len(titles) != len(methods):
        raise UserError(f"{len(titles)} titles for {len(methods)} methods: give one for each")
    return ["hole", *(titles or methods), "picture"]


def completed(picture: np.ndarray, name: str, methods: list[str]) -> list[np.ndarray]:
    """The picture with its hole in grey, completed by each method, and as it was."""
    hole = masks.make(name, *picture.shape[:2], seed=0)
    fills = [pipeline.complete(picture, hole, **_asked(method)).pixels for method in methods]
    return [np.where(hole > 0, np.uint8(128), picture), *fills, picture]


def enlarged(cells: list[np.ndarray], times: int) -> list[np.ndarray]:
    """Pictures uint8 [H, W, 3] so many times as large, bicubic."""
    if times == 1:
        return cells
    height, width = cells[0].shape[:2]
    size = times * width, times * height
    return [np.asarray(Image.fromarray(cell).resize(size, Image.Resampling.BICUBIC)) for cell in cells]


def _asked(method: str) -> dict:
    """A method, its model and its blend, where its spec has them: `"one_pass(model='runs/a', blend='tension')"`."""
    name, options = registry.parse_spec(method)
    model, blend = options.pop("model", None), options.pop("blend", "poisson")
    if not isinstance(blend, str):
        raise UserError(f"{method}: blend is {blend!r}; wanted a text in quotes")
    return {"method": registry.spell(name, options), "model": model, "blend": blend}


def drawn(rows: list, titles: list[str]) -> np.ndarray:
    """Rows of cells uint8 [H, W, 3] in a white sheet, under titles."""
    height, head = rows[0][0].shape[0], HEAD * bool(titles)
    widths = [cell.shape[1] for cell in rows[0]]
    lefts = [sum(widths[:n]) + n * GAP for n in range(len(widths))]
    whole = Image.new("RGB", (lefts[-1] + widths[-1], head + len(rows) * (height + GAP) - GAP), "white")
    for left, title in zip(lefts, titles, strict=False):
        ImageDraw.Draw(whole).text((left, 2), title, fill="black")
    for row, cells in enumerate(rows):
        for left, pixels in zip(lefts, cells, strict=True):
            whole.paste(Image.fromarray(pixels), (left, head + row * (height + GAP)))
    return np.asarray(whole)


def _length(title: str) -> int:
    """Pixels that a title takes, with room about it."""
    return int(ImageDraw.Draw(Image.new("1", (1, 1))).textlength(title)) + 8


def _label(title: str, height: int, width: int) -> np.ndarray:
    """A white cell with a title."""
    cell = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(cell).text((2, height // 2 - 6), title, fill="black")
    return np.asarray(cell)


def main(_):
    """Write the picture."""
    kind = {"format": "PNG"} if FLAGS.output.endswith(".png") else {"format": "JPEG", "quality": 85}
    try:
        asked = (
            request.split(FLAGS.holes, "holes"),
            request.split(FLAGS.methods, "methods"),
            FLAGS.titles,
            FLAGS.enlarge,
        )
        if not FLAGS.pictures:
            raise UserError("--pictures names none: give one or more")
        files.check_outputs([Path(FLAGS.output)], overwrite=True)
        Path(FLAGS.output).parent.mkdir(parents=True, exist_ok=True)
        pictures = [read(name, FLAGS.size) for name in FLAGS.pictures]
        found = sheet(pictures[0], *asked) if len(pictures) == 1 else tall(pictures, *asked)
        atomic.write(FLAGS.output, lambda file: Image.fromarray(found).save(file, optimize=True, **kind))
    except (UserError, OSError) as error:
        sys.exit(f"gallery: {' '.join(str(error).split())}")


if __name__ == "__main__":
    define_flags()
    app.run(main)

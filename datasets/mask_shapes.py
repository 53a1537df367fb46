"""The shapes of holes that have names.

Each is `shape(rng, height, width, **options)` → bool [H, W], True = missing. `fraction` is the missing share of the
picture's pixels.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

from holefill.datasets import silhouette
from holefill.datasets.images import fit
from holefill.errors import UserError


def center(rng, height, width, fraction=0.25):
    """A centred rectangle, of the picture's proportions: at 0.25, the middle half of each side."""
    share = math.sqrt(_share(fraction))
    return _rectangle(height, width, _part(height, share), _part(width, share), 0.5, 0.5)


def left(rng, height, width, fraction=0.5):
    """The left side."""
    return _rectangle(height, width, height, _part(width, _share(fraction)), 0, 0)


def right(rng, height, width, fraction=0.5):
    """The right side."""
    return _rectangle(height, width, height, _part(width, _share(fraction)), 0, 1)


def top(rng, height, width, fraction=0.5):
    """The upper side."""
    return _rectangle(height, width, _part(height, _share(fraction)), width, 0, 0)


def bottom(rng, height, width, fraction=0.5):
    """The lower side."""
    return _rectangle(height, width, _part(height, _share(fraction)), width, 1, 0)


def half(rng, height, width, fraction=0.5):
    """Left, right, top or bottom, at random."""
    return (left, right, top, bottom)[rng.integers(4)](rng, height, width, fraction)


def random(rng, height, width, fraction=0.8):
    """Pixels here and there; exactly this share of them."""
    return _lowest(rng.random((height, width)), fraction)


def pattern(rng, height, width, fraction=0.25, blobs: float = 8):
    """Irregular blobs: smooth noise, about `blobs` grains along the longer side, cut where the share is exact.

    After the random pattern masks of Pathak et al., Context Encoders, CVPR 2016, section 3.3.
    """
    if not isinstance(blobs, (int, float)) or not 1 <= blobs <= 1000:
        raise UserError(f"blobs={blobs!r}: wanted a number from 1 to 1000, grains along the longer side")
    scale = blobs / max(height, width)
    coarse = [max(2, math.ceil(side * scale) + 2) for side in (height, width)]
    noise = fit(rng.random((*coarse, 1), np.float32), (height + height // 4 + 2, width + width // 4 + 2))
    down, across = (int(rng.integers(noise.shape[axis] - side + 1)) for axis, side in enumerate((height, width)))
    return _lowest(noise[down : down + height, across : across + width, 0], fraction)


def block(rng, height, width, least=0.25, most=0.5):
    """A rectangle anywhere, each side of it from `least` to `most` of the picture's."""
    if not 0 < _share(least, "least") <= _share(most, "most"):
        raise UserError(f"least={least!r}, most={most!r}: wanted least ≤ most")
    tall, wide = rng.uniform(least, most, 2)
    return _rectangle(height, width, _part(height, tall), _part(width, wide), *rng.random(2))


def strokes(rng, height, width, fraction=0.2):
    """Strokes of a brush, drawn until at least this share is missing.

    The free-form masks of Yu et al., Free-Form Image Inpainting with Gated Convolution, ICCV 2019, algorithm 1, with
    lengths and widths relative to the picture; a stroke that would pass 95 % is left out.
    """
    wanted = min(_share(fraction), 0.9) * height * width
    painted = np.zeros((height, width), bool)
    for _ in range(1000):
        stroke = painted | _stroke(rng, height, width)
        if stroke.sum() <= max(0.95 * height * width, 1):
            painted = stroke
        if painted.sum() >= wanted:
            break
    return painted


def object(rng, height, width, fraction=0.1):
    """A silhouette, as one brushes over a person, an animal or a car: in one piece, exactly this share.

    It lies anywhere, at times over a border, but over no second one where it can be helped.
    """
    values = silhouette.field(rng, height, width, _share(fraction))
    return silhouette.joined(values, _lowest(values, fraction))


def _stroke(rng, height, width) -> np.ndarray:
    """One polyline that turns to and fro, with round joints."""
    canvas = Image.new("1", (width, height))
    draw = ImageDraw.Draw(canvas)
    brush = max(1, round(min(height, width) * rng.uniform(0.05, 0.15)))
    at, angle = rng.random(2) * (width, height), rng.uniform(0, 2 * math.pi)
    points = [at]
    for vertex in range(int(rng.integers(4, 12))):
        turn = rng.normal(2 * math.pi / 5, 2 * math.pi / 15)
        angle += turn if vertex % 2 else math.pi - turn
        length = max(0.0, rng.normal(1, 0.5)) * math.hypot(height, width) / 8
        at = np.clip(at + length * np.array([math.cos(angle), math.sin(angle)]), 0, (width - 1, height - 1))
        points.append(at)
    draw.line([tuple(p) for p in points], fill=1, width=brush)
    for x, y in points:
        draw.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), fill=1)
    return np.asarray(canvas)


def _share(value, name="fraction") -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1:
        raise UserError(f"{name}={value!r}: wanted a number between 0 and 1")
    return value


def _part(side: int, share: float) -> int:
    """That share of a side in whole pixels, one at least."""
    return max(1, round(side * share))


def _rectangle(height, width, tall, wide, down, across) -> np.ndarray:
    """A rectangle in a picture; `down` and `across` place it from 0 (top, left) to 1 (bottom, right)."""
    missing = np.zeros((height, width), bool)
    first_row, first_column = int((height - tall) * down), int((width - wide) * across)
    missing[first_row : first_row + tall, first_column : first_column + wide] = True
    return missing


def _lowest(values: np.ndarray, fraction) -> np.ndarray:
    """True at the lowest values, so many as the fraction says (to the pixel; ties by place)."""
    count = min(max(1, round(_share(fraction) * values.size)), max(1, values.size - 1))
    missing = np.zeros(values.size, bool)
    missing[np.argpartition(values.ravel(), count - 1)[:count]] = True
    return missing.reshape(values.shape)

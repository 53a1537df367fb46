"""The silhouette of an object, as one brushes over a person, an animal or a car: a body with up to three limbs.

The body's outline is an ellipse whose radius is multiplied by exp(Σ a_k cos(kθ + φ_k)), k = 2 … 6, a_k falling as 1/k
(Fourier descriptors, Zahn and Roskies, IEEE Trans. Computers C-21, 1972). A limb is a bent line from within the body
outwards, thinner towards its end. All is one function of the place, below 0 inside, which grows with the distance, so
that its lowest values are the silhouette at any share of the picture.
"""

import heapq
import math

import numpy as np
from scipy import ndimage

GRID = 96  # points a side at which a silhouette is measured
REACH = 3.0  # half the side of the square it is measured in; the body's longer half axis is 1


def field(rng, height: int, width: int, share: float) -> np.ndarray:
    """Values [height, width] whose lowest `share` is a silhouette somewhere in the picture.

    It may lie over one border, a third of the time; the other three are the last to be reached.
    """
    parts = _body(rng)
    tall, wide = _scales(parts, height, width, share)
    (top, bottom), (left, right) = _extent(parts, tall, wide)
    down, across = _between(rng, 1 - top, height - 1 - bottom), _between(rng, 1 - left, width - 1 - right)
    side, over = int(rng.integers(4)), rng.uniform(0, 0.2) * (rng.random() < 1 / 3)
    if over:
        ends = (-top, height - bottom, -left, width - right)
        beyond = ends[side] + (-over if side % 2 == 0 else over) * ((bottom - top) if side < 2 else (right - left))
        down, across = (beyond, across) if side < 2 else (down, beyond)
    rows = ((np.arange(height) + 0.5 - down) / tall).astype(np.float32)
    columns = ((np.arange(width) + 0.5 - across) / wide).astype(np.float32)
    values = _inside(parts, rows[:, None], columns[None])
    for other, border in enumerate((values[0], values[-1], values[:, 0], values[:, -1])):
        if other != side:
            border += 1e3
    return values


def joined(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """As many pixels as are `missing`, those of lowest value that hang together (by their sides)."""
    if ndimage.label(missing)[1] <= 1:
        return missing
    count, (height, width) = int(missing.sum()), values.shape
    start = np.unravel_index(np.argmin(values), values.shape)
    grown, seen = np.zeros_like(missing), np.zeros_like(missing)
    seen[start] = True
    rim = [(values[start], *map(int, start))]
    for _ in range(count):
        _, y, x = heapq.heappop(rim)
        grown[y, x] = True
        for i, j in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= i < height and 0 <= j < width and not seen[i, j]:
                seen[i, j] = True
                heapq.heappush(rim, (values[i, j], i, j))
    return grown


def _body(rng) -> dict:
    """A random body and its limbs, in units of the body's longer half axis; y downwards."""
    orders = np.arange(2, 7)
    body = {
        "slim": rng.uniform(0.35, 0.9),
        "turn": rng.uniform(0, math.pi),
        "waves": rng.normal(0, 0.25, len(orders)) / orders,
        "phases": rng.uniform(0, 2 * math.pi, len(orders)),
        "limbs": [],
    }
    for _ in range(int(rng.integers(4))):
        angle, length, thick = rng.uniform(0, 2 * math.pi), rng.uniform(0.5, 1.1), rng.uniform(0.12, 0.28)
        at = _turned(0.5 * math.cos(angle), 0.5 * body["slim"] * math.sin(angle), -body["turn"])
        heading = math.atan2(*at)
        for part in range(3):  # three pieces, each turned a little and thinner than the last
            heading += rng.normal(0, 0.4)
            to = at[0] + length / 2 * math.sin(heading), at[1] + length / 2 * math.cos(heading)
            body["limbs"].append((at, to, thick * (1 - 0.2 * part)))
            at = to
    return body


def _turned(y, x, angle):
    return math.cos(angle) * y - math.sin(angle) * x, math.sin(angle) * y + math.cos(angle) * x


def _inside(body: dict, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Below 0 in the silhouette, at places [H, 1] and [1, W] about the body's middle."""
    along, aside = _turned(y, x, body["turn"])
    aside = aside / np.float32(body["slim"])
    angle, waves = np.arctan2(aside, along), 0
    for order, (size, phase) in enumerate(zip(body["waves"], body["phases"], strict=True), 2):
        waves = waves + np.float32(size) * np.cos(order * angle + np.float32(phase))
    values = (np.hypot(along, aside) * np.exp(-waves) - 1) * np.float32(body["slim"])
    for start, stop, thick in body["limbs"]:
        run = stop[0] - start[0], stop[1] - start[1]
        share = ((y - start[0]) * run[0] + (x - start[1]) * run[1]) / (run[0] ** 2 + run[1] ** 2)
        share = np.clip(share, 0, 1)
        away = np.hypot(y - start[0] - share * run[0], x - start[1] - share * run[1])
        values = np.minimum(values, away - thick)
    return values.astype(np.float32)


def _scales(body: dict, height: int, width: int, share: float) -> tuple[float, float]:
    """Pixels a unit, down and across, at which the silhouette has its share, and fits where it can."""
    line = np.linspace(-REACH, REACH, GRID, dtype=np.float32)
    area = (_inside(body, line[:, None], line[None]) <= 0).sum() * (2 * REACH / (GRID - 1)) ** 2
    scale = math.sqrt(share * height * width / area)
    (top, bottom), (left, right) = _extent(body, scale, scale)
    tight = max(1, (bottom - top) / max(1, height - 2)), max(1, (right - left) / max(1, width - 2))
    return scale / tight[0] * tight[1], scale / tight[1] * tight[0]


def _extent(body: dict, tall: float, wide: float) -> list[tuple[float, float]]:
    """First and last place of the silhouette about the body's middle, in pixels: down, across."""
    line = np.linspace(-REACH, REACH, GRID, dtype=np.float32)
    inside = _inside(body, line[:, None], line[None]) <= 0
    found = (line[inside.any(axis)] for axis in (1, 0))
    return [(scale * float(at[0]), scale * float(at[-1])) for at, scale in zip(found, (tall, wide), strict=True)]


def _between(rng, least: float, most: float) -> float:
    """Anywhere between; where there is no room, the middle."""
    at = rng.random()
    return least + at * (most - least) if least < most else (least + most) / 2

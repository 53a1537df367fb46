"""How well a logo's edges lie on a picture's, and the pose near a given one at which they lie best.

Directions decide, not strengths: a slope g counts as g / √(|g|² + c²), so that a faint mark on a plain ground weighs as
much as an opaque one, and what is in the picture under it as little as it can. (A. Fitch et al., "Orientation
correlation", BMVC 2002.) The agreement is the mean of cos between the logo's slope and the picture's, over points on
the logo's edges, 1 where it is drawn there; about 0 where it is not. A mark may be darker or brighter than what it
lies on, as a whole (sign) or from place to place (doubled angles); the better of both is taken.
"""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from holefill.watermark import planes
from holefill.watermark.logo import Logo, resized

BLUR = 1.0  # pixels, of the Gaussian before slopes are taken
FAINT = 0.012  # c, in share of white a pixel
STRONG = 0.25  # of a logo's steepest slope: what is an edge of it
MOST_POINTS = 600
SIGN = 0.3  # weight of the slopes' signs, which say less than their directions where a mark is both darker and brighter
CHANCE, MOST_CHANCE = 350, 0.65  # agreement of the best of many poses by chance, times the pixels on the edges; at most
MOST_STEPS = 60
WAYS = np.zeros((8, 3, 3))  # across, down; size, turn; aspect, lean; taper across and down
WAYS[0, 0, 2] = WAYS[1, 1, 2] = WAYS[2, 0, 0] = WAYS[2, 1, 1] = WAYS[3, 1, 0] = WAYS[4, 0, 0] = 1
WAYS[5, 0, 1] = WAYS[5, 1, 0] = WAYS[6, 2, 0] = WAYS[7, 2, 1] = 1
WAYS[3, 0, 1] = WAYS[4, 1, 1] = -1


@dataclass(frozen=True)
class Edges:
    """Points on a logo's edges, float64 [N, 2], their slopes' directions, unit [N, 2], and of how many they are."""

    points: np.ndarray
    slopes: np.ndarray
    count: int


class Slopes:
    """A picture's slopes, float32 [H, W, 4]: across and down, and the same with doubled angle."""

    def __init__(self, grey: np.ndarray, faint: float = FAINT):
        across, down = gradient(grey)
        strength = np.hypot(across, down)
        size = np.sqrt(strength**2 + np.float32(faint) ** 2)
        twice = np.maximum(strength, 1e-12) * size
        self.planes = np.dstack([across / size, down / size, (across**2 - down**2) / twice, 2 * across * down / twice])
        self.shape = grey.shape


def gradient(grey: np.ndarray, blur: float = BLUR) -> tuple[np.ndarray, np.ndarray]:
    """Slope a pixel across and down, of the picture blurred by a Gaussian."""
    smooth = cv2.GaussianBlur(grey, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
    return across, down


@functools.lru_cache(256)
def edges_of(logo: Logo, scale: float, points: int = MOST_POINTS, denser: int = 1) -> Edges:
    """A logo's edges as they are seen at this scale, in the coordinates of its own picture.

    `denser` points than a pixel apart have no grid that could lie on the picture's or between its lines.
    """
    small = resized(logo.on(logo.contrasting), scale * denser)
    margin = 4 if logo.opacity.min() < 1 else 0
    small = cv2.copyMakeBorder(small, *[margin] * 4, cv2.BORDER_REPLICATE)
    across, down = gradient(small, BLUR * denser)
    strength = np.hypot(across, down)
    rows, columns = np.nonzero(strength > STRONG * strength.max())
    count = len(rows) // denser**2
    if len(rows) > points:
        kept = np.sort(np.random.default_rng(0).choice(len(rows), points, replace=False))
        rows, columns = rows[kept], columns[kept]
    height, width = small.shape
    back = np.linalg.inv(planes.scaling((width - 2 * margin) / logo.size[0], (height - 2 * margin) / logo.size[1]))
    places = planes.move(np.stack([columns, rows], 1) - margin, back)
    slopes = np.stack([across[rows, columns], down[rows, columns]], 1) / strength[rows, columns, None]
    return Edges(places, slopes, count)


def agreement(matrices: np.ndarray, edges: Edges, slopes: Slopes) -> np.ndarray:
    """[K] how well the edges lie, for each of [K, 3, 3] matrices; what lies outside the picture does not count."""
    matrices = np.asarray(matrices, np.float64)
    moved = matrices @ np.c_[edges.points, np.ones(len(edges.points))].T
    x, y = (moved[:, :2] / moved[:, 2:]).transpose(1, 0, 2)
    # a slope stands upright on its edge, so it is the edge's own direction that is followed
    along = np.stack([-edges.slopes[:, 1], edges.slopes[:, 0]])
    way = matrices[:, :2, :2] @ along
    drift = matrices[:, 2, :2] @ along
    across, down = way[:, 0] - x * drift, way[:, 1] - y * drift
    length = np.maximum(np.hypot(across, down), 1e-12) * np.sign(moved[:, 2])
    across, down = (down / length).astype(np.float32), (-across / length).astype(np.float32)
    x, y = x.astype(np.float32), y.astype(np.float32)
    seen = cv2.remap(slopes.planes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    height, width = slopes.shape
    inside = (x > -0.5) & (y > -0.5) & (x < width - 0.5) & (y < height - 0.5)
    count = np.maximum(inside.sum(1), 0.3 * x.shape[1])
    signed = np.abs((seen[..., 0] * across + seen[..., 1] * down).sum(1))
    doubled = (seen[..., 2] * (across**2 - down**2) + seen[..., 3] * (2 * across * down)).sum(1)
    return (doubled + SIGN * signed) / count


def chance(count: float) -> float:
    """How well a logo with so many pixels on its edges agrees somewhere in a picture that does not have it."""
    return min(CHANCE / count, MOST_CHANCE)


def settled(matrix: np.ndarray, edges: Edges, slopes: Slopes, step: float, last: float, kind: int = 4):
    """The pose near a given one at which a logo's edges lie best, and its agreement.

    A pattern search: each of the ways a plane may move, turn, grow, lean and taper is tried up and down at once, by as
    much as moves the mark's rim by `step` pixels; the best is taken, and where none is better the step is halved.

    Parameters
    ----------
    step, last : pixels of the picture, at first and in the end
    kind : 4 for moves, turns and sizes; 6 for leans too; 8 for perspective too
    """
    places = planes.move(edges.points, matrix)
    middle = (places.min(0) + places.max(0)) / 2
    reach = max(float(np.ptp(places, axis=0).max()) / 2, 1.0)
    frame = np.array([[reach, 0, middle[0]], [0, reach, middle[1]], [0, 0, 1]])
    inner = np.linalg.inv(frame) @ matrix
    best = float(agreement(matrix[None], edges, slopes)[0])
    ways = np.concatenate([WAYS[:kind], -WAYS[:kind]])
    for _ in range(MOST_STEPS):
        tried = frame @ (np.eye(3) + ways * (step / reach)) @ inner
        found = agreement(tried, edges, slopes)
        if found.max() > best + 1e-4:
            best = float(found.max())
            inner = (np.eye(3) + ways[found.argmax()] * (step / reach)) @ inner
        elif step <= last:
            break
        else:
            step /= 2
    matrix = frame @ inner
    return matrix / matrix[2, 2], best

"""Planes of a scene, from the lines in its picture.

Line segments outside the hole (von Gioi's detector) vote for vanishing points, up to three; each pair of them spans a
plane, whose horizon is the line through both. A plane counts where the segments of both its points are near; the
plane that faces us, without a horizon, counts everywhere a little. The counts are carried into the hole from its rim.

J.-B. Huang, S. B. Kang, N. Ahuja, J. Kopf, "Image completion using planar structure guidance", SIGGRAPH 2014,
section 4.1. About its origin o, a plane is rectified (up to an affine map) by

    X = (x - o) / (1 + tilt · (x - o)),

so that equal shifts in the plane are equal shifts of X. Places are (y, x) in pixels.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy import ndimage

CLOSE = np.sin(np.radians(2.0))  # how far a segment may point past its vanishing point
TRIALS = 2000  # pairs of segments
APART = np.sin(np.radians(12.0))  # the least angle between two vanishing points, seen from the middle
FRONTAL = 1e-5  # density of the plane that faces us
EVERYWHERE = 0.05  # added to every plane's share at every pixel


@dataclass(frozen=True)
class Plane:
    """A plane's rectification, its two main directions, and by what its texture repeats.

    origin, tilt [2]; directions [2, 2], units, or [0, 2] for the plane that faces us; shifts [M, 2]: all in the
    rectified plane, whose unit is a pixel at the origin.
    """

    origin: np.ndarray
    tilt: np.ndarray
    directions: np.ndarray
    shifts: np.ndarray

    def scaled(self, factor: float) -> "Plane":
        """The plane in the picture scaled by `factor`."""
        origin = (self.origin + 0.5) * factor - 0.5
        return replace(self, origin=origin, tilt=self.tilt / factor, shifts=self.shifts * factor)

    def depth(self, places: np.ndarray) -> np.ndarray:
        """1 + tilt · (x - o) of places [..., 2]; 0 on the horizon, negative beyond."""
        return 1 + (places - self.origin) @ self.tilt

    def rectified(self, places: np.ndarray) -> np.ndarray:
        """Places [..., 2] of the picture in the plane; nonsense beyond the horizon."""
        return (places - self.origin) / self.depth(places)[..., None]


def frontal(height: int, width: int) -> Plane:
    """The plane that faces us: rectified as it is."""
    return Plane(np.array([height - 1, width - 1]) / 2, np.zeros(2), np.zeros((0, 2)), np.zeros((0, 2)))


def segments(grey: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Line segments [N, 2, 2] (ends, y and x) of uint8 [H, W] that stay clear of what is missing, the longer ones."""
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 2, 2))
    ends = found.reshape(-1, 2, 2)[..., ::-1].astype(np.float64)
    least = max(8.0, 0.02 * max(grey.shape))
    ends = ends[np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) >= least]
    close = ndimage.binary_dilation(missing, iterations=3)
    along = ends[:, :1] + np.linspace(0, 1, 9)[:, None] * (ends[:, 1:] - ends[:, :1])
    cell = np.clip(np.rint(along), 0, np.array(grey.shape) - 1).astype(int)
    return ends[~close[cell[..., 0], cell[..., 1]].any(1)]


def vanishing_points(ends: np.ndarray, shape: tuple[int, int], rng: np.random.Generator, most: int = 3):
    """Up to `most` points where segments meet: ([V, 3] homogeneous (y, x, 1) or at infinity, who votes [V, N] bool).

    RANSAC: the point of two segments that most length of segments points to; then the next, without them.
    """
    size = max(shape)
    centred = (ends - np.array(shape) / 2) / size
    way = centred[:, 1] - centred[:, 0]
    length = np.linalg.norm(way, axis=1)
    way /= np.maximum(length, 1e-9)[:, None]
    middle = centred.mean(1)
    lines = np.stack([way[:, 1], -way[:, 0], -(way[:, 1] * middle[:, 0] - way[:, 0] * middle[:, 1])], -1)
    free, points, voters = np.ones(len(ends), bool), [], []
    while len(points) < most and free.sum() >= 8:
        point, near = _best_point(lines, middle, way, length, free, points, rng)
        if point is None or near.sum() < 8 or length[near].sum() < 0.1 * length.sum():
            break
        points.append(point)
        voters.append(near)
        free &= ~near
    points = np.reshape(points, (-1, 3))
    back = np.concatenate([points[:, :2] * size + points[:, 2:] * np.array(shape) / 2, points[:, 2:]], 1)
    return back, np.reshape(voters, (-1, len(ends))).astype(bool)


def _misses(points: np.ndarray, middle: np.ndarray, way: np.ndarray) -> np.ndarray:
    """[P, N] sines of the angles between segments and the ways to the points; 1 at a point itself."""
    to = points[:, None, :2] - middle * points[:, None, 2:]
    across = np.abs(to[..., 0] * way[:, 1] - to[..., 1] * way[:, 0])
    far = np.linalg.norm(to, axis=-1)
    return np.where(far > 0.03 * np.abs(points[:, None, 2]), across / np.maximum(far, 1e-12), 1)


def _best_point(lines, middle, way, length, free, others, rng):
    """The point with the most votes of the free segments, and who gave them; (None, None) where there is none."""
    numbers = np.flatnonzero(free)
    chance = length[numbers] / length[numbers].sum()
    pairs = rng.choice(numbers, (TRIALS, 2), p=chance)
    points = np.cross(lines[pairs[:, 0]], lines[pairs[:, 1]])
    size = np.linalg.norm(points, axis=1)
    points = points[size > 1e-6] / size[size > 1e-6, None]
    for other in others:
        points = points[np.linalg.norm(np.cross(points, other), axis=1) > APART]
    if not len(points):
        return None, None
    votes = np.maximum(1 - _misses(points, middle[free], way[free]) / CLOSE, 0) @ length[free]
    point = points[np.argmax(votes)]
    for _ in range(3):  # the point that the voters' lines pass most closely
        near = free & (_misses(point[None], middle, way)[0] < CLOSE)
        if near.sum() < 3:
            break
        far = np.linalg.norm(point[:2] - middle[near] * point[2], axis=1)
        weighed = lines[near] * (np.sqrt(length[near]) / np.maximum(far, 1e-3))[:, None]
        refined = np.linalg.svd(weighed, full_matrices=False)[2][-1]
        if any(np.linalg.norm(np.cross(refined, other)) <= APART for other in others):
            break
        point = refined
    return point, free & (_misses(point[None], middle, way)[0] < CLOSE)


def densities(ends: np.ndarray, voters: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """[V, H, W] how much line of each vanishing point is near a pixel: drawn, and blurred widely."""
    drawn = np.zeros((len(voters), *missing.shape), np.float32)
    known = _blurred(1 - missing.astype(np.float32))
    for layer, near in zip(drawn, voters, strict=True):
        canvas = np.zeros(missing.shape, np.uint8)
        for one, other in np.rint(ends[near]).astype(int):
            cv2.line(canvas, (int(one[1]), int(one[0])), (int(other[1]), int(other[0])), 1)
        layer[:] = _blurred(canvas.astype(np.float32)) / np.maximum(known, 1e-3)
    return drawn


def _blurred(layer: np.ndarray) -> np.ndarray:
    sigma = 0.06 * max(layer.shape)
    return cv2.GaussianBlur(layer, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)


def find(grey: np.ndarray, missing: np.ndarray, rng: np.random.Generator) -> tuple[list[Plane], np.ndarray]:
    """The planes of uint8 [H, W], the one that faces us first, and each pixel's shares in them [K, H, W], of sum 1."""
    planes, counts = [frontal(*grey.shape)], [np.full(grey.shape, FRONTAL, np.float32)]
    ends = segments(grey, missing)
    if len(ends) >= 8:
        points, voters = vanishing_points(ends, grey.shape, rng)
        near = densities(ends, voters, missing)
        for i in range(len(points)):
            for j in range(i):
                density = near[i] * near[j]
                plane = _spanned(points[i], points[j], density, missing)
                if plane is not None:
                    planes.append(plane)
                    rows, columns = np.indices(grey.shape)
                    counts.append(density * (plane.depth(np.stack([rows, columns], -1)) > 0.1))
    return planes, _shares(np.array(counts), missing)


def _spanned(one: np.ndarray, other: np.ndarray, density: np.ndarray, missing: np.ndarray) -> Plane | None:
    """The plane of two vanishing points; None where nothing of it is known, or its horizon goes through its middle."""
    weight = np.where(missing, 0, density).astype(np.float64)
    if weight.max() <= FRONTAL:
        return None
    horizon = np.cross(one, other)
    places = np.argwhere(weight > 0)
    weight = weight[weight > 0]
    side = np.sign(places @ horizon[:2] + horizon[2])
    side = side if weight @ side >= 0 else -side
    weight *= side > 0
    origin = weight @ places / weight.sum()
    depth = origin @ horizon[:2] + horizon[2]
    if abs(depth) < 1e-9 * np.linalg.norm(horizon):
        return None
    ways = np.array([point[:2] - point[2] * origin for point in (one, other)])
    ways /= np.maximum(np.linalg.norm(ways, axis=1), 1e-12)[:, None]
    return Plane(origin, horizon[:2] / depth, ways, np.zeros((0, 2)))


def _shares(counts: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Counts [K, H, W] as shares: carried into the hole from the rim, smoothed there, and a little everywhere."""
    shares = counts / counts.sum(0)
    if len(shares) > 1 and missing.any():
        place = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
        carried = np.moveaxis(shares[:, place[0], place[1]], 0, -1).astype(np.float32)
        smooth = cv2.GaussianBlur(carried, (0, 0), 0.02 * max(missing.shape)).reshape(carried.shape)
        shares = np.where(missing, np.moveaxis(smooth, -1, 0), shares)
    shares = shares + EVERYWHERE
    return (shares / shares.sum(0)).astype(np.float32)

"""How a logo's plane lies in a picture: matrices [3, 3] that take (x, y, 1) of the logo to the picture.

Which of them can be a mark that somebody put there: not mirrored, not folded, not drawn out of all proportion.
"""

import cv2
import numpy as np

LEAST_SIDE = 16.0  # pixels of a mark's shorter side
MOST_DRAWN = 2.0  # how much more a mark may be drawn out in one direction than in the other
MOST_TAPER = 2.0  # longer of two opposite sides ÷ the shorter
LEAST_VISIBLE = 0.3  # share of a mark that lies in the picture


def move(points, matrix: np.ndarray) -> np.ndarray:
    """Points [N, 2] through a matrix, float64 [N, 2]."""
    points = np.asarray(points, np.float64)
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    return moved[:, :2] / moved[:, 2:]


def scaling(across: float, down: float) -> np.ndarray:
    """The matrix of a resize by these factors, which keeps outer corners on outer corners."""
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def from_corners(corners: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """The matrix that takes four points [4, 2] to four others."""
    return cv2.getPerspectiveTransform(corners.astype(np.float32), quad.astype(np.float32))


def similar(matrix: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """The move, turn and size [3, 3] that take four points nearest to where a matrix takes them."""
    start, end = (corners @ (1, 1j) for corners in (corners, move(corners, matrix)))
    linear = np.vdot(start - start.mean(), end - end.mean()) / np.vdot(start - start.mean(), start - start.mean())
    shift = end.mean() - linear * start.mean()
    return np.array([[linear.real, -linear.imag, shift.real], [linear.imag, linear.real, shift.imag], [0, 0, 1]])


def area(quad: np.ndarray) -> float:
    """Of a polygon [N, 2]; positive where it runs clockwise as it is seen."""
    x, y = quad.T
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def plausible(matrix: np.ndarray, corners: np.ndarray, height: int, width: int) -> bool:
    """Whether a logo with these corners can lie so in a picture of this size."""
    if matrix is None or not np.isfinite(matrix).all() or (matrix[2] @ np.c_[corners, np.ones(4)].T <= 1e-6).any():
        return False
    quad = move(corners, matrix)
    sides = np.roll(quad, -1, 0) - quad
    turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
    lengths = np.linalg.norm(sides, axis=1)
    if (turns <= 0).any() or lengths.min() < LEAST_SIDE:
        return False
    if (
        max(lengths[0] / lengths[2], lengths[2] / lengths[0], lengths[1] / lengths[3], lengths[3] / lengths[1])
        > MOST_TAPER
    ):
        return False
    drawn = np.linalg.svd(_affine(corners, quad), compute_uv=False)
    return drawn[0] <= MOST_DRAWN * drawn[1] and visible(quad, height, width) >= LEAST_VISIBLE


def visible(quad: np.ndarray, height: int, width: int) -> float:
    """The share of a convex quadrilateral that lies in a picture of this size."""
    frame = np.array([(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)])
    shared, _ = cv2.intersectConvexConvex(quad.astype(np.float32), frame.astype(np.float32))
    return shared / max(abs(area(quad)), 1e-6)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """The part that two convex quadrilaterals share, of the smaller."""
    shared, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return shared / max(min(abs(area(one)), abs(area(other))), 1e-6)


def _affine(corners: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """[2, 2], the linear part of the affine map nearest to four corners' way."""
    start, end = corners - corners.mean(0), quad - quad.mean(0)
    return np.linalg.lstsq(start, end, rcond=None)[0].T

"""Where a logo may be, by its key points: SIFT, FLANN, the ratio test and RANSAC.

D. Lowe, "Distinctive image features from scale-invariant keypoints", IJCV 60(2), 2004: key points, the ratio test
(section 7.1) and the agreement of matches on a pose (7.3). The picture's points look for the logo's, not the other way
round, so that a logo that is there twice is found twice. A match knows its scale and turn, so each proposes a pose; the
pose that most matches share is refined by RANSAC, to a perspective where there are matches enough, else to an affine
map or a similarity; its matches are taken out, and the next is looked for.
"""

import functools

import cv2
import numpy as np

from holefill.watermark import planes
from holefill.watermark.logo import DRAWN, Logo, resized

RATIO = 0.9  # nearest ÷ second nearest descriptor, at most
APART = 8.0  # pixels of the drawn logo from which another of its points is a second
LEAST = 4  # matches that agree on a pose
AFFINE, PERSPECTIVE = 8, 14  # matches from which these are fitted
NEAR = 0.15  # of the logo's size in the picture: how far a match may lie from where a pose has it
TURN, SCALE = np.radians(25), np.log(1.6)  # how much it may differ in turn and scale
MOST_MATCHES = 3000
MOST_PROPOSED = 12


class Seen:
    """A picture's key points: float64 [N, 2] points, [N] scales and turns, float32 [N, 128] descriptors."""

    def __init__(self, grey: np.ndarray, contrast: float = 0.015):
        levels = np.rint(grey * 255).astype(np.uint8)
        found, descriptors = cv2.SIFT_create(contrastThreshold=contrast, edgeThreshold=15).detectAndCompute(
            levels, None
        )
        self.points = np.array([point.pt for point in found]).reshape(-1, 2)
        self.scales = np.array([point.size for point in found])
        self.turns = np.radians([point.angle for point in found])
        self.descriptors = (
            np.zeros((0, 128), np.float32)
            if descriptors is None
            else np.sqrt(descriptors / np.maximum(descriptors.sum(1, keepdims=True), 1e-6))
        )  # RootSIFT: Arandjelovic and Zisserman, CVPR 2012

    def __len__(self):
        return len(self.points)


@functools.lru_cache(4)
def of_logo(logo: Logo) -> Seen:
    """The key points of a logo before black, grey and white, in the coordinates of its own picture."""
    scale = DRAWN / max(logo.size)
    drawn = [logo.on(ground) for ground in ((0.0, 0.5, 1.0) if logo.opacity.min() < 1 else (0.0,))]
    margin = DRAWN // 8
    all_of = []
    for ground in drawn:
        small = resized(ground, scale)
        all_of.append(Seen(cv2.copyMakeBorder(small, *[margin] * 4, cv2.BORDER_REPLICATE)))
    height, width = small.shape
    back = np.linalg.inv(planes.scaling(width / logo.size[0], height / logo.size[1]))
    together = all_of[0]
    together.points = planes.move(np.concatenate([seen.points for seen in all_of]) - margin, back)
    together.scales = np.concatenate([seen.scales for seen in all_of]) * back[0, 0]
    together.turns = np.concatenate([seen.turns for seen in all_of])
    together.descriptors = np.concatenate([seen.descriptors for seen in all_of])
    return together


def matches(picture: Seen, mark: Seen, apart: float) -> np.ndarray:
    """[M, 2] pairs (of the picture, of the logo) that pass the ratio test, the clearest first."""
    if len(mark) < LEAST or len(picture) < LEAST:
        return np.zeros((0, 2), int)
    count = min(6, len(mark))
    cv2.setRNGSeed(0)  # FLANN's trees are random
    matcher = cv2.FlannBasedMatcher({"algorithm": 1, "trees": 4}, {"checks": 96})
    found = matcher.knnMatch(picture.descriptors, mark.descriptors, k=count)
    found = [of_one for of_one in found if len(of_one) == count]
    which = np.array([[m.trainIdx for m in of_one] for of_one in found]).reshape(-1, count)
    queries = np.array([of_one[0].queryIdx for of_one in found], int)
    distances = np.array([[m.distance for m in of_one] for of_one in found]).reshape(-1, count)
    elsewhere = np.linalg.norm(mark.points[which] - mark.points[which[:, :1]], axis=-1) > apart
    second = np.where(elsewhere, distances, np.inf).min(1)
    second = np.where(np.isinf(second), distances[:, -1], second)
    ratio = distances[:, 0] / np.maximum(second, 1e-9)
    order = np.argsort(ratio, kind="stable")[:MOST_MATCHES]
    order = order[ratio[order] < RATIO]
    return np.stack([queries[order], which[order, 0]], 1)


def of_each(picture: Seen, mark: Seen, pairs: np.ndarray) -> list[np.ndarray]:
    """The pose that each match has by itself: its points' places, scales and turns."""
    turn = picture.turns[pairs[:, 0]] - mark.turns[pairs[:, 1]]
    linear = picture.scales[pairs[:, 0]] / mark.scales[pairs[:, 1]] * np.exp(1j * turn)
    shift = picture.points[pairs[:, 0]] @ (1, 1j) - linear * (mark.points[pairs[:, 1]] @ (1, 1j))
    return [
        np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1]])
        for a, b in zip(linear, shift, strict=True)
    ]


def proposals(picture: Seen, mark: Seen, pairs, logo: Logo, height: int, width: int) -> list[tuple[np.ndarray, int]]:
    """Matrices from the logo to the picture, and how many matches each has, the most first."""
    found = []
    for _ in range(MOST_PROPOSED):
        if len(pairs) < LEAST:
            break
        group, centre = _agreeing(picture, mark, pairs, logo)
        if len(group) < LEAST:
            break
        matrix, inliers = _fitted(mark.points[pairs[group, 1]], picture.points[pairs[group, 0]])
        if matrix is not None and planes.plausible(matrix, logo.corners, height, width) and inliers.sum() >= LEAST:
            found.append((matrix, int(inliers.sum())))
            quad = planes.move(logo.corners, matrix).astype(np.float32)
            inside = [cv2.pointPolygonTest(quad, tuple(map(float, picture.points[p])), False) >= 0 for p in pairs[:, 0]]
            gone = np.array(inside)
            gone[group[inliers]] = True
        else:
            gone = np.zeros(len(pairs), bool)
            gone[centre] = True
        pairs = pairs[~gone]
    return sorted(found, key=lambda one: -one[1])


def _agreeing(picture: Seen, mark: Seen, pairs: np.ndarray, logo: Logo) -> tuple[np.ndarray, int]:
    """The matches that agree with the pose of one match, for that on which most agree; and which that is."""
    there, here = picture.points[pairs[:, 0]], mark.points[pairs[:, 1]]
    turn = picture.turns[pairs[:, 0]] - mark.turns[pairs[:, 1]]
    size = picture.scales[pairs[:, 0]] / mark.scales[pairs[:, 1]]
    linear = size * np.exp(1j * turn)
    here, there = here @ (1, 1j), there @ (1, 1j)
    best, chosen = np.zeros(0, int), 0
    reach = NEAR * np.hypot(*logo.size)
    for start in range(0, len(pairs), 256):
        part = slice(start, start + 256)
        expected = there[part, None] + linear[part, None] * (here[None] - here[part, None])
        near = np.abs(expected - there[None]) < reach * size[part, None]
        near &= np.abs(np.log(size[part, None] / size[None])) < SCALE
        near &= np.abs(np.angle(linear[part, None] / linear[None])) < TURN
        counts = np.array([len(np.unique(np.round(there[row], 1))) for row in near])
        if counts.max() > len(best):
            chosen = start + int(counts.argmax())
            best = np.flatnonzero(near[counts.argmax()])
    return best, chosen


def _fitted(here: np.ndarray, there: np.ndarray) -> tuple[np.ndarray | None, np.ndarray]:
    """The matrix that takes points to points, as general as they bear, and which of them it takes there."""
    size = np.linalg.norm(np.ptp(there, axis=0))
    near = float(np.clip(0.02 * size, 2, 6))
    if len(here) >= PERSPECTIVE:
        matrix, inliers = cv2.findHomography(here, there, cv2.RANSAC, near, maxIters=2000)
        if matrix is not None and inliers.sum() >= PERSPECTIVE:
            return matrix, inliers[:, 0] > 0
    if len(here) >= AFFINE:
        matrix, inliers = cv2.estimateAffine2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=near)
        if matrix is not None and inliers.sum() >= AFFINE:
            return np.vstack([matrix, (0, 0, 1)]), inliers[:, 0] > 0
    matrix, inliers = cv2.estimateAffinePartial2D(here, there, method=cv2.RANSAC, ransacReprojThreshold=near)
    if matrix is None:
        return None, np.zeros(len(here), bool)
    return np.vstack([matrix, (0, 0, 1)]), inliers[:, 0] > 0

"""By what a plane's texture repeats: the shifts between features that look alike.

SIFT features of the known pixels are matched with those most like them; their shifts in the rectified plane gather
where the texture repeats, and mean shift finds the gatherings.

J.-B. Huang, S. B. Kang, N. Ahuja, J. Kopf, "Image completion using planar structure guidance", SIGGRAPH 2014,
section 4.2. In: grey uint8 [H, W], missing bool [H, W], planes and shares of `planes.find`.
"""

from dataclasses import replace

import cv2
import numpy as np
from scipy import ndimage, spatial

FEATURES = 1000
NEIGHBOURS = 2  # matches of a feature
LIKELY = 0.5  # the least product of shares of two features on one plane
NEAR, FAR = 10.0, 1000.0  # the lengths of shifts that count, in pixels
BANDWIDTH = 20.0
MEMBERS = 5  # shifts that make a gathering


def repeated(grey: np.ndarray, missing: np.ndarray, planes: list, shares: np.ndarray) -> list:
    """The planes with the shifts by which they repeat."""
    one, other = pairs(grey, missing)
    return [
        replace(plane, shifts=_gathered(plane, one, other, share)) for plane, share in zip(planes, shares, strict=True)
    ]


def pairs(grey: np.ndarray, missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places [N, 2] of features and of those that look most like them."""
    mask = 255 * ndimage.binary_erosion(~missing, iterations=4, border_value=1).astype(np.uint8)
    points, marks = cv2.SIFT_create(nfeatures=FEATURES).detectAndCompute(grey, mask)
    if marks is None or len(points) < NEIGHBOURS + 1:
        return np.zeros((0, 2)), np.zeros((0, 2))
    places = np.array([point.pt[::-1] for point in points])
    likes = cv2.BFMatcher().knnMatch(marks, marks, k=NEIGHBOURS + 1)
    found = [(match.queryIdx, match.trainIdx) for row in likes for match in row if match.queryIdx != match.trainIdx]
    one, other = np.array(found, int).reshape(-1, 2).T
    return places[one], places[other]


def _gathered(plane, one: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The shifts [M, 2] of one plane, the most frequent first."""
    likely = [share[tuple(np.rint(places).astype(int).T)] for places in (one, other)]
    fits = (likely[0] * likely[1] >= LIKELY) & (plane.depth(one) > 0.1) & (plane.depth(other) > 0.1)
    shifts = plane.rectified(other[fits]) - plane.rectified(one[fits])
    length = np.linalg.norm(shifts, axis=1)
    shifts = shifts[(length > NEAR) & (length < FAR)]
    return mean_shift(np.concatenate([shifts, -shifts]), BANDWIDTH, MEMBERS)


def mean_shift(points: np.ndarray, bandwidth: float, members: int) -> np.ndarray:
    """Where points [N, 2] gather: centres [M, 2] of at least `members`, each the mean of those within `bandwidth`."""
    if not len(points):
        return np.zeros((0, 2))
    tree = spatial.cKDTree(points)
    centres = points.copy()
    for _ in range(30):
        means = np.array([points[near].mean(0) for near in tree.query_ball_point(centres, bandwidth)])
        moved = np.abs(means - centres).max()
        centres = means
        if moved < 1e-3:
            break
    counts = np.array([len(near) for near in tree.query_ball_point(centres, bandwidth)])
    kept = []
    for number in np.argsort(-counts, kind="stable"):
        if counts[number] >= members and all(np.linalg.norm(centres[number] - other) > bandwidth / 2 for other in kept):
            kept.append(centres[number])
    return np.reshape(kept, (-1, 2))

"""The parts of a face as a label map, drawn from its 68 points: what a parsing network can learn from without labels.

The eleven classes are those of Helen's labels (Smith et al., "Exemplar-based face parsing", CVPR 2013), in their order.
Eyes, mouth, lips and nose are polygons of the points. What the points do not say is a rule of ours: a brow is as thick
as `BROW` of its length, and lies below its points; the skin ends above the brows in half an ellipse, `FOREHEAD` as high
as the way from the brows to the nose's base, which a face's thirds would make 1, were there no hair on it. Where hair
is, points do not say at all: it stays background, and ears and neck with it, so that class 10 never occurs. Left is
left in the picture.

Points [68, 2], (x, y) in pixels, in 300-W's order, also beyond the picture. Out: uint8 [S, S], 0 … 9.
"""

import cv2
import numpy as np

PARTS = (
    "background", "skin", "left brow", "right brow", "left eye", "right eye",
    "nose", "upper lip", "inner mouth", "lower lip", "hair",
)  # fmt: skip
BROW = 0.2
FOREHEAD = 0.6
FINER = 8  # a pixel belongs to a part where its centre does, to an eighth of a pixel


def label_map(points, size: int) -> np.ndarray:
    """The part that each pixel of a square picture shows, uint8 [size, size]: a face's indices into `PARTS`."""
    points = np.asarray(points, np.float64)
    labels = np.zeros((size, size), np.uint8)
    for part, polygon in polygons(points).items():
        labels[_inside(polygon, size)] = PARTS.index(part)
    return labels


def label_maps(points, size: int) -> np.ndarray:
    """`label_map` of each face: [N, 68, 2] → uint8 [N, size, size]."""
    return np.array([label_map(one, size) for one in points], np.uint8).reshape(-1, size, size)


def polygons(points) -> dict[str, np.ndarray]:
    """The outline [N, 2] of each part, in the order in which they are drawn, one over the other."""
    return {
        "skin": np.concatenate([points[:17], _forehead(points)]),
        "left brow": _brow(points, points[17:22]),
        "right brow": _brow(points, points[22:27]),
        "left eye": points[36:42],
        "right eye": points[42:48],
        "nose": points[[27, 35, 34, 33, 32, 31]],
        "upper lip": points[[*range(48, 55), 64, 63, 62, 61, 60]],
        "lower lip": points[[*range(54, 60), 48, 60, 67, 66, 65, 64]],
        "inner mouth": points[60:68],
    }


def _up(points) -> np.ndarray:
    """From the nose's base to the middle of the brows."""
    return points[17:27].mean(0) - points[33]


def _forehead(points) -> np.ndarray:
    """Half an ellipse from the jaw's right end to its left one, over the brows."""
    left, right, up = points[0], points[16], _up(points)
    middle, across = (left + right) / 2, (right - left) / 2
    upright = up / max(np.linalg.norm(up), 1e-6)
    high = (points[17:27].mean(0) - middle) @ upright + FOREHEAD * np.linalg.norm(up)
    angles = np.linspace(0, np.pi, 18)[1:-1, None]
    return middle + across * np.cos(angles) + upright * high * np.sin(angles)


def _brow(points, brow) -> np.ndarray:
    """The brow's points and, from its inner end on, the same a little lower."""
    up = _up(points)
    thick = BROW * np.linalg.norm(brow[-1] - brow[0])
    lower = brow[::-1] - thick * up / max(np.linalg.norm(up), 1e-6)
    return np.concatenate([brow, lower])


def _inside(polygon, size: int) -> np.ndarray:
    """Which pixels of [size, size] have their centre in the polygon."""
    fine = np.zeros((FINER * size, FINER * size), np.uint8)
    corners = np.rint(FINER * (polygon + 0.5) - 0.5).astype(np.int32)
    cv2.fillPoly(fine, [corners], 1)
    return fine[FINER // 2 :: FINER, FINER // 2 :: FINER] > 0

"""Find a known logo in a picture.

Poses are proposed by key points that match (`points`: groups of them, and each match alone), and by correlating
edges (`scan`), which is done where key points find nothing. Each proposal is moved to where the logo's edges lie best
on the picture's (`settle`), and is a find where they agree well enough, whoever proposed it.
"""

import numpy as np

from holefill.watermark import edges, planes, points, scan, settle
from holefill.watermark.cover import Found
from holefill.watermark.logo import Logo, resized

LOOKED_AT = 4_000_000  # pixels of a picture in which key points are looked for
ALONE = 400  # matches that are tried each by itself
SETTLED = 24  # proposals that are settled, of each finder
SHARED = 0.3  # of the smaller of two finds: they are one
UNLIKELY = 0.22  # agreement of a coarsely settled pose that is not looked at again


def find(grey: np.ndarray, logo: Logo, turns=(0.0,)) -> list[Found]:
    """Every occurrence of a logo.

    Parameters
    ----------
    grey : float32 [H, W] in [0, 1], the picture's brightness
    turns : radians by which a logo that has too few key points may be turned

    Returns
    -------
    list of Found, the clearest first; empty where it is not there
    """
    height, width = grey.shape
    if min(height, width) < planes.LEAST_SIDE:
        return []
    grey = _stretched(grey)
    levels = scan.levels_of(grey)
    finds = _accepted(grey, logo, _by_points(grey, logo, levels))
    if not finds:
        shifts = [m for m, _ in scan.proposals(levels, logo, turns)[: 2 * SETTLED]]
        finds = _accepted(grey, logo, [(m, 0) for m in _tried(shifts, logo, levels, height, width)])
    return finds


def _stretched(grey: np.ndarray) -> np.ndarray:
    """The picture's brightness over the whole range: scans and medical pictures use a little of it."""
    low, high = np.percentile(grey, (0.5, 99.5))
    return np.clip((grey - low) / max(high - low, 0.02), 0, 1).astype(np.float32)


def _by_points(grey: np.ndarray, logo: Logo, levels) -> list[tuple[np.ndarray, int]]:
    """Poses that key points propose, and how many do; of those that one does, those that edges bear out best."""
    small = resized(grey, min(1.0, np.sqrt(LOOKED_AT / grey.size)))
    back = np.linalg.inv(planes.scaling(small.shape[1] / grey.shape[1], small.shape[0] / grey.shape[0]))
    mark, seen = points.of_logo(logo), points.Seen(small)
    pairs = points.matches(seen, mark, points.APART * max(logo.size) / points.DRAWN)
    groups = [(back @ m, inliers) for m, inliers in points.proposals(seen, mark, pairs, logo, *small.shape)]
    alone = [back @ m for m in points.of_each(seen, mark, pairs[:ALONE])]
    return groups + [(m, 1) for m in _tried(alone, logo, levels, *grey.shape)]


def _tried(matrices, logo: Logo, levels, height: int, width: int) -> list[np.ndarray]:
    """Of many poses those whose edges agree best once they are settled coarsely, at the level that suits their size."""
    groups = {}
    for matrix in matrices:
        if planes.plausible(matrix, logo.corners, height, width):
            number = _level(matrix, logo, levels)
            there = levels[number].matrix @ matrix
            size = np.sqrt(planes.area(planes.move(logo.corners, there)) / logo.grey.size)
            groups.setdefault((number, round(4 * np.log2(size))), []).append(there)
    tried = []
    for (number, quarter), group in groups.items():
        drawn = edges.edges_of(logo, 2 ** (quarter / 4), points=200)
        better = edges.agreement(group, drawn, levels[number].slopes) - edges.chance(drawn.count)
        tried += [(score, levels[number], drawn, m) for score, m in zip(better, group, strict=True)]
    tried = sorted(tried, key=lambda one: -one[0])[: 2 * SETTLED]
    settled = []
    for _, level, drawn, matrix in tried:
        matrix, score = edges.settled(matrix, drawn, level.slopes, step=3, last=0.4)
        if score > UNLIKELY:
            settled.append((np.linalg.inv(level.matrix) @ matrix, score - edges.chance(drawn.count)))
    settled.sort(key=lambda one: -one[1])
    return [m for m, _ in _apart(settled, logo)][:SETTLED]


def _level(matrix, logo: Logo, levels) -> int:
    """Which is the finest level at which a mark is no larger than is needed."""
    size = np.sqrt(planes.area(planes.move(logo.corners, matrix)))
    return next((n for n, level in enumerate(levels) if size * level.scale <= 1.3 * scan.DRAWN), len(levels) - 1)


def _accepted(grey: np.ndarray, logo: Logo, proposed: list[tuple[np.ndarray, int]]) -> list[Found]:
    """The poses that hold once they are settled at the picture's own resolution, no two in one place."""
    kept = []
    for matrix, inliers in proposed:
        matrix, score, needed = settle.settled(grey, logo, matrix, inliers)
        if score >= needed and planes.plausible(matrix, logo.corners, *grey.shape):
            kept.append((matrix, score))
    kept = _apart(sorted(kept, key=lambda one: -one[1]), logo)
    return [Found(matrix, planes.move(logo.corners, matrix), score) for matrix, score in kept]


def _apart(scored: list, logo: Logo) -> list:
    """Of poses that share much of their place only the first."""
    kept = []
    for matrix, score in scored:
        quad = planes.move(logo.corners, matrix)
        if all(planes.overlap(quad, planes.move(logo.corners, other)) < SHARED for other, _ in kept):
            kept.append((matrix, score))
    return kept

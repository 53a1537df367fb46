"""Find a known logo in a picture, and say which pixels it covers.

Poses are proposed by key points that match (`points`: groups of them, and each match alone), and by correlating
edges (`scan`), which is done where key points find nothing. Each proposal is moved to where the logo's edges lie best
on the picture's, and is a find where they agree well enough, whoever proposed it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from holefill.watermark import edges, planes, points, scan
from holefill.watermark.logo import MOSTLY, SEEN, Logo, resized

SURE = 8  # key points that bear a pose out by themselves
AGREEING, CERTAIN = 0.3, 0.93  # how well the edges of a find agree at least, and what is enough for a whole one
UNSURE = 0.04  # by how much more they must where key points are not sure of it: by this and what is chance,
PLAIN = 0.35  # by so much for a logo without corners,
CUT = 0.5  # and by so much for one of which nothing is in the picture
LOOKED_AT = 4_000_000  # pixels of a picture in which key points are looked for
CLEAR = 0.8  # agreement of a mark that stands out by its slopes' strength, too
STRONG = 0.2  # slope, in share of white a pixel, that counts as strong
FINE = 240  # root of a mark's area at which its pose is settled, at most
NEAR = 0.06  # in brightness to a logo's background: is that background
ALONE = 400  # matches that are tried each by itself
SETTLED = 24  # proposals that are settled, of each finder
SHARED = 0.3  # of the smaller of two finds: they are one
HOPELESS = 0.7  # of how well they must agree: what is not worth a more general plane
UNLIKELY = 0.22  # agreement of a coarsely settled pose that is not looked at again
GAIN, DOUBTED = 1.04, 1.1  # by how much a more general plane must lie better; where key points do not bear it out


@dataclass(frozen=True)
class Found:
    """A logo in a picture.

    Attributes
    ----------
    matrix : float64 [3, 3], from the logo's picture to this one
    quad : float64 [4, 2], where the corners of the logo's picture lie, clockwise from its first pixel's
    score : how well its edges lie on the picture's; about 0 by chance, 1.3 at most
    """

    matrix: np.ndarray
    quad: np.ndarray
    score: float


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


def hole(finds: list[Found], logo: Logo, grey: np.ndarray, grow: int) -> np.ndarray:
    """The pixels that the logos cover and `grow` pixels about them, float32 [H, W, 1], 1 = missing.

    A logo whose background is there too, in the background's own brightness, is covered whole.
    """
    missing = np.zeros(grey.shape, np.uint8)
    for find in finds:
        covered = _warped(logo.opacity, find, logo, grey.shape) > SEEN
        if logo.around is not None:
            whole = _warped(np.ones_like(logo.opacity), find, logo, grey.shape)
            beside = (whole > 0.99) & (cv2.dilate(covered.astype(np.uint8), np.ones((5, 5))) == 0)
            if beside.any() and (np.abs(grey[beside] - logo.around) < NEAR).mean() > MOSTLY:
                covered = whole > SEEN
        missing |= covered.astype(np.uint8)
    if grow:
        missing = cv2.dilate(missing, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1)))
    return missing.astype(np.float32)[..., None]


def _warped(plane: np.ndarray, find: Found, logo: Logo, shape) -> np.ndarray:
    """A plane of the logo [h, w] in [0, 1] where it was found, float32 [H, W]; first made about as small."""
    scale = min(1.0, 1.5 * np.sqrt(planes.area(find.quad) / logo.grey.size))
    small = resized(plane, scale)
    back = np.linalg.inv(planes.scaling(small.shape[1] / plane.shape[1], small.shape[0] / plane.shape[0]))
    return cv2.warpPerspective(small, find.matrix @ back, shape[::-1], flags=cv2.INTER_LINEAR)


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
        matrix, score, needed = _settled_finely(grey, logo, matrix, inliers)
        if score >= needed and planes.plausible(matrix, logo.corners, *grey.shape):
            kept.append((matrix, score))
    kept = _apart(sorted(kept, key=lambda one: -one[1]), logo)
    return [Found(matrix, planes.move(logo.corners, matrix), score) for matrix, score in kept]


def _settled_finely(grey: np.ndarray, logo: Logo, matrix: np.ndarray, inliers: int) -> tuple[np.ndarray, float, float]:
    """A pose settled in the part of the picture that it covers, as a plane as general as it bears.

    With how well its edges agree, and how well they must.
    """
    quad = planes.move(logo.corners, matrix)
    part, there = _part(grey, quad)
    slopes, matrix = edges.Slopes(part), there @ matrix
    size = np.sqrt(planes.area(planes.move(logo.corners, matrix)) / logo.grey.size)
    drawn = edges.edges_of(logo, size, denser=3)
    shown = planes.visible(quad, *grey.shape)
    needed = AGREEING
    if inliers < SURE:
        needed += UNSURE + edges.chance(drawn.count * shown) + PLAIN * logo.plainness
        needed = min(needed, CERTAIN) + CUT * (1 - shown)
    best, score, kind = _plane(matrix, logo, drawn, slopes, needed, sure=inliers >= points.LEAST)
    if score >= CLEAR:  # directions hold over an edge's whole width: now its strength counts
        best, _ = edges.settled(best, drawn, edges.Slopes(part, STRONG), step=1, last=0.05, kind=kind)
    matrix = np.linalg.inv(there) @ best
    return matrix / matrix[2, 2], score, needed


def _plane(matrix, logo: Logo, drawn: edges.Edges, slopes: edges.Slopes, needed: float, sure: bool):
    """A pose settled as the plainest kind of plane that lies about as well as any: it, its agreement and its kind."""

    def settled(start, kind, step=2):
        return *edges.settled(start, drawn, slopes, step=step, last=0.1, kind=kind), kind

    def better(one, other, gain):
        return other if other[1] > gain * one[1] else one

    gain = GAIN if sure else DOUBTED
    best = settled(planes.similar(matrix, logo.corners), 4)
    if sure or best[1] > HOPELESS * needed:
        best = better(best, settled(best[0], 6), gain)
    if sure:
        best = better(best, settled(matrix, 8), gain)
    if best[1] >= needed:  # it is there, and a match alone tells of no perspective
        best = better(best, settled(best[0], 8, step=4), DOUBTED)
    return best


def _part(grey: np.ndarray, quad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture about a mark, no larger than `FINE` needs, and the matrix to it from the picture."""
    margin = 0.1 * np.sqrt(planes.area(quad)) + 8
    left, top = np.maximum(np.floor(quad.min(0) - margin), 0).astype(int)
    right, low = (quad.max(0) + margin).astype(int) + 2
    part = grey[top:low, left:right]
    small = resized(part, min(1.0, FINE / np.sqrt(planes.area(quad))))
    scaled = planes.scaling(small.shape[1] / part.shape[1], small.shape[0] / part.shape[0])
    return small, scaled @ np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]])


def _apart(scored: list, logo: Logo) -> list:
    """Of poses that share much of their place only the first."""
    kept = []
    for matrix, score in scored:
        quad = planes.move(logo.corners, matrix)
        if all(planes.overlap(quad, planes.move(logo.corners, other)) < SHARED for other, _ in kept):
            kept.append((matrix, score))
    return kept

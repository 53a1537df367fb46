"""A proposed pose settled finely: moved to where the logo's edges lie best, as a plane as general as the find bears."""

import numpy as np

from holefill.watermark import edges, planes, points
from holefill.watermark.logo import Logo, resized

SURE = 8  # key points that bear a pose out by themselves
AGREEING, CERTAIN = 0.3, 0.93  # how well the edges of a find agree at least, and what is enough for a whole one
UNSURE = 0.04  # by how much more they must where key points are not sure of it: by this and what is chance,
PLAIN = 0.35  # by so much for a logo without corners,
CUT = 0.5  # and by so much for one of which nothing is in the picture
CLEAR = 0.8  # agreement of a mark that stands out by its slopes' strength, too
STRONG = 0.2  # slope, in share of white a pixel, that counts as strong
FINE = 240  # root of a mark's area at which its pose is settled, at most
HOPELESS = 0.7  # of how well they must agree: what is not worth a more general plane
GAIN, DOUBTED = 1.04, 1.1  # by how much a more general plane must lie better; where key points do not bear it out


def settled(grey: np.ndarray, logo: Logo, matrix: np.ndarray, inliers: int) -> tuple[np.ndarray, float, float]:
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

    def lying(start, kind, step=2):
        return *edges.settled(start, drawn, slopes, step=step, last=0.1, kind=kind), kind

    def better(one, other, gain):
        return other if other[1] > gain * one[1] else one

    gain = GAIN if sure else DOUBTED
    best = lying(planes.similar(matrix, logo.corners), 4)
    if sure or best[1] > HOPELESS * needed:
        best = better(best, lying(best[0], 6), gain)
    if sure:
        best = better(best, lying(matrix, 8), gain)
    if best[1] >= needed:  # it is there, and a match alone tells of no perspective
        best = better(best, lying(best[0], 8, step=4), DOUBTED)
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

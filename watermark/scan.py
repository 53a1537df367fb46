"""Where a logo may be, by its edges alone: gradient-domain normalised cross-correlation over scales.

For a logo too plain, or too faint, for key points. At each scale the directions of the logo's slopes are correlated
with the picture's (by FFT), with doubled angles and with signs, and divided by the strength of what is there:

    R(x) = Σ w Re(t̄ g) / √(Σ w · Σ w |g|²)

of the picture's compressed slopes g and the logo's directions t, where it has edges (w). Cut marks count less.

It finds marks that stand upright, or turned by one of the given angles.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import fft

from holefill.watermark import edges, planes
from holefill.watermark.logo import Logo, resized

SMALL, LARGE = 0.06, 1.1  # of the picture's size (root of area): the marks looked for
STEPS = 16  # scales to an octave
DRAWN = 96  # root of a logo's area, at most, at which it is correlated
LEAST = 24  # and at least
PEAKS = 3  # of a scale
FLOOR = 0.05  # |g|² that a place is taken to have at least


@dataclass(frozen=True)
class Level:
    """A picture at one resolution: the matrix from the picture, and its slopes."""

    matrix: np.ndarray
    slopes: edges.Slopes

    @property
    def scale(self) -> float:
        return float(np.sqrt(self.matrix[0, 0] * self.matrix[1, 1]))


def levels_of(grey: np.ndarray) -> list[Level]:
    """The picture at resolutions an octave apart, the finest first: each shows marks of an octave at up to `DRAWN`."""
    size = np.sqrt(grey.size)
    scale = min(1.0, DRAWN / (2 * SMALL * size))
    found = []
    while not found or scale * LARGE * size > DRAWN / 2:
        small = resized(grey, scale)
        matrix = planes.scaling(small.shape[1] / grey.shape[1], small.shape[0] / grey.shape[0])
        found.append(Level(matrix, edges.Slopes(small)))
        scale /= 2
    return found


def proposals(levels: list[Level], logo: Logo, turns=(0.0,)) -> list[tuple[np.ndarray, float]]:
    """Matrices from the logo to the picture, and how much better each correlates than by chance, the best first."""
    found = []
    size = np.sqrt(logo.grey.size)
    for number, level in enumerate(levels):
        smallest = DRAWN / 2 if number else max(LEAST, SMALL * np.sqrt(level.slopes.planes[..., 0].size))
        there = _Correlator(level.slopes, room=int(DRAWN / size * np.hypot(*logo.size)) + 4)
        for step in range(int(np.ceil(STEPS * np.log2(DRAWN / smallest)))):
            scale = smallest * 2 ** (step / STEPS) / size
            for turn in turns:
                found += [(np.linalg.inv(level.matrix) @ m, r) for m, r in there.peaks(logo, scale, turn)]
    return sorted(found, key=lambda one: -one[1])


class _Correlator:
    """A level's slopes and their squares, transformed once."""

    def __init__(self, slopes: edges.Slopes, room: int):
        self.sides = np.array(slopes.shape)
        g = slopes.planes
        self.shape = tuple(fft.next_fast_len(int(side) + room) for side in self.sides)
        self.signed, self.doubled = (self._forward(g[..., n] + 1j * g[..., n + 1]) for n in (0, 2))
        self.strength = self._forward(g[..., 0] ** 2 + g[..., 1] ** 2 + 1j)  # imaginary: where the picture is

    def _forward(self, plane):
        return fft.fft2(plane.astype(np.complex64), self.shape)

    def peaks(self, logo: Logo, scale: float, turn: float):
        """The few best places of a logo so large and turned: matrices to this level, how much better than chance."""
        seen = edges.edges_of(logo, scale)
        cos, sin = scale * np.cos(turn), scale * np.sin(turn)
        linear = np.array([[cos, -sin], [sin, cos]])
        places = seen.points @ linear.T
        corners = planes.move(logo.corners, np.vstack([np.c_[linear, (0, 0)], (0, 0, 1)]))
        low = np.floor(corners.min(0))
        extent = np.ceil(corners.max(0) - low).astype(int) + 2
        if extent.prod() > 1.5 * self.sides.prod():
            return
        cells = np.rint(places - low).astype(int).clip(0, extent - 1)
        slope = (seen.slopes @ linear.T / scale) @ (1, 1j)
        signed, doubled, weight = (np.zeros(extent[::-1], np.complex64) for _ in range(3))
        for plane, values in ((signed, slope), (doubled, slope**2), (weight, np.ones(len(slope)))):
            np.add.at(plane, (cells[:, 1], cells[:, 0]), values)
        total = float(len(slope))
        found = fft.ifft2(self.strength * np.conj(self._forward(weight)))
        strength, inside = found.real, found.imag
        by_sign = np.abs(fft.ifft2(self.signed * np.conj(self._forward(signed))).real)
        by_angle = fft.ifft2(self.doubled * np.conj(self._forward(doubled))).real
        norm = np.sqrt(np.maximum(inside, 1) * np.maximum(strength, FLOOR * np.maximum(inside, 1)))
        response = np.where(inside > 0.4 * total, (by_angle + edges.SIGN * by_sign) / norm, 0)
        response *= np.sqrt(np.clip(inside / total, 0, 1))
        size = max(3, int(0.5 * np.sqrt(extent.prod())))
        highest = cv2.dilate(response.astype(np.float32), np.ones((size | 1, size | 1)))
        rows, columns = np.nonzero((response >= highest) & (response > 0.1))
        best = np.argsort(-response[rows, columns], kind="stable")[:PEAKS]
        for row, column in zip(rows[best], columns[best], strict=True):
            place = np.array([row, column])
            y, x = np.where(place >= self.sides, place - self.shape, place)  # before the first row lie the last
            better = float(response[row, column]) - edges.chance(seen.count)
            yield np.vstack([np.c_[linear, (x, y) - low], (0, 0, 1)]), better

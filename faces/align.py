"""From a face in any photograph to a model's crop, and back at the photograph's own resolution.

The similarity transform (turn, scale, shift) that brings the face's points nearest to the mean face of the crop, in the
least squares sense: S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
IEEE TPAMI 13(4), 1991, eq. 34–42. Points are (x, y), the centre of the first pixel at (0, 0).

Photographs [H, W, C] float32 in [-1, 1], or uint8; holes [H, W, 1], 1 = missing; crops [S, S, C], as the photograph.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from holefill.errors import UserError
from holefill.faces.template import MEAN_FACE, SHARE_OF_WIDTH
from holefill.known import nearest_known

# CelebA was aligned by the eyes' centres, the tip of the nose and the corners of the mouth; by these, the crops of its
# validation split move least: 1.87 of 64 pixels in the mean, 2.13 by all 68 points.
FIVE = np.zeros(68)
FIVE[36:48], FIVE[[30, 48, 54]] = 1 / 6, 1
TOUCHED = 0.05  # share of a missing pixel from which a crop's pixel is missing; warps are exact to 1/32 pixel


@dataclass(frozen=True)
class Alignment:
    """Where a crop of `size` pixels lies in a photograph: matrix [2, 3] takes (x, y, 1) there to (x, y) in the crop."""

    matrix: np.ndarray
    size: int

    @property
    def scale(self) -> float:
        """Pixels of the crop to a pixel of the photograph."""
        return math.sqrt(abs(np.linalg.det(self.matrix[:, :2])))

    @property
    def inverse(self) -> np.ndarray:
        """The matrix [2, 3] from the crop to the photograph."""
        return _inverse(self.matrix)

    def inside(self, height: int, width: int) -> tuple[slice, slice]:
        """Rows and columns of a photograph of this size that hold the crop's square; empty where it lies beside it."""
        edge = self.size - 0.5
        x, y = move([(-0.5, -0.5), (edge, -0.5), (edge, edge), (-0.5, edge)], self.inverse).T
        return _between(y.min(), y.max(), height), _between(x.min(), x.max(), width)

    def covered(self, height: int, width: int) -> np.ndarray:
        """Which pixels of `inside` have their centre in the crop's square, [h, w] bool."""
        rows, columns = self.inside(height, width)
        x, y = np.meshgrid(np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop))
        there = np.tensordot(self.matrix[:, :2], np.stack([x, y]), 1) + self.matrix[:, 2, None, None]
        return ((there > -0.5 - 1e-6) & (there < self.size - 0.5 + 1e-6)).all(0)

    def cut(self, photo, hole, size: int) -> tuple[np.ndarray, np.ndarray]:
        """The crop and its hole, see `align`; a window's, whose `size` is the crop's."""
        return align(photo, self, size, hole)[:2]

    def give_back(self, fill, height: int, width: int) -> np.ndarray:
        """A completed crop [S, S, C] in the photograph's resolution, the part `inside(height, width)` of it.

        Beyond the crop's square, see `covered`, its edge is repeated.
        """
        rows, columns = self.inside(height, width)
        shift = self.matrix[:, :2] @ (columns.start, rows.start)
        there = np.column_stack([self.matrix[:, :2], self.matrix[:, 2] + shift])
        return _warp(np.asarray(fill), there, rows.stop - rows.start, columns.stop - columns.start)


def umeyama(source, target, weights=None) -> np.ndarray:
    """The matrix [2, 3] of the similarity s·R·x + t that brings source points nearest to the target's.

    Parameters
    ----------
    source, target : [N, 2], N ≥ 2
    weights : [N], how much each point counts; equally where None

    Raises
    ------
    UserError
        Where the source's points, those that count, are all one.
    """
    source, target = np.asarray(source, float), np.asarray(target, float)
    share = np.full(len(source), 1 / len(source)) if weights is None else np.asarray(weights, float) / np.sum(weights)
    means = share @ source, share @ target
    from_mean, to_mean = source - means[0], target - means[1]
    variance = share @ np.square(from_mean).sum(1)
    if not variance > 1e-12:
        raise UserError("cannot align a face whose points are all one point")
    u, singular, v = np.linalg.svd((to_mean * share[:, None]).T @ from_mean)
    signs = np.array([1.0, np.sign(np.linalg.det(u) * np.linalg.det(v)) or 1.0])  # a turn, never a mirror
    turn = (singular * signs).sum() / variance * (u * signs) @ v
    return np.column_stack([turn, means[1] - turn @ means[0]])


def alignment(points, size: int = 64, weights=FIVE, share: float = SHARE_OF_WIDTH) -> Alignment:
    """How a face with these 68 points [68, 2] lies in a crop of `size` pixels.

    `weights` [68] as in `umeyama`; `share`: side of the crop ÷ width of CelebA's aligned pictures, about their middle.
    """
    points = np.asarray(points, float)
    if points.shape != MEAN_FACE.shape or not np.isfinite(points).all():
        raise UserError(f"cannot align a face by points {list(points.shape)}: wanted 68 finite points (x, y)")
    face = 0.5 + (MEAN_FACE - 0.5) * (SHARE_OF_WIDTH / share)
    return Alignment(umeyama(points, face * size - 0.5, weights), size)


def move(points, matrix) -> np.ndarray:
    """Points [N, 2] through a matrix [2, 3]."""
    return np.asarray(points, float) @ matrix[:, :2].T + matrix[:, 2]


def align(photo, points, size: int = 64, hole=None) -> tuple[np.ndarray, np.ndarray, Alignment]:
    """Cut a face out of a photograph as the model's crops are cut.

    Parameters
    ----------
    photo : [H, W, C] float32 or uint8
    points : [68, 2] in pixels of the photograph, an `Alignment` of that size, or a `Face`
    hole : [H, W, 1], 1 = missing; what lies under it is not seen: nothing of it reaches the crop

    Returns
    -------
    crop : [size, size, C], of the photograph's type, antialiased where the face shrinks
    missing : [size, size, 1] float32: 1 where the crop's pixel touches a missing one, or what is not in the photograph
    alignment : the way back
    """
    photo = np.asarray(photo)
    hole = np.zeros((*photo.shape[:2], 1), np.float32) if hole is None else np.asarray(hole, np.float32)
    lies = points if isinstance(points, Alignment) else alignment(getattr(points, "points", points), size)
    (rows, columns), part = _around(lies, *photo.shape[:2]), lies.inside(*photo.shape[:2])
    piece, missing = photo[rows, columns], hole[rows, columns]
    if hole[part].all():  # or there is nothing of it
        raise UserError("nothing of the face's surroundings is known: the crop lies outside the picture or in the hole")
    back = lies.inverse - [[0, 0, columns.start], [0, 0, rows.start]]
    crop = _warp(nearest_known(piece, missing), back, size, size)
    touched = _warp(missing, back, size, size, outside=1.0, most=True) > TOUCHED
    return crop, touched.astype(np.float32), lies


def _inverse(matrix):
    turn = np.linalg.inv(matrix[:, :2])
    return np.column_stack([turn, -turn @ matrix[:, 2]])


def _between(first: float, last: float, extent: int) -> slice:
    """The pixels of 0 … extent − 1 from `first` to `last`."""
    start = min(max(math.ceil(first - 1e-6), 0), extent)
    return slice(start, max(start, min(math.floor(last + 1e-6) + 1, extent)))


def _around(lies: Alignment, height: int, width: int) -> tuple[slice, slice]:
    """The part of the photograph whose pixels the crop can see, the kernel's reach included."""
    reach = 3 / lies.scale + 3
    return tuple(
        slice(max(0, part.start - math.ceil(reach)), min(extent, part.stop + math.ceil(reach)))
        for part, extent in zip(lies.inside(height, width), (height, width), strict=True)
    )


def _warp(pixels, back, height: int, width: int, outside=None, most=False) -> np.ndarray:
    """[height, width, C] of what `back` [2, 3], from there to `pixels`, shows; antialiased.

    Sampled as finely as the pixels are, then shrunk: bicubic, or (`most`) to the greatest value of each block, linear.
    """
    fine = max(1, math.ceil(math.sqrt(abs(np.linalg.det(back[:, :2]))) - 1e-6))
    finer = np.column_stack([back[:, :2] / fine, back[:, 2] + back[:, :2].sum(1) * (0.5 / fine - 0.5)])
    border = {"borderMode": cv2.BORDER_REPLICATE} if outside is None else {"borderValue": outside}
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_LINEAR if most else cv2.INTER_CUBIC)
    floats = np.ascontiguousarray(pixels, np.float32)
    warped = cv2.warpAffine(floats, finer, (width * fine, height * fine), flags=flags, **border)
    warped = warped.reshape(height * fine, width * fine, -1)
    if most:
        return warped.reshape(height, fine, width, fine, -1).max((1, 3))
    if fine > 1:
        planes = (Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(warped, -1, 0))
        warped = np.stack([np.asarray(p.resize((width, height), Image.Resampling.BICUBIC)) for p in planes], -1)
    warped = np.clip(warped, floats.min(), floats.max())
    return np.rint(warped).astype(pixels.dtype) if pixels.dtype.kind == "u" else warped

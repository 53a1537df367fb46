"""The scales on which `holefill.methods.patch_match` works, and what its kernels read of each.

A `Scale` is a picture [H, W, 4] float32 of 0 … 255 (three colours and texture), what of it is missing and what may be
a source, [H, W] bool. A `Level` is the same in the kernels' layout.
"""

from typing import NamedTuple

import cv2
import numpy as np

from holefill.methods.known_means import known_means
from holefill.methods.patches.match_kernels import BLOCK, CHANNELS

KNOWN = 16  # weight of a known pixel's differences, before they are squared
TEXTURE = 6  # grey levels for each one of mean slope; Newson et al. 2017, section 3.2
AROUND = 9  # side of the square over which a slope is a mean
PLACE = 60  # grey levels from one side of the picture to the other: sources near by are preferred


class Scale(NamedTuple):
    """A picture at one scale; nothing of what is missing is in `pixels`."""

    pixels: np.ndarray
    missing: np.ndarray
    usable: np.ndarray


class Level(NamedTuple):
    """A scale in the kernels' layout.

    picture, weights : uint8 [rows · stride, 8]; valid : uint8 [rows · stride], 1 = a source patch. places, cells [T]:
    the targets in the picture and on the grid, of the shape `grid`, whose first cell is at `corner`; depth [T]: how
    far into the hole their middles lie. pixels, pixel_cells [N]: the missing pixels, likewise. slopes [3, M]: the
    pixels whose slopes depend on missing ones, their lower and right neighbours.
    """

    picture: np.ndarray
    weights: np.ndarray
    valid: np.ndarray
    stride: int
    limits: tuple
    patch: int
    places: np.ndarray
    cells: np.ndarray
    depth: np.ndarray
    grid: tuple
    corner: tuple
    pixels: np.ndarray
    pixel_cells: np.ndarray
    slopes: np.ndarray


def finest(image: np.ndarray, missing: np.ndarray, usable: np.ndarray) -> Scale:
    """The scale of the picture itself, [H, W, C] in [-1, 1]."""
    colours = np.where(missing[..., None], 0, (image + 1) * np.float32(127.5)).astype(np.float32)
    texture = np.minimum(TEXTURE * _mean_slope(colours.mean(-1), ~missing), 255)
    colours = np.broadcast_to(colours, (*missing.shape, 3))
    return Scale(np.concatenate([colours, texture[..., None]], -1), missing, usable)


def halve(scale: Scale) -> Scale:
    """Half the size: means of what is known of 2×2 pixels; missing where one of them is, usable where all are."""
    grow = [(0, side % 2) for side in scale.missing.shape]
    pixels = np.pad(scale.pixels, [*grow, (0, 0)], mode="edge")
    missing, usable = (np.pad(part, grow, mode="edge") for part in (scale.missing, scale.usable))
    half = missing.shape[0] // 2, missing.shape[1] // 2
    means, share = known_means(pixels, ~missing, half)
    whole = usable.reshape(half[0], 2, half[1], 2).all((1, 3))
    return Scale(means, share < 1, whole)


def sources(usable: np.ndarray, patch: int) -> np.ndarray:
    """[H, W] uint8, 1 where all pixels of the patch whose upper left pixel this is may be used."""
    window = np.ones((patch, patch), np.uint8)
    return cv2.erode(usable.astype(np.uint8), window, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT, borderValue=0)


def depths(missing: np.ndarray) -> np.ndarray:
    """[H, W] float32, how far from the nearest known pixel; the picture's border is none."""
    known = np.pad(missing, 1, mode="edge").astype(np.uint8)
    return cv2.distanceTransform(known, cv2.DIST_L2, 3)[1:-1, 1:-1]


def level(scale: Scale, patch: int) -> Level:
    """A scale in the kernels' layout; what is missing is as `pixels` has it."""
    height, width = scale.missing.shape
    stride, rows = width + -(-patch // BLOCK) * BLOCK, height + patch + 2
    picture = np.zeros((rows, stride, CHANNELS), np.uint8)
    valid = np.zeros((rows, stride), np.uint8)
    inside = picture[1 : height + 1, :width]
    inside[..., :4] = np.rint(np.clip(scale.pixels, 0, 255))
    grey = inside[..., :3].mean(-1, dtype=np.float32)
    for axis in (0, 1):
        inside[..., 4 + axis] = _steps(np.diff(grey, axis=axis, append=np.take(grey, [-1], axis)))
        along = np.rint(np.arange(grey.shape[axis]) * np.float32(PLACE / max(height, width)))
        inside[..., 6 + axis] = along[:, None] if axis == 0 else along
    valid[1 : height + 1, :width] = sources(scale.usable, patch)
    y, x = _targets(scale.missing, patch)
    holes = np.nonzero(scale.missing)
    corner = min(y.min(), holes[0].min()) - patch, min(x.min(), holes[1].min()) - patch
    grid = max(y.max(), holes[0].max()) + 2 - corner[0], max(x.max(), holes[1].max()) + 2 - corner[1]
    middle = np.minimum(y + patch // 2, height - 1), np.minimum(x + patch // 2, width - 1)
    return Level(
        picture.reshape(-1, CHANNELS), np.full((rows * stride, CHANNELS), KNOWN, np.uint8), valid.reshape(-1), stride,
        (height, width), patch, (y + 1) * stride + x, (y - corner[0]) * grid[1] + x - corner[1],
        depths(scale.missing)[middle], grid, corner, (holes[0] + 1) * stride + holes[1],
        (holes[0] - corner[0]) * grid[1] + holes[1] - corner[1], _sloping(scale.missing, stride),
    )  # fmt: skip


def paint(level: Level, voted: np.ndarray) -> None:
    """Write colours and texture [N, 4] into a level's missing pixels, and the slopes that follow."""
    level.picture[level.pixels, :4] = np.rint(voted)
    here, *beside = (level.picture[pixels, :3].astype(np.float32).mean(-1) for pixels in level.slopes)
    for axis in (0, 1):
        level.picture[level.slopes[0], 4 + axis] = _steps(beside[axis] - here)


def inherit(fine: Level, coarse: Level, nearest: np.ndarray, share: np.ndarray, random):
    """Matches and vote weights for a level from those of one of half the size; where none fits, any source."""
    y, x = fine.places // fine.stride - 1, fine.places % fine.stride
    top, left = (np.minimum(at // 2, limit - fine.patch) for at, limit in zip((y, x), coarse.limits, strict=True))
    cell = (top - coarse.corner[0]) * coarse.grid[1] + left - coarse.corner[1]
    found = nearest[cell].astype(np.int64)
    down = np.minimum(2 * (found // coarse.stride - 1) + y - 2 * top, fine.limits[0] - fine.patch)
    aside = np.minimum(2 * (found % coarse.stride) + x - 2 * left, fine.limits[1] - fine.patch)
    places = (down + 1) * fine.stride + aside
    unfit = fine.valid[places] == 0
    if unfit.any():
        places[unfit] = random.choice(np.flatnonzero(fine.valid), int(unfit.sum()))
    return on_grid(fine, places, -1, np.int32), on_grid(fine, share[cell], 0, np.float32)


def on_grid(level: Level, values: np.ndarray, elsewhere, dtype) -> np.ndarray:
    """Values of the targets [T] on the flat grid."""
    grid = np.full(level.grid[0] * level.grid[1], elsewhere, dtype)
    grid[level.cells] = values
    return grid


def _targets(missing: np.ndarray, patch: int):
    """Rows and columns of the upper left pixels of the patches in the picture that overlap the hole."""
    height, width = missing.shape
    window = np.ones((patch, patch), np.uint8)
    constant = {"borderType": cv2.BORDER_CONSTANT, "borderValue": 0}
    return np.nonzero(
        cv2.dilate(missing.astype(np.uint8), window, anchor=(0, 0), **constant)[
            : height - patch + 1, : width - patch + 1
        ]
    )


def _sloping(missing: np.ndarray, stride: int) -> np.ndarray:
    """[3, M] flat indices of pixels that are missing or whose lower or right neighbour is, and of these neighbours."""
    height, width = missing.shape
    y, x = np.nonzero(cv2.dilate(missing.astype(np.uint8), np.ones((2, 2), np.uint8), anchor=(0, 0)))
    below, right = np.minimum(y + 1, height - 1), np.minimum(x + 1, width - 1)
    return np.stack([(y + 1) * stride + x, (below + 1) * stride + x, (y + 1) * stride + right])


def _steps(slope: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(128 + slope), 0, 255)


def _mean_slope(grey: np.ndarray, known: np.ndarray) -> np.ndarray:
    """[H, W] mean absolute difference of known neighbours, over a square about each pixel."""
    total, count = np.zeros((2, *grey.shape), np.float32)
    for axis in (0, 1):
        if grey.shape[axis] > 1:
            both = np.delete(known, -1, axis) & np.delete(known, 0, axis)
            inside = np.s_[:-1] if axis == 0 else np.s_[:, :-1]
            total[inside] += np.abs(np.diff(grey, axis=axis)) * both
            count[inside] += both
    size = {"ddepth": -1, "ksize": (AROUND, AROUND), "normalize": False, "borderType": cv2.BORDER_CONSTANT}
    return cv2.boxFilter(total, **size) / np.maximum(cv2.boxFilter(count, **size), 1)

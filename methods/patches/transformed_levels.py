"""The levels of a completion by transformed patches: sizes of a picture, where patches go and come from, matches.

What is missing at a coarser level is what is mostly missing in the picture; the mean is over what is known. Matches go
from level to level as the maps that they are (`transformed_kernels`).
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from holefill import blending
from holefill.methods.known_means import known_means

FAINT = 1e-20  # the least trust in a pixel
WHOLE = 4_000_000  # pixels that are looked at whole; of a larger picture, about so many around the hole


@dataclass
class Level:
    """One size of the picture: its pixels, where patches go and come from, and the field of matches."""

    image: np.ndarray
    missing: np.ndarray
    room: np.ndarray
    depth: np.ndarray
    targets: np.ndarray
    slots: np.ndarray
    field: tuple | None = None


def sizes(height: int, width: int, levels: int, least: int) -> list[tuple[int, int]]:
    """The sizes of the levels, coarse to fine; fewer than `levels` where the picture is hardly larger than `least`."""
    ratio = max(height, width, 1) and min(height, width) / least
    count = int(min(levels, max(1, np.ceil(np.log(max(ratio, 1)) / np.log(1.25)) + 1)))
    factors = max(ratio, 1) ** (np.linspace(-1, 0, count) if count > 1 else np.zeros(1))
    return [(max(1, round(height * factor)), max(1, round(width * factor))) for factor in factors]


def window(missing: np.ndarray) -> tuple[slice, slice]:
    """The part of a picture in which patches are looked for: all of it, or of a huge one what is around the hole."""
    if missing.size <= WHOLE:
        return slice(None), slice(None)
    edges = [np.flatnonzero(missing.any(axis))[[0, -1]] + (0, 1) for axis in (1, 0)]
    parts = [slice(None)] * 2
    for margin in (1 << n for n in range(6, 20)):
        wider = [slice(max(0, first - margin), last + margin) for first, last in edges]
        if margin > 64 and missing[tuple(wider)].size > WHOLE:
            break
        parts = wider
    return tuple(parts)


def within(paint, image: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """`paint([H, W, C], [H, W, 1] bool)` on the window of a picture's hole; a picture without one as it is."""
    if not hole.any():
        return image
    result, part = image.copy(), window(hole[..., 0])
    result[part] = paint(image[part], hole[part])
    return result


def shrink(colours: np.ndarray, missing: np.ndarray, size: tuple[int, int]):
    """Means over what is known; a pixel of which less than half is known is missing."""
    if size == missing.shape:
        return np.where(missing[..., None], 0, colours).astype(np.float32), missing
    means, share = known_means(colours, ~missing, size)
    return means, share < 0.5


def level(colours: np.ndarray, missing: np.ndarray, radius: int) -> Level | None:
    """The level of these pixels; None where it has no hole, or no whole patch is known."""
    bordered = np.pad(~missing, 1)
    room = ndimage.distance_transform_cdt(bordered, metric="chessboard")[1:-1, 1:-1].astype(np.float32)
    if not missing.any() or room.max() <= radius:
        return None
    near = ndimage.binary_dilation(missing, np.ones((2 * radius + 1,) * 2))
    targets = np.argwhere(near).astype(np.int32)
    slots = np.full(missing.shape, -1, np.int32)
    slots[near] = np.arange(len(targets), dtype=np.int32)
    depth = ndimage.distance_transform_edt(missing)
    image = np.zeros((missing.shape[0] + 1, missing.shape[1] + 1, 4), np.float32)
    image[:-1, :-1, :3] = colours
    image[-1], image[:, -1] = image[-2], image[:, -2]
    return Level(image, missing, room, depth, targets, slots)


def membrane(colours: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The smoothest fill."""
    blend, options = blending.get("poisson")
    return blend(colours, np.zeros_like(colours), missing[..., None].astype(np.float32), clip=False, **options)


def fading(depth: np.ndarray, base: float) -> np.ndarray:
    """base ** -depth, float32, however deep the hole."""
    base = min(base, FAINT ** (-1 / max(depth.max(), 1)))
    return (base**-depth).astype(np.float32)


def start(at: Level, radius: int, rng: np.random.Generator, which=None):
    """Matches with patches anywhere, unturned; of those in `which` only."""
    count = len(at.targets)
    if at.field is None:
        matches = np.zeros((count, 8), np.float32)
        at.field = matches, np.zeros(count, np.int32), np.zeros(count, np.float32), np.zeros(count, np.float32)
        which = np.arange(count)
    sources = np.argwhere(at.room > radius)
    matches = at.field[0]
    matches[which] = 0
    matches[which, :2] = sources[rng.integers(len(sources), size=len(which))]
    matches[which, 2] = matches[which, 5] = 1
    at.field[1][which], at.field[2][which] = 0, 0


def carry(old: Level, at: Level):
    """Take the field of the coarser level over."""
    factor = np.divide(at.missing.shape, old.missing.shape)
    place = (at.targets + 0.5) / factor - 0.5
    nearest = ndimage.distance_transform_edt(old.slots < 0, return_distances=False, return_indices=True)
    cell = np.clip(np.rint(place), 0, np.array(old.missing.shape) - 1).astype(int)
    cell = nearest[:, cell[:, 0], cell[:, 1]]
    slots = old.slots[cell[0], cell[1]]
    matches, labels, extras, _ = old.field
    moved = recentred(matches[slots], place - cell.T)
    moved[:, :2] = (moved[:, :2] + 0.5) * factor - 0.5
    moved[:, 6:] /= factor
    at.field = moved.astype(np.float32), labels[slots], extras[slots], np.zeros(len(slots), np.float32)


def recentred(matches: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Matches [T, 8] written about the points `by` [T, 2] from the middles of their patches."""
    y, x = by.T
    over = 1 / (1 + matches[:, 6] * y + matches[:, 7] * x)
    moved = matches * over[:, None]
    moved[:, 0] += (matches[:, 2] * y + matches[:, 3] * x) * over
    moved[:, 1] += (matches[:, 4] * y + matches[:, 5] * x) * over
    return moved

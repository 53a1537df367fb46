"""Statistics of patch offsets: the hole is filled by the picture itself, moved by a few dominant offsets.

K. He, J. Sun, "Statistics of patch offsets for image completion", ECCV 2012 (doi:10.1007/978-3-642-33709-3_2).
Similar patches of a picture lie apart by few offsets (`patches.offset_statistics`). With the 60 most frequent of them,
s_1 … s_K, the completion is a photomontage: pixel x of the hole becomes I(x + s_L(x)), where the labels L make

    E(L) = Σ_x E_d(L(x)) + Σ_{x~x'} E_s(L(x), L(x'))

least (`patches.offset_labels`): E_d is 0 where x + s is known and infinite elsewhere, and a seam between offsets a and
b costs E_s = |I(x + a) - I(x + b)|² + |I(x' + a) - I(x' + b)|². What is known has offset 0.
At the end the seams' steps are spread by a Poisson equation, within the hole and at its rim (`patches.offset_seams`):
this fill comes blended.

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3, any size.
"""

import dataclasses

import numpy as np
from scipy import ndimage

from holefill import blending
from holefill.blending.arguments import box
from holefill.errors import UserError
from holefill.methods.fill import Fill, each
from holefill.methods.patches import offset_labels, offset_seams, offset_statistics

EXTRA = 64  # offsets added at most for pixels that the dominant ones do not reach
MARGIN = 64  # pixels about the hole's box in which patches are compared, at least


@dataclasses.dataclass(frozen=True)
class Options:
    """How the offsets are found.

    labels: how many offsets, K; patch: the side of the patches; apart: the offsets' least length τ, a share of the
    picture's longer side; region: where patches are compared, the hole's box so many times as large.
    """

    labels: int = 60
    patch: int = 8
    apart: float = 1 / 15
    region: float = 3.0

    def __post_init__(self):
        if not 1 <= self.labels <= 1000:
            raise UserError(f"offsets: labels is {self.labels}; it must be from 1 to 1000")
        if self.patch not in (4, 8, 16):
            raise UserError(f"offsets: patch is {self.patch}; it must be 4, 8 or 16")
        if not 0 <= self.apart <= 0.5:
            raise UserError(f"offsets: apart is {self.apart}; it must be from 0 to 0.5, a share of the longer side")
        if not 1 < self.region:
            raise UserError(f"offsets: region is {self.region}; it must be above 1")


def fill(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Fill each hole with pieces of its picture, moved by dominant offsets; `changes` are `Options`."""
    options = Options(**changes)
    return each(lambda image, hole: _painted(image, hole[..., 0] > 0.5, options), images, holes, candidates)


fill.options = Options


def _painted(image: np.ndarray, hole: np.ndarray, options: Options) -> np.ndarray:
    """One picture [H, W, C] with its hole [H, W] filled."""
    if not hole.any():
        return image
    seen = np.where(hole[..., None], np.float32(0), image)
    offsets = covering(_dominant(seen, hole, options), hole, options.labels, options.patch)
    labels, moved = np.full(hole.shape, -1, np.int16), seen
    if len(offsets):
        labels = offset_labels.solve(seen, hole, offsets)
        moved = offset_seams.montage(seen, hole, labels, offsets)
    blend, settings = blending.get("poisson")
    rest = hole & (labels < 0)
    if rest.any():  # what no offset reaches is a membrane
        moved = blend(moved, np.zeros_like(seen), rest[..., None].astype(np.float32), clip=False)
    return blend(seen, moved, hole[..., None].astype(np.float32), **settings)


def _dominant(seen: np.ndarray, hole: np.ndarray, options: Options) -> np.ndarray:
    """The offsets [N, 2] of patches about the hole, the most frequent first; of smaller patches where there are few."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = max(MARGIN, (options.region - 1) / 2 * max(np.ptp(rows), np.ptp(columns)))
    part = tuple(slice(max(0, int(at[0] - margin)), int(at[-1] + margin) + 1) for at in (rows, columns))
    least, patch = max(1.0, options.apart * max(hole.shape)), options.patch
    while patch > 1:
        found = offset_statistics.dominant(seen[part], ~hole[part], patch, least, 3 * options.labels)
        if len(found):
            return found
        patch //= 2
    return np.zeros((0, 2), np.int32)


def covering(offsets: np.ndarray, hole: np.ndarray, count: int, patch: int) -> np.ndarray:
    """The first `count` offsets that lead somewhere, and those further ones that the rest of the hole needs.

    Where none of them leads from a pixel to a known one, an offset towards the known pixel next to it is added.
    """
    places = np.argwhere(hole)
    left, chosen = np.ones(len(places), bool), []
    for offset in offsets:
        if len(chosen) < count or left.any():
            reached = known_at(hole, places + offset)
            if (reached if len(chosen) < count else reached & left).any():
                chosen.append(offset)
                left &= ~reached
    if left.any() and chosen:
        part = box(hole[..., None], margin=1)
        start = np.array([side.start for side in part])
        depth, nearest = ndimage.distance_transform_edt(hole[part], return_indices=True)
        for _ in range(EXTRA):
            if not left.any():
                break
            here = places[left]
            deepest = here[depth[tuple((here - start).T)].argmax()]
            straight = nearest[:, *(deepest - start)] + start - deepest
            further = np.rint(straight * (1 + patch / np.hypot(*straight))).astype(int)
            chosen.append(further if known_at(hole, (deepest + further)[None])[0] else straight)
            left &= ~known_at(hole, places + chosen[-1])
    return np.array(chosen, np.int32).reshape(-1, 2)


def known_at(hole: np.ndarray, places: np.ndarray) -> np.ndarray:
    """[N] whether places [N, 2] lie in the picture and are known."""
    inside = ((places >= 0) & (places < hole.shape)).all(1)
    at = np.where(inside[:, None], places, 0)
    return inside & ~hole[tuple(at.T)]

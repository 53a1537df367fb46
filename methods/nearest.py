"""Scene completion: the fill is the picture of a data set that fits best to what is known.

J. Hays, A. Efros, "Scene completion using millions of photographs", SIGGRAPH 2007, doi:10.1145/1276377.1276382.
A shortlist of like scenes (section 3, `scene`), of which those come first that differ least from the picture near the
rim of the hole (section 4). Poisson blending does the rest. They move and scale the pictures they found, and look for
the best seam; here a picture lies as it lies in the data set, about the middle.

In and out: images [B, H, W, C] float32 in [-1, 1] with C 1 or 3, any size. The data set's pictures are compared as
squares of `COMPARED` pixels, a picture that is no square being the middle of one; only its train split is used.
"""

import dataclasses
import functools

import numpy as np
from PIL import Image
from scipy import ndimage

from holefill import datasets
from holefill.datasets.image_set import ImageSet
from holefill.datasets.images import fit, to_float
from holefill.errors import UserError
from holefill.methods import candidates as choosing
from holefill.methods import scene, scene_index
from holefill.methods.fill import Fill, check_known

COMPARED = 64  # side at which pictures are compared
STORED = (64, 128, 256)  # sides at which a data set is read to be painted with
CHUNK = 8192  # descriptions compared at once


@dataclasses.dataclass(frozen=True)
class Options:
    """Where to look, and how.

    data: the data set, "celeba" or "folder(limit=1000)"; data_dir: where its files are; largest: side up to which its
    pictures are read (one size larger, four times the disk); shortlist: how many scenes are looked at closely; rim:
    how far from the hole pixels count, the standard deviation in pixels of 64; colour: weight of the small picture,
    of edges 1; tint: weight of differences in value near the rim, of gradients 1.
    """

    data: str | None = None
    data_dir: str | None = None
    largest: int = 256
    shortlist: int = 200
    rim: float = 2.5
    colour: float = 1.0
    tint: float = 0.1

    def __post_init__(self):
        if self.data is None:
            raise UserError(
                "nearest takes its fill from a data set and none is given: give nearest(data='folder',"
                " data_dir='FOLDER'), or, to bin/complete, --data folder --data_dir FOLDER; known:"
                f" {', '.join(datasets.names())}"
            )
        _, options = datasets.get(self.data)
        if "channels" in options:
            raise UserError(f"nearest: {self.data!r} gives channels; leave them out, they are the picture's own")
        if self.largest not in STORED:
            raise UserError(f"nearest: largest is {self.largest}; it must be one of {', '.join(map(str, STORED))}")
        if self.shortlist < 1:
            raise UserError(f"nearest: shortlist is {self.shortlist}; it must be 1 or more")
        if self.rim <= 0:
            raise UserError(f"nearest: rim is {self.rim}; it must be above 0")
        if min(self.colour, self.tint) < 0:
            raise UserError(f"nearest: colour is {self.colour}, tint {self.tint}; they must be 0 or more")


@dataclasses.dataclass(frozen=True)
class Query:
    """A picture as squares of `COMPARED` pixels.

    pixels : float32 [S, S, C], 0 … 255, 0 where nothing is known. known : [S, S, 1], the share of each pixel that is.
    hole : [S, S, 1], the share that is missing (outside a picture that is no square nothing is known or missing).
    """

    pixels: np.ndarray
    known: np.ndarray
    hole: np.ndarray


def fill(images, holes, *, model=None, candidates=1, seed=0, **changes) -> Fill:
    """Fill with the pictures of a data set that fit best, those that differ in the hole; `changes` are `Options`.

    The objective is the mean squared difference near the rim, of gradients and values in [-1, 1].

    Raises
    ------
    UserError
        Where no data set is given, it is unknown, not found or has fewer pictures than `candidates`, or nothing of a
        picture is known.
    """
    options = Options(**changes)
    check_known(holes)
    side, channels = max(images.shape[1:3]), images.shape[-1]
    seen = _pictures(options.data, options.data_dir, COMPARED, channels)
    if candidates > len(seen):
        raise UserError(f"{candidates} candidates wanted: {options.data} has {len(seen)} pictures; ask for fewer")
    described = scene_index.index(seen)
    painted = functools.partial(_painted, options, side, channels)
    filled, objective = [], []
    for image, hole in zip(images, holes, strict=True):
        rows, values = _best(query(image, hole), seen, described, options, candidates)
        whole = not hole.any()  # nothing to look for: the picture fits itself
        filled.append([image if whole else painted(row, *image.shape[:2]) for row in rows])
        objective.append(values)
    return Fill(np.asarray(filled, np.float32), np.asarray(objective, np.float32))


fill.options = Options


def query(image: np.ndarray, hole: np.ndarray) -> Query:
    """A picture [H, W, C] in [-1, 1] as it is compared; what lies under its hole [H, W, 1] is left out."""
    known, missing = (_squared(np.where(hole > 0.5, *of), COMPARED) for of in ((0.0, 1.0), (1.0, 0.0)))
    total = _squared(np.where(hole > 0.5, 0, (image + 1) * np.float32(127.5)), COMPARED)
    return Query(np.where(known > 1e-3, total / np.maximum(known, 1e-3), 0), known, missing)


def _squared(array: np.ndarray, side: int) -> np.ndarray:
    """[H, W, C] in the middle of a square of zeros, as means over the pixels of [side, side, C]."""
    height, width = array.shape[:2]
    most = max(height, width)
    top, left = (most - height) // 2, (most - width) // 2
    square = np.zeros((most, most, array.shape[-1]), np.float32)
    square[top : top + height, left : left + width] = array
    planes = (Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(square, -1, 0))
    return np.stack([np.asarray(plane.resize((side, side), Image.Resampling.BILINEAR)) for plane in planes], -1)


def _best(asked: Query, seen: ImageSet, described: np.ndarray, options: Options, count: int):
    """The `count` best pictures that differ in the hole: their rows, and their differences near the rim."""
    apart = _scene_differences(asked, described, options.colour)
    rows = np.sort(np.argsort(apart, kind="stable")[: max(options.shortlist, count)])
    pictures = np.asarray(seen.images[rows], np.float32)
    differences = _rim_differences(asked, pictures, options)
    order = np.argsort(differences, kind="stable")
    if count > 1:
        chosen = choosing.choose(pictures[order] / np.float32(127.5) - 1, asked.hole, count)
        order = order[chosen]
    return rows[order[:count]], differences[order[:count]]


def _scene_differences(asked: Query, described: np.ndarray, colour: float) -> np.ndarray:
    """[N] how far each picture's description is from the query's: weighted means of squared differences."""
    (features,), (weights,) = scene.describe(asked.pixels[None], asked.known[None])
    edges = scene.edge_count()
    for part, share in ((slice(None, edges), 1.0), (slice(edges, None), colour)):
        weights[part] *= share / max(weights[part].sum(), 1e-6)
    chunks = (described[start : start + CHUNK] for start in range(0, len(described), CHUNK))
    return np.concatenate([np.square(chunk - features) @ weights for chunk in chunks])


def _rim_differences(asked: Query, pictures: np.ndarray, options: Options) -> np.ndarray:
    """[N] squared differences near the hole of gradients, which a Poisson blend keeps, and a little of values.

    An even tint, which the blend takes out, is no difference.
    """
    distance = ndimage.distance_transform_edt(asked.hole == 0) if asked.hole.any() else np.zeros_like(asked.hole)
    weights = asked.known * np.exp(-np.square(distance / options.rim) / 2).astype(np.float32)
    weights /= max(weights.sum(), 1e-30)
    apart = (pictures - asked.pixels) / np.float32(127.5)
    untinted = apart - (apart * weights).sum((1, 2), keepdims=True)
    total = options.tint * (np.square(untinted) * weights).sum((1, 2)).mean(-1)
    for axis in (0, 1):
        both = np.minimum(*(np.delete(weights, end, axis) for end in (0, -1)))
        total += (np.square(np.diff(apart, axis=1 + axis)) * both).sum((1, 2)).mean(-1)
    return total


def _painted(options: Options, side: int, channels: int, row: int, height: int, width: int) -> np.ndarray:
    """A picture of the data set, [height, width, C] in [-1, 1]: the middle of a square of `side`."""
    enough = next((size for size in STORED if size >= min(side, options.largest)), options.largest)
    stored = _pictures(options.data, options.data_dir, enough, channels).images[row]
    square = to_float(stored) if side == enough else fit(to_float(stored), side)
    top, left = (side - height) // 2, (side - width) // 2
    return square[top : top + height, left : left + width]


@functools.lru_cache(maxsize=2)
def _pictures(data: str, data_dir: str | None, size: int, channels: int) -> ImageSet:
    """The train split of a data set: looked up once, and held as it was then."""
    loader, options = datasets.get(data)
    return loader("train", data_dir=data_dir, image_size=size, channels=channels, **options)

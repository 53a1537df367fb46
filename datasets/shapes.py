"""Procedural pictures that need no files: plain faces of ellipses, bars and stripes on colour gradients.

Each is nearly left-right symmetric: a head with hair, two like eyes, a nose and a mouth, and a striped shirt, so that
what a hole hides can be told from what is left. Out: uint8 [N, S, S, C], 0 … 255.

Picture i of a split depends on (seed, split, i) alone: `limit` and the counts change no other picture. Positions and
radii are in units of half the picture, x to the right and y down, the origin in the middle.
"""

import numpy as np

from holefill.datasets.image_set import SPLITS, ImageSet, check_request
from holefill.errors import UserError

CHUNK_PIXELS = 1 << 16  # painted at once: small enough to stay in the processor's cache
N_RANDOM = 40  # random numbers a picture


def shapes(
    split: str = "train",
    *,
    data_dir=None,
    image_size: int = 64,
    limit: int | None = None,
    channels: int = 3,
    seed: int = 0,
    train: int = 2000,
    validation: int = 200,
    test: int = 200,
) -> ImageSet:
    """One split of the drawn faces.

    Parameters
    ----------
    split : "train", "validation" or "test"
    data_dir : ignored; there are no files
    image_size : side S in pixels
    limit : only the first so many
    channels : 3 or 1 (grey, ITU-R 601 luma)
    seed : of the drawing, 0 or more
    train, validation, test : how many pictures each split has

    Returns
    -------
    ImageSet with images uint8 [N, S, S, channels]
    """
    check_request(split, image_size, limit, channels)
    count = {"train": train, "validation": validation, "test": test}[split]
    if count < 1:
        raise UserError(f"shapes has {count} pictures for the {split} split: wanted {split}=1 or more")
    count = min(count, limit or count)
    chance = np.random.default_rng([seed, SPLITS.index(split)]).random((count, N_RANDOM), dtype=np.float32)
    images = np.empty([count, image_size, image_size, channels], np.uint8)
    chunk = max(1, CHUNK_PIXELS // image_size**2)
    for start in range(0, count, chunk):
        images[start : start + chunk] = draw(chance[start : start + chunk], image_size, channels)
    return ImageSet(images, [f"{split}/{i:06d}" for i in range(count)])


def draw(chance: np.ndarray, size: int, channels: int) -> np.ndarray:
    """Faces from uniform numbers [N, N_RANDOM] in [0, 1): uint8 [N, size, size, channels]."""
    canvas = _Canvas(chance, size)
    canvas.gradient()
    centre, top = canvas.between(-0.08, 0.08), canvas.between(-0.12, 0.0)
    skin, hair, shirt, stripe, iris, lips = (canvas.colour(*tone) for tone in TONES)
    width, height = canvas.between(0.42, 0.55), canvas.between(0.56, 0.68)

    canvas.ellipse(centre, top - 0.14, width + canvas.between(0.08, 0.16), height + 0.04, hair)
    canvas.bar(centre, top + 0.6, 0.2, 0.3, skin * 0.9)
    canvas.ellipse(centre, 1.25, canvas.between(0.75, 1.0), 0.5, shirt)
    canvas.stripes(centre, canvas.between(0.08, 0.16), 1.25, 0.5, stripe)
    canvas.ellipse(centre, top, width, height, skin)
    eye_x, eye_y = canvas.between(0.19, 0.25), top - canvas.between(0.06, 0.14)
    eye, brow = canvas.between(0.085, 0.12), canvas.between(0.12, 0.17)
    for side in (-1, 1):
        canvas.ellipse(centre + side * eye_x, eye_y, eye * 1.25, eye * 0.8, np.full_like(skin, 245))
        canvas.ellipse(centre + side * eye_x, eye_y, eye * 0.6, eye * 0.7, iris)
        canvas.bar(centre + side * eye_x, eye_y - brow, eye * 1.3, 0.025, hair)
    canvas.ellipse(centre, top + 0.1, 0.05, canvas.between(0.08, 0.14), skin * 0.78)
    canvas.ellipse(centre, top + 0.33, canvas.between(0.1, 0.22), canvas.between(0.03, 0.08), lips)
    return canvas.pixels(channels)


TONES = (  # lightest and darkest of skin, hair, shirt, stripes, iris, lips: RGB, 0 … 255
    ((250, 215, 185), (150, 95, 65)),
    ((225, 185, 110), (35, 22, 18)),
    ((240, 240, 250), (20, 20, 60)),
    ((250, 230, 120), (120, 20, 40)),
    ((110, 160, 220), (45, 28, 18)),
    ((215, 105, 105), (140, 45, 55)),
)


class _Canvas:
    """N pictures painted at once; every argument is a number or an array [N], a colour is [N, 3]."""

    def __init__(self, chance: np.ndarray, size: int):
        self._chance = iter(chance.T)
        axis = (np.arange(size, dtype=np.float32) + 0.5) * (2 / size) - 1
        self._x, self._y, self._size = axis[None, None, :], axis[None, :, None], size
        self._image = np.zeros([3, len(chance), size, size], np.float32)

    def between(self, low: float, high: float) -> np.ndarray:
        return low + (high - low) * next(self._chance)

    def colour(self, light, dark) -> np.ndarray:
        share = next(self._chance)[:, None]
        return np.float32(light) * (1 - share) + np.float32(dark) * share

    def gradient(self) -> None:
        first, second = (np.stack([self.between(30, 230) for _ in range(3)], -1) for _ in range(2))
        share = (self._y + 1) / 2
        for plane, begin, end in zip(self._image, first.T, second.T, strict=True):
            plane[:] = _wide(begin) * (1 - share) + _wide(end) * share

    def ellipse(self, x, y, radius_x, radius_y, colour) -> None:
        self._paint(self._inside_ellipse(x, y, radius_x, radius_y), colour)

    def bar(self, x, y, half_width, half_height, colour) -> None:
        across = self._edge(_wide(half_width) - np.abs(self._x - _wide(x)))
        self._paint(across * self._edge(_wide(half_height) - np.abs(self._y - _wide(y))), colour)

    def stripes(self, x, period, y, radius_y, colour) -> None:
        """Upright stripes, symmetric about x, in the ellipse of half width 0.75 at (x, y)."""
        wave = np.cos((self._x - _wide(x)) * (2 * np.pi / _wide(period)))
        self._paint(self._edge(wave * _wide(period) / 6) * self._inside_ellipse(x, y, 0.75, radius_y), colour)

    def pixels(self, channels: int) -> np.ndarray:
        planes = self._image if channels == 3 else np.tensordot(np.float32([[0.299, 0.587, 0.114]]), self._image, 1)
        return np.moveaxis(np.clip(np.rint(planes), 0, 255).astype(np.uint8), 0, -1)

    def _inside_ellipse(self, x, y, radius_x, radius_y) -> np.ndarray:
        a, b = _wide(radius_x), _wide(radius_y)
        radius = np.sqrt(((self._x - _wide(x)) / a) ** 2 + ((self._y - _wide(y)) / b) ** 2)
        return self._edge((1 - radius) * np.minimum(a, b))

    def _edge(self, distance: np.ndarray) -> np.ndarray:
        """Coverage 0 … 1 of a pixel at this signed distance inside an edge."""
        return np.clip(distance * (self._size / 2) + 0.5, 0, 1)

    def _paint(self, coverage: np.ndarray, colour: np.ndarray) -> None:
        for plane, tone in zip(self._image, colour.T, strict=True):
            plane += coverage * (_wide(tone) - plane)


def _wide(value) -> np.ndarray:
    return np.reshape(np.float32(value), [-1, 1, 1])

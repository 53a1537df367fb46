"""A network that sees a face's 68 landmarks, also where they are missing: what dlib finds, with a gradient.

A chain of 3×3 convolutions of stride 2 with batch normalisation and leaky ReLU, and two dense layers; ours. It learns
dlib's own points (`training.landmarks`). It sees a picture with its hole, as a latent model's encoder does, and says
how sure it is: each coordinate gets the location and the scale b of a Laplace distribution, density exp(−|t − p| / b)
÷ 2b. Of a whole picture it gives what is there, of a damaged one what is to be expected there.

In: [image × known, hole] [B, S, S, C + 1], images in [-1, 1], 1 = missing. Out: [B, 272] float32, the 136 coordinates
x₀, y₀, x₁, … as shares of the side (the first pixel's centre at 0.5 / S), and the 136 logarithms of their scales.
"""

import dataclasses
import json
import math
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from holefill.errors import UserError
from holefill.models import arrays
from holefill.models.pixels import look
from holefill.models.presets import WEIGHTS
from holefill.registry import check_options

POINTS = 68
DESCRIPTION = "landmarks.json"  # not model.json: this is no latent model


@dataclasses.dataclass(frozen=True)
class Options:
    """Shape of the network: side S, 32 to 256; channels C, 1 or 3; width of the first map; units of the dense layer."""

    image_size: int = 64
    channels: int = 3
    width: int = 32
    units: int = 256

    def __post_init__(self):
        for name, wanted in {"image_size": (32, 64, 128, 256), "channels": (1, 3)}.items():
            if getattr(self, name) not in wanted:
                raise UserError(f"landmark network: {name} is {getattr(self, name)!r}; wanted one of {wanted}")
        for name in ("width", "units"):
            if getattr(self, name) < 1:
                raise UserError(f"landmark network: {name} is {getattr(self, name)}; wanted 1 or more")


def build(mean_face=None, **options) -> keras.Model:
    """A new network with random weights that begins by answering `mean_face` [68, 2] (shares; None: the middle)."""
    how = Options(**check_options(Options, options, "landmarks"))
    x = seen = keras.Input((how.image_size, how.image_size, how.channels + 1), name="seen")
    for i in range(int(math.log2(how.image_size // 4))):
        x = layers.Conv2D(how.width * min(2**i, 8), 3, 2, padding="same", use_bias=False, name=f"down{i}")(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"down{i}_norm")(x)
        x = layers.LeakyReLU(0.2, name=f"down{i}_relu")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(how.units, use_bias=False, name="dense")(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name="dense_norm")(x)
    x = layers.LeakyReLU(0.2, name="dense_relu")(x)
    near_mean = keras.initializers.RandomNormal(0.0, 0.001)
    x = layers.Dense(4 * POINTS, kernel_initializer=near_mean, dtype="float32", name="landmarks")(x)
    network = keras.Model(seen, x, name="landmarks")
    start = np.full((POINTS, 2), 0.5) if mean_face is None else np.asarray(mean_face)
    network.get_layer("landmarks").bias.assign(np.concatenate([start.ravel(), np.full(2 * POINTS, -3.0)]))
    return network


def read(outputs, size: int):
    """Outputs [B, 272] → points (x, y) and their scales, both [B, 68, 2], in pixels of a picture of side `size`."""
    points, scales = ops.split(ops.reshape(outputs, (-1, 2, POINTS, 2)), 2, axis=1)
    return size * points[:, 0] - 0.5, size * ops.exp(scales[:, 0])


def points(network: keras.Model, images, holes=None, batch_size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Points and scales, both [B, 68, 2] float32 in pixels, of B ≥ 0 pictures in batches; for `look`."""
    found = [np.zeros((0, 4 * POINTS), np.float32)]
    for start in range(0, len(images), batch_size):
        part = slice(start, start + batch_size)
        seen = look(ops.convert_to_tensor(images[part]), None if holes is None else ops.convert_to_tensor(holes[part]))
        found.append(np.asarray(network(seen, training=False)))
    return tuple(np.asarray(x) for x in read(np.concatenate(found), images.shape[1]))


def save(network: keras.Model, folder, card: dict | None = None) -> Path:
    """Write `weights.npz` (float16) and `landmarks.json` into `folder`, made if missing."""
    size, channels = network.input.shape[1], network.input.shape[3] - 1
    first, dense = network.get_layer("down0"), network.get_layer("dense")
    options = Options(size, channels, first.filters, dense.units)
    about = {"options": dataclasses.asdict(options), "card": card or {}}
    return arrays.save(folder, arrays.by_path(network), DESCRIPTION, about)


def load(name="landmarks64") -> keras.Model:
    """The network that ships by that name, or one in a folder that `save` wrote.

    Raises
    ------
    UserError
        Where there is none, or its files are damaged.
    """
    folder = WEIGHTS / str(name) if (WEIGHTS / str(name) / DESCRIPTION).is_file() else Path(name)
    if not (folder / DESCRIPTION).is_file():
        shipped = ", ".join(sorted(path.parent.name for path in WEIGHTS.glob(f"*/{DESCRIPTION}"))) or "none"
        raise UserError(f"no landmark network {str(name)!r}: wanted one that ships ({shipped}) or a folder with one")
    try:
        network = build(**json.loads((folder / DESCRIPTION).read_text())["options"])
        arrays.load(folder, arrays.by_path(network))
    except Exception as error:  # json, zipfile, zlib, NumPy and Keras each raise their own on broken files
        raise UserError(f"cannot read the landmark network in {folder}: {arrays.why(error)}") from error
    return network

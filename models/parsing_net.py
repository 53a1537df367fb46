"""A network that says of each pixel which part of a face it shows: the parsing network of Generative Face Completion.

`parsing`: ours, small. A U-shaped network of 3 × 3 convolutions, batch normalisation, leaky ReLU; 0.5 GFLOP a
picture of 64 × 64.

`parsing@paper` (Li et al., CVPR 2017, arXiv:1704.05838, section 3.3): VGG-19's sixteen convolutions (64 × 2, 128 × 2,
256 × 4, 512 × 4, 512 × 4), each group with a 2 × 2 maximum behind it, and six convolutions back to the picture's size,
with dropout. How the six are made is not published: here each of five follows a doubling of the side (512, 512, 256,
128, 64) and the sixth gives the logits; half is dropped after the first three. No weights of ImageNet are used.

In: images [B, H, W, C] in [-1, 1], H and W multiples of 8 (32). Out: logits [B, H, W, 11], float32; the classes are
those of `faces.parts` and `datasets.label_maps`.
"""

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
from keras import layers

from holefill.errors import UserError
from holefill.models import arrays
from holefill.registry import check_options, unknown

CLASSES = 11
DESCRIPTION = "parsing.json"  # not model.json: this completes nothing
VGG = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))
BACK = (512, 512, 256, 128, 64)


@dataclasses.dataclass(frozen=True)
class Options:
    """kind: "parsing" or "parsing@paper"; image_size: of the pictures it is trained on, a multiple of 32; channels: 1
    or 3; width: of the first map ("parsing" alone)."""

    kind: str = "parsing"
    image_size: int = 64
    channels: int = 3
    width: int = 24

    def __post_init__(self):
        if self.kind not in KINDS:
            raise UserError(unknown(self.kind, KINDS, "parsing network"))
        if self.image_size < 32 or self.image_size % 32:
            raise UserError(f"parsing network: image_size is {self.image_size!r}; wanted a multiple of 32")
        if self.channels not in (1, 3):
            raise UserError(f"parsing network: channels is {self.channels!r}; wanted 1 or 3")
        if self.width < 1:
            raise UserError(f"parsing network: width is {self.width!r}; wanted 1 or more")


def build(precision="float32", **options) -> keras.Model:
    """A new network with random weights."""
    how = Options(**check_options(Options, options, "parsing"))
    images = keras.Input((None, None, how.channels), name="images")
    x = KINDS[how.kind](images, how, precision)
    x = layers.Conv2D(CLASSES, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model(images, x, name="parsing")


def _small(x, how, precision):
    widths = [how.width * n for n in (1, 2, 4, 6)]
    x, skipped = _normalised(x, widths[0], "start", precision), []
    for i, width in enumerate(widths[1:]):
        skipped.append(x)
        x = _normalised(x, width, f"down{i}", precision, strides=2)
        x = _normalised(x, width, f"down{i}_more", precision)
    for i in (2, 1, 0):
        x = layers.UpSampling2D(2, dtype=precision, name=f"up{i}_twice")(x)
        x = layers.Concatenate(dtype=precision, name=f"up{i}_beside")([x, skipped[i]])
        x = _normalised(x, widths[i], f"up{i}", precision)
    return x


def _normalised(x, width, name, precision, strides=1):
    """Convolution, batch normalisation, leaky ReLU."""
    how = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal", "dtype": precision}
    x = layers.Conv2D(width, 3, strides, name=name, **how)(x)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=precision, name=f"{name}_norm")(x)
    return layers.LeakyReLU(0.2, dtype=precision, name=f"{name}_relu")(x)


def _paper(x, how, precision):
    like = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal", "dtype": precision}
    for i, (width, count) in enumerate(VGG):
        for j in range(count):
            x = layers.Conv2D(width, 3, name=f"conv{i + 1}_{j + 1}", **like)(x)
        x = layers.MaxPooling2D(2, dtype=precision, name=f"pool{i + 1}")(x)
    for i, width in enumerate(BACK):
        x = layers.UpSampling2D(2, dtype=precision, name=f"up{i}_twice")(x)
        x = layers.Conv2D(width, 3, name=f"up{i}", **like)(x)
        if i < 3:
            x = layers.Dropout(0.5, dtype=precision, name=f"up{i}_dropped")(x)
    return x


KINDS = {"parsing": _small, "parsing@paper": _paper}


def labels(network: keras.Model, images, batch_size: int = 64) -> np.ndarray:
    """The part that each pixel most likely shows, uint8 [B, H, W], of images [B, H, W, C] in [-1, 1], B ≥ 0."""
    found = [np.zeros((0, *images.shape[1:3]), np.uint8)]
    for start in range(0, len(images), batch_size):
        logits = np.asarray(network(images[start : start + batch_size], training=False))
        found.append(logits.argmax(-1).astype(np.uint8))
    return np.concatenate(found)


def save(network: keras.Model, options: Options, folder, card: dict | None = None) -> Path:
    """Write `weights.npz` (float16) and `parsing.json` into `folder`, made if missing."""
    about = {"options": dataclasses.asdict(options), "card": card or {}}
    return arrays.save(folder, arrays.by_path(network), DESCRIPTION, about)


def options_of(folder) -> Options:
    """What the network in a folder was built with; UserError where there is none, or its description is damaged."""
    path = Path(folder) / DESCRIPTION
    if not path.is_file():
        raise UserError(f"no parsing network in {str(folder)!r}: wanted a folder that benchmarks/parsing.py wrote")
    try:
        return Options(**check_options(Options, json.loads(path.read_text())["options"], "parsing"))
    except Exception as error:  # json's own, KeyError, TypeError
        raise UserError(f"cannot read the parsing network in {folder}: {arrays.why(error)}") from error


def load(folder, precision="float32") -> keras.Model:
    """The network in a folder that `save` wrote.

    Raises
    ------
    UserError
        Where there is none, or its files are damaged.
    """
    options = options_of(folder)
    try:
        network = build(precision, **dataclasses.asdict(options))
        arrays.load(folder, arrays.by_path(network))
    except Exception as error:  # zipfile, zlib, NumPy and Keras each raise their own on broken files
        raise UserError(f"cannot read the parsing network in {folder}: {arrays.why(error)}") from error
    return network

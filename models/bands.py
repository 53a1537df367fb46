"""The last layer of our painters: what it makes are bands and colours of small blocks of pixels, not the pixels.

A block of n × n pixels changes far less from one pixel to the next than as a whole, and far less in its tint than in
its brightness. A layer that makes each pixel by itself has to learn that these differences are nearly nothing; what it
has not learnt, or what an optimiser whose steps are as large for all its numbers shakes, is seen as a weave of 2 pixels
and as false colours. So here it makes the cosine transform of each block, of the mean colour and of what differs from
it in two ways, each in a share that falls as pictures' amplitudes do, about as the frequency rises (D. Field,
"Relations between the statistics of natural images and the response properties of cortical cells", JOSA A 1987).
"""

import keras
import numpy as np
from keras import ops

from holefill.models.pixels import Rearranged

FALL = 6.0
TINT = 0.25
COLOURS = (1, 1, 1), (1.5**0.5, 0, -(1.5**0.5)), (0.5**0.5, -(2**0.5), 0.5**0.5)  # of red, green, blue


def shares(n: int, channels: int) -> np.ndarray:
    """A number for each band and colour, [n²C]: 1 / (1 + `FALL` f), f the sum of its two frequencies, in units of
    the highest that pixels can hold, a period of 2; of tints `TINT` of that."""
    waves = np.arange(n) / n
    bands = 1 / (1 + FALL * (waves[:, None] + waves))
    return np.multiply.outer(bands.ravel(), [1, TINT, TINT] if channels == 3 else [1]).ravel()


def transform(n: int, channels: int) -> np.ndarray:
    """A row for each band and colour, a column for each pixel and channel, [n²C, n²C]; rows are at right angles, and
    all as long as that of the mean colour, which is 1 in each pixel and channel."""
    waves = np.arange(n)[:, None]
    cosines = np.where(waves == 0, 1, 2**0.5) * np.cos(np.pi * waves * (np.arange(n) + 0.5) / n)
    return np.kron(np.kron(cosines, cosines), np.array(COLOURS if channels == 3 else [[1]]))


def to_pixels(made, n: int, channels: int):
    """Bands and colours [..., n²C] as the pixels that they are of, [..., n²C]."""
    return made @ (shares(n, channels)[:, None] * transform(n, channels)).astype(made.dtype)


def of_pixels(made, n: int, channels: int):
    """What `to_pixels` makes these pixels of, [..., n²C] → [..., n²C]."""
    matrix = transform(n, channels).T / (n * n * channels) / shares(n, channels)
    return made @ matrix.astype(made.dtype)


def painted(x, n: int, channels: int, name: str, begin="glorot_uniform", biases: bool = True):
    """[B, H, W, F] → pictures [B, nH, nW, C], without bounds, float32: a 3 × 3 convolution to bands, and their pixels.

    name: what the layers' names begin with; begin: what the kernel begins with; biases: whether the layer has them.
    """
    how = {"padding": "same", "kernel_initializer": begin, "use_bias": biases, "dtype": "float32"}
    x = keras.layers.Conv2D(n * n * channels, 3, name=f"{name}bands", **how)(x)
    x = FromBands(n, dtype="float32", name=f"{name}bands_to_pixels")(x)
    return Rearranged(n, down=False, dtype="float32", name=f"{name}channels_to_pixels")(x) if n > 1 else x


@keras.saving.register_keras_serializable("holefill")
class FromBands(keras.layers.Layer):
    """n²C bands and colours of blocks of n × n pixels → those pixels, still as channels: [B, H, W, n²C]."""

    def __init__(self, n: int, **more):
        super().__init__(**more)
        self.n = n

    def call(self, x):
        count = x.shape[-1]
        matrix = to_pixels(np.eye(count), self.n, count // self.n**2)
        return ops.matmul(x, ops.convert_to_tensor(matrix, x.dtype))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "n": self.n}

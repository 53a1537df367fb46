"""The discriminator of GLCIC (Iizuka et al. 2017, doi:10.1145/3072959.3073659): a global and a local one, and one word.

One looks at the picture, one at a window around the hole. Each is a stack of 5 × 5 convolutions of stride 2 and a fully
connected layer; what they find is concatenated and one linear layer judges it. The paper has six convolutions for its
256 pixels and five for its window of 128, so that 4 × 4 are left; for smaller pictures the last ones are left out:
log₂(side / 4), rounded, are there. That is what its authors' CelebA setting of 160 and 96 pixels has (five and five),
and 4 and 3 for 64 and 32.

In: `images` [B, S, S, C] and `patches` [B, L, L, C], in [-1, 1]. Out: logits [B, 1], float32, large for real.
"""

import math

import keras
from keras import layers

MOST = 8  # times the first layer's channels; the layers double up to it


def global_local(size: int, window: int, channels: int, precision="float32", width=64, paper=True) -> keras.Model:
    """The discriminator, with `width` channels in its first layer: 64 as published.

    `paper`: batch normalisation and ReLU; else neither normalisation nor ReLU, but leaky ReLU 0.2, which is to be
    trained with an R1 penalty.
    """
    images = keras.Input((size, size, channels), name="images")
    patches = keras.Input((window, window, channels), name="patches")
    found = [
        _trunk(x, side, f"{name}_", precision, width, paper)
        for x, side, name in ((images, size, "global"), (patches, window, "local"))
    ]
    x = layers.Concatenate(dtype="float32", name="both")(found)
    return keras.Model([images, patches], layers.Dense(1, dtype="float32", name="logits")(x), name="judge")


def depth(side: int) -> int:
    """The number of convolutions that look at `side` pixels."""
    return max(1, round(math.log2(side / 4)))


def _trunk(x, side, name, precision, width, paper):
    for i in range(depth(side)):
        filters = width * min(2**i, MOST)
        x = layers.Conv2D(filters, 5, 2, padding="same", dtype=precision, name=f"{name}down{i}")(x)
        if paper:
            x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=precision, name=f"{name}norm{i}")(x)
        x = _relu(x, paper, precision, f"{name}relu{i}")
    x = layers.Flatten(dtype=precision, name=f"{name}flat")(x)
    x = layers.Dense(16 * width, dtype=precision, name=f"{name}features")(x)
    return _relu(x, paper, precision, f"{name}features_relu")


def _relu(x, paper, precision, name):
    if paper:
        return layers.ReLU(dtype=precision, name=name)(x)
    return layers.LeakyReLU(0.2, dtype=precision, name=name)(x)

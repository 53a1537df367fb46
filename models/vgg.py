"""VGG-19's and VGG-16's convolutions, whose features say what a texture is: pictures → features of the layers named.

K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015
(arXiv:1409.1556), configurations E and D: five blocks of 3 × 3 convolutions, each with its ReLU, and between blocks the
maximum of 2 × 2. Layer by layer, with the names that Keras gives them: what papers call relu4_1 is block4_conv1.
VGG-16's layers are VGG-19's but relu3_4, relu4_4 and relu5_4.

In: what `as_learnt` makes of pictures [B, H, W, 3] RGB in [-1, 1] of any size, since the weights were learnt on BGR
values of 0 … 255 less their means over ImageNet. Out (`features`): a list of [B, H // s, W // s, C], one a layer, where
s = 1, 2, 4, 8, 16 in blocks 1 … 5. Weights are read from a file by `vgg_weights`; without one they are random.
"""

import keras
import numpy as np
from keras import ops

from holefill.errors import UserError

CHANNELS = (64, 128, 256, 512, 512)  # of each block
CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}


def layers_of(configuration: str) -> dict:
    """Each layer of "vgg16" or "vgg19" by name: its channels, and pixels a side of a feature's cell."""
    return {
        f"block{block}_conv{n}": (channels, 2 ** (block - 1))
        for block, (channels, convolutions) in enumerate(zip(CHANNELS, CONVOLUTIONS[configuration], strict=True), 1)
        for n in range(1, convolutions + 1)
    }


LAYERS = layers_of("vgg19")  # VGG-16's among them
MEANS = (103.939, 116.779, 123.68)  # of blue, green and red over ImageNet


def layer_name(name: str) -> str:
    """Keras's name of a layer: "relu4_1" → "block4_conv1", which is itself one.

    Raises
    ------
    UserError
        Where not even VGG-19 has such a layer.
    """
    block, _, number = str(name).removeprefix("relu").partition("_")
    found = name if name in LAYERS else f"block{block}_conv{number}"
    if found not in LAYERS:
        raise UserError(f"VGG-19 has no layer {name!r}: wanted relu1_1, relu1_2, relu2_1, … relu5_4")
    return found


def as_learnt(images):
    """RGB in [-1, 1] → the values that the weights were learnt on; [..., 3]."""
    return ops.flip((images + 1) * 127.5, axis=-1) - ops.convert_to_tensor(np.float32(MEANS))


def features(network: keras.Model, images) -> list:
    """The features of images [B, H, W, 3] in [-1, 1], one array a layer in the order of the network's."""
    return keras.tree.flatten(network(as_learnt(images), training=False))


def reach(layer: str) -> int:
    """How far from a feature's cell the pixels are that it depends on, in pixels: 30 for block4_conv1, VGG-16's 26."""
    far = 0
    for name, (_, cell) in LAYERS.items():
        far += cell
        if name == layer:
            return far


def network(layers, precision: str = "float32", seed: int = 0, configuration: str = "vgg19") -> keras.Model:
    """The network up to the deepest of `layers`, with random weights: `as_learnt` values → a list of features.

    He-normal weights (He et al. 2015, arXiv:1502.01852) of the seed, biases 0. `precision` is a Keras dtype policy.

    Raises
    ------
    UserError
        Where the configuration, "vgg19" or "vgg16", lacks one of the layers.
    """
    wanted, there = [layer_name(layer) for layer in layers], layers_of(configuration)
    for name in wanted:
        if name not in there:
            raise UserError(f"{configuration} has no layer {name}: name another, or give VGG-19's weights")
    x, found = keras.Input((None, None, 3), name="pictures"), {}
    inputs = x
    deepest = max(list(there).index(layer) for layer in wanted)
    for number, (name, (channels, cell)) in enumerate(list(there.items())[: deepest + 1]):
        if name.endswith("conv1") and cell > 1:
            x = keras.layers.MaxPooling2D(2, name=f"{name[:6]}_input", dtype=precision)(x)
        x = found[name] = keras.layers.Conv2D(
            channels,
            3,
            padding="same",
            activation="relu",
            kernel_initializer=keras.initializers.HeNormal(seed * 100 + number),
            dtype=precision,
            name=name,
        )(x)
    return keras.Model(inputs, [found[name] for name in wanted], name=configuration)

"""VGG-19's convolutions, whose features say what a texture is: pictures → features of the layers that are named.

K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015
(arXiv:1409.1556), configuration E: five blocks of 3 × 3 convolutions, each with its ReLU, and between blocks the
maximum of 2 × 2. Layer by layer, with the names that Keras gives them: what papers call relu4_1 is block4_conv1.

In: what `as_learnt` makes of pictures [B, H, W, 3] RGB in [-1, 1] of any size, since the weights were learnt on BGR
values of 0 … 255 less their means over ImageNet. Out (`features`): a list of [B, H // s, W // s, C], one a layer, where
s = 1, 2, 4, 8, 16 in blocks 1 … 5. Weights are read from a file by `vgg_weights`; without one they are random.
"""

import keras
import numpy as np
from keras import ops

from holefill.errors import UserError

BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))  # channels and convolutions of each
LAYERS = {
    f"block{block}_conv{n}": (channels, 2 ** (block - 1))  # channels, and pixels a side of a feature's cell
    for block, (channels, convolutions) in enumerate(BLOCKS, 1)
    for n in range(1, convolutions + 1)
}
MEANS = (103.939, 116.779, 123.68)  # of blue, green and red over ImageNet


def layer_name(name: str) -> str:
    """Keras's name of a layer: "relu4_1" → "block4_conv1", which is itself one.

    Raises
    ------
    UserError
        Where VGG-19 has no such layer.
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
    """How far from a feature's cell the pixels are that it depends on, in pixels: 30 for block4_conv1."""
    far = 0
    for name, (_, cell) in LAYERS.items():
        far += cell
        if name == layer:
            return far


def network(layers, precision: str = "float32", seed: int = 0) -> keras.Model:
    """The network up to the deepest of `layers`, with random weights: `as_learnt` values → a list of features.

    He-normal weights (He et al. 2015, arXiv:1502.01852) of the seed, biases 0. `precision` is a Keras dtype policy.
    """
    wanted = [layer_name(layer) for layer in layers]
    x, found = keras.Input((None, None, 3), name="pictures"), {}
    inputs = x
    deepest = max(list(LAYERS).index(layer) for layer in wanted)
    for number, (name, (channels, cell)) in enumerate(list(LAYERS.items())[: deepest + 1]):
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
    return keras.Model(inputs, [found[name] for name in wanted], name="vgg19")

"""Discriminators that several one-pass systems share.

In: images [B, H, W, C] in [-1, 1]. Out: logits, float32, large for real; and features.
"""

import keras
from keras import layers


def patches(channels: int, precision="float32", width: int = 48) -> keras.Model:
    """A discriminator of patches (PatchGAN, Isola et al. 2017, arXiv:1611.07004): logits [B, H/8, W/8, 1] and features.

    4 × 4 convolutions of stride 2, leaky ReLU 0.2, no normalisation: it is to be trained with an R1 penalty. The
    features are what follows each leaky ReLU.
    """
    x = images = keras.Input((None, None, channels), name="images")
    features = []
    for name, wide, kernel, strides in (
        *((f"down{i}", width * 2**i, 4, 2) for i in range(3)),
        ("look", 4 * width, 3, 1),
    ):
        x = layers.Conv2D(wide, kernel, strides, padding="same", dtype=precision, name=name)(x)
        x = layers.LeakyReLU(0.2, dtype=precision, name=f"{name}_relu")(x)
        features.append(x)
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model(images, [logits, *features], name="judge")

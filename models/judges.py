"""Discriminators that several one-pass systems share.

In: images [B, H, W, C] in [-1, 1]. Out: logits, float32, large for real.
"""

import keras
from keras import layers


def patches(channels: int, precision="float32", width: int = 48) -> keras.Model:
    """A discriminator of patches (PatchGAN, Isola et al. 2017, arXiv:1611.07004): logits [B, H/8, W/8, 1].

    4 × 4 convolutions of stride 2, leaky ReLU 0.2, no normalisation: it is to be trained with an R1 penalty.
    """
    x = images = keras.Input((None, None, channels), name="images")
    for i in range(3):
        x = layers.Conv2D(width * 2**i, 4, 2, padding="same", dtype=precision, name=f"down{i}")(x)
        x = layers.LeakyReLU(0.2, dtype=precision, name=f"down{i}_relu")(x)
    x = layers.Conv2D(4 * width, 3, padding="same", dtype=precision, name="look")(x)
    x = layers.LeakyReLU(0.2, dtype=precision, name="look_relu")(x)
    x = layers.Conv2D(1, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model(images, x, name="judge")

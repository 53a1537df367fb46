"""What networks that attend are made of: their doors and ends, convolutions, critics.

Images [B, H, W, C] in [-1, 1], holes [B, H, W, 1], 1 = missing.
"""

import keras
from keras import layers, ops

from holefill.models import bands
from holefill.models.attention import ContextualAttention, colours
from holefill.models.dilated import conv2d
from holefill.models.pixels import Mirrored, Rearranged, WithHole

ATTENTION = "attention"  # the layer's name in every network that has one


class Parts:
    """The parts of our own networks, in one number format, numbered as they are made under a stage's name.

    Convolution, batch normalisation, leaky ReLU 0.2 (or ReLU).
    """

    def __init__(self, precision, stage: str):
        self.precision, self.stage, self.made = precision, stage, 0

    def convolved(self, x, width, kernel=3, slope=0.2, added=None, **how):
        """`added`: what is added before the ReLU, in residual layers."""
        self.made += 1
        name, how = f"{self.stage}{self.made}", {"padding": "same", "use_bias": False, "dtype": self.precision, **how}
        x = conv2d(width, kernel, kernel_initializer="he_normal", name=name, **how)(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5, dtype=self.precision, name=f"{name}_norm")(x)
        if added is not None:
            x = layers.Add(dtype=self.precision, name=f"{name}_sum")([x, added])
        return layers.LeakyReLU(slope, dtype=self.precision, name=f"{name}_relu")(x)

    def dilated(self, x, dilations):
        """Residual layers of these dilations, as wide as x."""
        for dilation in dilations:
            x = self.convolved(x, x.shape[-1], added=x, dilation_rate=dilation)
        return x

    def door(self, images, holes, mirror: bool):
        """Pictures, holes and, where wanted, both mirrored; 2 × 2 pixels are channels: [B, H/2, W/2, …]."""
        x = WithHole(name=f"{self.stage}_seen")([images, holes])
        if mirror:
            x = layers.Concatenate(name=f"{self.stage}_both")([x, Mirrored(name=f"{self.stage}_mirrored")(x)])
        return Rearranged(2, down=True, dtype=self.precision, name=f"{self.stage}_pixels_to_channels")(x)

    def painted(self, x, half, channels: int):
        """Quarter of the resolution → pictures in (-1, 1), float32; `half`: what is known at half of it."""
        x = self.convolved(x, half.shape[-1], kernel=1)
        x = layers.UpSampling2D(2, dtype=self.precision, name=f"{self.stage}_twice")(x)
        x = self.convolved(x, half.shape[-1], added=half)
        x = bands.painted(x, 2, channels, f"{self.stage}_")
        return layers.Activation("tanh", dtype="float32", name=f"{self.stage}_image")(x)


def attended(x, holes, precision, shrink: int = 4, **options):
    """x pasted from itself where `holes`, `shrink` times as large, are missing."""
    layer = ContextualAttention(shrink=shrink, dtype=precision, name=ATTENTION, **options)
    return layer([x, x, holes])[0]


def critic(size: int, channels: int, widths, kernel: int, precision="float32", name="critic") -> keras.Model:
    """Convolutions of stride 2, leaky ReLU 0.2, one linear layer: [B, size, size, C] → [B, 1], float32.

    Without normalisation: its gradient by each picture is penalised.
    """
    x = images = keras.Input((size, size, channels), name="images")
    for i, width in enumerate(widths):
        x = layers.Conv2D(width, kernel, 2, padding="same", dtype=precision, name=f"down{i}")(x)
        x = layers.LeakyReLU(0.2, dtype=precision, name=f"down{i}_relu")(x)
    x = layers.Flatten(dtype=precision, name="flat")(x)
    return keras.Model(images, layers.Dense(1, dtype="float32", name="word")(x), name=name)


def offsets_shown(painter: keras.Model, images, holes):
    """Where the painter's attention draws from, as pictures [B, H, W, 3] in [-1, 1]: `attention.colours`, enlarged."""
    looking = keras.Model(painter.inputs, painter.get_layer(ATTENTION).output[1])
    found = colours(looking([images * (1 - holes), holes], training=False))
    times = [images.shape[axis] // found.shape[axis] for axis in (1, 2)]
    return ops.repeat(ops.repeat(found, times[0], axis=1), times[1], axis=2)

"""The networks of `models.context_encoder`, from its options: the painter, and the discriminator of its training.

Strided encoder: 4 × 4 convolutions of stride 2 down to `bottom` places a side, with width × (1, 1, 2, 4, 8) channels,
the last so many of them that the picture's size needs; batch normalisation but on the first, leaky ReLU 0.2. AlexNet's:
its five convolutions and three poolings (Krizhevsky et al. 2012), padded so that 64 × 64 pixels become 2 × 2 places
(the paper's 227 × 227 became 6 × 6), ungrouped, batch normalisation and ReLU after each. Decoder: 4 × 4
up-convolutions, batch normalisation, ReLU; the last, in float32, gives the picture (of ours, with blocks, it is that of
`models.bands`); tanh. The discriminator is a strided encoder with one unit at its end.
"""

import math

import keras
from keras import layers, ops

from holefill.models import bands
from holefill.models.channelwise import ChannelwiseDense
from holefill.models.pixels import inputs

COLOUR = (117, 104, 123)  # red, green, blue of a hole, of 255
GREY = (0.299, 0.587, 0.114)
DOWN = (1, 1, 2, 4, 8)
UP = {"strided": (4, 2, 1, 1), "alexnet": (2, 1, 1, 0.5)}
ALEXNET = ((1.5, 11, 4, True), (4, 5, 1, True), (6, 3, 1, False), (6, 3, 1, False), (4, 3, 1, True))


def painter(o, precision="float32") -> keras.Model:
    """`images` [B, S, S, C], `holes` [B, S, S, 1] → images [B, S, S, C], of `models.context_encoder.Options` o."""
    make = _Parts(o, precision)
    images, holes = inputs(o.channels, o.image_size)
    colour = _colour(o.channels) if o.seen == "colour" else (0.0,) * o.channels
    x = Filled(colour, dtype="float32", name="seen")([images, holes])
    if o.seen == "hole":
        x = layers.Concatenate(dtype="float32", name="with_hole")([x, holes])
    x = make.alexnet(x) if o.encoder == "alexnet" else make.encoder(x, int(math.log2(o.image_size // o.bottom)))
    x = make.bottleneck(x)
    x = make.decoder(x, o.image_size // 2 if o.predicts == "hole" else o.image_size)
    if o.predicts == "hole":
        x = Placed(dtype="float32", name="image")([x, images, holes])
    return keras.Model([images, holes], x, name="painter")


def judge(o, precision="float32") -> keras.Model:
    """The discriminator: pictures, or middles where only these are painted → logits [B, 1], float32."""
    size = o.image_size // 2 if o.predicts == "hole" else o.image_size
    make = _Parts(o, precision)
    x = images = keras.Input((size, size, o.channels), name="images")
    x = make.encoder(x, int(math.log2(size // 4)), blocks=0)
    x = make.plain(layers.Conv2D, x, 1, "logits", 4, padding="valid", dtype="float32")
    return keras.Model(images, layers.Flatten(dtype="float32", name="flat")(x), name="judge")


def _colour(channels):
    values = [2 * c / 255 - 1 for c in COLOUR]
    return tuple(values) if channels == 3 else (sum(w * v for w, v in zip(GREY, values, strict=True)),)


class _Parts:
    """Parts of one network, in one number format; those of ours start as residual networks do, not as the paper's."""

    def __init__(self, o, precision):
        self.o, self.precision = o, precision
        self.kernels = "he_normal" if o.blocks else keras.initializers.RandomNormal(stddev=0.02)
        gammas = "ones" if o.blocks else keras.initializers.RandomNormal(1.0, 0.02)
        self.norm = {"momentum": 0.95 if o.blocks else 0.9, "epsilon": 1e-5, "gamma_initializer": gammas}

    def plain(self, kind, x, width, name, kernel=4, strides=1, padding="same", dtype=None):
        """A convolution, or an up-convolution."""
        how = {"padding": padding, "use_bias": self.o.biases, "kernel_initializer": self.kernels}
        return kind(int(width), kernel, strides, dtype=dtype or self.precision, name=name, **how)(x)

    def normal(self, x, name, slope=0.0, norm=True):
        """Batch normalisation but where not, then ReLU, leaky where it has a slope."""
        if norm:
            x = layers.BatchNormalization(dtype=self.precision, name=f"{name}_norm", **self.norm)(x)
        return layers.LeakyReLU(slope, dtype=self.precision, name=f"{name}_relu")(x)

    def encoder(self, x, count, blocks=None):
        for i, width in enumerate(DOWN[-count:]):
            x = self.plain(layers.Conv2D, x, width * self.o.width, f"down{i}", strides=2)
            x = self.normal(x, f"down{i}", 0.2, norm=i > 0)
            x = self.blocks(x, f"down{i}", self.o.blocks if blocks is None else blocks)
        return x

    def alexnet(self, x):
        for i, (width, kernel, strides, pooled) in enumerate(ALEXNET):
            x = self.normal(self.plain(layers.Conv2D, x, width * self.o.width, f"alex{i}", kernel, strides), f"alex{i}")
            if pooled:
                x = layers.MaxPooling2D(3, 2, padding="same", dtype=self.precision, name=f"alex{i}_pool")(x)
        return x

    def bottleneck(self, x):
        """Every place sees every other one."""
        given, width, places = x, x.shape[-1], x.shape[1]
        if self.o.bottleneck == "dense":
            x = self.plain(layers.Conv2D, x, self.o.bottleneck_width, "dense", places, padding="valid")
            x = self.normal(x, "dense", 0.2)
            x = self.plain(layers.Conv2DTranspose, x, 8 * self.o.width, "undense", places, padding="valid")
            return self.normal(x, "undense")
        x = ChannelwiseDense(self.o.biases, dtype=self.precision, name="channelwise")(x)
        x = self.plain(layers.Conv2D, self.normal(x, "channelwise", 0.2), width, "across", 1)
        x = self.normal(x, "across")
        return layers.Add(dtype=self.precision, name="bottleneck")([given, x]) if self.o.blocks else x

    def decoder(self, x, size):
        """Twice as large again and again, to pictures of `size`."""
        count = int(math.log2(size // x.shape[1]))
        for i, width in enumerate(UP[self.o.encoder][: count - 1]):
            x = self.normal(self.plain(layers.Conv2DTranspose, x, width * self.o.width, f"up{i}", strides=2), f"up{i}")
            x = self.blocks(x, f"up{i}", self.o.blocks)
        if self.o.blocks:
            x = bands.painted(x, 2, self.o.channels, "", biases=self.o.biases)
        else:
            x = self.plain(layers.Conv2DTranspose, x, self.o.channels, "pixels", strides=2, dtype="float32")
        return layers.Activation("tanh", dtype="float32", name="painted")(x)

    def blocks(self, x, name, count):
        """x + two 3 × 3 convolutions of it, so many times."""
        for i in range(count):
            y, own = x, f"{name}_block{i}"
            for part in "ab":
                y = self.normal(self.plain(layers.Conv2D, y, x.shape[-1], f"{own}{part}", 3), f"{own}{part}", 0.2)
            x = layers.Add(dtype=self.precision, name=f"{own}_sum")([x, y])
        return x


@keras.saving.register_keras_serializable("holefill")
class Filled(keras.layers.Layer):
    """[images [B, H, W, C], holes [B, H, W, 1]] → images with one colour, C values in [-1, 1], in the holes."""

    def __init__(self, colour, **more):
        super().__init__(**more)
        self.colour = tuple(float(c) for c in colour)

    def call(self, inputs):
        images, holes = inputs
        return images * (1 - holes) + holes * ops.cast(ops.array(self.colour), images.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "colour": self.colour}


@keras.saving.register_keras_serializable("holefill")
class Placed(keras.layers.Layer):
    """[middles [B, H/2, W/2, C], images [B, H, W, C], holes] → the known pixels with the middle over them."""

    def call(self, inputs):
        middle, images, holes = inputs
        edges = [(0, 0), *(((whole - half) // 2,) * 2 for whole, half in self._sides(images, middle)), (0, 0)]
        inside = ops.pad(ops.ones_like(middle[..., :1]), edges)
        return images * (1 - holes) * (1 - inside) + ops.pad(middle, edges)

    def _sides(self, images, middle):
        return zip(images.shape[1:3], middle.shape[1:3], strict=True)

    def compute_output_shape(self, input_shape):
        return input_shape[1]

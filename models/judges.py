"""Discriminators that several one-pass systems share.

Images [B, H, W, C] in [-1, 1], holes [B, H, W, 1], 1 = missing. Out: logits, float32, large for real; and features.
"""

import keras
from keras import layers, ops

from holefill.errors import UserError
from holefill.models.pixels import inputs

DETAIL = 4.0
LEVEL = 15  # pixels a side over whose mean brightness is judged
PATCH = 8  # pixels a side of what a logit is of
TAPS = -1 / 16, 4 / 16, 10 / 16, 4 / 16, -1 / 16  # 1 of what is even, 3/4 at 4 pixels a period, 0 at 2


def refined(make):
    """The builder of `NAME@sharp`, of `NAME`'s: its painter, with `patches` beside it.

    The options are `NAME`'s; those of its own discriminators do nothing. A training of it (`training.sharpening`) may
    start from a trained `NAME`, whose weights fit.
    """

    def sharp(precision="float32", **changes):
        """The painter of the family's own preset, beside a discriminator of patches."""
        model = make(precision, **changes)
        if model.middle:
            raise UserError(f"{model.family}@sharp refines painters of whole pictures: leave predicts='hole' out")
        model.family = f"{model.family}@sharp"
        model.companions = {"judge": lambda policy: patches(model.channels, policy)}
        return model

    vars(sharp).update(vars(make))
    return sharp


def patches(channels: int, precision="float32", width: int = 48) -> keras.Model:
    """A discriminator of patches (PatchGAN, Isola et al. 2017, arXiv:1611.07004) that is told the hole.

    In: `images` [B, H, W, C] and `holes` [B, H, W, 1], H and W multiples of 8. Out: logits [B, H/8, W/8, 1], and
    features: what follows each leaky ReLU.

    It sees the mean of the channels, less its mean over `LEVEL` × `LEVEL` pixels, and beside that what differs from the
    mean of 3 × 3 pixels, `DETAIL` times: a fill is first of all too smooth. It sees neither a picture's tints nor its
    level: the distance from the truth finds these by itself, and a painter that is pushed paints in false colours. Nor
    does it see what changes from each pixel to the next (`WithoutFinest`): painters that paint 2 × 2 pixels at a time
    answered by a weave (docs/results.md). A 3 × 3 convolution at full resolution, 4 × 4 ones of stride 2, leaky ReLU
    0.2, no normalisation: it is to be trained with an R1 penalty.
    """
    images, holes = inputs(channels)
    x = WithoutFinest(dtype="float32", name="without_finest")(images)
    x = Brightness(dtype="float32", name="brightness")(x)
    level = layers.AveragePooling2D(LEVEL, 1, padding="same", dtype="float32", name="level")(x)
    x = layers.Subtract(dtype="float32", name="above_level")([x, level])
    smooth = layers.AveragePooling2D(3, 1, padding="same", dtype="float32", name="smooth")(x)
    detail = layers.Subtract(dtype="float32", name="differs")([x, smooth])
    detail = layers.Rescaling(DETAIL, dtype="float32", name="detail")(detail)
    x, features = layers.Concatenate(dtype="float32", name="seen")([x, detail, holes]), []
    for name, wide, kernel, strides in (
        ("fine", width // 2, 3, 1),
        *((f"down{i}", width * 2**i, 4, 2) for i in range(3)),
        ("look", 4 * width, 3, 1),
    ):
        how = {"padding": "same", "kernel_initializer": "he_normal", "dtype": precision, "name": name}
        x = layers.Conv2D(wide, kernel, strides, **how)(x)
        x = layers.LeakyReLU(0.2, dtype=precision, name=f"{name}_relu")(x)
        features.append(x)
    logits = layers.Conv2D(1, 3, padding="same", dtype="float32", name="logits")(x)
    return keras.Model([images, holes], [logits, *features], name="judge")


@keras.saving.register_keras_serializable("holefill")
class Brightness(layers.Layer):
    """The mean of the channels: [B, H, W, C] → [B, H, W, 1]."""

    def call(self, images):
        return ops.mean(images, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)


@keras.saving.register_keras_serializable("holefill")
class WithoutFinest(layers.Layer):
    """`without_finest`, as a layer."""

    def call(self, images):
        return without_finest(images)

    def compute_output_shape(self, input_shape):
        return input_shape


def without_finest(images):
    """Pictures [B, H, W, C] without what has a period of 2 pixels: `TAPS` along both sides, mirrored at the edges."""
    x = ops.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    height, width = (ops.shape(x)[axis] - 4 for axis in (1, 2))
    x = sum(tap * x[:, i : i + height] for i, tap in enumerate(TAPS))
    return sum(tap * x[:, :, i : i + width] for i, tap in enumerate(TAPS))


def finest(images):
    """What `without_finest` takes from pictures, [B, H, W, C]."""
    return images - without_finest(images)

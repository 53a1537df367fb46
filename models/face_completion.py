"""Generative Face Completion (Li, Liu, Yang, Yang, CVPR 2017, arXiv:1704.05838): an encoder, a dense waist, a decoder
that undoes each pooling by its switches; what is missing is given as noise.

`face_completion@code`: the layers of the released code. 3 × 3 convolutions 32 × 2, 64 × 2, 128 × 2, 256 × 4, a 2 × 2
maximum after each group; dense 4096 and 16384 → 8 × 8 × 256; unpooling, 64 × 3, 128; unpooling, 64 × 2; unpooling, 64,
32; unpooling, 32 × 2; a linear 3 × 3 to the picture. ReLU, no normalisation: 137,071,331 parameters at 128 × 128 × 3.

`face_completion@paper`: VGG-19's groups up to its third pooling (64 × 2, 128 × 2, 256 × 4), "two more convolutions and
one more pooling, and a fully connected layer", mirrored. The paper does not say how wide the two convolutions are (here
512, as VGG-19's next), the dense layer (here 4096, as the code's) or the discriminators (here the code's), nor whether
the encoder begins with VGG-19's weights (here it does not): 280,202,883 parameters.

`face_completion`: ours, small: two convolutions a group and as many groups as lead to 8 × 8, a waist of 512, added to
what the encoder gave, two residual blocks, batch normalisation, leaky ReLU, a mean colour and tints at the
end (`models.bands`); it is told the hole beside the noise. 0.8 GFLOP a picture of 64 × 64.

In: `images` [B, S, S, C] in [-1, 1], `holes` [B, S, S, 1]. Out: images [B, S, S, C], linear in training, clipped to
[-1, 1] where it completes. The noise, U(-1, 1), is one that an int seed gives, so that the same picture is always
completed by the same pixels; training draws others, as a function of its own seed and step.
"""

import dataclasses
import math

import keras
import numpy as np
from keras import layers, ops

from holefill.errors import UserError
from holefill.models import bands, judges
from holefill.models.one_pass import OnePassModel
from holefill.models.pixels import inputs
from holefill.models.switches import PooledWithSwitches, SwitchedWhereKnown, Unpooled
from holefill.registry import check_options

SIZES = (32, 64, 128, 256)
BLOCKS = 2  # of two convolutions, after the waist of ours


@dataclasses.dataclass(frozen=True)
class Options:
    """image_size: 32, 64, 128 or 256 pixels; channels: 1 or 3; width: channels of the first group (`face_completion`:
    at 64 × 64), others follow it; units: of the dense waist; seed: of the noise that completes."""

    image_size: int = 64
    channels: int = 3
    width: int = 32
    units: int = 512
    seed: int = 0

    def __post_init__(self):
        for name, wanted in {"image_size": SIZES, "channels": (1, 3)}.items():
            if getattr(self, name) not in wanted:
                told = ", ".join(map(str, wanted))
                raise UserError(f"face_completion: {name} is {getattr(self, name)!r}; it must be one of {told}")
        for name in ("width", "units"):
            if getattr(self, name) < 1:
                raise UserError(f"face_completion: {name} is {getattr(self, name)!r}; it must be 1 or more")
        if self.seed < 0:
            raise UserError(f"face_completion: seed is {self.seed!r}; it must be 0 or more")


@dataclasses.dataclass(frozen=True)
class CodeOptions(Options):
    """`Options` of the released code's network."""

    image_size: int = 128
    units: int = 4096


@dataclasses.dataclass(frozen=True)
class PaperOptions(CodeOptions):
    """`Options` of the paper's network."""

    width: int = 64


def small(precision="float32", **changes) -> OnePassModel:
    """`face_completion`: 9.6 million parameters at 64 × 64 × 3."""
    options = Options(**check_options(Options, changes, "face_completion"))
    size, width = options.image_size, options.width
    widths = [max(1, min(8 * width, width * 64 * 2**i // size)) for i in range(int(math.log2(size // 8)))]
    finer = [widths[0], *widths[:-1]]
    groups = [([w, w], [w, out]) for w, out in zip(widths, finer, strict=True)]
    return _model("face_completion", options, groups, _Layers(precision, normalised=True), 6 * width)


def code(precision="float32", **changes) -> OnePassModel:
    """`face_completion@code`."""
    options = CodeOptions(**check_options(CodeOptions, changes, "face_completion@code"))
    w = options.width
    groups = [
        ([w, w], [w, w]),
        ([2 * w] * 2, [2 * w, w]),
        ([4 * w] * 2, [2 * w] * 2),
        ([8 * w] * 4, [2 * w, 2 * w, 2 * w, 4 * w]),
    ]
    return _model("face_completion@code", options, groups, _Layers(precision, normalised=False), 16 * w)


def paper(precision="float32", **changes) -> OnePassModel:
    """`face_completion@paper`."""
    options = PaperOptions(**check_options(PaperOptions, changes, "face_completion@paper"))
    w = options.width
    groups = [
        ([w] * 2, [w]),  # its mirror's second convolution gives the picture
        ([2 * w] * 2, [2 * w, w]),
        ([4 * w] * 4, [4 * w, 4 * w, 4 * w, 2 * w]),
        ([8 * w] * 2, [8 * w, 4 * w]),
    ]
    return _model("face_completion@paper", options, groups, _Layers(precision, normalised=False), 8 * w)


small.options, code.options, paper.options = Options, CodeOptions, PaperOptions
sharp = judges.refined(small)


def _model(family, options, groups, make, widest) -> OnePassModel:
    """The painter and the two discriminators, the local one for windows of half the side."""
    size, channels = options.image_size, options.channels
    companions = {
        "local": lambda policy: judge(size // 2, channels, widest, policy, "local"),
        "global": lambda policy: judge(size, channels, widest, policy, "global"),
    }
    return OnePassModel(family, options, painter(options, groups, make), companions=companions)


def painter(options, groups, make) -> keras.Model:
    """The network: `groups` of (widths before the pooling, widths after its unpooling), the finest first."""
    size, channels = options.image_size, options.channels
    images, holes = inputs(channels, size)
    x, switches = Noise(options.seed, name="noise")([images, holes]), []
    if make.normalised:
        x = layers.Concatenate(name="seen")([x, holes])
    for i, (widths, _) in enumerate(groups):
        for j, width in enumerate(widths):
            x = make.convolved(x, width, f"down{i}_{j}")
        x, places = PooledWithSwitches(dtype=make.precision, name=f"pool{i}")(x)
        if make.normalised:
            places = SwitchedWhereKnown(name=f"places{i}")([places, holes])
        switches.append(places)
    x = make.waist(x, options.units)
    for i, (_, widths) in reversed(list(enumerate(groups))):
        x = Unpooled(dtype=make.precision, name=f"unpool{i}")([x, switches[i]])
        for j, width in enumerate(widths):
            x = make.convolved(x, width, f"up{i}_{j}")
    x = make.painted(x, channels)
    return keras.Model([images, holes], Clipped(dtype="float32", name="clipped")(x), name="painter")


def judge(size: int, channels: int, widest: int, precision="float32", name="judge") -> keras.Model:
    """A discriminator of pictures of `size` pixels a side: logits [B, 1], large for real.

    Pairs of a 3 × 3 and a 4 × 4 convolution of stride 2, leaky ReLU 0.2, no normalisation, as many as lead to 4 × 4
    and `widest` channels, each twice as wide as the one before; then a 4 × 4 convolution to one number. At 64 and 128
    pixels and a `widest` of 512 it is the released code's local and global one.
    """
    x = images = keras.Input((size, size, channels), name="images")
    pairs = int(math.log2(size // 4))
    for i in range(pairs):
        width = max(1, widest >> (pairs - 1 - i))
        for part, (kernel, strides) in {"look": (3, 1), "down": (4, 2)}.items():
            how = {"padding": "same", "kernel_initializer": "he_normal", "dtype": precision, "name": f"{part}{i}"}
            x = layers.Conv2D(width, kernel, strides, **how)(x)
            x = layers.LeakyReLU(0.2, dtype=precision, name=f"{part}{i}_relu")(x)
    x = layers.Conv2D(1, 4, dtype="float32", name="logits")(x)
    return keras.Model(images, layers.Flatten(dtype="float32", name="flat")(x), name=name)


class _Layers:
    """The painter's convolutions and dense layers, in one number format, with or without batch normalisation."""

    def __init__(self, precision, normalised):
        self.precision, self.normalised = precision, normalised
        self.how = {"use_bias": not normalised, "kernel_initializer": "he_normal", "dtype": precision}

    def convolved(self, x, width, name):
        return self._active(layers.Conv2D(width, 3, padding="same", name=name, **self.how)(x), name)

    def painted(self, x, channels):
        """Pictures, without bounds, float32."""
        if self.normalised:
            return bands.painted(x, 1, channels, "")
        return layers.Conv2D(channels, 3, padding="same", dtype="float32", name="image")(x)

    def waist(self, x, units):
        """Every place sees every other one; with normalisation beside what it has seen itself."""
        wide = self.dense(self.dense(layers.Flatten(name="flat")(x), units, "waist"), math.prod(x.shape[1:]), "widened")
        wide = layers.Reshape(x.shape[1:], name="square")(wide)
        if not self.normalised:
            return wide
        x = layers.Add(dtype=self.precision, name="around")([x, wide])
        for i in range(BLOCKS):
            y = self.convolved(x, x.shape[-1], f"block{i}a")
            y = self.convolved(y, x.shape[-1], f"block{i}b")
            x = layers.Add(dtype=self.precision, name=f"block{i}")([x, y])
        return x

    def dense(self, x, width, name):
        return self._active(layers.Dense(width, name=name, **self.how)(x), name)

    def _active(self, x, name):
        if not self.normalised:
            return layers.ReLU(dtype=self.precision, name=f"{name}_relu")(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5, dtype=self.precision, name=f"{name}_norm")(x)
        return layers.LeakyReLU(0.2, dtype=self.precision, name=f"{name}_relu")(x)


@keras.saving.register_keras_serializable("holefill")
class Noise(layers.Layer):
    """[images [B, S, S, C], holes [B, S, S, 1]] → images whose missing pixels hold one fixed noise, U(-1, 1) by `seed`.

    In training what the step has put into the hole is added to it, round the circle from 1 to -1: a noise of its own
    makes that another noise each time, and nothing the fixed one.
    """

    def __init__(self, seed: int = 0, **more):
        super().__init__(**more)
        self.seed = seed

    def call(self, inputs, training=None):
        images, holes = inputs
        noise = np.random.default_rng(self.seed).uniform(-1, 1, (1, *images.shape[1:])).astype("float32")
        noise = ops.cast(noise, images.dtype)
        if training:
            noise = ops.mod(noise + images + 1, 2) - 1
        return images * (1 - holes) + noise * holes

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable("holefill")
class Clipped(layers.Layer):
    """Clips to [-1, 1] where it completes; in training values beyond are left, so that they are pulled back."""

    def call(self, x, training=None):
        return x if training else ops.clip(x, -1.0, 1.0)

    def compute_output_shape(self, input_shape):
        return input_shape

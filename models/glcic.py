"""GLCIC's networks: one of dilated convolutions that completes, and what judges it from near and from afar.

S. Iizuka, E. Simo-Serra, H. Ishikawa: "Globally and Locally Consistent Image Completion", SIGGRAPH 2017
(doi:10.1145/3072959.3073659), table 1. Seventeen convolutions: down to a quarter of the resolution, four that are
dilated by 2, 4, 8 and 16, so that a pixel sees some 300 across, and up by two transposed ones.

`glcic@paper` has them as published. `glcic` is ours: half as wide, leaky ReLU, and 2 × 2 pixels are channels at its
door and again at its end (`models.bands`), so that nothing works at full resolution. With `coarse=8`, for pictures of
128 pixels and more, the dilated layers work at an eighth of it.

In: `images` [B, H, W, C] in [-1, 1], `holes` [B, H, W, 1]; H and W multiples of 4 (8 with `coarse=8`).
Out: images [B, H, W, C] in (-1, 1).
"""

import dataclasses

import keras
from keras import layers, ops

from holefill.errors import UserError
from holefill.models import bands, judges
from holefill.models.dilated import conv2d
from holefill.models.global_local import global_local
from holefill.models.one_pass import OnePassModel
from holefill.models.pixels import Rearranged, inputs
from holefill.registry import check_options

DILATIONS = (2, 4, 8, 16)
ORDERS = ("bn_relu", "relu_bn")


@dataclasses.dataclass(frozen=True)
class PaperOptions:
    """image_size: pixels of the pictures it trains on; channels: 1 or 3; width: channels of the first layer, of which
    the others have multiples; window: pixels of what the local discriminator sees (0: half of image_size); order: of
    batch normalisation and ReLU, "bn_relu" or "relu_bn", which a later implementation has; mean: the data set's mean
    colour, in [-1, 1], which is subtracted from the pictures: one value, or one a channel (the default is mid-grey)."""

    image_size: int = 256
    channels: int = 3
    width: int = 64
    window: int = 0
    order: str = "bn_relu"
    mean: float | tuple | list = 0.0

    def __post_init__(self):
        if self.image_size < 16 or self.image_size % self.multiple:
            raise UserError(f"glcic: image_size is {self.image_size}; wanted a multiple of {self.multiple}, 16 or more")
        if self.channels not in (1, 3):
            raise UserError(f"glcic: channels is {self.channels}; it must be one of 1, 3")
        if self.width < 2 or self.width % 2:
            raise UserError(f"glcic: width is {self.width}; wanted an even number, 2 or more")
        if self.window and not 8 <= self.window <= self.image_size:
            raise UserError(f"glcic: window is {self.window}; wanted 8 to {self.image_size} pixels, or 0 for half")
        if self.order not in ORDERS:
            raise UserError(f"glcic: order is {self.order!r}; it must be one of {', '.join(ORDERS)}")
        self._settle_mean()

    def _settle_mean(self):
        if not isinstance(self.mean, (tuple, list)):
            return
        if len(self.mean) != self.channels or not all(isinstance(value, (int, float)) for value in self.mean):
            raise UserError(f"glcic: mean is {self.mean!r}; wanted a number, or {self.channels}, one a channel")
        object.__setattr__(self, "mean", tuple(self.mean))  # JSON has lists

    @property
    def multiple(self) -> int:
        """Of what the sides of a picture must be multiples."""
        return 4

    @property
    def local(self) -> int:
        """Pixels of the local discriminator's window."""
        return self.window or self.image_size // 2


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """As `PaperOptions`; coarse: the dilated layers work at a 4th or an 8th of the resolution."""

    image_size: int = 64
    width: int = 32
    coarse: int = 4

    def __post_init__(self):
        if self.coarse not in (4, 8):
            raise UserError(f"glcic: coarse is {self.coarse}; it must be one of 4, 8")
        super().__post_init__()

    @property
    def multiple(self) -> int:
        return self.coarse


def compact(precision="float32", **changes) -> OnePassModel:
    """`glcic`: 1.5 million parameters and 0.8 GFLOP a picture of 64 × 64 at its usual width."""
    return _build("glcic", Options, precision, changes, paper=False)


def paper(precision="float32", **changes) -> OnePassModel:
    """`glcic@paper`: 6,072,131 parameters to train, and 45,063,681 in its discriminators at 256 and 128 pixels."""
    return _build("glcic@paper", PaperOptions, precision, changes, paper=True)


compact.options, paper.options = Options, PaperOptions
sharp = judges.refined(compact)


def _build(family, options_class, precision, changes, paper):
    o = options_class(**check_options(options_class, changes, family))
    network = (published if paper else small)(o, precision)
    companions = {
        "judge": lambda policy: global_local(o.image_size, o.local, o.channels, policy, o.width, paper),
    }
    return OnePassModel(family, o, network, o.multiple, companions=companions)


def published(options: PaperOptions, precision="float32") -> keras.Model:
    """The paper's completion network."""
    width, make = options.width, Layers(precision, options.order, slope=0.0)
    given, x = _seen(options)
    x = make.convolved(x, width, kernel=5)
    x = make.middle(x, width)
    x = make.convolved(make.raised(x, width), width // 2)
    x = layers.Conv2D(options.channels, 3, padding="same", dtype="float32", name="pixels")(x)
    return keras.Model(given, _image(x), name="painter")


def small(options: Options, precision="float32") -> keras.Model:
    """Ours: the same middle, between 2 × 2 pixels as channels."""
    width, make = options.width, Layers(precision, options.order, slope=0.2)
    given, x = _seen(options)
    x = Rearranged(2, down=True, dtype=precision, name="pixels_to_channels")(x)
    if options.coarse == 8:
        x = make.convolved(x, width)
        x = make.raised(make.middle(x, width), width)
    else:
        x = make.middle(x, width, strides=1)
    return keras.Model(given, _image(bands.painted(x, 2, options.channels, "")), name="painter")


def _seen(options):
    given = inputs(options.channels)
    return given, Centred(options.mean, name="seen")(given)


def _image(x):
    x = layers.Activation("sigmoid", dtype="float32", name="sigmoid")(x)
    return layers.Rescaling(2.0, -1.0, dtype="float32", name="image")(x)


class Layers:
    """The network's parts, in one number format, numbered as they are made."""

    def __init__(self, precision, order="bn_relu", slope=0.0):
        self.precision, self.order, self.slope, self.made = precision, order, slope, 0

    def convolved(self, x, width, kernel=3, **how):
        return self._followed(conv2d, x, width, kernel, **how)

    def raised(self, x, width):
        """Twice as large."""
        return self._followed(layers.Conv2DTranspose, x, width, 4, strides=2)

    def middle(self, x, width, strides=2):
        """Layers 2 to 14: from `strides` times the resolution of what they give, and there by a dilated middle."""
        x = self.convolved(x, 2 * width, strides=strides)
        x = self.convolved(x, 2 * width)
        x = self.convolved(x, 4 * width, strides=2)
        x = self.dilated(x, (1, 1, *DILATIONS, 1, 1))
        return self.convolved(self.raised(x, 2 * width), 2 * width)

    def dilated(self, x, dilations):
        """Layers of these dilations, as wide as x."""
        for dilation in dilations:
            x = self.convolved(x, x.shape[-1], dilation_rate=dilation)
        return x

    def _followed(self, kind, x, width, kernel, **how):
        """A layer, batch normalisation and ReLU, in the order wanted."""
        self.made += 1
        name, how = f"layer{self.made}", {"padding": "same", "dtype": self.precision, **how}
        x = kind(width, kernel, kernel_initializer="he_normal", name=name, **how)(x)
        parts = [
            layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=self.precision, name=f"{name}_norm"),
            layers.LeakyReLU(self.slope, dtype=self.precision, name=f"{name}_relu"),
        ]
        for part in parts if self.order == "bn_relu" else parts[::-1]:
            x = part(x)
        return x


@keras.saving.register_keras_serializable("holefill")
class Centred(keras.layers.Layer):
    """[images [B, H, W, C], holes [B, H, W, 1]] → [B, H, W, C + 1]: (images − mean) / 2, 0 where missing; the hole."""

    def __init__(self, mean, **more):
        super().__init__(**more)
        self.mean = tuple(mean) if isinstance(mean, (tuple, list)) else mean

    def call(self, inputs):
        images, holes = inputs
        mean = ops.convert_to_tensor(self.mean, images.dtype)
        return ops.concatenate([(images - mean) / 2 * (1 - holes), holes], axis=-1)

    def compute_output_shape(self, input_shape):
        images, _ = input_shape
        return (*images[:-1], images[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "mean": self.mean}

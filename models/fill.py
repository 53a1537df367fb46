"""`fill`: our one-pass network, for any hole, small enough for a processor.

A U-shaped network of residual blocks that works at half of the picture's resolution and below: 2 × 2 pixels become
channels at its door (space to depth), and channels pixels again at its end (sub-pixel convolution, Shi et al. 2016,
arXiv:1609.05158, of bands and colours: `models.bands`), which makes a pass three quarters as long as one with a
full-resolution rim and costs it nothing in what it can see. Its bottom, at an eighth, are bottleneck blocks (He et al.
2016, arXiv:1512.03385) of alternating dilation, so that at 64 × 64 each pixel sees all others. Beside the picture it is
shown its mirror image, since the other half of a face is the best there is to know of a missing one. In photographs,
where most holes are best continued smoothly, it may begin with that (`smooth`). Batch normalisation, leaky ReLU 0.2;
the last layer and its tanh are in float32.

In: `images` [B, H, W, C] in [-1, 1], `holes` [B, H, W, 1]; H and W multiples of 8 (of 16 by `door=4`). Out: images
[B, H, W, C] in (-1, 1).
"""

import dataclasses
import functools

import keras
from keras import layers

from holefill.errors import UserError
from holefill.models import bands, fill_start, judges
from holefill.models.dilated import conv2d
from holefill.models.one_pass import OnePassModel
from holefill.models.pixels import Beside, Known, Mirrored, Rearranged, Smooth, inputs
from holefill.registry import check_options

DILATIONS = (1, 2, 1, 2)


@dataclasses.dataclass(frozen=True)
class Options:
    """image_size: pixels of the pictures it trains on, a multiple of 8, of 16 by `door=4`; channels: 1 or 3; width:
    channels behind the door, doubled with each halving; blocks: residual blocks at each quarter of the resolution, on
    the way down and up; mirror: show it the mirror image too, for pictures of things that are symmetric about their
    middle; smooth: show it the hole as a smooth continuation of what is known, of which it then paints what differs;
    door: side of the blocks of pixels that become channels at its door, 2 or 4: by 4 a pass over twice as large a
    picture costs the same, and sees as much of it; bands: its last layer makes bands and colours of those blocks
    (`models.bands`), not the pixels themselves (False: the weights that ship)."""

    image_size: int = 64
    channels: int = 3
    width: int = 64
    blocks: int = 2
    mirror: bool = True
    smooth: bool = False
    door: int = 2
    bands: bool = True

    def __post_init__(self):
        if self.door not in (2, 4):
            raise UserError(f"fill: door is {self.door!r}; it must be one of 2, 4")
        if not isinstance(self.image_size, int) or self.image_size < 16 or self.image_size % self.multiple:
            raise UserError(
                f"fill: image_size is {self.image_size!r}; it must be a multiple of {self.multiple}, 16 or more"
            )
        if self.channels not in (1, 3):
            raise UserError(f"fill: channels is {self.channels!r}; it must be one of 1, 3")
        for name in ("width", "blocks"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UserError(f"fill: {name} is {value!r}; it must be a positive whole number")

    @property
    def multiple(self) -> int:
        """Of which the sides of pictures must be."""
        return 4 * self.door


def small(precision="float32", **changes) -> OnePassModel:
    """`fill`: 2.6 million parameters and 1.2 GFLOP a picture of 64 × 64 at its usual width."""
    options = Options(**check_options(Options, changes, "fill"))
    adapt = functools.partial(fill_start.adapted, options=options)
    return OnePassModel("fill", options, painter(options, precision), options.multiple, adapt=adapt)


small.options = Options
small.unsaid = {"bands": False}  # what a folder means that was written before it had the option
sharp = judges.refined(small)


def painter(options: Options, precision="float32") -> keras.Model:
    """The network; see the module."""
    width, make = options.width, _Blocks(precision)
    images, holes = inputs(options.channels)
    shown = (Smooth(name="smooth", dtype="float32") if options.smooth else Known(name="known"))([images, holes])
    x = layers.Concatenate(name="seen")([shown, holes])
    if options.mirror:
        x = layers.Concatenate(name="seen_and_mirrored")([x, Mirrored(name="mirrored")(x)])
    x = Rearranged(options.door, down=True, dtype=precision, name="pixels_to_channels")(x)
    half = make.residual(make.convolved(x, width, "half"), width, "half_block")
    quarter = make.convolved(half, 2 * width, "quarter", strides=2)
    for i in range(options.blocks):
        quarter = make.residual(quarter, 2 * width, f"quarter_block{i}")
    x = make.convolved(quarter, 4 * width, "eighth", strides=2)
    for i, dilation in enumerate(DILATIONS):
        x = make.bottleneck(x, 4 * width, f"eighth_block{i}", dilation)
    x = make.joined(x, quarter, 2 * width, "quarter_up")
    for i in range(options.blocks):
        x = make.residual(x, 2 * width, f"quarter_up_block{i}")
    x = make.residual(make.joined(x, half, width, "half_up"), width, "half_up_block")
    begin = "zeros" if options.smooth else "glorot_uniform"
    if options.bands:
        x = bands.painted(x, options.door, options.channels, "", begin)
    else:
        last = {"padding": "same", "dtype": "float32", "kernel_initializer": begin, "name": "pixels"}
        x = layers.Conv2D(options.door**2 * options.channels, 3, **last)(x)
        x = Rearranged(options.door, down=False, dtype="float32", name="channels_to_pixels")(x)
    if options.smooth:
        x = Beside(dtype="float32", name="image")([x, shown])
    else:
        x = layers.Activation("tanh", dtype="float32", name="image")(x)
    return keras.Model([images, holes], x, name="painter")


class _Blocks:
    """The network's parts, in one number format."""

    def __init__(self, precision):
        self.precision = precision

    def convolved(self, x, width, name, kernel=3, strides=1, dilation=1, active=True):
        """Convolution, batch normalisation, leaky ReLU."""
        how = {"padding": "same", "dilation_rate": dilation, "use_bias": False, "dtype": self.precision}
        x = conv2d(width, kernel, strides=strides, kernel_initializer="he_normal", name=name, **how)(x)
        x = layers.BatchNormalization(momentum=0.95, epsilon=1e-5, dtype=self.precision, name=f"{name}_norm")(x)
        return self._relu(x, name) if active else x

    def residual(self, x, width, name):
        """x + two 3 × 3 convolutions of it."""
        y = self.convolved(x, width, f"{name}_a")
        return self._sum(x, self.convolved(y, width, f"{name}_b", active=False), name)

    def bottleneck(self, x, width, name, dilation):
        """x + 1 × 1 to half of the channels, 3 × 3 dilated, 1 × 1 back."""
        y = self.convolved(x, width // 2, f"{name}_a", kernel=1)
        y = self.convolved(y, width // 2, f"{name}_b", dilation=dilation)
        return self._sum(x, self.convolved(y, width, f"{name}_c", kernel=1, active=False), name)

    def joined(self, x, skipped, width, name):
        """Twice as large, and what was there on the way down."""
        x = self.convolved(x, width, name, kernel=1)
        x = layers.UpSampling2D(2, dtype=self.precision, name=f"{name}_twice")(x)
        return layers.Add(dtype=self.precision, name=f"{name}_sum")([x, skipped])

    def _sum(self, x, y, name):
        return self._relu(layers.Add(dtype=self.precision, name=f"{name}_sum")([x, y]), name)

    def _relu(self, x, name):
        return layers.LeakyReLU(0.2, dtype=self.precision, name=f"{name}_relu")(x)

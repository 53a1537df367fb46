"""Parallel attention: dilated convolutions and contextual attention side by side, in one network and one pass.

A. Gupta, "Image Inpainting using Deep Learning Models", §3.1: GLCIC's completion network (Iizuka et al. 2017), in
which, after its first six convolutions, contextual attention (Yu et al. 2018, arXiv:1801.07892) and two convolutions
work beside the four dilated ones; its seventh takes both, concatenated. It is trained as a whole, with GLCIC's global
and local discriminators. Known pixels are restored at the end: by the blend (`holefill.blending`), which has to see
what is painted beside the hole to join it without a seam.

`parallel_attention@paper` has those layers at 128 × 128, with a local window of 56. The report names kernels, strides
and their order, but neither channels nor activations, which are GLCIC's here: 64, 128, 256, batch normalisation and
ReLU, but for tanh at the end. `parallel_attention` is ours: leaky ReLU, residual dilated layers, 2 × 2 pixels as
channels at its door and end.

In: `images` [B, H, W, C] in [-1, 1], `holes` [B, H, W, 1]; H and W multiples of 8. Out: images [B, H, W, C] in (-1, 1).
"""

import dataclasses

import keras
from keras import layers

from holefill.errors import UserError
from holefill.models import judges
from holefill.models.attentive import Parts, attended
from holefill.models.glcic import DILATIONS, Layers
from holefill.models.global_local import global_local
from holefill.models.one_pass import OnePassModel
from holefill.models.pixels import Known, inputs
from holefill.registry import check_options

MULTIPLE = 8


@dataclasses.dataclass(frozen=True)
class PaperOptions:
    """image_size: pixels of the pictures it trains on, a multiple of 16 (128 as published); channels: 1 or 3; width:
    channels of the first layer, of which the others have multiples; window: pixels of what the local discriminator sees
    (0: 7/16 of image_size)."""

    image_size: int = 128
    channels: int = 3
    width: int = 64
    window: int = 0

    def __post_init__(self):
        if self.image_size < 32 or self.image_size % (2 * MULTIPLE):
            raise UserError(
                f"parallel_attention: image_size is {self.image_size}; it must be a multiple of 16, 32 or more"
            )
        if self.channels not in (1, 3):
            raise UserError(f"parallel_attention: channels is {self.channels}; it must be one of 1, 3")
        if self.width < 2 or self.width % 2:
            raise UserError(f"parallel_attention: width is {self.width}; wanted an even number, 2 or more")
        if self.window and not 8 <= self.window <= self.image_size:
            raise UserError(
                f"parallel_attention: window is {self.window}; wanted 8 to {self.image_size} pixels, or 0 for 7/16"
            )

    @property
    def local(self) -> int:
        """Pixels of the local discriminator's window."""
        return self.window or 7 * self.image_size // 16


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """As `PaperOptions`; width: channels at half of the resolution, of which those at a quarter are four times as
    many; rate: of the attention (0: 1 for pictures of up to 64 pixels, 2 for larger ones); mirror: show it the mirror
    image too, for pictures of things that are symmetric about their middle."""

    image_size: int = 64
    width: int = 32
    rate: int = 0
    mirror: bool = True

    def __post_init__(self):
        super().__post_init__()
        if self.rate not in (0, 1, 2):
            raise UserError(f"parallel_attention: rate is {self.rate}; it must be one of 0, 1, 2")


def compact(precision="float32", **changes) -> OnePassModel:
    """`parallel_attention`: ours, 1.4 million parameters, 0.8 GFLOP a picture of 64 × 64 at its usual width."""
    o = Options(**check_options(Options, changes, "parallel_attention"))
    return _model("parallel_attention", o, small(o, precision), paper=False)


def paper(precision="float32", **changes) -> OnePassModel:
    """`parallel_attention@paper`: 7,843,139 parameters to train, and 31,953,409 in its discriminators at 128 and 56."""
    o = PaperOptions(**check_options(PaperOptions, changes, "parallel_attention@paper"))
    return _model("parallel_attention@paper", o, published(o, precision), paper=True)


compact.options, paper.options = Options, PaperOptions
sharp = judges.refined(compact)


def _model(family, o, painter, paper):
    companions = {
        "judge": lambda policy: global_local(o.image_size, o.local, o.channels, policy, o.width, paper),
    }
    return OnePassModel(family, o, painter, MULTIPLE, companions=companions)


def published(o: PaperOptions, precision="float32") -> keras.Model:
    """The report's completion network."""
    images, holes = inputs(o.channels)
    make, width = Layers(precision), o.width
    x = layers.Concatenate(name="seen")([Known(name="known")([images, holes]), holes])
    x = make.convolved(x, width, kernel=5)
    x = make.convolved(make.convolved(x, 2 * width, strides=2), 2 * width)
    x = make.dilated(make.convolved(x, 4 * width, strides=2), (1, 1))
    dilated = make.dilated(x, DILATIONS)
    pasted = make.dilated(attended(x, holes, precision), (1, 1))
    x = make.dilated(
        make.convolved(layers.Concatenate(dtype=precision, name="branches")([dilated, pasted]), 4 * width), (1,)
    )
    x = make.convolved(make.raised(x, 2 * width), 2 * width)
    x = make.convolved(make.raised(x, width), width // 2)
    x = layers.Conv2D(o.channels, 3, padding="same", dtype="float32", name="pixels")(x)
    return keras.Model([images, holes], layers.Activation("tanh", dtype="float32", name="image")(x), name="painter")


def small(o: Options, precision="float32") -> keras.Model:
    """Ours."""
    images, holes = inputs(o.channels)
    make, width = Parts(precision, "layer"), o.width
    half = make.convolved(make.door(Known(name="known")([images, holes]), holes, o.mirror), width)
    x = make.convolved(half, 4 * width, strides=2)
    x = make.dilated(x, (1,))
    rate = o.rate or (1 if o.image_size <= 64 else 2)
    dilated = make.dilated(x, (1, 2, 4, 8))
    pasted = make.convolved(attended(x, holes, precision, rate=rate), 2 * width)
    pasted = make.convolved(pasted, 4 * width)
    x = make.convolved(layers.Concatenate(dtype=precision, name="branches")([dilated, pasted]), 4 * width)
    return keras.Model([images, holes], make.painted(make.dilated(x, (1,)), half, o.channels), name="painter")

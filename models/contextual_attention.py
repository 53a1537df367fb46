"""Contextual attention: a coarse network, and one that refines what it painted by pasting from known features.

J. Yu, Z. Lin, J. Yang, X. Shen, X. Lu, T. Huang: "Generative Image Inpainting with Contextual Attention", CVPR 2018
(arXiv:1801.07892). The coarse completion, known pixels restored, goes through two branches of the second network, one
of dilated convolutions and one with attention (`models.attention`) at a quarter of the resolution; one decoder takes
both. Two critics, of the picture and of a window around the hole, are for training (ours: one that joins them).

`@paper` and `@code` have the published layers: ELU, no normalisation, zero padding, nearest ×2 before a convolution,
outputs clipped to [-1, 1]. They differ in the attention (`@code`: background patches alone are normalised, the hole is
shrunk by nearest neighbours, and what is unknown is multiplied by 0 rather than left out) and in what they are trained
by. `contextual_attention` is ours: batch normalisation, leaky ReLU, residual dilated layers at a quarter of the
resolution, 2 × 2 pixels as channels at the doors and ends, tanh.

In: `images` [B, H, W, C] in [-1, 1], `holes` [B, H, W, 1]; H and W multiples of 8. Out: [coarse, final], images
[B, H, W, C] in [-1, 1].
"""

import dataclasses

import keras
from keras import layers

from holefill.errors import UserError
from holefill.models import judges
from holefill.models.attentive import Parts, attended, critic
from holefill.models.dilated import conv2d
from holefill.models.global_local import global_local
from holefill.models.one_pass import OnePassModel
from holefill.models.pixels import Known, Pasted, WithHole, inputs
from holefill.registry import check_options

MULTIPLE = 8
DILATIONS = (2, 4, 8, 16)
CODE = {"cosine": False, "exclude": "multiply"}


@dataclasses.dataclass(frozen=True)
class PaperOptions:
    """image_size: pixels of the pictures it trains on, a multiple of 16 (256 as published); channels: 1 or 3; width:
    channels of the first layer, of which the others have multiples."""

    image_size: int = 256
    channels: int = 3
    width: int = 32

    def __post_init__(self):
        if self.image_size < 32 or self.image_size % (2 * MULTIPLE):
            raise UserError(
                f"contextual_attention: image_size is {self.image_size}; it must be a multiple of 16, 32 or more"
            )
        if self.channels not in (1, 3):
            raise UserError(f"contextual_attention: channels is {self.channels}; it must be one of 1, 3")
        if self.width < 2 or self.width % 2:
            raise UserError(f"contextual_attention: width is {self.width}; wanted an even number, 2 or more")

    @property
    def local(self) -> int:
        """Pixels of the local critic's window."""
        return self.image_size // 2


@dataclasses.dataclass(frozen=True)
class Options(PaperOptions):
    """As `PaperOptions`; width: channels at half of the resolution, of which those at a quarter are three times as
    many; rate: of the attention (0: 1 for pictures of up to 64 pixels, 2 for larger ones); mirror: show it the mirror
    image too, for pictures of things that are symmetric about their middle."""

    image_size: int = 64
    rate: int = 0
    mirror: bool = True

    def __post_init__(self):
        super().__post_init__()
        if self.rate not in (0, 1, 2):
            raise UserError(f"contextual_attention: rate is {self.rate}; it must be one of 0, 1, 2")


def compact(precision="float32", **changes) -> OnePassModel:
    """`contextual_attention`: ours, 1.3 million parameters, 0.8 GFLOP a picture of 64 × 64 at its usual width."""
    o = Options(**check_options(Options, changes, "contextual_attention"))
    judge = {"judge": lambda policy: global_local(o.image_size, o.local, o.channels, policy, o.width, paper=False)}
    return OnePassModel("contextual_attention", o, small(o, precision), MULTIPLE, companions=judge)


def paper(precision="float32", **changes) -> OnePassModel:
    """`contextual_attention@paper`: 3,601,542 parameters, and 7,072,770 in its critics at 256 pixels."""
    return _published("contextual_attention@paper", precision, changes)


def code(precision="float32", **changes) -> OnePassModel:
    """`contextual_attention@code`: the same layers with the attention of the released code."""
    return _published("contextual_attention@code", precision, changes, **CODE)


compact.options, paper.options, code.options = Options, PaperOptions, PaperOptions
sharp = judges.refined(compact)


def _published(family, precision, changes, **attention):
    o = PaperOptions(**check_options(PaperOptions, changes, family))

    def companion(name, size, times):
        return lambda policy: critic(size, o.channels, [o.width * n for n in times], 5, policy, name)

    companions = {
        "local": companion("local", o.local, (2, 4, 8, 16)),
        "whole": companion("whole", o.image_size, (2, 4, 8, 8)),
    }
    return OnePassModel(family, o, published(o, precision, **attention), MULTIPLE, companions=companions)


def published(o: PaperOptions, precision="float32", **attention) -> keras.Model:
    """The paper's two networks, as one."""
    images, holes = inputs(o.channels)
    known, width = Known(name="known")([images, holes]), o.width
    make = _Published(precision, "coarse")
    x = make.convolved(WithHole(name="coarse_seen")([known, holes]), width, kernel=5)
    x = make.convolved(make.convolved(x, 2 * width, strides=2), 2 * width)
    x = make.several(make.convolved(x, 4 * width, strides=2), 4 * width, (1, 1, *DILATIONS, 1, 1))
    coarse = make.painted(x, width, o.channels)

    pasted = Pasted(name="pasted")([coarse, images, holes])
    seen, branches = WithHole(name="seen")([pasted, holes]), []
    for stage in ("fine", "attending"):
        make = _Published(precision, stage)
        x = make.convolved(make.convolved(seen, width, kernel=5), width, strides=2)
        x = make.convolved(make.convolved(x, 2 * width), (2 if stage == "fine" else 4) * width, strides=2)
        if stage == "fine":
            x = make.several(x, 4 * width, (1, 1, *DILATIONS))
        else:
            x = make.convolved(make.convolved(x, 4 * width), 4 * width, activation="relu")
            x = make.several(attended(x, holes, precision, **attention), 4 * width, (1, 1))
        branches.append(x)
    make = _Published(precision, "final")
    x = layers.Concatenate(dtype=precision, name="branches")(branches)
    final = make.painted(make.several(x, 4 * width, (1, 1)), width, o.channels)
    return keras.Model([images, holes], [coarse, final], name="painter")


class _Published:
    """The paper's convolutions: ELU, no normalisation; numbered as they are made under a stage's name."""

    def __init__(self, precision, stage: str):
        self.precision, self.stage, self.made = precision, stage, 0

    def convolved(self, x, width, kernel=3, activation="elu", **how):
        self.made += 1
        how = {"padding": "same", "activation": activation, "dtype": self.precision, **how}
        return conv2d(width, kernel, name=f"{self.stage}{self.made}", **how)(x)

    def several(self, x, width, dilations):
        for dilation in dilations:
            x = self.convolved(x, width, dilation_rate=dilation)
        return x

    def painted(self, x, width, channels):
        """Quarter of the resolution → pictures, clipped, float32."""
        for times in (2, 1):
            x = layers.UpSampling2D(2, dtype=self.precision, name=f"{self.stage}_twice{times}")(x)
            x = self.convolved(x, times * width)
            x = self.convolved(x, 2 * width if times == 2 else width // 2)
        x = self.convolved(x, channels, activation=None, dtype="float32")
        return layers.Activation("hard_tanh", dtype="float32", name=f"{self.stage}_image")(x)


def small(o: Options, precision="float32") -> keras.Model:
    """Ours."""
    images, holes = inputs(o.channels)
    make, width = Parts(precision, "coarse"), o.width
    half = make.convolved(make.door(Known(name="known")([images, holes]), holes, o.mirror), width)
    x = make.dilated(make.convolved(half, 3 * width, strides=2), (1, 2, 4, 8, 1))
    coarse = make.painted(x, half, o.channels)

    pasted = Pasted(name="pasted")([coarse, images, holes])
    make = Parts(precision, "fine")
    half = make.convolved(make.door(pasted, holes, o.mirror), width)
    x = make.dilated(make.convolved(half, 3 * width, strides=2), (1, 2, 4, 8))
    look = Parts(precision, "attending")
    y = look.convolved(look.convolved(half, 3 * width, strides=2), 3 * width, slope=0.0)
    rate = o.rate or (1 if o.image_size <= 64 else 2)
    y = look.convolved(attended(y, holes, precision, rate=rate), 3 * width)
    make = Parts(precision, "final")
    x = make.convolved(layers.Concatenate(dtype=precision, name="branches")([x, y]), 3 * width)
    final = make.painted(make.dilated(x, (1,)), half, o.channels)
    return keras.Model([images, holes], [coarse, final], name="painter")

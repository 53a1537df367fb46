"""The Context Encoder (Pathak et al. 2016, arXiv:1604.07379): an encoder of strided convolutions, a bottleneck in which
every place sees the whole picture, a decoder of up-convolutions; trained by a distance and a discriminator.

`context_encoder@paper` is the model of the middle as the paper tells it: hole twice smaller than the picture on each
side, a channel-wise fully connected layer between encoder and decoder, 7 pixels of overlap at 128 × 128; its encoder
and decoder are those of the released net, which the inpainting results are of (`encoder="alexnet"`: the one of its
experiments with features).
`context_encoder@code` is the net that its authors released: a fully connected bottleneck of 4000, 4 pixels of overlap,
no biases (it has them, and sets them to zero before each step).
`context_encoder` is ours: narrower, with residual blocks, a bottleneck of 8 × 8 places instead of 4 × 4, and the hole
as a further channel; it paints the whole picture, for holes of any form.

In: `images` [B, S, S, C] in [-1, 1], `holes` [B, S, S, 1]. Out: images [B, S, S, C] in [-1, 1]. A model of the middle
paints the middle half of each side; elsewhere it gives back the known pixels, and 0 where there are none.
"""

import dataclasses

from holefill.errors import UserError
from holefill.models import context_networks as networks
from holefill.models import judges
from holefill.models.one_pass import OnePassModel
from holefill.registry import check_options, unknown

CHOICES = {
    "image_size": (32, 64, 128),
    "channels": (1, 3),
    "predicts": ("hole", "image"),
    "encoder": ("strided", "alexnet"),
    "bottleneck": ("channelwise", "dense"),
    "bottom": (4, 8),
    "seen": ("colour", "hole"),
}
OVERLAP = {"context_encoder@paper": 7, "context_encoder@code": 4, "context_encoder": 4}  # pixels of 128


@dataclasses.dataclass(frozen=True)
class Options:
    """image_size: 32, 64 or 128; channels: 1 or 3; width: channels at the encoder's door, doubled on the way.

    predicts: "hole" paints only the middle, "image" the whole picture. overlap: pixels that are known and painted too,
    around the hole (of the middle: within the half). encoder: "strided" 4 × 4 convolutions, or "alexnet", which sees 64
    pixels or more. bottleneck: "channelwise", or "dense" with bottleneck_width units. bottom: places a side there (of
    the strided encoder). seen: how a hole looks from inside, as a "colour" or by the "hole" as another channel. blocks:
    residual blocks at each resolution (with any, the last layer is of `models.bands`); biases: of the convolutions.
    """

    image_size: int = 128
    channels: int = 3
    width: int = 64
    predicts: str = "hole"
    overlap: int = 7
    encoder: str = "strided"
    bottleneck: str = "channelwise"
    bottleneck_width: int = 4000
    bottom: int = 4
    seen: str = "colour"
    blocks: int = 0
    biases: bool = True

    def __post_init__(self):
        for name, known in CHOICES.items():
            value = getattr(self, name)
            if value not in known and isinstance(value, str):
                raise UserError(unknown(value, known, f"context_encoder {name}"))
            if value not in known:
                raise UserError(f"context_encoder: {name} is {value}; it must be one of {', '.join(map(str, known))}")
        for name, least in {"width": 2, "bottleneck_width": 1, "overlap": 0, "blocks": 0}.items():
            if getattr(self, name) < least:
                raise UserError(f"context_encoder: {name} is {getattr(self, name)}; it must be {least} or more")
        if self.encoder == "alexnet" and self.image_size < 64:
            raise UserError("context_encoder: encoder 'alexnet' halves five times: wanted image_size 64 or 128")
        if self.predicts == "hole" and 4 * self.overlap >= self.image_size:
            raise UserError(f"context_encoder: an overlap of {self.overlap} leaves no hole of {self.image_size // 2}")


def paper(precision="float32", **changes) -> OnePassModel:
    """`context_encoder@paper`: the model of the middle, with the channel-wise layer."""
    return _build("context_encoder@paper", precision, {}, changes)


def code(precision="float32", **changes) -> OnePassModel:
    """`context_encoder@code`: the released net, 71 million weights at 128 × 128."""
    return _build("context_encoder@code", precision, {"bottleneck": "dense", "biases": False}, changes)


def small(precision="float32", **changes) -> OnePassModel:
    """`context_encoder`: ours, for any hole; 1.1 GFLOP a picture of 64 × 64 at its usual width."""
    ours = {"image_size": 64, "width": 32, "predicts": "image", "bottom": 8, "seen": "hole", "blocks": 1}
    return _build("context_encoder", precision, ours, changes)


paper.options = code.options = small.options = Options
small.image_size = 64
sharp = judges.refined(small)


def _build(family, precision, defaults, changes):
    changes = check_options(Options, changes, family)
    size = changes.get("image_size", defaults.get("image_size", Options.image_size))
    overlap = round(OVERLAP[family] * size / 128) if isinstance(size, int) else 0
    options = Options(**{"overlap": overlap, **defaults, **changes})
    companions = {"judge": lambda policy: networks.judge(options, policy)}
    middle = options.predicts == "hole"
    painter = networks.painter(options, precision)
    return OnePassModel(family, options, painter, middle=middle, companions=companions)

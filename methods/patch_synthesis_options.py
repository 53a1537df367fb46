"""How neural patch synthesis works: its options, and the presets by name.

`patch_synthesis@paper`  as Yang et al. (CVPR 2017) state it: relu3_1 and relu4_1, α = β = 5e-6, content in pixels. What
                         they do not state: 100 iterations of L-BFGS a scale, nearest patches found anew at each tenth;
                         pixels in [-1, 1], but γ and VGG-19 in 0 … 255, which makes the terms of like size, as they say
                         α and β do.
`patch_synthesis@code`   as their released, faster code does it: relu4_1 alone, every other patch, nearest by normalised
                         correlation and once a scale, 1e-4, the mean of a cell's votes; the content is relu4_2's, × 20,
                         and of the content network at each scale; TV 1e-4; 100 iterations of L-BFGS. Of the code's
                         sources only those of the picture as it is: none turned by 7.5° or scaled by 1.05.
`patch_synthesis`        ours: α says how much a texture counts whatever the size of its features; relu2_1, without
                         which noise that relu3_1 does not see remains; the content painted at the finest scale, whose
                         detail is kept; changes of colour smooth, since the features let colours become noise; no γ,
                         which blurs; Adam. Chosen by eye with torchvision's VGG-16 and patch_match as the content:
                         layers, colour and optimiser on parts of two photographs of BSDS500's training half, 128 pixels
                         a side with a hole of 40 × 40; α (0.04 … 1), relu4_1 beside, one scale or two, the rate, on two
                         to five of 256 with a hole of 80 × 80. A larger α makes more texture, also of a content that
                         has none, and grain where there should be none.

α and content_weight of `@paper` and `@code` are for features as large as those of Keras's VGG-19. Torchvision's VGG-16
makes small ones (root mean square 2.5 in relu3_1 and relu4_1), so that texture counts for next to nothing there.

Ablations: `patch_synthesis@paper(alpha=4e-5)`, `(content_weight=0)`, `(layers=())`.
"""

import dataclasses
import math

from holefill import processor, registry
from holefill.errors import UserError
from holefill.models import vgg

CHOICES = {
    "painted": ("finest", "coarsest"),
    "match": ("distance", "correlation"),
    "weighing": ("share", "mean", "cell"),
    "optimiser": ("adam", "lbfgs"),
    "precision": ("auto", "float32", "bfloat16"),
}
WHOLE = {  # the least and the most of each
    "patch": (1, 9),
    "stride": (1, 8),
    "steps": (0, 100_000),
    "refresh": (0, 100_000),
    "coarsest": (16, 4096),
    "largest": (16, 4096),
}
MAY_BE_NONE = ("content", "vgg", "content_layer")
NUMBERS = ("alpha", "beta", "colour", "content_weight", "learning_rate")


@dataclasses.dataclass(frozen=True)
class Options:
    """How to synthesise.

    content: what paints the hole: a method, or a model's name or folder; None: patch_match. painted: at the "coarsest"
    scale, and each later one begins with what the last made, enlarged; or at the "finest", and what that has of detail
    is added at each. vgg: file of VGG-19's or VGG-16's weights, see `models.vgg_weights`; "random": random ones, for
    tests. layers: of VGG, for the texture; none: no texture. alpha, beta: weights of texture and of γ. colour: of γ
    of what a scale changes of colours. content_weight: c. content_layer: a layer of VGG whose features, of what
    `content` painted, take the place of the pixels in the content's term.
    patch: side in cells, odd. stride: only each so many rows and columns of patches. match: nearest by "distance"
    or by "correlation". weighing: of the texture, "mean": the mean of squared distances of patches; "cell": half
    the sum of those of cells from the mean of their votes, γ halved too; "share": the mean, as a share of the
    sources' variance, times the number of missing values. refresh: steps from one search for the nearest to the
    next, 0: one a scale. optimiser: "adam" or "lbfgs". steps: at each scale. learning_rate: Adam's, falling to 0 as
    a cosine. coarsest: longer side of the first scale, in pixels, about. largest: longest side that is worked at;
    what is larger is enlarged from there. precision of the convolutions: "float32", "bfloat16", or "auto", float32
    but where the processor multiplies bfloat16.
    """

    content: str | None = None
    painted: str = "finest"
    vgg: str | None = None
    layers: tuple | str = ("relu2_1", "relu3_1")
    alpha: float = 0.04
    beta: float = 0.0
    colour: float = 1e-3
    content_weight: float = 1.0
    content_layer: str | None = None
    patch: int = 3
    stride: int = 1
    match: str = "distance"
    weighing: str = "share"
    refresh: int = 10
    optimiser: str = "adam"
    steps: int = 30
    learning_rate: float = 0.02
    coarsest: int = 128
    largest: int = 1024
    precision: str = "auto"

    def __post_init__(self):
        for name, values in CHOICES.items():
            if getattr(self, name) not in values:
                raise _wrong(name, getattr(self, name), f"one of {', '.join(values)}")
        for name, (least, most) in WHOLE.items():
            if not least <= getattr(self, name) <= most:
                raise _wrong(name, getattr(self, name), f"a whole number from {least} to {most}")
        for name in NUMBERS:
            if not 0 <= getattr(self, name) < math.inf:
                raise _wrong(name, getattr(self, name), "a number from 0")
        if self.patch % 2 == 0 or self.stride > self.patch:
            raise UserError(f"patch_synthesis: patch is {self.patch}, stride {self.stride}; wanted odd, and no more")
        layers = (self.layers,) if isinstance(self.layers, str) else self.layers
        object.__setattr__(self, "layers", tuple(dict.fromkeys(vgg.layer_name(layer) for layer in layers)))
        if self.content_layer is not None:
            object.__setattr__(self, "content_layer", vgg.layer_name(self.content_layer))

    @property
    def all_layers(self) -> tuple:
        """The layers of the texture, then the content's if it is none of them."""
        more = self.content_layer is not None and self.content_layer not in self.layers
        return self.layers + (self.content_layer,) * more

    def policy(self) -> str:
        """Keras's dtype policy for the convolutions."""
        fast = self.precision == "bfloat16" or self.precision == "auto" and processor.cpu_has_bfloat16()
        return "mixed_bfloat16" if fast else "float32"


def _wrong(name: str, value, wanted: str) -> UserError:
    return UserError(f"patch_synthesis: {name} is {value!r}; it must be {wanted}")


def change(options: Options, changes: dict) -> Options:
    """Options with some changed; None is a value of those alone whose type has it."""
    given = {name: value for name, value in changes.items() if value is not None or name in MAY_BE_NONE}
    return dataclasses.replace(options, **registry.check_options(Options, given, "patch_synthesis"))


OURS = Options()
PAPER = Options(
    painted="coarsest",
    layers=("relu3_1", "relu4_1"),
    alpha=5e-6,
    beta=5e-6,
    colour=0.0,
    weighing="mean",
    optimiser="lbfgs",
    steps=100,
    precision="float32",
)
CODE = Options(
    painted="coarsest",
    colour=0.0,
    layers=("relu4_1",),
    alpha=1e-4,
    beta=1e-4,
    content_weight=20.0,
    content_layer="relu4_2",
    stride=2,
    match="correlation",
    weighing="cell",
    refresh=0,
    optimiser="lbfgs",
    steps=100,
    precision="float32",
)

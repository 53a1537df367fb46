"""How a latent search searches: its options, and the presets by name.

`semantic@paper`      what Yeh et al. (CVPR 2017, arXiv:1607.07539) state. They do not state Adam's learning rate: 0.01.
`semantic@code`       what their released code does: window 15, λ 0.2, −log D, Nesterov's momentum, z from N(0, 1).
`semantic@symmetry`   the paper's search with squared terms and the mirrored picture: ‖W ⊙ (G(z) − y)‖² +
                      ‖W' ⊙ (G(z) − mirror(y))‖² + prior.
`semantic@landmarks`  the paper's search with half a point for every coordinate of 68 landmarks that is off by more than
                      3 pixels. Such a step has no gradient, so it chooses among the restarts.
`semantic`            ours: the paper's objective, minimised by SOAP with linear decay from a few random guesses, of
                      which successive halving follows the best; the prior counts, but does not lead.
`semantic@encoder`    ours for pictures: Adam in Gaussian coordinates, held to what the encoder believes, since an
                      objective that sees only the rim of a hole says little of its middle.
`vae`                 of a VAE's latent space: prior ½‖g‖², from the encoder's mean of the picture, samples of its
                      posterior, and at random.
"""

import dataclasses
import math

from holefill import registry
from holefill.errors import UserError
from holefill.methods import descent

CHOICES = {
    "optimiser": ("adam", "soap", "nesterov"),
    "schedule": ("constant", "cosine", "linear"),
    "start": ("encoder", "random"),
    "prior_from": ("discriminator", "latent"),
    "axis": ("middle", "face"),
    "landmark_loss": ("smooth", "step"),
    "norm": (1, 2),
    "boundary": ("known", "symmetric"),
    "latent": ("uniform", "normal"),
    "coordinates": ("latent", "gaussian"),
    "precision": ("auto", "float32", "bfloat16"),
}
# The least and the most of each number that is given; of floats, what they must stay below.
WHOLE = {
    "steps": (0, 1_000_000),
    "restarts": (1, 65_536),
    "keep": (1, 65_536),
    "batch": (1, 65_536),
    "window": (1, 255),
    "snapshots": (0, 1_000),
}
NUMBERS = dict.fromkeys(("prior", "symmetry", "landmarks", "anchor", "spread", "learning_rate"), (0.0, math.inf))
NUMBERS |= {"beta1": (0.0, 1.0), "beta2": (0.0, 1.0), "clip": (1e-6, math.inf)}


@dataclasses.dataclass(frozen=True)
class Options:
    """How to search.

    prior: λ; prior_in_descent: let it lead the search, rather than only count in the objective; prior_from: the
    "discriminator", where the model has one, or the "latent" itself, ½‖g‖²; saturating: log(1 − D) rather than −log D;
    window: of the importance weights; boundary: what they take to lie outside the picture, "known" or "symmetric";
    weighted: use them, else all known pixels count 1; norm: of the context loss, 1, or 2 for its squares; symmetry:
    weight of the distance to the mirrored picture, where that is known and the picture is not; axis: of that mirror,
    the picture's "middle" or the one of the "face", from its landmarks; landmarks: weight of the distance of the
    completed face's landmarks from those to be expected; landmark_loss: "smooth", which leads the search, or "step",
    which has no gradient and only counts in the objective; optimiser: "adam", "soap" or "nesterov";
    schedule: "constant", "cosine" or "linear"; restarts: first guesses an image; keep: how many of them, the lowest,
    are followed to the end, the others being given up by halves until the share `screen_at` of the steps is done;
    start: "encoder" (where the model has one) or "random"; guess: a one-pass model, by name or folder, whose completion
    the encoder sees in place of the hole; latent: random guesses from "uniform" U(-1, 1) or "normal"
    N(0, 1); coordinates: of the search, "latent" z or "gaussian" g with z = erf(g / √2); anchor: weight of ½‖(g − g₀) /
    σ‖², g₀ the first guess, σ the encoder's; spread: of the encoder's guesses about its mean, in σ; clip: largest size
    of a coordinate after each step, or None; precision: "float32", "bfloat16", or "auto", which is bfloat16 where the
    processor multiplies it; batch: most latents at once on each core; snapshots: how many fills on the way are kept in
    the trace.
    """

    prior: float = 0.003
    prior_in_descent: bool = True
    window: int = 7
    boundary: str = "known"
    weighted: bool = True
    norm: int = 1
    prior_from: str = "discriminator"
    saturating: bool = True
    symmetry: float = 0.0
    axis: str = "middle"
    landmarks: float = 0.0
    landmark_loss: str = "smooth"
    optimiser: str = "adam"
    beta1: float = 0.9
    beta2: float = 0.99
    learning_rate: float = 0.1
    schedule: str = "cosine"
    steps: int = 100
    restarts: int = 64
    keep: int = 4
    screen_at: float = 0.0
    start: str = "encoder"
    guess: str = ""
    latent: str = "uniform"
    coordinates: str = "latent"
    anchor: float = 0.0
    spread: float = 1.0
    clip: float | None = 1.0
    precision: str = "auto"
    batch: int = 32
    snapshots: int = 0

    def __post_init__(self):
        for name, values in CHOICES.items():
            if getattr(self, name) not in values:
                one_of = ", ".join(map(str, values))
                raise UserError(f"semantic: {name} is {getattr(self, name)!r}; it must be one of {one_of}")
        for name, (least, most) in WHOLE.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                raise UserError(f"semantic: {name} is {value!r}; it must be a whole number from {least} to {most}")
        for name, (least, below) in NUMBERS.items():
            value = getattr(self, name)
            if name == "clip" and value is None:
                continue
            if not least <= value < below:
                wanted = f"a number from {least:g}" + (f", less than {below:g}" if below < math.inf else "")
                raise UserError(f"semantic: {name} is {value!r}; it must be {wanted}")
            object.__setattr__(self, name, float(value))
        if self.anchor and self.coordinates != "gaussian":
            raise UserError("semantic: an anchor needs coordinates='gaussian'")
        if self.window % 2 == 0:
            raise UserError(f"semantic: window is {self.window}; it must be odd")
        if not 0 <= self.screen_at <= 1:
            raise UserError(f"semantic: screen_at is {self.screen_at!r}; it must be a share of the steps, 0 to 1")
        if self.guess and self.start != "encoder":
            raise UserError("semantic: a guess is looked at by the encoder, so it needs start='encoder'")
        if self.keep > self.restarts:
            raise UserError(f"semantic: keep is {self.keep}, more than the {self.restarts} restarts")

    def minimiser(self):
        """The optimiser's rule."""
        if self.optimiser == "nesterov":
            return descent.Nesterov(0.9)
        return (descent.Soap if self.optimiser == "soap" else descent.Adam)(self.beta1, self.beta2)


# λ = 0.003 makes the prior a thousandth of the objective, and its gradient half of the work.
OURS = Options(
    prior_in_descent=False,
    optimiser="soap",
    beta2=0.9,
    learning_rate=0.4,
    schedule="linear",
    steps=600,
    restarts=4,
    keep=1,
    screen_at=0.6,
    start="random",
)
ENCODER = Options(
    prior_in_descent=False,
    coordinates="gaussian",
    clip=None,
    anchor=0.01,
    spread=6.0,
    learning_rate=0.1,
    steps=40,
    restarts=1,
    keep=1,
)
PAPER = Options(
    beta2=0.999, learning_rate=0.01, schedule="constant", steps=1500, keep=64, start="random", precision="float32"
)
CODE = dataclasses.replace(
    PAPER,
    prior=0.2,
    window=15,
    boundary="symmetric",
    saturating=False,
    optimiser="nesterov",
    learning_rate=3e-4,
    steps=1000,
    latent="normal",
)
SYMMETRY = dataclasses.replace(PAPER, norm=2, symmetry=1.0)
LANDMARKS = dataclasses.replace(PAPER, landmarks=1.0, landmark_loss="step")
VAE = dataclasses.replace(
    OURS,
    prior=0.03,
    prior_in_descent=True,
    prior_from="latent",
    coordinates="gaussian",
    clip=None,
    start="encoder",
    optimiser="adam",
    beta2=0.99,
    learning_rate=0.1,
    schedule="cosine",
    steps=150,
)
PRESETS = {
    "semantic": OURS,
    "semantic@encoder": ENCODER,
    "semantic@paper": PAPER,
    "semantic@code": CODE,
    "semantic@symmetry": SYMMETRY,
    "semantic@landmarks": LANDMARKS,
    "vae": VAE,
}


def preferred(model) -> Options:
    """The preset that paints the best pictures with a model: held to its encoder, where it has one."""
    return ENCODER if model.encoder is not None else OURS


def preset(name: str, model) -> Options:
    """The preset of that name for a model; without an encoder nothing is held to it, and `semantic` takes its place."""
    return preferred(model) if name == "semantic@encoder" else PRESETS[name]


def change(options: Options, changes: dict) -> Options:
    """Options with some changed; `restarts` alone changes `keep` too where all were kept, or more than there are."""
    given = {name: value for name, value in changes.items() if value is not None or name == "clip"}
    given = registry.check_options(Options, given, "semantic")
    if "restarts" in given and "keep" not in given:
        followed_all = options.keep == options.restarts
        given["keep"] = given["restarts"] if followed_all else min(options.keep, given["restarts"])
    return dataclasses.replace(options, **given)

"""DCGAN (Radford, Metz, Chintala, ICLR 2016, arXiv:1511.06434) as semantic inpainting uses it.

`dcgan@paper` is the network of Yeh et al. (CVPR 2017): a generator of 5×5 transposed convolutions
with batch normalisation and ReLU, a discriminator of 5×5 strided convolutions with batch
normalisation and leaky ReLU. `dcgan` is ours for small data sets: the same generator, a
discriminator without batch normalisation (it is trained with an R1 penalty), and an encoder that
looks at a picture *with its hole* and says where in latent space its completions lie.

Generator:      z [B, latent_size] in [-1, 1], drawn from U(-1, 1) → images [B, S, S, C] in [-1, 1].
Discriminator:  images [B, S, S, C] in [-1, 1] → logits [B, 1], large for real.
Encoder:        [image × known, hole] [B, S, S, C + 1] → [B, 2 × latent_size]: mean and log standard
                deviation of a Gaussian g; the latent is z = erf(g / √2), uniform where g is normal.
"""

import dataclasses
import math
import typing

import keras
from keras import layers

from holefill.errors import UserError
from holefill.models.latent_model import LatentModel
from holefill.registry import check_options

BASE = 4  # side of the generator's first feature map


@dataclasses.dataclass(frozen=True)
class Shape:
    """What the networks of a family share: the DCGAN's, and others that are mirrored on it (`models.vae`).

    image_size: 32, 64, 128 or 256 pixels; channels: 1 or 3; kernel: 3, 5 or 7; width: channels of the
    generator's last hidden map.
    """

    family: typing.ClassVar[str] = "dcgan"
    choices: typing.ClassVar[dict] = {"image_size": (32, 64, 128, 256), "channels": (1, 3), "kernel": (3, 5, 7)}

    image_size: int = 64
    channels: int = 3
    latent_size: int = 100
    kernel: int = 5
    width: int = 64

    def __post_init__(self):
        for name, values in self.choices.items():
            if getattr(self, name) not in values:
                wanted = ", ".join(map(str, values))
                raise UserError(f"{self.family}: {name} is {getattr(self, name)!r}; it must be one of {wanted}")
        for name in ("latent_size", "width"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UserError(f"{self.family}: {name} is {value!r}; it must be a positive whole number")

    @property
    def depth(self) -> int:
        """Number of layers that double, or halve, the side."""
        return int(math.log2(self.image_size // BASE))

    def widths(self) -> list[int]:
        """Channels of the maps from the finest hidden one to the coarsest, at most 8 × width."""
        return [self.width * min(2**i, 8) for i in range(self.depth)]


@dataclasses.dataclass(frozen=True)
class Options(Shape):
    """`Shape`, and discriminator_norm: "batch" or "none"; encoder: build one too."""

    choices: typing.ClassVar[dict] = {**Shape.choices, "discriminator_norm": ("batch", "none")}

    discriminator_norm: str = "batch"
    encoder: bool = False


def paper(precision="float32", **changes) -> LatentModel:
    """`dcgan@paper`: 5,135,363 generator and 4,316,545 discriminator parameters at 64×64×3."""
    return _build("dcgan@paper", precision, changes)


def small_data(precision="float32", **changes) -> LatentModel:
    """`dcgan`: ours for small data sets; 48 wide, an encoder, no batch normalisation in D."""
    ours = {"width": 48, "discriminator_norm": "none", "encoder": True}
    return _build("dcgan", precision, {**ours, **changes})


paper.options = small_data.options = Options


def _build(family, precision, changes):
    options = Options(**check_options(Options, changes, family))
    encode = encoder(options, precision) if options.encoder else None
    return LatentModel(family, options, generator(options, precision), discriminator(options, precision), encode)


def _normal():
    return keras.initializers.RandomNormal(0.0, 0.02)


def generator(options: Shape, precision="float32") -> keras.Model:
    """Latents [B, latent_size] in [-1, 1] → images [B, S, S, C] in [-1, 1], float32 (tanh).

    `precision` is a Keras dtype policy ("mixed_bfloat16", …); the last layer stays in float32.
    """
    widths = options.widths()[::-1]
    z = keras.Input((options.latent_size,), name="latent")
    x = layers.Dense(BASE * BASE * widths[0], kernel_initializer=_normal(), dtype=precision, name="project")(z)
    x = layers.Reshape((BASE, BASE, widths[0]), dtype=precision, name="reshape")(x)
    x = _normalised_relu(x, precision, "project")
    for i, width in enumerate(widths[1:]):
        x = _up(width, options.kernel, precision, f"up{i}")(x)
        x = _normalised_relu(x, precision, f"up{i}")
    x = _up(options.channels, options.kernel, precision, f"up{len(widths) - 1}")(x)
    x = layers.Activation("tanh", dtype="float32", name="image")(x)
    return keras.Model(z, x, name="generator")


def _up(width, kernel, precision, name):
    return layers.Conv2DTranspose(
        width, kernel, 2, padding="same", kernel_initializer=_normal(), dtype=precision, name=name
    )


def _normalised_relu(x, precision, name):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=precision, name=f"{name}_norm")(x)
    return layers.ReLU(dtype=precision, name=f"{name}_relu")(x)


def discriminator(options: Options, precision="float32") -> keras.Model:
    """Images [B, S, S, C] in [-1, 1] → logits [B, 1], float32."""
    normalise = options.discriminator_norm == "batch"
    x = image = keras.Input((options.image_size, options.image_size, options.channels), name="image")
    for i, width in enumerate(options.widths()):
        x = _down(width, options.kernel, precision, f"down{i}")(x)
        x = _leaky(x, normalise and i > 0, precision, f"down{i}")
    x = layers.Flatten(dtype=precision, name="flatten")(x)
    x = layers.Dense(1, kernel_initializer=_normal(), dtype="float32", name="logit")(x)
    return keras.Model(image, x, name="discriminator")


def encoder(options: Shape, precision="float32", kernel: int = 3) -> keras.Model:
    """[image × known, hole] [B, S, S, C + 1] → mean, log standard deviation [B, 2 × latent_size], float32."""
    shape = (options.image_size, options.image_size, options.channels + 1)
    x = seen = keras.Input(shape, name="seen")
    for i, width in enumerate(options.widths()):
        x = _down(width, kernel, precision, f"down{i}")(x)
        x = _leaky(x, True, precision, f"down{i}")
    x = layers.Flatten(dtype=precision, name="flatten")(x)
    x = layers.Dense(2 * options.latent_size, kernel_initializer=_normal(), dtype="float32", name="posterior")(x)
    return keras.Model(seen, x, name="encoder")


def _down(width, kernel, precision, name):
    initializer = keras.initializers.TruncatedNormal(0.0, 0.02)
    return layers.Conv2D(width, kernel, 2, padding="same", kernel_initializer=initializer, dtype=precision, name=name)


def _leaky(x, normalise, precision, name):
    if normalise:
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, dtype=precision, name=f"{name}_norm")(x)
    return layers.LeakyReLU(0.2, dtype=precision, name=f"{name}_relu")(x)

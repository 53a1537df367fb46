"""Variational autoencoder (Kingma & Welling, ICLR 2014, arXiv:1312.6114) mirrored on the DCGAN.

The decoder is the DCGAN's generator, layer for layer; the encoder is its mirror: strided convolutions with the same
kernel and widths, batch normalisation and leaky ReLU. There is no discriminator: a latent search takes
½‖g‖² = −log N(g; 0, 1) as its prior (`losses.prior.latent_norm`).

The latent. What is encoded is a Gaussian g ~ N(mean, σ²) whose prior is N(0, 1), as in every VAE; what the decoder is
given is z = erf(g / √2), which is U(-1, 1) under that prior. The decoder of the VAE in the usual sense is thus
G ∘ erf: its likelihood and its KL term are those of g. For that every search, sample and export that works with a
`dcgan` works with a `vae` as it is. The ‖z‖² of a published VAE's search is ‖g‖² here: coordinates="gaussian".

The encoder sees [image × known, hole] as the `dcgan`'s does. Its weights for the hole's channel begin at 0, and where a
VAE is trained on whole pictures, with a hole of zeros, their gradient is 0 and they stay 0: that encoder is an ordinary
one, and a search starts at its mean of the overlaid picture, missing pixels being 0 (grey). Where it is trained
on pictures with holes they grow, and the search starts at what it believes of the hole.

`vae`        ours: 48 wide as `dcgan` is, trained to see through holes.
`vae@paper`  a plain VAE of whole pictures with the networks of `dcgan@paper`, 64 wide, for the comparison of GAN and
             VAE with kernels 3 and 7. The report that made it (K. Taneja and P. Kulkarni, "Semantic Image Inpainting
             with Deep Generative Models", CS 736) states the kernels, the search's losses and no sizes.

Generator:  z [B, latent_size] in [-1, 1] → images [B, S, S, C] in [-1, 1].
Encoder:    [image × known, hole] [B, S, S, C + 1] → [B, 2 × latent_size]: mean and log standard deviation of g.
"""

import dataclasses
import typing

import keras
import numpy as np

from holefill.models import dcgan
from holefill.models.latent_model import LatentModel
from holefill.registry import check_options


@dataclasses.dataclass(frozen=True)
class Options(dcgan.Shape):
    """Shape of the networks, as in `dcgan.Shape`; the kernel is the encoder's too."""

    family: typing.ClassVar[str] = "vae"


def paper(precision="float32", **changes) -> LatentModel:
    """`vae@paper`: 5,135,363 decoder and 5,948,680 encoder parameters at 64×64×3 with kernel 5."""
    return _build("vae@paper", precision, changes)


def small_data(precision="float32", **changes) -> LatentModel:
    """`vae`: ours for small data sets; 48 wide."""
    return _build("vae", precision, {"width": 48, **changes})


paper.options = small_data.options = Options


def _build(family, precision, changes):
    options = Options(**check_options(Options, changes, family))
    encode = dcgan.encoder(options, precision, options.kernel)
    _forget_the_hole(encode)
    return LatentModel(family, options, dcgan.generator(options, precision), None, encode)


def _forget_the_hole(encode: keras.Model):
    """Set the first layer's weights for the hole, its last channel, to 0."""
    kernel = encode.get_layer("down0").kernel
    seen = np.ones(kernel.shape, "float32")
    seen[:, :, -1] = 0
    kernel.assign(kernel * seen)

"""VAE: mirrored on the DCGAN, every size, an encoder that begins blind to holes, and latent searches with it."""

import math

import keras
import numpy as np
import pytest

from holefill import methods
from holefill.errors import UserError
from holefill.models import stored, vae


def parameters(network):
    return sum(math.prod(v.shape) for v in network.trainable_variables)


def test_paper_parameter_counts():
    """The decoder is the generator of `dcgan@paper`; the encoder has 5×5×4×64 + … and 8192 × 200 at the end."""
    model = stored.build("vae@paper")
    assert model.discriminator is None and model.latent_size == 100
    assert parameters(model.generator) == 5_135_363
    convolutions = [4 * 64, 64 * 128, 128 * 256, 256 * 512]
    norms = 2 * (64 + 128 + 256 + 512)
    assert parameters(model.encoder) == 25 * sum(convolutions) + 960 + norms + 8192 * 200 + 200


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_range(size, channels):
    model = stored.build("vae", image_size=size, channels=channels, width=4, latent_size=7)
    images = np.asarray(model.generator(np.random.default_rng(0).uniform(-1, 1, (2, 7)).astype("float32")))
    assert images.shape == (2, size, size, channels) and images.dtype == np.float32 and np.abs(images).max() <= 1
    seen = np.concatenate([images, np.zeros((2, size, size, 1), "float32")], -1)
    assert np.asarray(model.encoder(seen)).shape == (2, 14)


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_encoder_mirrors_the_generator(kernel):
    model = stored.build("vae@paper", kernel=kernel, width=4)
    maps = {
        name: [w.shape for w in network.trainable_variables if len(w.shape) == 4]
        for name, network in (("up", model.generator), ("down", model.encoder))
    }
    widths = [(kernel, kernel, a, b) for a, b in ((4, 8), (8, 16), (16, 32))]
    assert maps["down"] == [(kernel, kernel, 4, 4), *widths]  # three channels and the hole's
    assert maps["up"] == [*widths[::-1], (kernel, kernel, 3, 4)]  # [., ., out, in]


def test_encoder_begins_blind_to_the_hole():
    model = stored.build("vae", image_size=32, width=4, latent_size=5)
    picture, hole = np.random.default_rng(0).uniform(-1, 1, (2, 2, 32, 32, 3)).astype("float32")
    seen = [np.concatenate([picture, h], -1) for h in (hole[..., :1], np.zeros_like(hole[..., :1]))]
    np.testing.assert_array_equal(*(np.asarray(model.encoder(x)) for x in seen))
    assert np.ptp(np.asarray(model.encoder(seen[0])), axis=0).max() > 0


@pytest.mark.parametrize(
    "changes", [{"image_size": 48}, {"channels": 2}, {"kernel": 4}, {"width": 0}, {"encoder": True}]
)
def test_options_refused_by_name(changes):
    with pytest.raises(UserError, match=f"vae.*{next(iter(changes))}"):
        vae.small_data(**changes)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("method", ["semantic@encoder", "semantic", "semantic(coordinates='gaussian', clip=None)"])
def test_searches_that_take_a_dcgan_take_a_vae(channels, method):
    """With kernel 7 on an 8 × 8 map too; the search lowers what it minimises."""
    keras.utils.set_random_seed(0)
    model = stored.build("vae", image_size=32, channels=channels, kernel=7, width=4, latent_size=6)
    for variable in model.generator.trainable_variables:
        variable.assign(4 * variable)  # pictures of some contrast
    truth = np.asarray(model.generator(np.random.default_rng(0).uniform(-1, 1, (2, 6)).astype("float32")))
    holes = np.zeros((2, 32, 32, 1), "float32")
    holes[:, 8:24, 8:24] = 1
    fill, options = methods.get(method)
    options = {**options, "steps": 80, "restarts": 4, "keep": 2}
    found = fill(truth * (1 - holes), holes, model=model, **options)
    assert found.images.shape == (2, 1, 32, 32, channels) and np.isfinite(found.images).all()
    losses = found.trace["losses"]
    clearly = 1 if method == "semantic@encoder" else 0.99  # held near its first guess, it may have little to gain
    assert (losses[..., -1] < clearly * losses[..., 0]).all()

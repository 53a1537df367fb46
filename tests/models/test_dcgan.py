"""DCGAN: the paper's parameter counts, every size, and what its options refuse."""

import math

import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import dcgan, stored


def parameters(network):
    return sum(math.prod(v.shape) for v in network.trainable_variables)


def test_paper_parameter_counts():
    model = stored.build("dcgan@paper")
    assert parameters(model.generator) == 5_135_363
    assert parameters(model.discriminator) == 4_316_545
    assert model.encoder is None
    assert model.latent_size == 100


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_range(size, channels):
    model = stored.build("dcgan", image_size=size, channels=channels, width=4, latent_size=7)
    z = np.random.default_rng(0).uniform(-1, 1, (2, 7)).astype("float32")
    images = np.asarray(model.generator(z))
    assert images.shape == (2, size, size, channels) and images.dtype == np.float32
    assert np.abs(images).max() <= 1
    assert np.asarray(model.discriminator(images)).shape == (2, 1)
    seen = np.concatenate([images, np.zeros((2, size, size, 1), "float32")], -1)
    assert np.asarray(model.encoder(seen)).shape == (2, 14)


@pytest.mark.parametrize("kernel", [3, 5, 7])
def test_kernel_of_every_generator_layer(kernel):
    model = stored.build("dcgan@paper", kernel=kernel, width=4)
    kernels = [w.shape[:2] for w in model.generator.trainable_variables if len(w.shape) == 4]
    assert kernels == [(kernel, kernel)] * 4


def test_mixed_precision_ends_in_float32():
    model = stored.build("dcgan", "mixed_bfloat16", width=4, image_size=32)
    z = np.zeros((1, 100), "float32")
    images = model.generator(z)
    assert images.dtype == "float32" and model.discriminator(images).dtype == "float32"
    assert all(v.dtype == "float32" for v in model.generator.trainable_variables)
    assert model.generator.get_layer("up0").compute_dtype == "bfloat16"


def test_discriminator_without_norm_judges_each_image_by_itself():
    model = stored.build("dcgan", image_size=32, width=4)
    images = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3)).astype("float32")
    together = np.asarray(model.discriminator(images, training=True))
    alone = np.concatenate([np.asarray(model.discriminator(images[i : i + 1], training=True)) for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"image_size": 48}, {"channels": 2}, {"kernel": 4}, {"width": 0}, {"latent_size": -1}, {"depth": 3}]
)
def test_options_refused_by_name(changes):
    with pytest.raises(UserError, match=next(iter(changes))):
        dcgan.small_data(**changes)

"""A tiny latent model with random weights whose pictures differ, and pictures with holes for it."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def toy_model():
    """A 32×32 model, 8 wide, with an encoder; weights large enough that latents make a difference."""
    from holefill.models import stored

    model = stored.build("dcgan", image_size=32, width=8, latent_size=8)
    random = np.random.default_rng(7)
    for network in model.networks().values():
        for variable in network.variables:
            if variable.path.endswith("kernel"):
                fan_in = np.prod(variable.shape[:-1])
                variable.assign(random.normal(0, 2 / np.sqrt(fan_in), variable.shape))
    return model


@pytest.fixture(scope="session")
def faces(toy_model):
    """Images [3, 32, 32, 3] in the toy model's range, and a different hole for each, [3, 32, 32, 1]."""
    latents = np.random.default_rng(8).uniform(-0.8, 0.8, (3, 8)).astype("float32")
    holes = np.zeros((3, 32, 32, 1), "float32")
    holes[0, 8:24, 8:24] = holes[1, :, 16:] = 1
    holes[2] = np.random.default_rng(9).random((32, 32, 1)) < 0.8
    return np.array(toy_model.generator(latents)), holes

"""Networks and losses give on Keras's JAX backend what they give on TensorFlow's, and so do their gradients.

A process has one backend, so this file is also a program: `python -P tests/test_backends.py FILE` asks every network
and every loss, and writes to FILE what they answer on the backend that KERAS_BACKEND names. Weights and what is given
are drawn by NumPy, the same in every process.
"""

import functools
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from holefill import losses, models
from holefill.losses.context import importance_weights
from holefill.losses.symmetry import mirror
from holefill.models import landmark_net, parsing_net, stored, vgg
from holefill.registry import parse_spec

SIZE = 32
LATENT = {"width": 4, "latent_size": 6}
FACE = {"width": 4, "units": 16}
MODELS = {  # options that make each small enough for a test
    "fill": {"width": 8},
    "fill@sharp": {"width": 8},
    "contextual_attention": {"width": 4},
    "contextual_attention@sharp": {"width": 4},
    "contextual_attention@paper": {"width": 4},
    "contextual_attention@code": {"width": 4},
    "parallel_attention": {"width": 4},
    "parallel_attention@sharp": {"width": 4},
    "parallel_attention@paper": {"width": 4},
    "context_encoder": {"width": 4},
    "context_encoder@sharp": {"width": 4},
    "context_encoder@paper": {"width": 4},
    "context_encoder@code": {"width": 4, "bottleneck_width": 32},
    "face_completion": FACE,
    "face_completion@sharp": FACE,
    "face_completion@paper": FACE,
    "face_completion@code": FACE,
    "glcic": {"width": 4},
    "glcic@sharp": {"width": 4},
    "glcic@paper": {"width": 4},
    "dcgan": LATENT,
    "dcgan@paper": LATENT,
    "vae": LATENT,
    "vae@paper": LATENT,
}
OTHERS = {  # networks that no spec names, and options that change layers
    "fill(smooth)": lambda: painter(width=8, mirror=False, smooth=True, bands=False),
    "fill(door)": lambda: painter(width=8, door=4),
    "landmark_net": lambda: landmark_net.build(image_size=SIZE, width=4, units=16),
    "parsing_net": lambda: parsing_net.build(width=4),
    "parsing_net@paper": lambda: parsing_net.build(kind="parsing@paper"),
    "vgg": lambda: vgg.network(("relu1_2", "relu2_1")),
}
LOSSES = {  # what each takes, by the names that `given` has for it
    "context": "painted images weights",
    "context(norm=2)": "painted images weights",
    "prior_saturating": "fake",
    "prior_non_saturating": "fake",
    "prior_latent": "mean",
    "adversarial_discriminator": "real fake",
    "adversarial_generator": "fake",
    "minimax_generator": "fake",
    "hinge_discriminator": "real fake",
    "hinge_generator": "fake",
    "wasserstein_critic": "real fake",
    "wasserstein_generator": "fake",
    "hole_l1": "painted images holes",
    "hole_l2": "painted images holes",
    "weighted_l2": "painted images holes",
    "hole_log_l2": "painted images holes",
    "overlap_l1": "painted images holes",
    "overlap_l2": "painted images holes",
    "patch_discriminator": "real_patches fake_patches holes",
    "patch_generator": "fake_patches holes",
    "patch_features": "real_features fake_features",
    "reconstruction": "painted images",
    "kl": "mean log_sigma",
    "discounted_l1": "painted images holes",
    "discounted_l1(to='border')": "painted images holes",
    "symmetry": "painted mirrored trusted",
    "landmark_step": "points target",
    "landmark_smooth": "points target",
    "parsing": "painted labels holes",
    "texture": "painted images holes",
    "total_variation": "painted",
}
needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="jax is not installed: pip install '.[jax]'"
)


def painter(**options):
    return stored.build("fill", image_size=SIZE, **options).painter


def networks(name):
    """Part → network, what only training needs among them."""
    if name in OTHERS:
        return {"network": OTHERS[name]()}
    model = stored.build(name, image_size=SIZE, **MODELS[name])
    companions = getattr(model, "companions", {})
    return model.networks() | {part: make("float32") for part, make in companions.items()}


def weights(network):
    """Kernels that keep the variance; others near 0, or near 1 where they divide or multiply."""
    random = np.random.default_rng(0)
    for variable in network.weights:
        shape = variable.shape
        scale = np.prod(shape[:-1]) ** -0.5 if len(shape) > 1 else 0.1
        yield float(variable.name in ("gamma", "moving_variance")) + scale * random.normal(size=shape)


def seen(network):
    """Two examples of what a network takes; a hole is 0 or 1."""
    random = np.random.default_rng(1)
    for entry in network.inputs:
        values = random.uniform(-1, 1, (2, *(side or SIZE for side in entry.shape[1:])))
        yield tensor(values > 0.3 if entry.name == "holes" else values)


def given():
    """What losses take, by name: three examples, each with another hole."""
    random = np.random.default_rng(2)
    holes = random.uniform(size=(3, SIZE, SIZE, 1)) < 0.6
    holes[1:] = False
    holes[1, :20, 18:] = holes[2, 10, 10] = True
    shapes = {"real": (1,), "mean": (5,), "real_patches": (4, 4, 1), "real_features": (4, 4, 5)}
    shapes |= {"fake": (1,), "log_sigma": (5,), "fake_patches": (4, 4, 1), "fake_features": (4, 4, 5)}
    found = {name: tensor(random.normal(size=(3, *shape))) for name, shape in shapes.items()}
    found |= {name: tensor(random.uniform(-1, 1, (3, SIZE, SIZE, 3))) for name in ("painted", "images")}
    found |= {name: tensor(4 * random.normal(size=(3, 68, 2))) for name in ("points", "target")}
    found |= {"labels": tensor(random.integers(3, size=(3, SIZE, SIZE))), "holes": tensor(holes)}
    found["mirrored"], found["trusted"] = mirror(found["images"], found["holes"], [[14.2, 0.0], [17.7, 31.0]])
    return found | {"weights": importance_weights(found["holes"], boundary="symmetric")}


def tensor(values):
    return ops.convert_to_tensor(np.asarray(values, np.float32))


def answer(function, first, *more):
    """What a function gives, a list, and behind it the gradient of its mean square by the first that it takes."""

    def squared(first, *more):
        found = keras.tree.flatten(function(first, *more))
        return sum(ops.mean(ops.square(x)) for x in found), found

    if keras.backend.backend() == "jax":
        import jax

        (_, found), gradient = jax.jit(jax.value_and_grad(squared, has_aux=True))(first, *more)
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(first)
            square, found = squared(first, *more)
        gradient = tape.gradient(square, first, unconnected_gradients="zero")
    return [np.asarray(x) for x in (*found, gradient)]


def call(network, *given):
    return network(given if len(given) > 1 else given[0], training=False)


def answers():
    """Each an array, by its name, part and number."""
    found, known = {}, given()
    for name in (*MODELS, *OTHERS):
        for part, network in networks(name).items():
            network.set_weights(list(weights(network)))
            found[name, part] = answer(functools.partial(call, network), *seen(network))
    for spec, names in LOSSES.items():
        loss, options = losses.get(spec)
        found[spec, "loss"] = answer(functools.partial(loss, **options), *(known[name] for name in names.split()))
    return {f"{name} {part} {i}": x for (name, part), several in found.items() for i, x in enumerate(several)}


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What TensorFlow answers, and what JAX does."""
    path = tmp_path_factory.mktemp("backends") / "answers.npz"
    environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
    words = [sys.executable, "-P", __file__, path]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    with np.load(path) as theirs:
        return answers(), dict(theirs)


def test_every_name_is_asked():
    assert set(MODELS) == set(models.names())
    assert {parse_spec(spec)[0] for spec in LOSSES} == set(losses.names())


@pytest.mark.parametrize("folder", ["models", "losses"])
def test_no_backend_is_imported(folder):
    for path in (Path(__file__).parents[1] / folder).glob("*.py"):
        assert not re.search(r"^\s*(import|from) (tensorflow|jax|torch)\b", path.read_text(), re.MULTILINE), path


@pytest.mark.slow
@needs_jax
@pytest.mark.parametrize("name", [*MODELS, *OTHERS, *LOSSES])
def test_jax_gives_what_tensorflow_gives(name, both):
    ours, theirs = ({key: x for key, x in found.items() if key.startswith(f"{name} ")} for found in both)
    assert ours and set(ours) == set(theirs)
    for key, values in ours.items():
        largest = np.abs(values).max()
        assert largest > 0 or name == "landmark_step"  # which has no gradient
        np.testing.assert_allclose(theirs[key], values, rtol=0, atol=1e-4 * largest, err_msg=key)


if __name__ == "__main__":
    np.savez(sys.argv[1], **answers())

"""The folded, rearranged networks compute what the Keras models compute in inference mode."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.methods import folded
from holefill.models import dcgan


def unsettle(network, seed):
    """Random statistics, so that a batch normalisation that is not folded shows."""
    random = np.random.default_rng(seed)
    for variable in network.variables:
        spread = random.normal(0, 0.1, variable.shape)
        variable.assign(spread if "variance" not in variable.path else 0.5 + np.abs(spread) * 5)
    return network


def networks(**changes):
    options = dcgan.Options(width=8, latent_size=10, encoder=True, **changes)
    makers = (dcgan.generator, dcgan.discriminator, dcgan.encoder)
    return [unsettle(make(options), seed) for seed, make in enumerate(makers)]


@pytest.mark.parametrize("hybrid", [True, False])
@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("size,channels", [(32, 3), (64, 1)])
def test_equals_keras(hybrid, kernel, size, channels):
    for network in networks(kernel=kernel, image_size=size, channels=channels):
        x = np.random.default_rng(3).uniform(-1, 1, (3, *network.input_shape[1:])).astype("float32")
        net = folded.fold(network, hybrid)
        np.testing.assert_allclose(folded.run(net.layers, net.weights, x), network(x, training=False), atol=1e-4)


def test_every_form_is_used_where_it_is_fastest():
    generator, discriminator, _ = networks(image_size=64)
    up = [layer.form for layer in folded.fold(generator, True).layers]
    down = [layer.form for layer in folded.fold(discriminator, True).layers]
    assert up == ["direct", "matmul", "direct", "direct", "subpixel"]
    assert down == ["subpixel", "direct", "direct", "matmul", "direct"]
    assert {layer.form for layer in folded.fold(generator, False).layers} == {"direct"}


def test_bfloat16_comes_out_as_float32():
    generator, discriminator = networks(image_size=32)[:2]
    net = folded.fold(generator, True)
    z = np.random.default_rng(0).uniform(-1, 1, (4, 10)).astype("float32")
    weights = folded.cast(net.weights, tf.bfloat16)
    assert {w.dtype for w in weights[:-1]} == {tf.bfloat16} and weights[-1].dtype == tf.float32
    dense = folded.cast(folded.fold(discriminator, True).weights, tf.bfloat16)
    assert [w.dtype for w in dense[-2:]] == [tf.float32] * 2 and dense[0].dtype == tf.bfloat16
    images = folded.run(net.layers, weights, z)
    assert images.dtype == tf.float32
    np.testing.assert_allclose(images, generator(z), atol=0.05)


@pytest.mark.parametrize("hybrid", [True, False])
def test_phases_are_the_image_taken_apart(hybrid):
    net = folded.fold(networks(image_size=32)[0], hybrid)
    z = np.random.default_rng(0).uniform(-1, 1, (4, 10)).astype("float32")
    whole, phases = (folded.run(net.layers, net.weights, z, phases=p) for p in (False, True))
    assert phases.shape[1:3] == (16, 16)
    np.testing.assert_allclose(tf.nn.depth_to_space(phases, 2), whole, atol=1e-6)


def test_flops_of_the_paper_networks():
    """64 latents of the 64×64 paper networks, value and gradient: 83.5 GFLOP."""
    options = dcgan.Options()
    networks = [folded.fold(make(options), True) for make in (dcgan.generator, dcgan.discriminator)]
    total = sum(folded.flops(network.layers) for network in networks)
    assert 64 * 2 * total == pytest.approx(83.5e9, rel=0.01)


def test_unknown_layer_is_named():
    network = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4), keras.layers.LayerNormalization(name="odd")])
    with pytest.raises(UserError, match="odd.*LayerNormalization"):
        folded.fold(network)


L = keras.layers
HALF = {"strides": 2, "padding": "same"}


@pytest.mark.parametrize(
    "shape, layers, words",
    [
        ((8, 8, 2), [L.Conv2D(3, 1, **HALF)], "kernel 1×1; wanted a square one of 3 or more"),
        ((4, 4, 2), [L.Conv2DTranspose(3, 2, **HALF)], "kernel 2×2"),
        ((8, 8, 2), [L.Conv2D(3, (3, 5), **HALF)], "kernel 3×5"),
        ((7, 7, 2), [L.Conv2D(3, 3, **HALF)], "maps 7×7 to 4×4; wanted square ones"),
        ((8, 4, 2), [L.Conv2D(3, 3, **HALF)], "maps 8×4 to 4×2"),
        ((None, None, 2), [L.Conv2D(3, 3, **HALF)], "maps None×None to None×None"),
        ((4, 4, 2), [L.Conv2DTranspose(3, 3, output_padding=0, **HALF)], "maps 4×4 to 7×7"),
        ((8, 8, 2), [L.Conv2D(4, 3, groups=2, **HALF)], "groups 2"),
        ((8, 8, 2), [L.Conv2D(4, 3, padding="same")], "stride"),
        ((8,), [L.Dense(4, "tanh"), L.ReLU()], "relu follows tanh"),
        ((8,), [L.Dense(4), L.LeakyReLU(), L.Activation("tanh")], "tanh follows leaky_relu"),
        ((8,), [L.Dense(4), L.ReLU(6.0)], "a ReLU with a limit"),
        ((8,), [L.Dense(4), L.ReLU(negative_slope=0.2)], "a ReLU with a limit, a slope"),
        ((8,), [L.Dense(4, L.ReLU())], "activation 'ReLU'"),
        ((8,), [L.BatchNormalization(), L.Dense(4)], "a BatchNormalization layer must follow a linear one"),
        ((8,), [L.ReLU(), L.Dense(4)], "a ReLU layer must follow a linear one"),
        ((8,), [L.Reshape((2, 4)), L.Flatten(), L.Dense(4)], "a Reshape layer must follow a linear one"),
        ((8,), [L.Dense(4, "relu"), L.BatchNormalization()], "must follow a linear layer"),
        ((8, 8, 2), [L.Conv2D(3, 3, **HALF), L.BatchNormalization(axis=1)], "must be of the channels"),
        ((8, 8, 2), [L.Conv2D(3, 3, **HALF), L.Flatten(), L.BatchNormalization()], "must be of the channels"),
        ((4, 4, 2), [L.Dense(3)], "works on a map"),
    ],
)  # fmt: skip
def test_what_cannot_be_folded_exception_raised(shape, layers, words):
    network = keras.Sequential([keras.Input(shape), *layers])
    with pytest.raises(UserError, match=words) as raised:
        folded.fold(network)
    assert str(raised.value).startswith("cannot fold ")


@pytest.mark.parametrize("hybrid", [True, False])
def test_other_chains_equal_keras(hybrid):
    """Even kernels, no bias, a plain activation behind another, a shape of which one side follows from the others."""
    layers = [
        *(L.Dense(4 * 4 * 6, use_bias=False), L.BatchNormalization(scale=False), L.Reshape((4, 4, -1)), L.ReLU()),
        *(L.Activation("linear"), L.Dropout(0.5), L.Conv2DTranspose(5, 4, **HALF), L.BatchNormalization(center=False)),
        *(L.LeakyReLU(0.3), L.Conv2D(3, 4, activation="tanh", **HALF), L.Flatten(), L.Dense(2)),
    ]
    network = unsettle(keras.Sequential([keras.Input((7,)), *layers]), 5)
    x = np.random.default_rng(3).uniform(-1, 1, (3, 7)).astype("float32")
    net = folded.fold(network, hybrid)
    np.testing.assert_allclose(folded.run(net.layers, net.weights, x), network(x, training=False), atol=1e-5)

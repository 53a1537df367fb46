"""Patches as channels, and laid over each other: what is given as their gradients is what TensorFlow finds."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.models import gradients, patches


def gradient(function, x, along):
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(function(x) * along)
    return tape.gradient(total, x)


@pytest.mark.parametrize(
    "size, stride, before", [(3, 1, 1), (5, 1, 2), (2, 1, 0), (4, 2, 1), (8, 4, 2), (4, 2, 0), (3, 1, 3)]
)
@pytest.mark.parametrize("shape", [(2, 7, 9, 3), (1, 1, 5, 2)])
def test_gradients_of_patches(size, stride, before, shape):
    x = tf.random.stateless_normal(shape, (size, stride))
    along = tf.random.stateless_normal(patches.patches(x, size, stride, before).shape, (before, 1))
    got = gradient(lambda x: patches.patches(x, size, stride, before), x, along)
    want = gradient(lambda x: patches._cut(x, size, stride, before), x, along)
    np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("rate", [1, 2, 4])
def test_gradients_of_patches_laid_over_each_other(rate):
    x = tf.random.stateless_normal((2, 3, 4, (2 * rate) ** 2 * 3), (rate, 0))
    sides = 3 * rate - (rate > 1), 4 * rate  # the last row's patches may lie beyond the border
    along = tf.random.stateless_normal((2, *sides, 3), (rate, 1))
    got = gradient(lambda x: patches.folded(x, rate, *sides), x, along)
    want = gradient(lambda x: patches._laid(x, rate, *sides), x, along)
    np.testing.assert_allclose(got, want, atol=1e-5)


def test_a_patch_is_what_lies_around_its_place():
    x = tf.reshape(tf.range(12.0), (1, 3, 4, 1))
    found = patches.patches(x, 3, 1, 1)[0]
    np.testing.assert_array_equal(found[1, 1], [0, 1, 2, 4, 5, 6, 8, 9, 10])
    np.testing.assert_array_equal(found[0, 0], [0, 0, 0, 0, 0, 1, 0, 4, 5])


def products(f, g):
    """Of all places of [1, h, w, C] with all of [1, h', w', C]: [1, h, w, h', w']."""
    return np.einsum("bijc,bklc->bijkl", f, g)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_products_of_patches_are_sums_of_those_of_places(size):
    random = np.random.default_rng(0)
    f, g = (random.normal(size=(1, *sides, 3)).astype("float32") for sides in ((5, 4), (3, 6)))
    cut = [np.asarray(patches.patches(x, size, 1, size // 2)) for x in (f, g)]
    found = patches.of_patches(products(f, g), size)
    np.testing.assert_array_equal(found, patches.of_patches(products(f, g), size, np.arange(5), 5))
    np.testing.assert_allclose(np.asarray(found), products(*cut), atol=1e-4)
    lengths = np.asarray(patches.summed((f**2).sum(-1, keepdims=True), size))[..., 0]
    np.testing.assert_allclose(lengths, (cut[0] ** 2).sum(-1), atol=1e-4)


def test_rows_of_a_band_that_begins_anew_are_no_neighbours():
    random = np.random.default_rng(0)
    f = random.normal(size=(1, 4, 3, 2)).astype("float32")
    row = np.arange(2, 8) % 4
    whole = np.asarray(patches.of_patches(products(f, f), 3))
    band = np.asarray(patches.of_patches(products(f[:, row], f), 3, row, 4))
    np.testing.assert_allclose(band[:, 1:-1], whole[:, row[1:-1]], atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: patches.of_patches(x, 3),
        lambda x: patches.of_patches(x, 3, np.arange(1, 4) % 2, 2),  # a band that begins anew
        patches.propagated,
    ],
)
def test_gradients_by_diagonals_are_those_that_tensorflow_finds(make):
    x, back = tf.random.stateless_normal((2, 1, 3, 4, 2, 5), (0, 1))
    found = []
    for own in (True, False):
        with gradients.used(own), tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(make(x) * back)
        found.append(tape.gradient(total, x))
    np.testing.assert_allclose(*found, atol=1e-5)

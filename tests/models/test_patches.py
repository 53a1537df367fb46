"""Patches as channels, and laid over each other: what is given as their gradients is what TensorFlow finds."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.models import patches


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

"""Dilated convolutions are Keras's own: values, gradients, gradients of gradients, at every size of picture."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from holefill.models import dilated


def both(shape, dilation, kernel, dtype="float32"):
    """Ours and Keras's with the same weights, 6 wide."""
    how = {"padding": "same", "dilation_rate": dilation, "dtype": dtype}
    layers = dilated.conv2d(6, kernel, **how), keras.layers.Conv2D(6, kernel, **how)
    for layer in layers:
        layer.build(shape)
    layers[1].set_weights(layers[0].get_weights())
    assert isinstance(layers[0], dilated.Dilated)
    return layers


def answers(layer, x, along, call=None):
    """What a layer gives, and the gradients of its sum along a direction."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = (call or layer)(x)
        total = tf.reduce_sum(tf.cast(y, "float32") * along)
    return [y, *tape.gradient(total, [x, *layer.trainable_variables])]


@pytest.mark.parametrize("shape", [(2, 16, 16, 3), (2, 5, 9, 4), (1, 1, 3, 2)])
@pytest.mark.parametrize("dilation, kernel", [(2, 3), (3, 5), (4, (3, 1)), (8, 3), (16, 3)])
def test_values_and_gradients_are_keras_s(shape, dilation, kernel):
    random = np.random.default_rng(dilation)
    x, along = (tf.constant(random.normal(size=(*shape[:3], n)), tf.float32) for n in (shape[3], 6))
    ours, theirs = both(shape, dilation, kernel)
    wanted = answers(theirs, x, along)
    unknown = tf.function(ours, input_signature=[tf.TensorSpec((None, None, None, shape[-1]))])
    for call in (ours, unknown):
        for got, want in zip(answers(ours, x, along, call), wanted, strict=True):
            np.testing.assert_allclose(got, want, atol=1e-4)


def test_a_gradient_s_gradient():
    random = np.random.default_rng(0)
    x = tf.constant(random.normal(size=(2, 7, 6, 3)), tf.float32)
    found = []
    for layer in both(x.shape, 2, 3):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(tf.square(layer(x)))
            squared = tf.reduce_sum(tf.square(inner.gradient(total, x)))
        found.append(outer.gradient(squared, layer.kernel))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-2)


def test_in_mixed_precision_weights_and_their_gradients_stay_float32():
    x, along = tf.random.stateless_normal((2, 9, 9, 4), (0, 0)), tf.random.stateless_normal((2, 9, 9, 6), (1, 0))
    ours, theirs = both(x.shape, 2, 3, "mixed_bfloat16")
    got, want = answers(ours, x, along), answers(theirs, x, along)
    assert got[0].dtype == tf.bfloat16 and got[2].dtype == tf.float32
    for one, other in zip(got, want, strict=True):
        error = np.abs(np.float32(one) - np.float32(other)).max()
        assert error < 0.02 * np.abs(np.float32(other)).max()


def test_it_is_saved_and_read_again(tmp_path):
    given = keras.Input((None, None, 3))
    model = keras.Model(given, dilated.conv2d(4, 3, padding="same", dilation_rate=4)(given))
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = tf.random.stateless_normal((2, 12, 10, 3), (0, 0))
    np.testing.assert_array_equal(again(x), model(x))


def test_a_layer_that_is_not_dilated_is_keras_s():
    assert type(dilated.conv2d(4, 3, strides=2)) is keras.layers.Conv2D


@pytest.mark.parametrize("how", [{"padding": "valid"}, {"groups": 2}, {"kernel_size": 4}, {"dilation_rate": (2, 4)}])
def test_what_it_does_not_do_it_says(how):
    how = {"filters": 4, "kernel_size": 3, "padding": "same", "dilation_rate": 2, **how}
    with pytest.raises(ValueError, match="wanted padding='same', strides=1, groups=1, odd kernels, one dilation"):
        dilated.Dilated(**how)

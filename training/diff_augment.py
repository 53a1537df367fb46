"""Differentiable augmentation (Zhao et al., NeurIPS 2020, arXiv:2006.10738): colour and translation.

The discriminator sees real and generated pictures changed by the same random family, and gradients
flow through the change, so a small data set is not memorised and the changes do not leak into the
generator's pictures. Images [B, S, S, C] in, the same shape out (values may leave [-1, 1]).
"""

import tensorflow as tf


def diff_augment(images: tf.Tensor, seed) -> tf.Tensor:
    """Random brightness, contrast and shift (up to an eighth of the side), one draw per example."""
    seeds = tf.random.split(seed, 3)
    batch = tf.shape(images)[0]
    images += tf.random.stateless_uniform((batch, 1, 1, 1), seeds[0], -0.4, 0.4)
    mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
    images = mean + (images - mean) * tf.random.stateless_uniform((batch, 1, 1, 1), seeds[1], 0.6, 1.4)
    return _translate(images, seeds[2])


def _translate(images, seed):
    size, batch = images.shape[1], tf.shape(images)[0]
    reach = size // 8
    shift = tf.random.stateless_uniform((2, batch, 1), seed, 0, 2 * reach + 1, tf.int32)
    padded = tf.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)))
    line = tf.range(size)[None]
    return tf.gather(tf.gather(padded, line + shift[0], axis=1, batch_dims=1), line + shift[1], axis=2, batch_dims=1)

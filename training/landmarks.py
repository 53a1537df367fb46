"""Training of the landmark network on points that dlib found: −log likelihood, Adam with cosine decay.

Each step sees flipped, turned, scaled and shifted faces, half of them with a hole, of which nothing is seen; the points
to be said are those of the whole face. The network is a function of pictures, points and seed.

In: images uint8 [N, S, S, C], points [N, 68, 2] in pixels. Out: the network of `models.landmark_net`.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from holefill.models import landmark_net
from holefill.models.pixels import look
from holefill.training.random_holes import random_holes

# Where each of the 68 points of 300-W is once the face is mirrored.
MIRRORED = (
    *range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Steps of `batch` faces; Adam's first learning rate; largest turn (radians), scaling (share), shift (pixels)."""

    steps: int = 6000
    batch: int = 64
    learning_rate: float = 2e-3
    turn: float = 0.15
    scaling: float = 0.1
    shift: float = 3.0
    width: int = 32
    units: int = 256


def train(images, points, recipe: Recipe = Recipe(), seed: int = 0, log=None) -> keras.Model:
    """Train a network on faces whose points are known.

    It sets the global seeds of Python, NumPy and TensorFlow to `seed`, from which Keras draws the first weights.

    Parameters
    ----------
    images : uint8 [N, S, S, C]
    points : [N, 68, 2], (x, y) in pixels, all finite
    seed : of weights, order, augmentation and holes
    log : called as log(step, loss, network) after each step, where given
    """
    keras.utils.set_random_seed(seed)
    size, channels = images.shape[1], images.shape[3]
    shares = (np.asarray(points, np.float32) + 0.5) / size
    network = landmark_net.build(
        shares.mean(0), image_size=size, channels=channels, width=recipe.width, units=recipe.units
    )
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.steps)
    optimiser = keras.optimizers.Adam(rate, beta_2=0.99)
    optimiser.build(network.trainable_variables)

    @tf.function
    def update(images, shares, key):
        images, shares = augment(tf.cast(images, tf.float32) / 127.5 - 1, shares, key, recipe)
        keys = tf.random.split(tf.random.fold_in(key, 1), 2)
        damaged = tf.cast(tf.random.stateless_uniform((recipe.batch, 1, 1, 1), keys[0]) < 0.5, tf.float32)
        holes = damaged * random_holes(recipe.batch, size, keys[1])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(surprise(network(look(images, holes), training=True), shares))
        optimiser.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        return loss

    for step, rows in enumerate(batches(len(images), recipe, seed)):
        loss = update(images[rows], shares[rows], tf.random.fold_in(tf.constant([seed, 0]), step))
        if log:
            log(step, loss, network)
    return network


def batches(count: int, recipe: Recipe, seed: int):
    """Which pictures of `count` each step sees: all of them once, in random order, before one comes again."""
    random = np.random.default_rng(seed)
    order = np.empty(0, int)
    for _ in range(recipe.steps):
        while len(order) < recipe.batch:
            order = np.concatenate([order, random.permutation(count)])
        rows, order = order[: recipe.batch], order[recipe.batch :]
        yield rows


def surprise(outputs, shares):
    """−log density of the true points [B, 68, 2] (shares of the side), mean over the 136 coordinates, [B], in nats."""
    where, log_scale = tf.split(outputs, 2, axis=-1)
    truth = tf.reshape(shares, tf.shape(where))
    return tf.reduce_mean(tf.abs(truth - where) * tf.exp(-log_scale) + log_scale, axis=-1)


def augment(images, shares, key, recipe: Recipe):
    """Mirrored, turned, scaled and shifted pictures [B, S, S, C] and the points in them, shares [B, 68, 2]."""
    batch, size = tf.shape(images)[0], images.shape[1]
    keys = tf.random.split(key, 2)
    mirror = tf.random.stateless_uniform((batch, 1, 1), keys[0]) < 0.5
    images = tf.where(mirror[..., None], tf.reverse(images, [2]), images)
    shares = tf.where(mirror, tf.gather(shares * [-1.0, 1.0] + [1.0, 0.0], MIRRORED, axis=1), shares)
    u = tf.random.stateless_uniform((4, batch), keys[1], -1, 1)
    scale, angle = tf.exp(recipe.scaling * u[0]), recipe.turn * u[1]
    cosine, sine = scale * tf.cos(angle), scale * tf.sin(angle)
    turn = tf.reshape(tf.stack([cosine, -sine, sine, cosine], 1), (-1, 2, 2))  # from new places to old ones
    middle = (size - 1) / 2
    shift = recipe.shift * tf.transpose(u[2:]) + middle - tf.linalg.matvec(turn, tf.fill((batch, 2), middle))
    flat = tf.concat([turn[:, 0], shift[:, :1], turn[:, 1], shift[:, 1:], tf.zeros((batch, 2))], 1)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=flat,
        output_shape=(size, size),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
    old = size * shares - 0.5 - shift[:, None]
    return moved, (tf.einsum("bij,bnj->bni", tf.linalg.inv(turn), old) + 0.5) / size

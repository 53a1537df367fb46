"""Training of a parsing network on label maps: softmax cross-entropy, Adam with cosine decay.

Each step sees mirrored, turned, scaled and shifted faces, and their labels moved with them; what is left of a mirrored
face is named left. The network is a function of pictures, labels and seed.

In: images uint8 [N, S, S, C], labels uint8 [N, S, S] (`faces.parts`, `datasets.label_maps`). Out: the network of
`models.parsing_net`.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from holefill.losses.parsing import parsing_loss
from holefill.models import parsing_net
from holefill.training.landmarks import batches
from holefill.training.moved import Moves, warp

MIRRORED = (0, 1, 3, 2, 5, 4, 6, 7, 8, 9, 10)  # what each of the eleven classes is once the face is mirrored


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Steps of `batch` faces; Adam's first learning rate; `moved.Moves`' turn (degrees), scaling, shift."""

    steps: int = 3000
    batch: int = 32
    learning_rate: float = 2e-3
    turn: float = 15.0
    scaling: float = 0.15
    shift: float = 0.08


def train(images, labels, options=None, recipe: Recipe = Recipe(), seed: int = 0, log=None) -> keras.Model:
    """Train a network on faces whose parts are known.

    It sets the global seeds of Python, NumPy and TensorFlow to `seed`, from which Keras draws weights and dropout.

    Parameters
    ----------
    images : uint8 [N, S, S, C]
    labels : uint8 [N, S, S], 0 … 10
    options : `parsing_net.Options` of the network; None: the small one for such pictures
    seed : of weights, order and moves
    log : called as log(step, loss, network) after each step, where given
    """
    keras.utils.set_random_seed(seed)
    options = options or parsing_net.Options(image_size=images.shape[1], channels=images.shape[3])
    network = parsing_net.build(**dataclasses.asdict(options))
    optimiser = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.steps))
    optimiser.build(network.trainable_variables)

    @tf.function
    def update(images, labels, key):
        images, labels = augment(tf.cast(images, tf.float32) / 127.5 - 1, labels, key, recipe)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(parsing_loss(network(images, training=True), labels))
        optimiser.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        return loss

    for step, rows in enumerate(batches(len(images), recipe, seed)):
        loss = update(images[rows], labels[rows], tf.random.fold_in(tf.constant([seed, 0]), step))
        if log:
            log(step, loss, network)
    return network


def augment(images, labels, key, recipe: Recipe):
    """Mirrored and moved pictures float32 [B, S, S, C] and their labels, [B, S, S] → int32."""
    keys, (batch, size) = tf.random.split(key, 2), images.shape[:2]
    mirror = tf.random.stateless_uniform((batch, 1, 1), keys[0]) < 0.5
    labels = tf.cast(labels, tf.int32)
    images = tf.where(mirror[..., None], tf.reverse(images, [2]), images)
    labels = tf.where(mirror, tf.gather(MIRRORED, tf.reverse(labels, [2])), labels)
    there = Moves(recipe.turn, recipe.scaling, recipe.shift).transforms(batch, size, keys[1])
    return warp(images, there), warp(labels[..., None], there, "NEAREST")[..., 0]


def scores(found, truth, classes: int = parsing_net.CLASSES) -> dict:
    """How well label maps [N, S, S] agree: share of right pixels, and F1 of each class over all pixels.

    Returns
    -------
    dict : "accuracy" a float; "f1" [classes], NaN of one that is in neither; "mean_f1" the mean over classes that are
        in the truth, background apart
    """
    found, truth = np.asarray(found).ravel().astype(int), np.asarray(truth).ravel().astype(int)
    table = np.bincount(classes * truth + found, minlength=classes**2).reshape(classes, classes)
    right, both = np.diag(table), table.sum(0) + table.sum(1)
    f1 = np.where(both > 0, 2 * right / np.maximum(both, 1), np.nan)
    there = table.sum(1) > 0
    there[0] = False
    mean = float(f1[there].mean()) if there.any() else float("nan")
    return {"accuracy": float(right.sum() / table.sum()), "f1": f1, "mean_f1": mean}

"""Training of the parsing network: labels move with pictures, mirrored names, scores by hand, and it learns."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from holefill.models import parsing_net
from holefill.training import parsing

STILL = parsing.Recipe(turn=0.0, scaling=0.0, shift=0.0)


def drawn(count, size=32, seed=0):
    """Grey pictures with a bright and a dark square, parts 4 and 6, and their label maps."""
    random = np.random.default_rng(seed)
    images, labels = np.full((count, size, size, 3), 110, np.uint8), np.ones((count, size, size), np.uint8)
    for image, label in zip(images, labels, strict=True):
        for part, value in ((4, 230), (6, 20)):
            y, x = random.integers(0, size - 10, 2)
            image[y : y + 10, x : x + 10], label[y : y + 10, x : x + 10] = value, part
    return images, labels


def test_mirrored_names_are_their_own_inverse():
    mirrored = np.array(parsing.MIRRORED)
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(11))


def test_mirrored_faces_name_their_parts_anew():
    images = tf.random.stateless_uniform((16, 32, 32, 3), (1, 2))
    labels = tf.random.stateless_uniform((16, 32, 32), (3, 4), 0, 11, tf.int32)
    moved, found = parsing.augment(images, tf.cast(labels, tf.uint8), tf.constant([0, 0]), STILL)
    mirrored = np.array([np.allclose(a, b[:, ::-1], atol=1e-3) for a, b in zip(moved, images, strict=True)])
    assert 3 < mirrored.sum() < 13
    np.testing.assert_array_equal(found[~mirrored], labels[~mirrored])
    np.testing.assert_array_equal(found[mirrored], np.array(parsing.MIRRORED)[labels.numpy()[mirrored][:, :, ::-1]])


def test_labels_stay_on_their_parts():
    """The square of part 4 is bright wherever it has gone, but for its rim."""
    images, labels = drawn(16)
    recipe = parsing.Recipe(turn=20, scaling=0.2, shift=0.1)
    moved, found = parsing.augment(tf.constant(images, tf.float32), labels, tf.constant([5, 6]), recipe)
    brightness = moved.numpy()[..., 0][np.isin(found, (4, 5))]
    assert np.mean(brightness > 170) > 0.9


def test_scores_by_hand():
    truth = np.array([[1, 1, 1, 2], [0, 0, 4, 4]])
    found = np.array([[1, 1, 2, 2], [0, 1, 4, 4]])
    scores = parsing.scores(found, truth)
    assert scores["accuracy"] == 6 / 8
    np.testing.assert_allclose(scores["f1"][[0, 1, 2, 4]], [2 / 3, 2 / 3, 2 / 3, 1])
    assert np.isnan(scores["f1"][[3, 5, 10]]).all()
    assert scores["mean_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)


def test_what_is_seen_though_it_is_not_there_has_no_f1_in_the_mean():
    scores = parsing.scores(np.array([1, 7]), np.array([1, 1]))
    assert scores["f1"][7] == 0 and scores["mean_f1"] == pytest.approx(2 / 3)


def test_training_learns_parts_and_is_a_function_of_the_seed():
    images, labels = drawn(64)
    recipe = dataclasses.replace(STILL, steps=60, batch=16, learning_rate=1e-2)
    options = parsing_net.Options(image_size=32, width=4)
    losses = []
    network = parsing.train(images, labels, options, recipe, 1, lambda step, loss, net: losses.append(float(loss)))
    fresh, truth = drawn(16, seed=1)
    scores = parsing.scores(parsing_net.labels(network, fresh / np.float32(127.5) - 1), truth)
    assert scores["accuracy"] > 0.9 and np.mean(losses[-5:]) < 0.3 * losses[0]
    short = dataclasses.replace(recipe, steps=2)
    one, same = (parsing.train(images, labels, options, short, 1) for _ in range(2))
    for a, b in zip(one.weights, same.weights, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), atol=1e-5)

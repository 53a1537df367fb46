"""Training of the landmark network: points move with the picture, mirrored names are right, and it learns."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from holefill.models import landmark_net
from holefill.training import landmarks


def drawn(count, size=32, seed=0):
    """Faces that are one bright square at a random place, all of their 68 points its middle."""
    random = np.random.default_rng(seed)
    corners = random.integers(4, size - 16, (count, 2))
    images = np.full((count, size, size, 3), 60, np.uint8)
    for image, (x, y) in zip(images, corners, strict=True):
        image[y : y + 12, x : x + 12] = 220
    return images, np.repeat(corners[:, None] + 5.5, 68, 1)


def test_mirrored_names_are_their_own_inverse_and_pair_left_with_right():
    mirrored = np.array(landmarks.MIRRORED)
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(68))
    pairs = {0: 16, 8: 8, 17: 26, 30: 30, 31: 35, 36: 45, 39: 42, 41: 46, 48: 54, 51: 51, 60: 64, 67: 65}
    assert all(mirrored[a] == b for a, b in pairs.items())


def test_points_move_with_the_picture():
    """A blob at each of four points: after augmentation, each blob's centre of mass is where its point says."""
    size, count = 64, 8
    recipe = landmarks.Recipe(turn=0.3, scaling=0.2, shift=5.0)
    y, x = np.mgrid[:size, :size]
    for point, (at_x, at_y) in {36: (22, 25), 45: (41, 24), 30: (33, 33), 54: (39, 44)}.items():
        blob = np.exp(-((x - at_x) ** 2 + (y - at_y) ** 2) / 8).astype(np.float32)
        points = np.tile(np.array([(at_x, at_y)], np.float32), (68, 1))
        mirror = landmarks.MIRRORED[point]
        shares = tf.constant(np.tile((points + 0.5) / size, (count, 1, 1)))
        images = tf.tile(tf.constant(blob)[None, ..., None], (count, 1, 1, 1))
        moved, found = landmarks.augment(images, shares, tf.constant([7, point]), recipe)
        mass = moved[..., 0] / tf.reduce_sum(moved[..., 0], axis=(1, 2), keepdims=True)
        centre = np.stack([tf.reduce_sum(mass * x, (1, 2)), tf.reduce_sum(mass * y, (1, 2))], -1)
        np.testing.assert_allclose(found[:, mirror] * size - 0.5, centre, atol=0.15)
        assert np.ptp(centre, axis=0).min() > 4


def test_mirrored_faces_name_their_points_anew():
    still = landmarks.Recipe(turn=0.0, scaling=0.0, shift=0.0)
    images = tf.random.stateless_uniform((16, 32, 32, 3), (1, 2))
    shares = tf.random.stateless_uniform((16, 68, 2), (3, 4))
    moved, found = landmarks.augment(images, shares, tf.constant([0, 0]), still)
    mirrored = np.array([np.allclose(a, b[:, ::-1], atol=1e-3) for a, b in zip(moved, images, strict=True)])
    kept = np.array([np.allclose(a, b, atol=1e-3) for a, b in zip(moved, images, strict=True)])
    assert 3 < mirrored.sum() < 13 and (mirrored ^ kept).all()
    np.testing.assert_allclose(found[kept], shares.numpy()[kept], atol=1e-5)
    expected = shares.numpy()[mirrored][:, list(landmarks.MIRRORED)] * (-1, 1) + (1, 0)
    np.testing.assert_allclose(found[mirrored], expected, atol=1e-5)


def test_surprise_by_hand():
    outputs = np.zeros((1, 272), np.float32)
    outputs[0, 136:] = np.log(0.5)
    shares = np.zeros((1, 68, 2), np.float32)
    shares[0, 0, 0] = 1
    wanted = (1 / 0.5) / 136 + np.log(0.5)
    np.testing.assert_allclose(landmarks.surprise(outputs, shares), [wanted], rtol=1e-6)


def test_it_learns_and_the_same_seed_gives_the_same_network():
    recipe = landmarks.Recipe(steps=120, batch=32, width=8, units=32, learning_rate=5e-3)
    images, points = drawn(256)
    losses = []
    network = landmarks.train(images, points, recipe, seed=3, log=lambda step, loss, _: losses.append(float(loss)))
    assert len(losses) == 120 and np.mean(losses[-20:]) < np.mean(losses[:20]) - 0.3
    seen, truth = drawn(64, seed=1)
    found = landmark_net.points(network, seen / np.float32(127.5) - 1)[0]
    by_mean = np.linalg.norm(points.mean(0) - truth, axis=-1).mean()
    assert np.linalg.norm(found - truth, axis=-1).mean() < 0.6 * by_mean

    short = dataclasses.replace(recipe, steps=3)
    first, second = (landmarks.train(images, points, short, seed=4) for _ in range(2))
    for a, b in zip(first.variables, second.variables, strict=True):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-4, atol=1e-6)


def test_the_order_goes_through_all_pictures_before_one_comes_again():
    rows = np.concatenate(list(landmarks.batches(6, landmarks.Recipe(steps=9, batch=4), 1)))
    assert rows.shape == (36,) and all(sorted(part) == list(range(6)) for part in rows.reshape(6, 6))
    assert len(set(map(tuple, rows.reshape(6, 6)))) > 1


def test_fewer_pictures_than_a_batch_are_used_again():
    images, points = drawn(5)
    recipe = landmarks.Recipe(steps=2, batch=16, width=2, units=4)
    losses = []
    landmarks.train(images, points, recipe, log=lambda step, loss, _: losses.append(float(loss)))
    assert len(losses) == 2 and np.isfinite(losses).all()


@pytest.mark.parametrize("points", [np.full((4, 68, 2), 3.0)])
def test_points_are_learnt_beyond_the_picture_too(points):
    images, _ = drawn(4)
    network = landmarks.train(images, points + (0, 40), landmarks.Recipe(steps=1, batch=4, width=2, units=4))
    found = landmark_net.points(network, images / np.float32(127.5) - 1)[0]
    assert found[..., 1].min() > 35

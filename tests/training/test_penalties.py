"""Gradient penalties of judges whose gradients are known."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.training.global_local import JudgedOptions
from holefill.training.penalties import due, lazy_r1, r1, wgan_gp

RANDOM = np.random.default_rng(0)
SHAPE = (3, 4, 5, 2)


def arrays(count):
    return [tf.constant(RANDOM.normal(size=SHAPE), tf.float32) for _ in range(count)]


def some_holes():
    """The first example's hole has six pixels, the second's one; nothing of the third is missing."""
    made = np.zeros((*SHAPE[:3], 1), np.float32)
    made[0, :2, :3] = made[1, 3, 4] = 1
    return tf.constant(made)


def test_r1_of_a_linear_judge_is_its_weights_squared_norm():
    weights, images = arrays(2)
    patches = lambda x: weights * x  # noqa: E731 as a discriminator of patches: several logits an example
    assert float(r1(patches, images)) == pytest.approx(float(tf.reduce_sum(weights**2)) / 3, rel=1e-5)
    assert float(r1(lambda x: tf.reduce_sum(weights * x, axis=(1, 2, 3)), images)) == float(r1(patches, images))


def test_rare_as_it_is_it_counts_as_if_it_came_each_step():
    weights, images = arrays(2)
    options = JudgedOptions(r1=3.0, r1_every=5)
    found = [lazy_r1(lambda x: weights * x, images, options) for step in range(20) if due(step, options)]
    expected = 20 * 1.5 * float(r1(lambda x: weights * x, images))
    assert float(sum(found)) == pytest.approx(expected, rel=1e-5)
    assert not any(due(step, JudgedOptions(r1=0.0)) for step in range(20))


def test_r1_s_own_gradient():
    """logits = w x²: the gradient is 2 w x, R1 = 4 w² Σ x² / B, and its derivative by w is 8 w Σ x² / B."""
    (images,), w = arrays(1), tf.Variable(0.7)
    with tf.GradientTape() as tape:
        value = r1(lambda x: w * x**2, images)
    expected = float(tf.reduce_sum(images**2)) / 3
    assert float(value) == pytest.approx(4 * 0.49 * expected, rel=1e-5)
    assert float(tape.gradient(value, w)) == pytest.approx(8 * 0.7 * expected, rel=1e-5)


def test_wgan_gp_counts_gradients_in_the_hole_alone():
    weights, real, fake = arrays(3)
    holes = some_holes()
    norms = np.sqrt(np.sum(weights.numpy() ** 2 * holes.numpy(), axis=(1, 2, 3)))
    found = wgan_gp(lambda x: weights * x, real, fake, holes, tf.constant([1, 2]))
    assert norms[2] == 0 and float(found) == pytest.approx(np.mean((norms - 1) ** 2), rel=1e-5)


def test_wgan_gp_looks_between_the_pictures_at_another_place_for_each_example():
    seen = []
    judge = lambda x: seen.append(x) or x**2  # noqa: E731
    real, fake = tf.zeros(SHAPE), tf.ones(SHAPE)
    values = [float(wgan_gp(judge, real, fake, some_holes(), tf.constant(seed))) for seed in ([1, 2], [1, 2], [1, 3])]
    shares = seen[0].numpy()
    assert (shares == shares[:, :1, :1, :1]).all() and len(set(shares[:, 0, 0, 0])) == 3
    assert 0 < shares.min() and shares.max() < 1
    assert values[0] == values[1] != values[2]


def test_wgan_gp_teaches_nothing_where_nothing_is_missing():
    w, (real, fake) = tf.Variable(0.3), arrays(2)
    with tf.GradientTape() as tape:
        value = wgan_gp(lambda x: w * x, real, fake, tf.zeros((*SHAPE[:3], 1)), tf.constant([1, 2]))
    assert float(value) == pytest.approx(1, abs=1e-5) and float(tape.gradient(value, w)) == 0


def test_wgan_gp_draws_the_norm_to_one():
    """A judge w Σ x over a hole of 12 values has the gradient norm w √12."""
    w, (real, fake) = tf.Variable(2.0), arrays(2)
    holes = some_holes()[:1]
    for _ in range(60):
        with tf.GradientTape() as tape:
            value = wgan_gp(lambda x: w * x, real[:1], fake[:1], holes, tf.constant([1, 2]))
        w.assign_sub(0.02 * tape.gradient(value, w))
    assert float(w) == pytest.approx(12**-0.5, rel=1e-3)

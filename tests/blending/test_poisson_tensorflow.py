"""The TensorFlow solver where it differs from the others: batches, precision, graphs without sizes, SavedModel."""

import numpy as np
import tensorflow as tf

from holefill.blending import poisson_direct
from holefill.blending.poisson_tensorflow import poisson


def batch(count=4, height=33, width=42, channels=3, seed=0):
    random = np.random.default_rng(seed)
    target, source = random.uniform(-0.4, 0.4, (2, count, height, width, channels)).astype(np.float32)
    y, x = np.mgrid[:height, :width]
    hole = np.stack([(np.hypot(y - 3 * k, x - 20) < 6 + 3 * k) for k in range(count)])[..., None]
    return target, source, hole.astype(np.float32)


def test_batch_of_different_holes_gives_what_each_gives_alone():
    target, source, hole = batch()
    hole[1] = 0
    hole[2, :, :30] = 1
    together = poisson(target, source, hole).numpy()
    for k in range(len(target)):
        alone = poisson(target[k : k + 1], source[k : k + 1], hole[k : k + 1]).numpy()[0]
        np.testing.assert_allclose(together[k], alone, atol=1e-6)
    np.testing.assert_array_equal(together[1], target[1])


def test_float64_gives_the_pixels_of_the_factorisation():
    target, source, hole = batch(height=64, width=64)
    result = poisson(target, source, hole, dtype=tf.float64, clip=False).numpy()
    for k, (t, s, h) in enumerate(zip(target, source, hole[..., 0] == 1, strict=True)):
        exact = t.copy()
        exact[h] = (s + poisson_direct.membrane(t.astype(np.float64) - s, h))[h]
        assert np.abs(result[k] - exact).max() < 1e-7


def test_full_hole_gives_the_source_back():
    target, source, hole = batch(count=2)
    hole[0] = 1
    np.testing.assert_array_equal(poisson(target, source, hole).numpy()[0], source[0])


def test_saved_model_of_unknown_size_gives_the_same_pixels(tmp_path):
    module = tf.Module()
    shapes = [[None, None, None, 3], [None, None, None, 3], [None, None, None, 1]]
    module.blend = tf.function(poisson, input_signature=[tf.TensorSpec(s) for s in shapes])
    tf.saved_model.save(module, tmp_path)
    loaded = tf.saved_model.load(tmp_path)
    for size in ((33, 42), (1, 17), (70, 5)):
        target, source, hole = batch(3, *size)
        hole[:, 0, 0] = 0
        result = loaded.blend(target, source, hole).numpy()
        np.testing.assert_allclose(result, poisson(target, source, hole).numpy(), atol=2e-6)
        known = np.broadcast_to(hole == 0, target.shape)
        np.testing.assert_array_equal(result[known], target[known])

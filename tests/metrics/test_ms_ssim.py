"""MS-SSIM: `tf.image.ssim_multiscale` is the oracle; of the hole, what it must and must not depend on."""

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.metrics.ms_ssim import hole_ms_ssim, ms_ssim


def truth(height=201, width=233):
    return data.astronaut()[:height, 100 : 100 + width]


def damage(kind):
    picture = truth().astype(np.float64)
    if kind == "noise":
        return np.clip(picture + np.random.default_rng(0).normal(0, 20, picture.shape), 0, 255).astype(np.uint8)
    if kind == "negative":
        return (255 - picture).astype(np.uint8)
    picture[60:150, 40:120] = 128
    return picture.astype(np.uint8)


@pytest.mark.parametrize("kind", ["noise", "negative", "hole"])
def test_ms_ssim_matches_tensorflow(kind):
    import tensorflow as tf

    wanted = tf.image.ssim_multiscale(truth()[None], damage(kind)[None], 255).numpy()
    found = ms_ssim(damage(kind)[None] / 127.5 - 1, truth()[None] / 127.5 - 1)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted, atol=2e-5)  # tf's is float32


def test_hole_ms_ssim_counts_the_hole():
    hole = np.zeros((1, 201, 233, 1))
    hole[:, 60:150, 40:120] = 1
    ours, right = damage("hole")[None] / 127.5 - 1, truth()[None] / 127.5 - 1
    assert hole_ms_ssim(ours, right, hole)[0] < ms_ssim(ours, right)[0] - 0.1
    everything = np.ones_like(hole)
    np.testing.assert_allclose(hole_ms_ssim(ours, right, everything), ms_ssim(ours, right), atol=0.1)
    np.testing.assert_allclose(hole_ms_ssim(right, right, hole), [1])
    assert np.isnan(hole_ms_ssim(ours, right, 0 * hole)).all()


@pytest.mark.parametrize("metric", [ms_ssim, hole_ms_ssim])
def test_ms_ssim_exception_raised(metric):
    with pytest.raises(UserError, match="176x176.*175x200"):
        metric(np.zeros((1, 175, 200, 1)), np.zeros((1, 175, 200, 1)), np.ones((1, 175, 200, 1)))

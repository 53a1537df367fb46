"""The discriminator of patches: its shapes, and what it looks at."""

import numpy as np
import pytest

from holefill.models import judges


def given(size=32):
    """A random picture and a hole in its upper left quarter."""
    images = np.random.default_rng(0).uniform(-1, 1, (1, size, size, 3)).astype("float32")
    holes = np.zeros((1, size, size, 1), "float32")
    holes[:, : size // 2, : size // 2] = 1
    return images, holes


def test_logits_of_patches_and_features_of_each_layer():
    logits, *features = judges.patches(3, width=8)([*given()])
    assert logits.shape == (1, 4, 4, 1)
    assert [f.shape[1:] for f in features] == [(32, 32, 4), (16, 16, 8), (8, 8, 16), (4, 4, 32), (4, 4, 32)]


def test_it_is_told_the_hole():
    judge, (images, holes) = judges.patches(3, width=8), given()
    assert np.any(np.asarray(judge([images, holes])[0]) != np.asarray(judge([images, 0 * holes])[0]))


def test_it_sees_brightness_over_its_level_and_detail_over_the_mean_of_nine_pixels():
    judge, (images, holes) = judges.patches(3, width=8), given()
    looking = type(judge)(judge.inputs, [judge.get_layer(name).output for name in ("without_finest", "seen")])
    x, seen = (np.asarray(found)[0] for found in looking([images, holes]))
    bright = x.mean(-1)
    above = {
        (i, j): bright[i, j] - bright[i - 7 : i + 8, j - 7 : j + 8].mean() for i in (9, 10, 11) for j in (8, 9, 10)
    }
    expected = [above[10, 9], 4 * (above[10, 9] - np.mean(list(above.values()))), holes[0, 10, 9, 0]]
    np.testing.assert_allclose(seen[10, 9], expected, atol=1e-6)


def test_it_sees_neither_tints_nor_levels():
    judge, (images, holes) = judges.patches(3, width=8), given()
    tinted = images + np.array([0.2, -0.3, 0.1], "float32")
    for found, wanted in zip(judge([tinted + 0.4, holes]), judge([images, holes]), strict=True):
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), atol=1e-4)


@pytest.mark.parametrize("period, left", [(2, 0.0), (4, 0.75), (64, 1.0)])
def test_a_weave_of_two_pixels_is_not_seen(period, left):
    """Along either side; slow waves are seen as they are."""
    wave = np.cos(2 * np.pi * np.arange(64) / period).astype("float32")
    for images in (
        wave[None, :, None, None] + np.zeros((1, 64, 64, 1)),
        wave[None, None, :, None] + np.zeros((1, 64, 64, 1)),
    ):
        found = np.asarray(judges.WithoutFinest()(images.astype("float32")))
        np.testing.assert_allclose(found[:, 2:-2, 2:-2], left * images[:, 2:-2, 2:-2], atol=1e-4)


def test_a_weave_is_the_finest_and_a_slope_is_not():
    rows, columns = np.indices((16, 16), "float32")
    weave = np.where((rows + columns) % 2, 0.1, -0.1)[None, ..., None].astype("float32")
    np.testing.assert_allclose(np.asarray(judges.finest(weave)), weave, atol=1e-6)
    slope = np.asarray(judges.finest((rows / 16)[None, ..., None]))
    np.testing.assert_allclose(slope[:, 2:-2], 0, atol=1e-6)

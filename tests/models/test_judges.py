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


def test_detail_is_what_differs_from_the_mean_of_nine_pixels():
    judge, (images, holes) = judges.patches(3, width=8), given()
    looking = type(judge)(judge.inputs, [judge.get_layer(name).output for name in ("without_finest", "seen")])
    x, seen = (np.asarray(found)[0] for found in looking([images, holes]))
    expected = [*x[7, 9], *4 * (x[7, 9] - x[6:9, 8:11].mean((0, 1))), holes[0, 7, 9, 0]]
    np.testing.assert_allclose(seen[7, 9], expected, atol=1e-6)


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

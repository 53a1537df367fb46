"""Bands and colours of blocks of pixels, of hand-checked ones and of a portrait."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from holefill import models
from holefill.models import bands, stored
from holefill.models.pixels import Rearranged


def test_four_pixels_are_a_mean_two_edges_and_a_weave_each_in_its_share():
    rows = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    np.testing.assert_allclose(bands.transform(2, 1), rows, atol=1e-12)
    np.testing.assert_allclose(bands.shares(2, 1), [1, 1 / 4, 1 / 4, 1 / 7])
    np.testing.assert_allclose(bands.to_pixels(np.array([2.0, 4, 0, 0]), 2, 1), [3, 1, 3, 1])


def test_tints_leave_the_mean_colour_alone_and_have_a_quarter_of_its_share():
    grey, *tints = bands.to_pixels(np.eye(3), 1, 3)
    np.testing.assert_allclose(grey, [1, 1, 1])
    for tint in tints:
        assert tint.sum() == pytest.approx(0)
        assert (tint**2).sum() == pytest.approx(3 / 16)


@pytest.mark.parametrize("n, channels", [(1, 3), (2, 1), (2, 3), (4, 3)])
def test_all_rows_are_at_right_angles_and_as_long_as_the_first(n, channels):
    rows = bands.transform(n, channels)
    np.testing.assert_allclose(rows @ rows.T, n * n * channels * np.eye(len(rows)), atol=1e-9)
    np.testing.assert_allclose(
        bands.of_pixels(bands.to_pixels(np.eye(len(rows)), n, channels), n, channels), np.eye(len(rows)), atol=1e-9
    )


@pytest.mark.parametrize("n", [2, 4])
def test_a_portrait_s_bands_are_as_large_as_its_mean_colour_or_a_few_times_less_in_their_shares(n):
    with Image.open(Path(__file__).parents[2] / "demo" / "portrait.png") as file:
        picture = np.asarray(file.convert("RGB").resize((64, 64)), "float32")[None] / 127.5 - 1
    made = bands.of_pixels(np.asarray(Rearranged(n, down=True)(picture)), n, 3)
    spread = made.std((0, 1, 2)).reshape(-1, 3)
    bright, tints = spread[:, 0] / spread[0, 0], spread[:, 1:] / spread[0, 0]
    assert bright.max() == 1
    assert bright.min() > 0.15  # as they are: 0.06 at two pixels a side, 0.02 at four
    assert 0.05 < tints.min() < tints.max() < 0.5


@pytest.mark.parametrize("family", sorted(models.ONE_PASS))
def test_the_mean_colour_of_a_network_s_last_layer_is_that_of_its_pictures(family):
    model = stored.build(family, image_size=32)
    ends = [layer for layer in model.painter.layers if layer.name.endswith("bands")]
    for layer in ends:
        layer.kernel.assign(0 * layer.kernel)
        layer.bias.assign(0.5 * np.eye(layer.filters)[0])
    images = np.zeros((1, 32, 32, 3), "float32")
    stages = model.stages(images, np.ones((1, 32, 32, 1), "float32"))
    assert len(ends) == len(stages)
    value = {"face_completion": 0.5, "glcic": np.tanh(0.25)}.get(family, np.tanh(0.5))  # clipped, 2 σ(x) − 1, tanh
    for painted in stages:
        np.testing.assert_allclose(np.asarray(painted), value, atol=1e-6)

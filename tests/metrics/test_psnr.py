"""PSNR: by hand, beside scikit-image, and how the figure of the hole hangs together with that of the picture."""

import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from holefill.errors import UserError
from holefill.metrics.psnr import hole_psnr, psnr


def picture():
    return data.astronaut()[100:164, 180:244].astype(np.float64) / 127.5 - 1


def test_psnr_golden():
    images, truths = np.zeros((2, 2, 2, 1)), np.zeros((2, 2, 2, 1))
    images[0] = 0.2  # error 0.04: 10 log10(4 / 0.04) = 20 dB
    images[1, 0, 0] = 2  # error 4 / 4 pixels: 10 log10(4 / 1)
    np.testing.assert_allclose(psnr(images, truths), [20, 10 * np.log10(4)])


def test_psnr_matches_skimage_on_8_bit():
    truth = data.chelsea()[50:150, 100:200]
    noise = np.random.default_rng(1).normal(0, 12, truth.shape)
    image = np.clip(truth + noise, 0, 255).astype(np.uint8)
    ours = psnr((image / 127.5 - 1)[None], (truth / 127.5 - 1)[None])
    np.testing.assert_allclose(ours, peak_signal_noise_ratio(truth, image), rtol=1e-9)


def test_hole_psnr_golden():
    truths, images = np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4, 3))
    hole = np.zeros((1, 4, 4, 1), np.float32)
    hole[:, :2] = 1
    images[:, :2] = 0.2
    images[:, 2:] = 0.9  # outside the hole: must not count
    np.testing.assert_allclose(hole_psnr(images, truths, hole), [20])


def test_hole_psnr_is_psnr_and_share_of_missing_pixels():
    truth = picture()[None]
    hole = np.zeros((1, 64, 64, 1))
    hole[:, 16:48, 16:48] = 1
    image = truth * (1 - hole) + 0.1 * hole
    np.testing.assert_allclose(hole_psnr(image, truth, hole), psnr(image, truth) + 10 * np.log10(0.25))


def test_psnr_is_infinite_for_the_truth_and_nan_without_hole():
    truth = picture()[None]
    assert np.isposinf(psnr(truth, truth)).all()
    assert np.isnan(hole_psnr(truth, truth, np.zeros((1, 64, 64, 1)))).all()


@pytest.mark.parametrize("other, hole", [((1, 8, 9, 3), (1, 8, 8, 1)), ((1, 8, 8, 3), (1, 8, 8, 3))])
def test_psnr_exception_raised(other, hole):
    with pytest.raises(UserError, match="8, 8"):
        hole_psnr(np.zeros((1, 8, 8, 3)), np.zeros(other), np.zeros(hole))

"""SSIM: scikit-image is the oracle, of the mean and of the map, on real pictures with real damage."""

import numpy as np
import pytest
from skimage import data
from skimage.metrics import structural_similarity

from holefill.errors import UserError
from holefill.metrics.ssim import hole_ssim, ssim, ssim_map

PICTURES = {
    "face": lambda: data.astronaut()[20:148, 160:288],
    "cat": lambda: data.chelsea()[30:130, 80:211],
    "grey": lambda: data.camera()[100:164, 200:264, None],
    "smallest": lambda: data.coffee()[200:211, 300:311],
}
DAMAGE = {
    "noise": lambda x: x + np.random.default_rng(0).normal(0, 0.15, x.shape),
    "darker": lambda x: 0.7 * x - 0.2,
    "hole": lambda x: np.where(np.indices(x.shape)[:2].sum(0) % 23 < 9, 0.0, x),
}


def oracle(image, truth, **options):
    return structural_similarity(
        truth + 1,  # black is 0
        image + 1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        win_size=11,
        data_range=2.0,
        channel_axis=-1,
        **options,
    )


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", PICTURES)
def test_ssim_matches_skimage(name, damage):
    truth = PICTURES[name]() / 127.5 - 1
    image = np.clip(DAMAGE[damage](truth), -1, 1)
    mean, full = oracle(image, truth, full=True)
    np.testing.assert_allclose(ssim(image[None], truth[None]), [mean], atol=1e-9)
    np.testing.assert_allclose(ssim_map(image[None], truth[None])[0], full.mean(-1), atol=1e-9)


def test_ssim_is_that_of_8_bits():
    truth = data.astronaut()[:64, 200:264]
    image = data.astronaut()[2:66, 200:264]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "channel_axis": -1}
    wanted = structural_similarity(truth, image, data_range=255, **options)
    np.testing.assert_allclose(ssim((image / 127.5 - 1)[None], (truth / 127.5 - 1)[None]), [wanted], atol=1e-9)


def test_ssim_of_float32_is_near_skimage():
    truth = (data.astronaut()[:64, 200:264] / 127.5 - 1).astype(np.float32)
    image = np.clip(truth + np.float32(0.1), -1, 1)
    wanted = oracle(image.astype(np.float64), truth.astype(np.float64))
    np.testing.assert_allclose(ssim(image[None], truth[None]), [wanted], atol=1e-6)


def test_hole_ssim_is_the_map_over_the_hole():
    truth = data.astronaut()[:64, 200:264] / 127.5 - 1
    hole = np.zeros((64, 64, 1))
    hole[:20, 40:] = 1  # reaches the border: all its pixels count
    image = truth * (1 - hole)
    _, full = oracle(image, truth, full=True)
    np.testing.assert_allclose(
        hole_ssim(image[None], truth[None], hole[None]), [full[hole[..., 0] > 0].mean()], atol=1e-9
    )


def test_ssim_judges_each_example_alone():
    truth = np.stack([data.astronaut()[:40, :40], data.coffee()[:40, :40]]) / 127.5 - 1
    image = truth.copy()
    image[1] *= 0.5
    both = ssim(image, truth)
    assert both.shape == (2,)
    np.testing.assert_allclose(both[0], 1)
    np.testing.assert_allclose(both[1], ssim(image[1:], truth[1:])[0])
    assert both[1] < 0.9


def test_hole_ssim_is_nan_without_hole_and_below_ssim_where_only_the_hole_is_wrong():
    truth = (data.astronaut()[:64, 200:264] / 127.5 - 1)[None]
    hole = np.zeros((1, 64, 64, 1))
    assert np.isnan(hole_ssim(truth, truth, hole)).all()
    hole[:, 16:48, 16:48] = 1
    image = truth * (1 - hole)
    assert hole_ssim(image, truth, hole) < ssim(image, truth)


def test_ssim_exception_raised():
    with pytest.raises(UserError, match="11x11"):
        ssim(np.zeros((1, 10, 64, 3)), np.zeros((1, 10, 64, 3)))

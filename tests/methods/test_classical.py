"""Telea, Navier-Stokes and the membrane: worked by hand on 5×5, bounded on a photograph."""

import numpy as np
import pytest
from skimage import data

from holefill import methods
from holefill.errors import UserError

CLASSICAL = sorted(methods.WITHOUT_MODEL - methods.FROM_DATA - methods.SYNTHESIS)  # that one wants weights


def fill(name, image, hole, **options):
    function, _ = methods.get(name)
    return function(image[None], hole[None], **options).images[0, 0]


def test_membrane_golden():
    """Two missing pixels a b in a row: 4a = 1 + b and 4b = a, so a = 4/15, b = 1/15."""
    image, hole = np.zeros((5, 5, 1), np.float32), np.zeros((5, 5, 1), np.float32)
    image[2, 0], hole[2, 1:3] = 1, 1
    np.testing.assert_allclose(fill("membrane", image, hole)[2, 1:3, 0], [4 / 15, 1 / 15], atol=1e-6)


@pytest.mark.parametrize("name", ["telea", "navier_stokes"])
def test_opencv_fills_a_flat_picture_nearly_flat(name):
    image, hole = np.full((5, 5, 3), 0.2, np.float32), np.zeros((5, 5, 1), np.float32)
    hole[1:4, 1:4] = 1
    np.testing.assert_allclose(fill(name, image, hole), 0.2, atol=4.1 / 255)  # 2 of 255 grey levels


@pytest.mark.parametrize("name", CLASSICAL)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_batch_of_different_holes_is_filled_picture_by_picture(name, channels):
    rng = np.random.default_rng(0)
    images = rng.uniform(-1, 1, (2, 20, 24, channels)).astype(np.float32)
    holes = np.zeros((2, 20, 24, 1), np.float32)
    holes[0, 5:9, 5:9], holes[1, 10:, :4] = 1, 1
    function, _ = methods.get(name)
    filled = function(images, holes)
    assert filled.images.shape == (2, 1, 20, 24, channels) and filled.images.dtype == np.float32
    assert np.abs(filled.images).max() <= 1
    for n in range(2):
        assert (filled.images[n, 0] == fill(name, images[n], holes[n])).all()


@pytest.mark.parametrize(("name", "least"), [("telea", 25.5), ("navier_stokes", 25.5), ("membrane", 26)])
def test_quality_on_a_photograph(name, least):
    image = (data.chelsea()[40:168, 100:228] / 127.5 - 1).astype(np.float32)
    hole = np.zeros((128, 128, 1), np.float32)
    hole[20:100:16, 10:110] = hole[21:100:16, 10:110] = hole[22:100:16, 10:110] = 1
    error = (fill(name, image, hole) - image)[hole[..., 0] > 0]
    assert -10 * np.log10((error**2).mean() / 4) > least


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_picture_of_which_nothing_is_known_is_refused(name):
    with pytest.raises(UserError, match="whole picture") as raised:
        fill(name, np.zeros((5, 5, 1), np.float32), np.ones((5, 5, 1), np.float32))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", [name for name in CLASSICAL if methods.one_answer(name)])
def test_a_second_candidate_is_refused(name):
    image, hole = np.zeros((5, 5, 1), np.float32), np.eye(5, dtype=np.float32)[..., None]
    with pytest.raises(UserError, match="one answer"):
        fill(name, image, hole, candidates=2)


@pytest.mark.parametrize("method", ["telea", "navier_stokes"])
@pytest.mark.parametrize("radius", [0, -5, 1e9, float("nan")])
def test_a_radius_that_is_none_exception_raised(method, radius):
    images, holes = np.zeros((1, 8, 8, 3), np.float32), np.zeros((1, 8, 8, 1), np.float32)
    holes[:, 3:5, 3:5] = 1
    fill, _ = methods.get(method)
    with pytest.raises(UserError, match="radius is .*; it must be above 0"):
        fill(images, holes, radius=radius)

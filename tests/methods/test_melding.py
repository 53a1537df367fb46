"""Image melding: the screened Poisson equation by hand, similarities, and what only turned patches continue."""

import os
import subprocess
import sys

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.methods import melding
from holefill.methods.patches import screened


def filled(image, hole, **options):
    return melding.fill(image[None], hole[None], **options).images[0, 0]


def psnr(result, image, hole):
    return -10 * np.log10(np.square((result - image)[hole[..., 0] > 0]).mean() / 4)


def test_screened_golden():
    """One missing pixel of three in a row: (1 + 2 λ) x = c + λ ((0 + 1) + (4 + 1)), the steps being 1 and -1."""
    image = np.array([[0, 99, 4]], np.float32)[..., None]
    missing = np.array([[False, True, False]])
    steps = np.zeros((0, 3, 1), np.float32), np.array([[[1], [-1]]], np.float32)
    colours = np.full((1, 3, 1), 2, np.float32)
    for weight, middle in ((0, 2), (0.5, (2 + 0.5 * 6) / 2), (1e4, 3)):
        result = screened.solve(image, missing, colours, steps, weight)
        np.testing.assert_allclose(result[0, :, 0], [0, middle, 4], atol=2e-3)


def test_screened_against_a_dense_solution():
    rng = np.random.default_rng(0)
    image, colours = rng.normal(size=(2, 6, 7, 2)).astype(np.float32)
    steps = rng.normal(size=(5, 7, 2)).astype(np.float32), rng.normal(size=(6, 6, 2)).astype(np.float32)
    missing = rng.random((6, 7)) < 0.6
    matrix, right = np.zeros((42, 42)), np.zeros((42, 2))
    for y, x in np.ndindex(6, 7):
        p = 7 * y + x
        matrix[p, p], right[p] = 1, image[y, x] if not missing[y, x] else colours[y, x]
        for v, u in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)) if missing[y, x] else ():
            if 0 <= v < 6 and 0 <= u < 7:
                step = steps[0][min(y, v), x] if u == x else steps[1][y, min(x, u)]
                matrix[p, p] += 0.3
                matrix[p, 7 * v + u] -= 0.3
                right[p] += 0.3 * step * (1 if v < y or u < x else -1)
    result = screened.solve(image, missing, colours, steps, 0.3)
    np.testing.assert_allclose(result.reshape(42, 2), np.linalg.solve(matrix, right), atol=1e-3)


def test_a_match_is_read_back_as_it_was_written():
    rng = np.random.default_rng(0)
    angle, size, flipped = rng.uniform(-0.7, 0.7, 20), rng.uniform(0.8, 1.3, 20), rng.random(20) < 0.5
    matches = melding.matched(np.full(20, 10.0), np.full(20, 12.0), angle, size, flipped)
    area = matches[:, 2] * matches[:, 5] - matches[:, 3] * matches[:, 4]
    np.testing.assert_allclose(area, np.where(flipped, -1, 1) * size**2, rtol=1e-5)
    back = melding.Guided((30, 30), 0.8, 1.3, True)._drawn(matches, np.random.default_rng(0), 0.0)
    for found, given in zip(back, (10, 12, angle, size, flipped), strict=True):
        np.testing.assert_allclose(found, np.broadcast_to(given, 20), rtol=1e-5)


def rings(side=80):
    """Rings about a corner, in colour, [side, side, 3] in [-1, 1]; the hole is all of them that run one way."""
    y, x = np.mgrid[:side, :side] + 6
    far, angle = np.hypot(y, x), np.degrees(np.arctan2(y, x))
    hole = ((angle > 30) & (angle < 60) & (far < 100)).astype(np.float32)[..., None]
    return (np.sin(0.7 * far)[..., None] * np.array([0.8, 0.5, 0.3])).astype(np.float32), hole


def test_turned_patches_go_where_no_unturned_ones_are():
    image, hole = rings()
    turned = psnr(filled(image, hole, rotation=45), image, hole)
    still = psnr(filled(image, hole, rotation=0, scale=1, reflection=False), image, hole)
    assert turned > 17 and turned > still + 3


def test_a_shade_goes_on():
    """A texture under a slope of light: gains and biases take patches to where there are none as bright."""
    rng = np.random.default_rng(0)
    image = np.linspace(-0.6, 0.6, 72, dtype=np.float32)[:, None, None] + rng.normal(0, 0.05, (72, 64, 1))
    image = image.astype(np.float32)
    hole = np.zeros((72, 64, 1), np.float32)
    hole[26:46, 22:42] = 1
    result = filled(image, hole)
    assert np.abs(result[26:46, 22:42].mean(1) - image[26:46, 22:42].mean(1)).max() < 0.08


def test_quality_on_a_photograph():
    image = (data.chelsea()[40:168, 100:228] / 127.5 - 1).astype(np.float32)
    hole = np.zeros((128, 128, 1), np.float32)
    hole[50:80, 50:80] = 1
    assert psnr(filled(image, hole), image, hole) > 18


@pytest.mark.parametrize(("height", "width"), [(1, 30), (30, 1), (4, 5), (2, 2), (40, 9)])
def test_small_pictures_are_filled(height, width):
    rng = np.random.default_rng(height)
    image = rng.uniform(-1, 1, (height, width, 3)).astype(np.float32)
    hole = np.zeros((height, width, 1), np.float32)
    hole[0, 0] = hole[height // 2, width // 2] = 1
    result = filled(image, hole)
    assert np.isfinite(result).all() and np.abs(result).max() <= 1
    assert (result == image)[hole[..., 0] == 0].all()


@pytest.mark.parametrize(
    ("option", "value"), [("patch", 8), ("levels", 0), ("rotation", -1), ("scale", 0.5), ("gradients", float("nan"))]
)
def test_options_out_of_range_exception_raised(option, value):
    image, hole = np.zeros((8, 8, 3), np.float32), np.zeros((8, 8, 1), np.float32)
    with pytest.raises(UserError, match=f"{option} is {value}; it must be"):
        filled(image, hole, **{option: value})


@pytest.mark.slow
def test_what_is_compiled_now_and_what_is_loaded_paint_the_same_bits(tmp_path):
    code = (
        "import hashlib, numpy as np\n"
        "from skimage import data\n"
        "from holefill.methods import melding, planar\n"
        "image = np.float32(data.astronaut()[None, 20:100, 200:290] / 127.5 - 1)\n"
        "hole = np.zeros((1, 80, 90, 1), np.float32)\n"
        "hole[0, 30:50, 30:53] = 1\n"
        "for method in (melding, planar):\n"
        "    print(hashlib.sha256(np.ascontiguousarray(method.fill(image, hole).images)).hexdigest())\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    words = [sys.executable, "-P", "-c", code]
    compiled, loaded = (subprocess.check_output(words, env=environment, text=True, timeout=300) for _ in range(2))
    assert any(tmp_path.rglob("*.nbc")) and compiled.split() == loaded.split()

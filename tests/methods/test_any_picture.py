"""Every method without a model, on random tiny pictures with random holes: a picture or one clear line, and soon."""

import time

import numpy as np
import pytest

from holefill import blending, methods
from holefill.errors import UserError

OPTIONS = {"nearest": {"data": "shapes(train=40)"}}
OPTIONS |= dict.fromkeys(methods.SYNTHESIS, {"vgg": "random", "layers": ("relu2_1",), "steps": 2, "content": "telea"})
SOON = 10  # seconds of work; a tiny picture takes no more
SQUARE = np.pad(np.ones((1, 4, 4, 1), np.float32), ((0, 0), (10, 10), (10, 10), (0, 0)))


def anything(random):
    """A picture [1, H, W, C] in [-1, 1] of 1 to 40 pixels a side, and a hole of any kind [1, H, W, 1]."""
    height, width = random.integers(1, 41, 2)
    image = random.uniform(-1, 1, (1, height, width, random.choice([1, 3]))).astype(np.float32)
    hole = np.zeros((1, height, width, 1), np.float32)
    kind = random.integers(4)
    if kind == 0:  # scattered
        hole[0] = random.random((height, width, 1)) < random.random()
    elif kind == 1:  # one known pixel
        hole[:] = 1
        hole[0, random.integers(height), random.integers(width)] = 0
    else:  # rectangles, which may leave nothing, or reach the border
        for _ in range(kind - 1):
            top, left = random.integers(height), random.integers(width)
            hole[0, top : top + random.integers(1, height + 1), left : left + random.integers(1, width + 1)] = 1
    return image, hole


def check(name, seeds):
    function, _ = methods.get(name)
    overlay = blending.get("overlay")[0]
    for channels in (1, 3):  # which compiles
        function(np.zeros((1, 24, 24, channels), np.float32), SQUARE, **OPTIONS.get(name, {}))
    for seed in seeds:
        image, hole = anything(np.random.default_rng(seed))
        began = time.process_time()
        try:
            found = function(image, hole, seed=1, **OPTIONS.get(name, {})).images
        except UserError as error:
            assert "\n" not in str(error)
            continue
        finally:
            assert time.process_time() - began < SOON, f"seed {seed}: {image.shape}"
        assert found.shape == (1, 1, *image.shape[1:]), f"seed {seed}"
        assert np.isfinite(found).all() and np.abs(found).max() <= 1, f"seed {seed}: {image.shape}"
        known = np.broadcast_to(hole[0] == 0, image[0].shape)
        np.testing.assert_array_equal(overlay(image[0], found[0, 0], hole[0])[known], image[0][known])


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOLEFILL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize("name", sorted(methods.WITHOUT_MODEL))
def test_twelve_random_pictures(name):
    check(name, range(12))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(methods.WITHOUT_MODEL))
def test_five_hundred_random_pictures(name):
    check(name, range(12, 512))

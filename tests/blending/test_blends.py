"""Every blend by name: shapes, known pixels, and what tells one from another."""

import cv2
import numpy as np
import pytest
from skimage import data

from holefill import blending
from holefill.errors import UserError


def example(channels=3, height=60, width=75):
    """A smooth picture, its copy with other colours as the fill, and a hole that touches the edge."""
    y, x = np.mgrid[:height, :width]
    target = (
        np.stack([np.sin(x / 12), np.cos(y / 9), np.sin((x + y) / 20)], -1)[..., :channels].astype(np.float32) * 0.5
    )
    hole = (np.hypot(y - 20, x - 70) < 18).astype(np.float32)[..., None]
    return target, target * 0.8 + 0.2, hole


def test_names_are_known_and_others_are_not():
    assert blending.names() == ["glcic", "overlay", "poisson", "seamless", "tension"]
    assert blending.get("poisson(solver='direct')")[1] == {"solver": "direct"}
    with pytest.raises(UserError, match="did you mean 'poisson'"):
        blending.get("poison")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", blending.names())
def test_known_pixels_are_the_targets(name, channels):
    target, source, hole = example(channels)
    blend, options = blending.get(name)
    given = [x.copy() for x in (target, source, hole)]
    result = blend(target, source, hole, **options)
    assert result.dtype == np.float32 and result.shape == target.shape
    known = hole[..., 0] == 0
    np.testing.assert_array_equal(result[known], target[known])
    assert np.any(result[~known] != target[~known]) and np.abs(result).max() <= 1
    for before, after in zip(given, (target, source, hole), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", blending.names())
def test_empty_hole_and_unfit_shapes(name):
    target, source, hole = example()
    blend = blending.get(name)[0]
    np.testing.assert_array_equal(blend(target, source, 0 * hole), target)
    with pytest.raises(UserError, match="wanted one shape"):
        blend(target, source[..., :1], hole)


@pytest.mark.parametrize("name", ["glcic", "poisson", "seamless", "tension"])
def test_full_hole_is_refused(name):
    target, source, hole = example()
    with pytest.raises(UserError, match="whole picture"):
        blending.get(name)[0](target, source, hole * 0 + 1)


def test_overlay_is_the_source_in_the_hole():
    target, source, hole = example()
    result = blending.get("overlay")[0](target, 9 * source, hole)
    np.testing.assert_array_equal(result, np.where(hole, np.clip(9 * source, -1, 1), target))


def test_what_the_target_holds_in_its_hole_does_not_matter():
    target, source, hole = example()
    for name in blending.names():
        blend = blending.get(name)[0]
        inside = [blend(np.where(hole, np.float32(v), target), source, hole)[hole[..., 0] == 1] for v in (-1, 1)]
        np.testing.assert_array_equal(*inside, err_msg=name)


def test_seamless_is_near_poisson():
    target, source = (data.astronaut()[100:228, 150:300], data.coffee()[100:228, 150:300])
    target, source = (cv2.GaussianBlur(x, (0, 0), 4).astype(np.float32) / 300 - 0.5 for x in (target, source))
    hole = np.zeros((128, 150, 1), np.float32)
    hole[30:90, 40:110] = 1
    results = [blending.get(name)[0](target, source, hole) for name in ("seamless", "poisson", "overlay")]
    seamless, poisson, overlay = (x[hole[..., 0] == 1] for x in results)
    assert np.abs(seamless - poisson).mean() * 127.5 < 6
    assert np.abs(overlay - poisson).mean() > 4 * np.abs(seamless - poisson).mean()


@pytest.mark.parametrize("hole", ["one pixel", "all but one", "all but a corner", "two corners"])
def test_seamless_takes_any_hole(hole):
    target, source, _ = example()
    missing = np.zeros((60, 75, 1), np.float32)
    if hole == "one pixel":
        missing[0, 30] = 1
    elif hole == "two corners":
        missing[:3, :3] = missing[-9:, -20:] = 1
    else:
        missing[:] = 1
        missing[(25, 40) if hole == "all but one" else (0, 0)] = 0
    result = blending.get("seamless")[0](target, source, missing)
    np.testing.assert_array_equal(result[missing[..., 0] == 0], target[missing[..., 0] == 0])
    assert np.all(np.isfinite(result))

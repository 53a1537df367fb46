"""GLCIC's post-processing: where fast marching is seen, where the fill's texture is, holes that break OpenCV."""

import cv2
import numpy as np
import pytest
from skimage import data

from holefill import blending
from holefill.blending.glcic import glcic
from holefill.errors import UserError


def face(channels=3):
    photo = data.astronaut()[40:140, 170:290] / np.float32(127.5) - 1
    return photo[..., :channels].astype(np.float32)


def hole_of(rows, columns, shape=(100, 120)):
    hole = np.zeros((*shape, 1), np.float32)
    hole[rows, columns] = 1
    return hole


def telea(target, hole):
    """What fast marching paints, in [-1, 1]."""
    levels = np.rint((np.where(hole, 0, target) + 1) * 127.5).astype(np.uint8)
    painted = cv2.inpaint(levels, hole[..., 0].astype(np.uint8), 1, cv2.INPAINT_TELEA)
    return painted.reshape(target.shape) / np.float32(127.5) - 1


@pytest.mark.parametrize("rows, columns", [(slice(40, 46), slice(10, 100)), (50, 60), (slice(0, 3), slice(0, 120))])
def test_a_thin_hole_is_fast_marching_s(rows, columns):
    target, hole = face(), hole_of(rows, columns)
    done = glcic(target, -target, hole)
    np.testing.assert_allclose(done, np.where(hole, telea(target, hole), target), atol=1e-6)


def test_in_a_wide_hole_the_outer_three_pixels_are_fast_marching_s_and_the_inner_texture_the_fill_s():
    """Telea's colours go on from a constant picture; the fill has stripes."""
    target, hole = np.zeros((60, 60, 3), np.float32), hole_of(slice(20, 40), slice(20, 40), (60, 60))
    source = 0.2 * np.sign(np.sin(np.arange(60) * np.pi / 2 + 0.1))[:, None, None] * np.ones((60, 60, 3), np.float32)
    steps = np.abs(np.diff(glcic(target, source, hole)[:, 23:37], axis=0)).mean((1, 2))
    stripes = np.abs(np.diff(source, axis=0)).mean((1, 2)) > 0.3
    inner = np.flatnonzero(stripes[22:36]) + 22
    assert len(inner) >= 6 and steps[inner].min() > 0.2
    assert max(steps[19:22].max(), steps[37:40].max()) < 0.05


def test_the_fill_s_colours_do_not_matter():
    target, hole = face(), hole_of(slice(30, 60), slice(40, 80))
    dark, light = (glcic(target, 0.5 * target + shift, hole) for shift in (-0.3, 0.3))
    np.testing.assert_allclose(dark, light, atol=3.1 / 127.5)
    assert np.abs(dark - target).max() > 0.1


def test_the_picture_itself_as_the_fill_is_better_than_fast_marching_and_better_than_the_wrong_colours():
    target, hole = face(), hole_of(slice(30, 60), slice(40, 80))
    error = lambda x: float(np.sqrt(np.mean((x - target)[hole[..., 0] == 1] ** 2)))  # noqa: E731
    done, shifted = glcic(target, target, hole), np.clip(target * 0.8 + 0.25, -1, 1)
    assert error(done) < 0.5 * error(telea(target, hole))
    assert error(glcic(target, shifted, hole)) < 0.7 * error(np.where(hole, shifted, target))


@pytest.mark.parametrize(
    "rows, columns",
    [
        (slice(0, 30), slice(90, 120)),  # a corner
        (slice(0, 1), slice(0, 120)),
        (slice(0, 100), slice(119, 120)),
        (slice(0, 1), slice(0, 1)),
        (slice(0, 2), slice(0, 2)),
        (slice(20, 27), slice(30, 37)),  # the least that something is left of
        (slice(0, 100), slice(0, 119)),  # all but a column
        (slice(80, 100), slice(0, 120)),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_any_hole(rows, columns, channels):
    target, hole = face(channels), hole_of(rows, columns)
    done = glcic(target, target[::-1], hole)
    known = np.broadcast_to(hole == 0, target.shape)
    np.testing.assert_array_equal(done[known], target[known])
    assert done.shape == target.shape and np.isfinite(done).all() and np.abs(done).max() <= 1


def test_a_hole_at_the_border_is_cloned_at_its_place():
    """OpenCV alone would put the fill two pixels off."""
    target = face()
    hole = hole_of(slice(0, 40), slice(80, 120))
    inner = (slice(8, 32), slice(88, 112))
    done = glcic(target, target, hole)[inner]
    errors = [np.abs(np.diff(done - np.roll(target, n, axis=1)[inner], axis=1)).mean() for n in (-2, -1, 0, 1, 2)]
    assert np.argmin(errors) == 2 and errors[2] < 0.3 * min(errors[1], errors[3])


def test_what_is_far_from_the_hole_does_not_matter():
    target, hole = face(), hole_of(slice(40, 60), slice(50, 70))
    other = target.copy()
    other[:20], other[80:] = 0.5, -0.5
    inside = hole[..., 0] == 1
    np.testing.assert_array_equal(glcic(target, target, hole)[inside], glcic(other, target, hole)[inside])


def test_options_by_name():
    target, hole = face(), hole_of(slice(40, 60), slice(50, 70))
    blend, options = blending.get("glcic(radius=5)")
    assert options == {"radius": 5} and np.any(blend(target, target, hole, radius=5) != glcic(target, target, hole))


@pytest.mark.parametrize("radius", [0, -1, 101, float("nan")])
def test_a_wrong_radius_exception_raised(radius):
    with pytest.raises(UserError, match="radius is"):
        glcic(face(), face(), hole_of(50, 60), radius=radius)


def test_other_channels_exception_raised():
    with pytest.raises(UserError, match="1 or 3 channels, not 2"):
        glcic(face()[..., :2], face()[..., :2], hole_of(50, 60))

"""`fill`: what its options change, and weights that another one may start from."""

import json

import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import fill, fill_start, pixels, stored

SMALL = {"image_size": 16, "width": 8, "blocks": 1}


def pictures(seed=0):
    random = np.random.default_rng(seed)
    images = random.uniform(-1, 1, (2, 16, 24, 3)).astype(np.float32)
    return images, (random.random((2, 16, 24, 1)) < 0.3).astype(np.float32)


def test_each_pixel_sees_the_other_side_only_where_it_is_shown_the_mirror_image():
    images, holes = pictures()
    images = np.tile(images, (1, 1, 10, 1))  # wider than what a pixel sees around itself
    holes = np.tile(holes, (1, 1, 10, 1))
    changed = images.copy()
    changed[:, :, -1] *= -1
    for mirror in (True, False):
        painter = stored.build("fill", **SMALL, mirror=mirror).painter
        first, second = (np.asarray(painter([x, 0 * holes])) for x in (images, changed))
        assert np.any(first[:, :, 0] != second[:, :, 0]) == mirror


def test_one_without_the_mirror_image_starts_from_one_with_it(tmp_path):
    """It paints what that one paints, once that one looks away from the mirror image."""
    images, holes = pictures()
    shown, plain = (stored.build("fill", **SMALL, mirror=mirror) for mirror in (True, False))
    weights = shown.painter.get_weights()
    kernel = weights[0].reshape(3, 3, 4, 2, 4, -1)
    kernel[:, :, :, 1] = 0
    shown.painter.set_weights([kernel.reshape(weights[0].shape), *weights[1:]])
    stored.start(plain, stored.save(shown, tmp_path))
    wanted = np.asarray(stored.load(tmp_path).painter([images, holes]))
    np.testing.assert_allclose(np.asarray(plain.painter([images, holes])), wanted, atol=1e-5)


def test_one_that_paints_beside_a_smooth_continuation_begins_with_it(tmp_path):
    """Alone, and from one that painted all by itself; and from one that has learnt it goes on."""
    images, holes = pictures()
    smooth = np.asarray(pixels.Smooth()([images, holes]))
    trained, plain, again = (stored.build("fill", **SMALL, smooth=smooth) for smooth in (False, True, True))
    np.testing.assert_allclose(np.asarray(plain.painter([images, holes])), smooth, atol=0.011)
    stored.start(plain, stored.save(trained, tmp_path / "trained"))
    np.testing.assert_allclose(np.asarray(plain.painter([images, holes])), smooth, atol=0.011)
    plain.painter.get_layer("bands").bias.assign_add(np.ones(12))
    stored.start(again, stored.save(plain, tmp_path / "plain"))
    assert np.abs(np.asarray(again.painter([images, holes])) - smooth).mean() > 0.1


def test_one_for_pictures_twice_as_large_begins_with_what_the_other_paints_at_half_the_size(tmp_path):
    images, holes = pictures()
    small, large = stored.build("fill", **SMALL), stored.build("fill", **{**SMALL, "image_size": 32}, door=4)
    assert (small.multiple, large.multiple) == (8, 16)
    stored.start(large, stored.save(small, tmp_path))
    twice = [x.repeat(2, 1).repeat(2, 2) for x in (images, holes)]
    wanted = np.asarray(stored.load(tmp_path).painter([images, holes])).repeat(2, 1).repeat(2, 2)
    np.testing.assert_allclose(np.asarray(large.painter([x[:, :32, :48] for x in twice])), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "options, part", [({"door": 3}, "door is 3"), ({"door": 4, "image_size": 24}, "multiple of 16")]
)
def test_options_exception_raised(options, part):
    with pytest.raises(UserError, match=part):
        fill.Options(**{**SMALL, **options})


def test_one_of_blocks_of_4_without_the_mirror_image_starts_from_one_with_it(tmp_path):
    shown, plain = (stored.build("fill", **{**SMALL, "image_size": 32}, door=4, mirror=m) for m in (True, False))
    stored.start(plain, stored.save(shown, tmp_path))
    kernel = stored.load(tmp_path).painter.get_weights()[0].reshape(3, 3, 16, 2, 4, -1)
    np.testing.assert_array_equal(plain.painter.get_weights()[0].reshape(3, 3, 16, 4, -1), kernel[:, :, :, 0])


def test_one_that_paints_all_by_itself_does_not_begin_with_what_another_painted_beside_something(tmp_path):
    images, holes = pictures()
    beside, alone = (stored.build("fill", **SMALL, smooth=smooth) for smooth in (True, False))
    beside.painter.get_layer("bands").bias.assign_add(np.ones(12))
    stored.start(alone, stored.save(beside, tmp_path))
    np.testing.assert_array_equal(np.asarray(alone.painter([images, holes])), 0 * images)


@pytest.mark.parametrize("before, after", [(False, True), (True, False)])
def test_one_that_makes_bands_and_one_that_makes_pixels_begin_with_each_other_s_pictures(tmp_path, before, after):
    images, holes = pictures()
    trained, other = (stored.build("fill", **SMALL, bands=bands) for bands in (before, after))
    stored.start(other, stored.save(trained, tmp_path))
    wanted = np.asarray(stored.load(tmp_path).painter([images, holes]))
    np.testing.assert_allclose(np.asarray(other.painter([images, holes])), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "trained, wanted",
    [({}, {"channels": 1}), ({"bands": False}, {"channels": 1}), ({"door": 4}, {}), ({"door": 4, "bands": False}, {})],
)
def test_a_start_from_other_channels_or_a_wider_door_exception_raised(tmp_path, trained, wanted):
    size = {**SMALL, "image_size": 32}
    stored.save(stored.build("fill", **{**size, **trained}), tmp_path)
    with pytest.raises(UserError, match="do not fit"):
        stored.start(stored.build("fill", **{**size, **wanted}), tmp_path)


def test_a_folder_from_before_there_were_bands_is_of_pixels(tmp_path):
    images, holes = pictures()
    stored.save(model := stored.build("fill", **SMALL, bands=False), tmp_path)
    about = json.loads((tmp_path / "model.json").read_text())
    del about["options"]["bands"]
    (tmp_path / "model.json").write_text(json.dumps(about))
    painted = np.asarray(stored.load(tmp_path).painter([images, holes]))
    np.testing.assert_allclose(painted, np.asarray(model.painter([images, holes])), atol=1e-2)


def test_weights_of_a_like_painter_stay_as_they_are():
    weights = stored.build("fill", **SMALL, mirror=False).painter.get_weights()
    like = fill.Options(**SMALL, mirror=False)
    assert all(a is b for a, b in zip(fill_start.adapted(weights, like, like), weights, strict=True))
    assert fill_start.adapted(weights, None, like) is weights

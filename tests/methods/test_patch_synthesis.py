"""Neural patch synthesis, with random weights of VGG-19 and small pictures: what it promises, and what it refuses."""

import numpy as np
import pytest
import tensorflow as tf
from skimage import data

from holefill.errors import UserError
from holefill.methods import patch_synthesis, patch_synthesis_content, patch_synthesis_graph
from holefill.methods.patch_synthesis_level import Level, window
from holefill.methods.patch_synthesis_options import OURS, change

QUICK = {
    "vgg": "random",
    "content": "telea",
    "layers": ("relu2_1",),
    "steps": 2,
}  # one small network for all tests, but where said
METHODS = {"ours": patch_synthesis.fill, "paper": patch_synthesis.paper, "code": patch_synthesis.code}


def stripes(side=48, channels=1):
    """[1, side, side, C] upright stripes of 8 pixels, and a hole [1, side, side, 1] of 16 in the middle."""
    row = np.where(np.arange(side) // 4 % 2, 0.6, -0.4).astype("float32")
    hole = np.zeros((1, side, side, 1), "float32")
    hole[:, side // 2 - 8 : side // 2 + 8, side // 2 - 8 : side // 2 + 8] = 1
    return np.broadcast_to(row[:, None], (1, side, side, channels)).copy(), hole


def brick(side=64):
    images = data.brick()[None, :side, :side, None] / np.float32(127.5) - 1
    hole = np.zeros((1, side, side, 1), "float32")
    hole[:, 20:44, 22:40] = 1
    return images, hole


def error(filled, images, hole):
    return float(np.square(filled[:, 0] - images)[hole[..., 0] > 0].mean())


@pytest.mark.parametrize("optimiser, steps", [("adam", 120), ("lbfgs", 40)])
def test_stripes_go_on_where_the_content_is_blurred(optimiser, steps):
    """The membrane's grey is a third as far from the stripes once their texture has been asked for."""
    images, hole = stripes()
    given = {"vgg": "random", "layers": ("relu2_1",), "content": "membrane", "optimiser": optimiser, "alpha": 1.0}
    blurred = error(patch_synthesis.fill(images, hole, steps=0, **given).images, images, hole)
    textured = patch_synthesis.fill(images, hole, steps=steps, **given).images
    assert blurred > 0.02 and error(textured, images, hole) < blurred / 3


@pytest.mark.parametrize("name", METHODS)
def test_each_preset_lowers_its_energy_and_keeps_what_is_known(name):
    images, hole = brick()
    filled = METHODS[name](images, hole, vgg="random", content="telea", steps=3).images
    begun = METHODS[name](images, hole, vgg="random", content="telea", steps=0).images
    known = hole[0] == 0
    np.testing.assert_array_equal(filled[0, 0][known], images[0][known])
    assert np.abs(filled - begun).max() > 1e-3 and np.abs(filled).max() <= 1
    preset = {"ours": OURS, "paper": patch_synthesis.PAPER, "code": patch_synthesis.CODE}[name]
    options = change(preset, {"vgg": "random"})
    graph = patch_synthesis_graph.build(options.all_layers, 1, "random", options.policy())
    missing = hole[0, ..., 0] > 0
    level = Level(begun[0, 0], begun[0, 0], missing, graph, options)
    level._find_sources()
    part = window(missing, options)
    places = np.argwhere(missing[part])
    values = [x[0, 0][part][tuple(places.T)].ravel() for x in (begun, filled)]
    problem = patch_synthesis_graph.tensors(level._problem(begun[0, 0], part, places, values[0]))
    before, after = (float(graph.energy(tf.constant(x), problem)[0]) for x in values)
    assert after < before


def test_gradient_of_the_energy_is_its_slope():
    """Along a random direction, in float32, through two layers of the network."""
    images, hole = stripes(32)
    options = change(OURS, {"vgg": "random", "layers": ("relu1_2", "relu2_1"), "alpha": 1.0, "beta": 1e-4})
    graph = patch_synthesis_graph.build(options.layers, 1, "random", "float32")
    missing = hole[0, ..., 0] > 0
    picture = np.where(missing[..., None], np.float32(0.2), images[0])
    level = Level(picture, picture, missing, graph, options)
    level._find_sources()
    part = window(missing, options)
    places = np.argwhere(missing[part])
    random = np.random.default_rng(0)
    before = picture[part][tuple(places.T)].ravel()
    problem = patch_synthesis_graph.tensors(level._problem(picture, part, places, before))
    at = (before + random.uniform(-0.3, 0.3, before.shape)).astype("float32")
    along = random.normal(size=at.shape).astype("float32")
    gradient = graph.energy(tf.constant(at), problem)[1].numpy()
    ends = [float(graph.energy(tf.constant(at + sign * np.float32(1e-3) * along), problem)[0]) for sign in (1, -1)]
    assert (ends[0] - ends[1]) / 2e-3 == pytest.approx(float(gradient @ along), rel=0.02)


def test_the_window_shows_all_that_features_at_the_hole_depend_on():
    """Features of patches that touch the hole are the same in the window as in the whole picture."""
    picture = data.astronaut()[None, :160, :144].astype("float32") / 127.5 - 1
    missing = np.zeros((160, 144), bool)
    missing[60:70, 61:75] = True
    options = change(OURS, {"vgg": "random", "layers": ("relu3_1",)})
    graph = patch_synthesis_graph.build(options.layers, 3, "random", "float32")
    part = window(missing, options)
    assert (part[0].stop - part[0].start) * (part[1].stop - part[1].start) < 160 * 144 / 3
    inside = graph.features(picture[:, *part])[0].numpy()[0]
    whole = graph.features(picture)[0].numpy()[0]
    rows, columns = slice(15 - 2, 18 + 2), slice(15 - 2, 19 + 2)  # the hole's cells, and 3 × 3 patches that touch them
    shifted = tuple(
        slice(s.start - p.start // 4, s.stop - p.start // 4) for s, p in zip((rows, columns), part, strict=True)
    )
    np.testing.assert_allclose(inside[shifted], whole[rows, columns], rtol=1e-4, atol=1e-2)


def test_what_lies_under_the_hole_and_beside_in_the_batch_does_not_matter():
    images, hole = stripes(channels=3)
    images = np.concatenate([images, images[:, ::-1] * 0.5, images])
    holes = np.concatenate([hole, np.roll(hole, 9, 1), 0 * hole])
    filled = patch_synthesis.fill(images, holes, **QUICK).images
    np.testing.assert_array_equal(filled[2, 0], images[2])
    again = patch_synthesis.fill(np.where(holes > 0, np.float32(0.9), images)[1:2], holes[1:2], **QUICK).images
    np.testing.assert_array_equal(again[0], filled[1])


def test_scales_double_up_to_the_picture_s_own_size():
    def sizes(height, width, **given):
        return patch_synthesis.levels(height, width, 8, 24, change(OURS, given))

    assert sizes(512, 512) == [(128, 128), (256, 256), (512, 512)]
    assert sizes(320, 480) == [(80, 120), (160, 240), (320, 480)]
    assert sizes(64, 64) == [(64, 64)]
    assert sizes(2048, 1024, largest=512) == [(128, 64), (256, 128), (512, 256)]
    assert sizes(1024, 24) == [(128, 24), (256, 24), (512, 24), (1024, 24)]


def test_a_region_about_the_hole_is_looked_at():
    missing = np.zeros((1000, 900), bool)
    missing[500:600, 10:30] = True
    assert patch_synthesis.region(missing) == (slice(400, 700), slice(0, 130))


def test_shrunk_pixels_are_means_of_what_is_known():
    picture = np.array([[0.2, 0.4, 9, 9], [0.6, 9, 9, 9]], "float32")[..., None]
    missing = picture[..., 0] > 1
    small, gone = patch_synthesis_content.shrink(picture, missing, (1, 2))
    np.testing.assert_array_equal(gone, [[False, True]])
    np.testing.assert_allclose(small[..., 0], [[0.4, 0]], atol=1e-6)


def test_what_was_painted_at_the_finest_scale_keeps_its_detail():
    """Two scales without a step: what telea makes of the picture itself, or of half its size, enlarged."""
    from holefill import methods

    images, hole = brick()
    wanted = methods.get("telea")[0](np.where(hole > 0, np.float32(0), images), hole).images[0, 0]
    given = {**QUICK, "steps": 0, "coarsest": 32}
    finest = patch_synthesis.fill(images, hole, **given).images[0, 0]
    np.testing.assert_allclose(finest, wanted, atol=1e-5)
    coarsest = patch_synthesis.fill(images, hole, painted="coarsest", **given).images[0, 0]
    assert np.abs(coarsest - wanted).max() > 0.05


def test_a_change_of_colour_costs_and_one_of_brightness_does_not():
    """One missing pixel, its four neighbours known: γ of (0.3, 0, 0) less its mean is 4 (0.2² + 0.1² + 0.1²) 127.5²."""
    graph = patch_synthesis_graph.build((), 3, None, "float32")
    before, window = np.full(3, 0.1, "float32"), np.zeros((1, 3, 3, 3), "float32")
    problem = patch_synthesis_graph.Problem(window, np.array([[1, 1]]), before, (), (), 0.0, 0.0, 1.0)
    for moved, wanted in (([0.3, 0, 0], 4 * 0.06 * 127.5**2), ([0.3, 0.3, 0.3], 0)):
        values = tf.constant(before + np.float32(moved))
        assert float(graph.energy(values, patch_synthesis_graph.tensors(problem))[0]) == pytest.approx(wanted, abs=1e-2)


def test_no_texture_and_no_smoothing_is_the_content():
    """The ablation ℓ2 only needs no network: what the content painted is the minimum."""
    images, hole = stripes()
    filled = patch_synthesis.paper(images, hole, layers=(), beta=0, content="membrane", steps=2).images
    begun = patch_synthesis.paper(images, hole, layers=(), content="membrane", steps=0).images
    np.testing.assert_allclose(filled, begun, atol=1e-6)


def test_a_one_pass_network_may_be_the_content():
    from holefill import models

    make, _ = models.get("fill")
    network = make(image_size=32, channels=3, width=8)
    images, hole = stripes(channels=1)
    filled = patch_synthesis.fill(images, hole, model=network, **QUICK).images
    assert filled.shape == (1, 1, 48, 48, 1) and np.isfinite(filled).all()
    other = patch_synthesis.fill(images, hole, **QUICK).images
    assert np.abs(filled - other).max() > 0.05


@pytest.mark.parametrize("shape", [(1, 9), (7, 1), (3, 40), (33, 25), (2, 2)])
def test_small_pictures_are_filled(shape):
    random = np.random.default_rng(0)
    images = random.uniform(-1, 1, (1, *shape, 3)).astype("float32")
    holes = (random.random((1, *shape, 1)) < 0.5).astype("float32")
    holes[0, 0, 0], holes[0, -1, -1] = 1, 0
    filled = patch_synthesis.fill(images, holes, **QUICK).images[:, 0]
    assert np.isfinite(filled).all() and np.abs(filled).max() <= 1
    np.testing.assert_array_equal(filled[holes[..., 0] == 0], images[holes[..., 0] == 0])


@pytest.mark.parametrize(
    "given, says",
    [
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"steps": -1}, "steps is -1"),
        ({"patch": 4}, "patch is 4"),
        ({"stride": 5}, "stride 5"),
        ({"layers": ("relu9_1",)}, "no layer 'relu9_1'"),
        ({"match": "luck"}, "match is 'luck'"),
        ({"optimiser": "sgd"}, "optimiser is 'sgd'"),
        ({"shade": 1}, "no option 'shade'"),
        ({"colour": -1.0}, "colour is -1.0; it must be a number from 0"),
        ({"content": "patch_synthesis"}, "itself"),
        ({"content": "nonsense"}, "'nonsense' is no method, and no model"),
        ({"content": "one_pass(width=)"}, "cannot read"),
        ({"vgg": "/nowhere/vgg.h5"}, "/nowhere/vgg.h5.*storage.googleapis.com"),
    ],
)
def test_bad_options_exception_raised(given, says):
    with pytest.raises(UserError, match=says) as raised:
        patch_synthesis.fill(*stripes(), **{**QUICK, **given})
    assert "\n" not in str(raised.value)


def test_more_answers_or_nothing_known_exception_raised():
    images, hole = stripes()
    with pytest.raises(UserError, match="2 candidates"):
        patch_synthesis.fill(images, hole, candidates=2, **QUICK)
    with pytest.raises(UserError, match="whole picture"):
        patch_synthesis.fill(images, np.ones_like(hole), **QUICK)

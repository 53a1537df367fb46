"""GLCIC's networks: the published sizes and layers, what they see, and options that are refused."""

import re

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.models import glcic, stored
from holefill.models.global_local import depth, global_local


def parameters(network):
    return sum(int(np.prod(variable.shape)) for variable in network.trainable_variables)


def test_the_published_networks_have_their_published_sizes():
    model = glcic.paper()
    assert (model.image_size, model.options.local, glcic.compact(width=4).image_size) == (256, 128, 64)
    assert parameters(model.painter) == 6_072_131
    norms = [layer for layer in model.painter.layers if layer.name.endswith("_norm")]
    assert parameters(model.painter) - sum(parameters(layer) for layer in norms) == 6_066_179
    assert parameters(model.companions["judge"]("float32")) == 45_063_681


def test_the_published_layers():
    """Channels, kernel, stride and dilation, layer by layer, of table 1."""
    layers = [layer for layer in glcic.paper().painter.layers if hasattr(layer, "kernel_size")]
    found = [(x.filters, x.kernel_size[0], x.strides[0], x.dilation_rate[0]) for x in layers]
    down = [(64, 5, 1, 1), (128, 3, 2, 1), (128, 3, 1, 1), (256, 3, 2, 1), (256, 3, 1, 1), (256, 3, 1, 1)]
    middle = [(256, 3, 1, rate) for rate in (2, 4, 8, 16)] + [(256, 3, 1, 1)] * 2
    up = [(128, 4, 2, 1), (128, 3, 1, 1), (64, 4, 2, 1), (32, 3, 1, 1), (3, 3, 1, 1)]
    assert found == down + middle + up and len(found) == 17
    assert [type(layers[i]).__name__ for i in (12, 14)] == ["Conv2DTranspose"] * 2


@pytest.mark.parametrize("side, layers", [(256, 6), (160, 5), (128, 5), (96, 5), (64, 4), (32, 3), (16, 2)])
def test_fewer_layers_look_at_smaller_pictures(side, layers):
    assert depth(side) == layers


def test_the_discriminator_judges_the_picture_and_the_window():
    tf.keras.utils.set_random_seed(0)
    judge, random = global_local(32, 16, 1, width=4), np.random.default_rng(0)
    images, patches = (random.normal(size=(2, n, n, 1)).astype(np.float32) for n in (32, 16))
    logits = judge([images, patches]).numpy()
    assert logits.shape == (2, 1) and logits.dtype == np.float32
    assert np.all(judge([-images, patches]).numpy() != logits) and np.all(judge([images, -patches]).numpy() != logits)
    assert not any("norm" in layer.name for layer in global_local(32, 16, 1, paper=False, width=4).layers)


@pytest.mark.parametrize("order, wanted", [("bn_relu", ["norm", "relu"]), ("relu_bn", ["relu", "norm"])])
@pytest.mark.parametrize("build", [glcic.paper, glcic.compact])
def test_the_order_of_normalisation_and_relu(build, order, wanted):
    layers = [layer.name for layer in build(order=order, width=4).painter.layers]
    for i in range(1, 14):
        start = layers.index(f"layer{i}")
        assert layers[start + 1 : start + 3] == [f"layer{i}_{kind}" for kind in wanted]


def test_relu_is_the_paper_s_and_leaky_is_ours():
    slopes = [
        {x.negative_slope for x in build(width=4).painter.layers if hasattr(x, "negative_slope")}
        for build in (glcic.paper, glcic.compact)
    ]
    assert np.allclose([list(s) for s in slopes], [[0.0], [0.2]])


def test_centred_by_hand():
    images = np.array([0.5, -1.0], np.float32).reshape(1, 1, 2, 1) * np.ones((1, 1, 1, 3), np.float32)
    holes = np.array([0.0, 1.0], np.float32).reshape(1, 1, 2, 1)
    seen = glcic.Centred((0.1, 0.5, -0.5))([images, holes])
    np.testing.assert_allclose(seen, [[[[0.2, 0, 0.5, 0], [0, 0, 0, 1]]]], atol=1e-7)


@pytest.mark.parametrize("mean", [0.25, (0.1, 0.0, -0.2)])
def test_the_mean_colour_is_kept_with_the_model(tmp_path, mean):
    model = glcic.compact(width=4, mean=mean)
    again = stored.load(stored.save(model, tmp_path))
    assert again.options == model.options and again.options.mean == mean
    images = np.zeros((1, 16, 16, 3), np.float32)
    grey = np.asarray(glcic.Centred(mean)([images, images[..., :1]]))[..., :3]
    np.testing.assert_allclose(grey[0, 0, 0], -np.broadcast_to(mean, 3) / 2, rtol=1e-6)


@pytest.mark.parametrize("build, more, sides", [(glcic.paper, {}, (20, 28)), (glcic.compact, {"coarse": 8}, (24, 40))])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_and_both_kinds_of_picture(build, more, sides, channels):
    model = build(image_size=32, channels=channels, width=4, **more)
    assert model.multiple == more.get("coarse", 4)
    images, holes = np.ones((2, *sides, channels), np.float32), np.zeros((2, *sides, 1), np.float32)
    (painted,) = model.stages(images, holes)
    assert painted.shape == (2, *sides, channels) and painted.dtype == tf.float32 and np.abs(painted).max() < 1


@pytest.mark.parametrize("coarse", [4, 8])
def test_a_pixel_of_the_middle_sees_to_the_borders(coarse):
    tf.keras.utils.set_random_seed(0)
    model = glcic.compact(width=4, image_size=64, coarse=coarse)
    images = tf.Variable(tf.random.stateless_normal((1, 64, 64, 3), (1, 2)))
    with tf.GradientTape() as tape:
        middle = tf.reduce_sum(model.stages(images, tf.zeros((1, 64, 64, 1)))[-1][:, 32, 32])
    reach = np.abs(tape.gradient(middle, images)).sum((0, 3)) > 0
    assert reach[:, 32].mean() > 0.4 and reach[32].mean() > 0.4 and reach[0].any() and reach[-1].any()


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_near(precision):
    random, made = np.random.default_rng(0), []
    images, holes = random.uniform(-1, 1, (1, 32, 32, 3)), random.random((1, 32, 32, 1)) < 0.3
    for kind in ("float32", precision):
        tf.keras.utils.set_random_seed(0)
        painted = glcic.compact(kind, width=4).stages(images.astype(np.float32), holes.astype(np.float32))[-1]
        assert painted.dtype == tf.float32
        made.append(painted.numpy())
    assert np.abs(made[1] - made[0]).max() < 0.1 * np.ptp(made[0])


WRONG = {
    "image_size is 30": {"image_size": 30},
    "image_size is 8": {"image_size": 8},
    "image_size is 36": {"image_size": 36, "coarse": 8},
    "channels is 2": {"channels": 2},
    "width is 5": {"width": 5},
    "width is 0": {"width": 0},
    "window is 65": {"window": 65},
    "window is 4": {"window": 4},
    "order is 'relu'": {"order": "relu"},
    "coarse is 2": {"coarse": 2},
    "mean is (0.1, 0.2)": {"mean": (0.1, 0.2)},
    "mean is ('a', 'b', 'c')": {"mean": ("a", "b", "c")},
}


@pytest.mark.parametrize("says", WRONG)
def test_wrong_options_exception_raised(says):
    with pytest.raises(UserError, match=re.escape(f"glcic: {says}")) as raised:
        glcic.compact(**WRONG[says])
    assert "\n" not in str(raised.value)

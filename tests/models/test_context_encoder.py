"""The Context Encoder's networks: the layer between encoder and decoder by hand, counts, what is painted where."""

import keras
import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import context_encoder, stored
from holefill.models.channelwise import ChannelwiseDense

PRESETS = ("context_encoder", "context_encoder@paper", "context_encoder@code")
NARROW = {"width": 4, "bottleneck_width": 16, "image_size": 32}


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


def built(name, **changes):
    keras.utils.set_random_seed(0)
    return stored.build(name, **{**NARROW, **changes})


def pictures(size=32, channels=3):
    images = np.random.default_rng(0).uniform(-1, 1, (2, size, size, channels)).astype(np.float32)
    holes = np.zeros((2, size, size, 1), np.float32)
    holes[0, size // 4 : -size // 4, size // 4 : -size // 4] = 1
    holes[1, 10:14, 11:20] = 1
    return images, holes


def paint(model, images, holes):
    return np.asarray(model.stages(images, holes)[-1])


def test_channelwise_by_hand():
    """Two places and two channels: the first swaps its places, the second sums them; biases 0 and (1, 2)."""
    layer = ChannelwiseDense()
    x = np.array([[[[1.0, 10], [2, 20]]]], np.float32)
    layer.build(x.shape)
    layer.set_weights([np.array([[[0, 1], [1, 0]], [[1, 1], [1, 1]]]), np.array([[0, 0], [1, 2]])])
    np.testing.assert_allclose(np.asarray(layer(x)), [[[[2, 31], [1, 32]]]])


def test_channelwise_has_m_n4_weights_and_keeps_channels_apart_and_the_variance():
    """m maps of n × n: m · n⁴ (section 3.1); a place of channel 2 reaches all places of channel 2 alone."""
    keras.utils.set_random_seed(0)
    layer, x = ChannelwiseDense(use_bias=False), np.random.default_rng(0).normal(size=(64, 4, 4, 3)).astype(np.float32)
    before = np.asarray(layer(x))
    assert count(layer) == 3 * 4**4 and before.std() == pytest.approx(1, rel=0.15)
    x[0, 1, 2, 2] += 1
    moved = np.asarray(layer(x)) != before
    assert moved[0, ..., 2].all() and not moved[..., :2].any() and not moved[1:].any()


def test_the_released_net_has_its_counts():
    """71,130,531 and 2,766,529 with the biases that its training sets to zero: 5,987 and 961 of them; ours are not."""
    model = stored.build("context_encoder@code", biases=True)
    assert (model.image_size, model.options.overlap) == (128, 4)
    for network, whole, biases in (
        (model.painter, 71_130_531, 5_987),
        (model.companions["judge"]("float32"), 2_766_529, 961),
    ):
        assert count(network) == whole
        assert sum(int(np.prod(v.shape)) for v in network.trainable_variables if v.name == "bias") == biases
    model = built("context_encoder@code")
    for network in (model.painter, model.companions["judge"]("float32")):
        assert not [v for v in network.trainable_variables if v.name == "bias"]


def test_the_paper_s_net_has_a_channelwise_layer_of_512_maps_of_4_by_4():
    model = stored.build("context_encoder@paper")
    layer = model.painter.get_layer("channelwise")
    assert layer.kernel.shape == (512, 16, 16) and model.options.overlap == 7
    assert model.painter.get_layer("across").kernel.shape == (1, 1, 512, 512)
    # 3-64-64-128-256-512, 16 weights a pair; 512-512; 512-256-128-64-3; then the layer, biases, two a normal channel
    pairs = 16 * (192 + 4096 + 8192 + 32768 + 131072) + 512**2 + 16 * (131072 + 32768 + 8192 + 192)
    biases, normal = 64 + 64 + 128 + 256 + 512 + 512 + 256 + 128 + 64 + 3, 64 + 128 + 256 + 512 + 2 * 512 + 448
    assert count(model.painter) == pairs + 512 * (256 + 16) + biases + 2 * normal


def test_alexnet_has_its_convolutions():
    """Ungrouped: 11 × 11 to 96, 5 × 5 to 256, 3 × 3 to 384, 384, 256; 64 pixels become 2 × 2 places."""
    model = stored.build("context_encoder@paper", encoder="alexnet", image_size=64)
    kernels = [model.painter.get_layer(f"alex{i}").kernel.shape for i in range(5)]
    assert kernels == [(11, 11, 3, 96), (5, 5, 96, 256), (3, 3, 256, 384), (3, 3, 384, 384), (3, 3, 384, 256)]
    assert model.painter.get_layer("channelwise").kernel.shape == (256, 4, 4)


@pytest.mark.parametrize("name", PRESETS)
def test_a_hole_anywhere_reaches_every_painted_pixel(name):
    """Each place sees the whole picture: one known pixel in the corner changes all that is painted."""
    model = built(name, biases=True)
    images, holes = pictures()
    changed = images.copy()
    changed[:, 0, 0] *= -1
    differs = np.any(paint(model, changed, holes) != paint(model, images, holes), axis=-1)
    assert differs[:, 8:24, 8:24].mean() > 0.95


@pytest.mark.parametrize("channels", [1, 3])
def test_a_model_of_the_middle_paints_the_middle_and_keeps_what_is_known_elsewhere(channels):
    model = built("context_encoder@paper", channels=channels)
    images, holes = pictures(channels=channels)
    holes[0, :4, :6] = 1
    painted = paint(model, images, holes)
    inside = np.zeros((32, 32), bool)
    inside[8:24, 8:24] = True
    np.testing.assert_array_equal(painted[:, ~inside], (images * (1 - holes))[:, ~inside])
    assert np.all(painted[:, inside] != images[:, inside]) and painted[:, inside].std() > 0


def test_a_hole_is_seen_as_the_released_colour():
    """(117, 104, 123) of 255, and their luminance, 0.299 R + 0.587 G + 0.114 B, in grey pictures."""
    images, holes = pictures()
    for name, channels, colour in (
        ("context_encoder@code", 3, np.array([117, 104, 123]) / 127.5 - 1),
        ("context_encoder@code", 1, [(0.299 * 117 + 0.587 * 104 + 0.114 * 123) / 127.5 - 1]),
        ("context_encoder", 3, [0, 0, 0]),
    ):
        given = images[..., :channels]
        seen = np.asarray(built(name, channels=channels).painter.get_layer("seen")([given, holes]))
        missing = holes[..., 0] == 1
        np.testing.assert_allclose(seen[missing], np.broadcast_to(colour, seen[missing].shape), atol=1e-6)
        np.testing.assert_array_equal(seen[~missing], given[~missing])


@pytest.mark.parametrize("size, code, paper", [(32, 1, 2), (64, 2, 4), (128, 4, 7)])
def test_overlap_keeps_its_share_of_the_picture(size, code, paper):
    sizes = {"image_size": size, "width": 4, "bottleneck_width": 4}
    assert stored.build("context_encoder@code", **sizes).options.overlap == code
    assert stored.build("context_encoder@paper", **sizes).options.overlap == paper
    assert stored.build("context_encoder@paper", **sizes, overlap=1).options.overlap == 1


@pytest.mark.parametrize("changes", [{}, {"encoder": "alexnet", "image_size": 64}, {"predicts": "image"}], ids=str)
def test_judge_sees_what_is_painted(changes):
    model = built("context_encoder@code", **changes)
    side = model.image_size // (1 if changes.get("predicts") else 2)
    assert model.companions["judge"]("float32").input_shape == (None, side, side, 3)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"image_size": 48}, "image_size is 48"),
        ({"predicts": "holes"}, "did you mean 'hole'"),
        ({"encoder": "alexnet"}, "wanted image_size 64"),
        ({"overlap": 8}, "leaves no hole"),
        ({"width": 1}, "width is 1"),
        ({"bottom": 5}, "one of 4, 8"),
        ({"skip": True}, "no option 'skip'"),
    ],
)
def test_options_exception_raised(changes, words):
    with pytest.raises(UserError, match=words):
        built("context_encoder@paper", **changes)


def test_ours_is_small_enough():
    model = context_encoder.small()
    assert count(model.painter) < 5e6 and model.options.predicts == "image" and model.image_size == 64

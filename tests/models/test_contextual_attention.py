"""Contextual attention's networks: as published, of any size, and what they are shown of."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.models import attentive, contextual_attention, pixels
from holefill.models.stored import build

RANDOM = np.random.default_rng(0)


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


@pytest.mark.parametrize("family", ["contextual_attention@paper", "contextual_attention@code"])
def test_parameters_as_published(family):
    model = build(family)
    assert model.image_size == 256 and model.multiple == 8
    assert count(model.painter) == 3_601_542
    critics = {name: make("float32") for name, make in model.companions.items()}
    assert {name: count(critic) for name, critic in critics.items()} == {"local": 4_339_329, "whole": 2_733_441}
    assert {name: critic.input_shape[1:3] for name, critic in critics.items()} == {
        "local": (128, 128),
        "whole": (256, 256),
    }


def test_paper_and_code_differ_in_their_attention():
    found = [
        build(f"contextual_attention@{kind}(width=4)").painter.get_layer("attention") for kind in ("paper", "code")
    ]
    assert [(a.cosine, a.exclude) for a in found] == [(True, "masked"), (False, "multiply")]
    assert all((a.size, a.rate, a.scale, a.fuse, a.shrink) == (3, 2, 10.0, True, 4) for a in found)


def picture(height, width):
    images = RANDOM.uniform(-1, 1, (2, height, width, 3)).astype("float32")
    holes = np.zeros((2, height, width, 1), "float32")
    holes[0, 8:16, 8:20] = holes[1, 4:12, 4:9] = 1
    return images, holes


@pytest.mark.parametrize("family", ["contextual_attention", "contextual_attention@paper", "contextual_attention@code"])
def test_two_stages_of_any_size(family):
    model = build(f"{family}(width=4)", image_size=32)
    for height, width in ((32, 32), (24, 40)):
        images, holes = picture(height, width)
        coarse, final = (np.asarray(stage) for stage in model.stages(images, holes))
        assert coarse.shape == final.shape == images.shape
        assert np.abs(coarse).max() <= 1 and np.abs(final).max() <= 1 and np.any(coarse != final)


def test_outputs_are_clipped_in_float32():
    """However large what is painted, and whatever the number format of the layers."""
    model = build("contextual_attention@paper(width=4)", precision="mixed_bfloat16", image_size=32)
    for layer in model.painter.layers:
        if getattr(layer, "filters", None) == 3:
            layer.kernel.assign(50 * layer.kernel)
    for stage in model.stages(*picture(32, 32)):
        assert stage.dtype == tf.float32 and np.abs(stage).max() == 1 and np.any(np.abs(stage) < 1)


def test_the_second_stage_sees_what_the_first_painted_and_known_pixels_as_they_are():
    pasted = pixels.Pasted()([np.full((1, 2, 2, 3), 0.5), np.full((1, 2, 2, 3), -1.0), np.eye(2)[None, ..., None]])
    np.testing.assert_array_equal(np.asarray(pasted)[0, ..., 0], [[0.5, -1], [-1, 0.5]])


def test_offsets_are_shown_as_large_as_the_picture():
    model = build("contextual_attention(width=4)", image_size=32)
    images, holes = picture(32, 32)
    shown = np.asarray(attentive.offsets_shown(model.painter, images, holes))
    assert shown.shape == (2, 32, 32, 3) and shown.min() >= -1 and shown.max() <= 1
    blocks = shown.reshape(2, 8, 4, 8, 4, 3)
    np.testing.assert_array_equal(blocks, np.broadcast_to(blocks[:, :, :1, :, :1], blocks.shape))
    inside = blocks[0, 2:4, 0, 2:5, 0]
    assert np.all(inside.max(-1) > -1)  # what is missing draws from elsewhere


@pytest.mark.parametrize("size, rate", [(64, 1), (128, 2)])
def test_the_rate_goes_by_the_size_it_trains_on(size, rate):
    assert build("contextual_attention(width=4)", image_size=size).painter.get_layer("attention").rate == rate
    assert build("contextual_attention(width=4, rate=2)", image_size=size).painter.get_layer("attention").rate == 2


@pytest.mark.parametrize("option", ["image_size=40", "image_size=16", "channels=2", "width=3", "width=0", "rate=3"])
def test_options_that_it_has_not(option):
    name = option.split("=")[0]
    with pytest.raises(UserError, match=f"contextual_attention: {name} is"):
        build(f"contextual_attention({option})")


def test_paper_has_no_options_of_ours():
    assert not hasattr(contextual_attention.PaperOptions(), "mirror")
    with pytest.raises(UserError, match="no option 'rate'"):
        build("contextual_attention@code(rate=1)")

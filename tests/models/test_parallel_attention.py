"""Parallel attention's network: layer by layer as its report has it, and how its pictures join what is known."""

import numpy as np
import pytest
from keras import layers

from holefill.blending.poisson import poisson
from holefill.errors import UserError
from holefill.models.stored import build


def count(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


def test_layers_as_reported():
    """Six convolutions, four dilated ones beside attention and two more, then two, up, one, up and two."""
    model = build("parallel_attention@paper")
    assert model.image_size == 128 and model.options.local == 56
    found = [
        (layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0], layer.filters)
        for layer in model.painter.layers
        if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose))
    ]
    assert sorted(found) == sorted(
        [(5, 1, 1, 64), (3, 2, 1, 128), (3, 1, 1, 128), (3, 2, 1, 256), (3, 1, 1, 256), (3, 1, 1, 256)]
        + [(3, 1, dilation, 256) for dilation in (2, 4, 8, 16)]
        + 4 * [(3, 1, 1, 256)]
        + [(4, 2, 1, 128), (3, 1, 1, 128), (4, 2, 1, 64), (3, 1, 1, 32), (3, 1, 1, 3)]
    )
    # GLCIC's 6,072,131, two more convolutions with their normalisations, and twice the channels into the seventh
    assert count(model.painter) == 6_072_131 + 2 * (9 * 256 * 256 + 3 * 256) + 9 * 256 * 256
    assert model.painter.get_layer("attention").input[0].shape[-1] == 256


def test_discriminators_as_reported():
    """128² by five convolutions, a window of 56² by four, 1024 of each, one linear layer."""
    judge = build("parallel_attention@paper").companions["judge"]("float32")
    kernels = {layer.name: layer.kernel.shape for layer in judge.layers if hasattr(layer, "kernel")}
    assert [x.shape[1] for x in judge.inputs] == [128, 56]
    for name, widths in (("global", (64, 128, 256, 512, 512)), ("local", (64, 128, 256, 512))):
        assert [kernels.pop(f"{name}_down{i}") for i in range(len(widths))] == [
            (5, 5, before, after) for before, after in zip((3, *widths), widths, strict=False)
        ]
        assert kernels.pop(f"{name}_features") == (4 * 4 * 512, 1024)
    assert list(kernels.values()) == [(2048, 1)]


@pytest.mark.parametrize("family", ["parallel_attention", "parallel_attention@paper"])
def test_known_pixels_are_restored_without_a_step_at_the_rim(family):
    """A painter that is off by a tint everywhere leaves none of it in the hole: the blend sees it beside the hole."""
    model = build(f"{family}(width=4)", image_size=32)
    for height, width in ((32, 32), (24, 40)):
        images = np.full((1, height, width, 3), -0.5, "float32")
        holes = np.zeros((1, height, width, 1), "float32")
        holes[0, 8:16, 8:16] = 1
        model.painter.set_weights([np.zeros_like(w) for w in model.painter.get_weights()])
        (painted,) = model.stages(images, holes)
        np.testing.assert_array_equal(painted, np.zeros_like(images))
        np.testing.assert_allclose(poisson(images[0], np.asarray(painted)[0], holes[0]), images[0], atol=1e-5)


@pytest.mark.parametrize("option", ["image_size=40", "channels=2", "width=3", "window=4", "window=65", "rate=3"])
def test_options_that_it_has_not(option):
    with pytest.raises(UserError, match=f"parallel_attention: {option.split('=')[0]} is"):
        build(f"parallel_attention({option})")

"""The parsing network: published counts, shapes of both, its way through files."""

import json

import keras
import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import parsing_net, stored

TINY = parsing_net.Options(image_size=32, width=4)


@pytest.fixture(scope="module")
def tiny():
    keras.utils.set_random_seed(0)
    network = parsing_net.build(image_size=32, width=4)
    for weight in network.weights:  # as if it had been trained: no value is where it began
        weight.assign(weight + np.abs(np.random.default_rng(1).normal(0, 0.05, weight.shape)))
    return network


def pictures(count=3, size=32, channels=3):
    return np.random.default_rng(0).uniform(-1, 1, (count, size, size, channels)).astype(np.float32)


def test_paper_preset():
    """VGG-19 has 20,024,384 parameters in its sixteen convolutions."""
    network = parsing_net.build(kind="parsing@paper")
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert sum(layer.count_params() for layer in convolutions[:16]) == 20_024_384
    assert len(convolutions) == 16 + 6
    assert any(isinstance(layer, keras.layers.Dropout) for layer in network.layers)
    assert network(pictures(1)).shape == (1, 32, 32, 11)


@pytest.mark.parametrize("size, channels", [(32, 3), (64, 1)])
def test_logits_of_each_pixel(size, channels):
    network = parsing_net.build(image_size=size, channels=channels, width=4)
    logits = np.asarray(network(pictures(2, size, channels), training=False))
    assert logits.shape == (2, size, size, 11) and logits.dtype == np.float32 and logits.std() > 0


def test_labels_are_the_likeliest_in_batches_of_any_size(tiny):
    found = parsing_net.labels(tiny, pictures(5), batch_size=2)
    assert found.dtype == np.uint8 and len(np.unique(found)) > 1
    np.testing.assert_array_equal(found, np.asarray(tiny(pictures(5), training=False)).argmax(-1))
    assert parsing_net.labels(tiny, pictures(0)).shape == (0, 32, 32)


def test_round_trip_keeps_every_weight_to_float16(tiny, tmp_path):
    folder = parsing_net.save(tiny, TINY, tmp_path / "net", {"seed": 3})
    again = parsing_net.load(folder)
    for a, b in zip(tiny.weights, again.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(a).astype("float16"), np.asarray(b).astype("float16"))
    assert parsing_net.options_of(folder) == TINY
    assert json.loads((folder / parsing_net.DESCRIPTION).read_text())["card"] == {"seed": 3}
    assert parsing_net.load(folder, "mixed_bfloat16").output.dtype == "float32"


def test_it_is_no_model_that_completes(tiny, tmp_path):
    with pytest.raises(UserError, match="holds no model"):
        stored.load(parsing_net.save(tiny, TINY, tmp_path))


def test_missing_exception_raised(tmp_path):
    with pytest.raises(UserError, match="no parsing network in .*benchmarks/parsing.py"):
        parsing_net.load(tmp_path / "none")


@pytest.mark.parametrize(
    "about", ["{", "[]", "{}", '{"options": {"width": 8}}', '{"options": {"depth": 8}}', '{"options": {"kind": "x"}}']
)
def test_damaged_description_exception_raised(tiny, tmp_path, about):
    folder = parsing_net.save(tiny, TINY, tmp_path)
    (folder / parsing_net.DESCRIPTION).write_text(about)
    with pytest.raises(UserError, match="cannot read the parsing network") as raised:
        parsing_net.load(folder)
    assert "\n" not in str(raised.value)


def test_damaged_weights_exception_raised(tiny, tmp_path):
    folder = parsing_net.save(tiny, TINY, tmp_path)
    whole = (folder / "weights.npz").read_bytes()
    (folder / "weights.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="cannot read the parsing network"):
        parsing_net.load(folder)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    network = parsing_net.build(image_size=32, width=4)
    network.trainable_variables[0].assign(np.full(network.trainable_variables[0].shape, np.inf))
    with pytest.raises(UserError, match="not finite"):
        parsing_net.save(network, TINY, tmp_path / "broken")
    assert not (tmp_path / "broken" / "weights.npz").exists()


@pytest.mark.parametrize(
    "changes", [{"kind": "helen"}, {"image_size": 48}, {"channels": 2}, {"width": 0}, {"depth": 3}]
)
def test_options_exception_raised(changes):
    with pytest.raises(UserError, match="parsing"):
        parsing_net.build(**changes)

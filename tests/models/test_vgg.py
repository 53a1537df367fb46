"""VGG-19 and VGG-16: their layers against Keras's own, and the weights' file, sound, damaged or missing."""

import urllib.error

import h5py
import keras
import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import vgg, vgg_weights

FIRST = ("block1_conv1",)  # a network of one layer, whose file is small


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No weights but those of the test, and no net."""

    def unreachable(*args, **more):
        raise urllib.error.URLError("no net")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("HOLEFILL_VGG19", raising=False)
    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    vgg_weights.load.cache_clear()


def write(path, changes=(), names=("block1_conv1_W_1:0", "block1_conv1_b_1:0")):
    """A file as Keras Applications' of the first layer alone, with some arrays changed; returns its arrays."""
    random = np.random.default_rng(0)
    arrays = {names[0]: random.normal(size=(3, 3, 3, 64)).astype("float32"), names[1]: np.arange(64, dtype="float32")}
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, array in (arrays | dict(changes)).items():
            file[f"block1_conv1/{name}"] = array
    return list(arrays.values())


def few(of, last):
    """Keras's own network up to a layer, with random weights and biases that matter."""
    theirs = getattr(keras.applications, of.upper())(weights=None, include_top=False)
    for weight in theirs.weights:
        if weight.path.endswith("bias"):
            weight.assign(np.linspace(-9, 9, weight.shape[0]))
    return keras.Model(theirs.inputs, theirs.get_layer(last).output)


@pytest.mark.parametrize("of", ["vgg16", "vgg19"])
def test_it_is_keras_s_network(of, tmp_path):
    """The same layers by the same names: Keras's network's weights, saved, give the same features here.

    VGG-19's third block is one convolution deeper, so that block4_conv1 tells which of both is built."""
    theirs = few(of, "block4_conv1")
    layers = ("block2_conv2", "block3_conv3", "block4_conv1")
    theirs.save_weights(tmp_path / "vgg.weights.h5")
    ours = vgg_weights.load(layers, str(tmp_path / "vgg.weights.h5"))
    assert ours.name == of
    images = np.random.default_rng(0).uniform(-1, 1, (1, 24, 32, 3)).astype("float32")
    grey_levels = getattr(keras.applications, of).preprocess_input((images + 1) * 127.5)
    seen = keras.Model(theirs.inputs, [theirs.get_layer(name).output for name in layers])
    for found, wanted in zip(vgg.features(ours, images), seen(grey_levels), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("of", ["vgg16", "vgg19"])
def test_all_layers_have_keras_s_names_and_widths(of):
    theirs = getattr(keras.applications, of.upper())(weights=None, include_top=False).layers
    wanted = {layer.name: layer.filters for layer in theirs if isinstance(layer, keras.layers.Conv2D)}
    assert {name: channels for name, (channels, _) in vgg.layers_of(of).items()} == wanted
    assert list(vgg.layers_of(of)) == list(wanted)


def test_what_vgg16_lacks_exception_raised(tmp_path):
    """Its file serves block3_conv3, not block3_conv4; and a VGG-19 that lost a layer is no VGG-16."""
    few("vgg16", "block3_conv3").save_weights(tmp_path / "vgg16.weights.h5")
    vgg_weights.load(("block3_conv3",), str(tmp_path / "vgg16.weights.h5"))
    with pytest.raises(UserError, match="vgg16 has no layer block3_conv4: .*VGG-19's"):
        vgg_weights.load(("relu3_4",), str(tmp_path / "vgg16.weights.h5"))
    with h5py.File(tmp_path / "vgg16.weights.h5", "a") as file:
        file["block4_conv4/vars/0"] = np.zeros((3, 3, 512, 512), "float32")
    vgg_weights.load.cache_clear()
    with pytest.raises(UserError, match="no kernel of block3_conv4"):
        vgg_weights.load(("block4_conv1",), str(tmp_path / "vgg16.weights.h5"))


def test_vgg16_in_keras_s_cache_is_taken_where_vgg19_is_not_there(tmp_path):
    write(tmp_path / "keras" / "models" / vgg_weights.FILE_16)
    assert vgg_weights.find().name == "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    write(tmp_path / "keras" / "models" / vgg_weights.FILE)
    assert vgg_weights.find().name == vgg_weights.FILE


def test_names_of_papers_are_keras_s():
    assert [vgg.layer_name(name) for name in ("relu3_1", "block4_conv2")] == ["block3_conv1", "block4_conv2"]
    for wrong in ("relu3_9", "conv1", "relu", "block6_conv1"):
        with pytest.raises(UserError, match="no layer"):
            vgg.layer_name(wrong)


def test_a_feature_sees_as_far_as_reach_says():
    """A pixel changed just beyond it changes nothing, and one just within it does."""
    network = vgg.network(["relu3_1"])
    assert vgg.reach("block3_conv1") == 10 and vgg.reach("block4_conv1") == 30
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 64, 64, 3)).astype("float32")
    before = vgg.features(network, pixels)[0][0, 8, 8]  # of rows and columns 32 … 35
    for row, same in ((21, True), (22, False), (45, False), (46, True)):
        changed = pixels.copy()
        changed[0, row, 32:36] += 50
        assert np.array_equal(vgg.features(network, changed)[0][0, 8, 8], before) == same, row


def test_random_weights_are_the_same_each_time():
    first = vgg_weights.load(FIRST, "random").get_weights()
    vgg_weights.load.cache_clear()
    for a, b in zip(first, vgg_weights.load(FIRST, "random").get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert 0.2 < first[0].std() < 0.35  # He: √(2 / 27) = 0.27


@pytest.mark.parametrize("names", [("block1_conv1_W_1:0", "block1_conv1_b_1:0"), ("vars/0", "vars/1")])
def test_the_file_is_found_where_it_is_named_or_kept(names, tmp_path, monkeypatch):
    arrays = write(tmp_path / "keras" / "models" / vgg_weights.FILE, names=names)
    for there, wanted in zip(vgg_weights.load(FIRST).get_weights(), arrays, strict=True):
        np.testing.assert_array_equal(there, wanted)
    monkeypatch.setenv("HOLEFILL_VGG19", str(tmp_path / "other.h5"))
    with pytest.raises(UserError, match=r"other\.h5.*storage\.googleapis\.com.*HOLEFILL_VGG19"):
        vgg_weights.find()
    write(tmp_path / "other.h5")
    assert vgg_weights.find() == tmp_path / "other.h5"
    with pytest.raises(UserError, match="nowhere"):
        vgg_weights.find(str(tmp_path / "nowhere.h5"))


def test_without_file_and_net_exception_raised(tmp_path):
    with pytest.raises(UserError, match=f"no net.*{vgg_weights.HOME}.*{tmp_path}") as raised:
        vgg_weights.load(FIRST)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "changes, says",
    [
        (
            {"block1_conv1_W_1:0": np.zeros((3, 3, 3, 32), "float32")},
            r"kernel of block1_conv1 is float32 \[3, 3, 3, 32\]",
        ),
        ({"block1_conv1_b_1:0": np.full(64, np.nan, "float32")}, "bias of block1_conv1 is not finite"),
        ({"block1_conv1_b_1:0": np.array([b"x"] * 64)}, "bias of block1_conv1 is"),
        ({"block1_conv1_b_1:0": np.float32(1)}, "no bias of block1_conv1"),
    ],
)
def test_a_file_of_other_arrays_exception_raised(changes, says, tmp_path):
    write(tmp_path / "weights.h5", changes)
    with pytest.raises(UserError, match=says) as raised:
        vgg_weights.load(FIRST, str(tmp_path / "weights.h5"))
    assert str(tmp_path) in str(raised.value) and "\n" not in str(raised.value)


def test_a_damaged_file_exception_raised(tmp_path):
    write(tmp_path / "whole.h5")
    whole = (tmp_path / "whole.h5").read_bytes()
    for content in (b"", b"no HDF5", whole[:300], whole[: len(whole) // 2]):
        (tmp_path / "damaged.h5").write_bytes(content)
        with pytest.raises(UserError, match="cannot read VGG-19's or VGG-16's weights") as raised:
            vgg_weights.load(FIRST, str(tmp_path / "damaged.h5"))
        assert "\n" not in str(raised.value)


def test_links_out_of_the_file_are_not_followed(tmp_path):
    write(tmp_path / "sound.h5")
    with h5py.File(tmp_path / "linked.h5", "w") as file:
        file["block1_conv1"] = h5py.ExternalLink(str(tmp_path / "sound.h5"), "/block1_conv1")
    with pytest.raises(UserError, match="no kernel"):
        vgg_weights.load(FIRST, str(tmp_path / "linked.h5"))

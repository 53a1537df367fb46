"""Completion by one pass: sizes, channels, models of other kinds, memory, and which network is seen by whom."""

import gc
import weakref

import cv2
import numpy as np
import pytest
import tensorflow as tf
from skimage import data

from holefill import methods
from holefill.errors import UserError
from holefill.methods import feed_forward
from holefill.models import stored
from holefill.recipe import recipe


@pytest.fixture(scope="module")
def network():
    tf.keras.utils.set_random_seed(0)
    return stored.build("fill(width=8, blocks=1)", image_size=32)


def photo(height, width):
    return (data.astronaut()[:height, 100 : 100 + width] / np.float32(127.5) - 1)[None].astype(np.float32)


def hole_in(images):
    holes = np.zeros((*images.shape[:3], 1), np.float32)
    height, width = images.shape[1:3]
    holes[:, height // 3 : max(height // 2, height // 3 + 1), width // 3 : max(width // 2, width // 3 + 1)] = 1
    return holes


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 3), (8, 8), (13, 40), (33, 31)])
def test_sides_that_are_no_multiple_are_continued_by_the_mirror_image_and_cut_back(network, size):
    images = photo(*size)
    holes = hole_in(images)
    painted = feed_forward.paint(network, images, holes)
    assert painted.shape == images.shape and np.isfinite(painted).all()
    whole = [
        np.pad(a, ((0, 0), (0, -size[0] % 8), (0, -size[1] % 8), (0, 0)), mode="symmetric") for a in (images, holes)
    ]
    np.testing.assert_allclose(feed_forward.paint(network, *whole)[:, : size[0], : size[1]], painted, atol=1e-5)


def test_a_picture_that_cannot_be_looked_over_is_painted_smaller(network, monkeypatch):
    monkeypatch.setattr(feed_forward, "MOST", 32)
    images = photo(96, 64)
    holes = hole_in(images)
    painted = feed_forward.paint(network, images, holes)
    assert painted.shape == images.shape
    small, missing = feed_forward._smaller(images, holes, 32, 21)
    assert missing.shape == (1, 32, 21, 1) and set(np.unique(missing)) == {0, 1}
    # A pixel of 3 × 3 that are all known is their mean; one that touches a missing one is missing.
    np.testing.assert_allclose(small[0, 0, 0], images[0, :3, :3].mean((0, 1)), atol=0.1)
    at_once = feed_forward.paint(network, small, missing)
    resized = feed_forward._resized(at_once, 96, 64, cv2.INTER_CUBIC)
    np.testing.assert_allclose(painted, np.clip(resized, -1, 1), atol=1e-6)


def test_a_large_batch_is_split_and_gives_the_same(network, monkeypatch):
    images = np.concatenate([photo(32, 32), photo(32, 32)[:, ::-1], photo(32, 32)[:, :, ::-1]])
    holes = hole_in(images)
    whole = feed_forward.paint(network, images, holes)
    monkeypatch.setattr(feed_forward, "PIXELS", 32 * 32)
    np.testing.assert_allclose(feed_forward.paint(network, images, holes), whole, atol=1e-5)


def test_mirrored_is_the_mean_of_a_picture_and_of_its_mirror_image(network):
    images = photo(32, 32)
    holes = hole_in(images)
    fill, _ = methods.get("fill")
    found = fill(images, holes, model=network, mirrored=True).images[:, 0]
    turned = fill(images[:, :, ::-1], holes[:, :, ::-1], model=network, mirrored=True).images[:, 0]
    np.testing.assert_allclose(turned[:, :, ::-1], found, atol=1e-5)
    plain = fill(images, holes, model=network).images[:, 0]
    assert np.abs(plain - found).max() > 1e-3


def test_what_does_not_go_together_exception_raised(network, toy_model):
    images = photo(32, 32)
    holes = hole_in(images)
    fill, _ = methods.get("fill")
    with pytest.raises(UserError, match="needs a trained model"):
        fill(images, holes)
    with pytest.raises(UserError, match="'fill' does not paint with a 'dcgan'.*semantic@encoder"):
        fill(images, holes, model=toy_model)
    with pytest.raises(UserError, match="one pass has one answer"):
        fill(images, holes, model=network, candidates=2)
    with pytest.raises(UserError, match="1 channels, the model paints 3"):
        fill(images[..., :1], holes, model=network)
    with pytest.raises(UserError, match="whole picture"):
        fill(images, np.ones_like(holes), model=network)
    with pytest.raises(UserError, match="'semantic' does not paint with a 'fill': use method 'fill'"):
        methods.check_model("semantic", network)
    methods.check_model("one_pass", "fill64")


@pytest.mark.parametrize(("name", "part"), [
    ("telea", "unknown guess 'telea': known: fill128, fill64, photo128; or give a run folder of bin/train"),
    ("fil64", "did you mean 'fill64'"),
    ("celeba64", "is a model that is searched: give a one-pass network, fill128, fill64, photo128"),
])  # fmt: skip
def test_a_guess_that_is_no_one_pass_network_exception_raised(name, part):
    images = photo(32, 32)
    with pytest.raises(UserError) as refused:
        feed_forward.guess(images, hole_in(images), name)
    assert part in str(refused.value)


@pytest.mark.parametrize("family", ["3", '"foo(("', "[]"])
def test_a_model_whose_family_is_no_name_is_damaged(family, tmp_path):
    (tmp_path / "model.json").write_text(f'{{"family": {family}}}')
    (tmp_path / "weights.npz").write_bytes(b"")
    with pytest.raises(UserError, match="cannot read the model in|is damaged"):
        feed_forward.guess(photo(32, 32), hole_in(photo(32, 32)), tmp_path)
    with pytest.raises(UserError, match="cannot read the model in|is damaged"):
        recipe("fill", tmp_path)


def test_a_network_of_one_size_refuses_others(network):
    fixed = stored.build("fill(width=8)", image_size=32)
    fixed.multiple = None
    with pytest.raises(UserError, match="paints 32 × 32 pixels, not 40 × 32"):
        methods.get("one_pass")[0](photo(40, 32), hole_in(photo(40, 32)), model=fixed)


def test_a_model_that_is_no_longer_used_is_given_back():
    model = stored.build("fill(width=4, blocks=1)", image_size=16)
    feed_forward.paint(model, photo(16, 16), hole_in(photo(16, 16)))
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_a_network_of_the_middle_refuses_other_holes():
    model = stored.build("context_encoder@paper(width=8)", image_size=32)
    images, holes = photo(32, 32), np.zeros((1, 32, 32, 1), np.float32)
    holes[:, 8:24, 8:24] = 1
    found = methods.get("context_encoder")[0](images, holes, model=model)
    assert found.images.shape == (1, 1, 32, 32, 3)
    holes[:, 7, 10] = 1
    with pytest.raises(UserError, match="context_encoder@paper paints the middle half .* the hole reaches beyond it"):
        methods.get("context_encoder")[0](images, holes, model=model)

"""The landmark network: shapes, its way through files, the folded form of it, and what the shipped one sees."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from skimage import data

from holefill.errors import UserError
from holefill.faces import align, detect
from holefill.faces.template import MEAN_FACE
from holefill.losses import landmarks
from holefill.methods import folded
from holefill.models import landmark_net, pixels, presets


@pytest.fixture(scope="module")
def tiny():
    keras.utils.set_random_seed(0)
    network = landmark_net.build(MEAN_FACE, image_size=32, width=4, units=8)
    for variable in network.variables:  # as if it had been trained: no value is where it began
        variable.assign(variable + np.abs(np.random.default_rng(1).normal(0, 0.05, variable.shape)))
    return network


def pictures(count=3, size=32):
    return np.random.default_rng(0).uniform(-1, 1, (count, size, size, 3)).astype(np.float32)


def test_begins_with_the_mean_face():
    network = landmark_net.build(MEAN_FACE, image_size=32, width=4, units=8)
    points, scales = landmark_net.points(network, pictures())
    assert points.shape == scales.shape == (3, 68, 2)
    np.testing.assert_allclose(points, np.broadcast_to(32 * MEAN_FACE - 0.5, points.shape), atol=0.5)
    np.testing.assert_allclose(scales, 32 * np.exp(-3), rtol=0.05)


def test_read_by_hand():
    outputs = np.zeros((1, 272), np.float32)
    outputs[0, :4], outputs[0, 136:138] = (0.25, 0.5, 0.75, 1), (np.log(0.1), np.log(0.2))
    points, scales = landmark_net.read(outputs, 64)
    np.testing.assert_allclose(points[0, :2], [(15.5, 31.5), (47.5, 63.5)])
    np.testing.assert_allclose(scales[0, :2], [(6.4, 12.8), (64, 64)], rtol=1e-6)


def test_what_is_missing_is_not_seen(tiny):
    holes = np.zeros((3, 32, 32, 1), np.float32)
    holes[:, 8:20, 4:30] = 1
    hidden = np.where(holes > 0, np.float32(1), pictures())
    seen = landmark_net.points(tiny, pictures(), holes)[0]
    np.testing.assert_array_equal(landmark_net.points(tiny, hidden, holes)[0], seen)
    assert np.abs(landmark_net.points(tiny, pictures())[0] - seen).max() > 1e-4


def test_batches_do_not_matter(tiny):
    together, alone = (landmark_net.points(tiny, pictures(5), batch_size=n)[0] for n in (5, 2))
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_of_no_pictures_there_are_no_points(tiny):
    none = np.zeros((0, 32, 32, 1), np.float32)
    for holes in (None, none):
        points, scales = landmark_net.points(tiny, pictures(0), holes)
        assert points.shape == scales.shape == (0, 68, 2) and points.dtype == scales.dtype == np.float32


@pytest.mark.parametrize("hybrid", [False, True])
def test_folded_as_a_search_runs_it(tiny, hybrid):
    network = folded.fold(tiny, hybrid)
    seen = pixels.look(pictures())
    outputs = folded.run(network.layers, network.weights, tf.convert_to_tensor(seen))
    np.testing.assert_allclose(outputs, tiny(seen, training=False), atol=1e-4)


def test_the_gradient_of_the_loss_reaches_the_picture(tiny):
    target = landmark_net.points(tiny, np.roll(pictures(), 1, 0))[0]

    def loss(images):
        points, _ = landmark_net.read(tiny(pixels.look(images), training=False), 32)
        return tf.reduce_sum(landmarks.smooth(points, target, 0.1))

    images = tf.constant(pictures())
    with tf.GradientTape() as tape:
        tape.watch(images)
        before = loss(images)
    gradient = tape.gradient(before, images)
    assert np.isfinite(gradient).all() and np.abs(gradient).max(axis=(1, 2, 3)).min() > 0
    assert loss(images - 0.01 * gradient / tf.norm(gradient)) < before


def test_round_trip_keeps_every_weight_to_float16(tiny, tmp_path):
    again = landmark_net.load(landmark_net.save(tiny, tmp_path / "net", {"seed": 3}))
    for a, b in zip(tiny.variables, again.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(a).astype("float16"), np.asarray(b).astype("float16"))
    assert json.loads((tmp_path / "net" / landmark_net.DESCRIPTION).read_text())["card"] == {"seed": 3}


def test_unknown_name_exception_raised():
    with pytest.raises(UserError, match="no landmark network 'landmarks63'.*landmarks64"):
        landmark_net.load("landmarks63")


@pytest.mark.parametrize("about", ["{", "[]", '{"options": {"width": 8}}', '{"options": {"depth": 8}}', "{}"])
def test_damaged_description_exception_raised(tiny, tmp_path, about):
    folder = landmark_net.save(tiny, tmp_path)
    (folder / landmark_net.DESCRIPTION).write_text(about)
    with pytest.raises(UserError, match="cannot read the landmark network") as raised:
        landmark_net.load(folder)
    assert "\n" not in str(raised.value)


def test_damaged_weights_exception_raised(tiny, tmp_path):
    folder = landmark_net.save(tiny, tmp_path)
    whole = (folder / "weights.npz").read_bytes()
    (folder / "weights.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="cannot read the landmark network"):
        landmark_net.load(folder)


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    network = landmark_net.build(image_size=32, width=4, units=8)
    network.trainable_variables[0].assign(np.full(network.trainable_variables[0].shape, np.inf))
    with pytest.raises(UserError, match="not finite"):
        landmark_net.save(network, tmp_path / "broken")
    assert not (tmp_path / "broken" / "weights.npz").exists()


@pytest.mark.parametrize("changes", [{"image_size": 48}, {"channels": 2}, {"width": 0}, {"depth": 3}])
def test_options_exception_raised(changes):
    with pytest.raises(UserError):
        landmark_net.build(**changes)


def test_what_ships_is_small_and_no_latent_model():
    folder = presets.WEIGHTS / "landmarks64"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 4e6
    assert "licence" in (folder / "card.md").read_text().lower()
    assert "landmarks64" not in presets.names()


def astronaut():
    """A face, its crop [1, 64, 64, 3] in [-1, 1], and the crop's points, which dlib found."""
    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))
    photo = data.astronaut()
    face = detect.detect(photo)[0]
    crop, _, lies = align.align(photo, face)
    return crop[None] / np.float32(127.5) - 1, align.move(face.points, lies.matrix)


def test_shipped_network_agrees_with_dlib_whole_and_damaged():
    network, (crop, truth) = landmark_net.load(), astronaut()
    points, scales = landmark_net.points(network, crop)
    off = np.linalg.norm(points[0] - truth, axis=1)
    assert off.mean() < 2.5 and 0.1 < scales.mean() < 3
    hole = np.zeros((1, 64, 64, 1), np.float32)
    hole[:, 16:48, 16:48] = 1
    guessed, doubt = landmark_net.points(network, crop, hole)
    inside = [*range(27, 48)]
    assert np.linalg.norm(guessed[0] - truth, axis=1).mean() < 4
    assert doubt[0, inside].mean() > 1.2 * scales[0, inside].mean()


def test_shipped_network_follows_a_face_that_moves():
    network, (crop, _) = landmark_net.load(), astronaut()
    moved = np.roll(crop, 3, axis=2)
    shift = landmark_net.points(network, moved)[0] - landmark_net.points(network, crop)[0]
    np.testing.assert_allclose(shift[0, 17:].mean(0), (3, 0), atol=1)

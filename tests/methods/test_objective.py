"""The terms of a search's objective: each is what losses/ say of the completion that comes with it, and each leads."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from holefill import methods
from holefill.errors import UserError
from holefill.losses import context, landmarks, prior, symmetry
from holefill.methods import latent_search, objective, search_options
from holefill.models import landmark_net

QUICK = {"steps": 20, "restarts": 4, "keep": 4, "precision": "float32", "prior": 0.0}


def search(model, images, holes, preset="semantic@paper", **changes):
    fill, options = methods.get(preset)
    return fill(images, holes, model=model, **options, **{**QUICK, **changes})


def half_missing(faces):
    """The images, and holes in their left half alone, so that the mirror shows all that is missing."""
    images, holes = faces
    holes = np.zeros_like(holes)
    holes[:, 8:24, 4:14] = 1
    return images, holes


def seen(images, fills, holes):
    """The pictures with the fills in their holes."""
    return np.where(holes > 0, fills, images).astype("float32")


def test_squares_of_the_context_loss(toy_model, faces):
    images, holes = faces
    found = search(toy_model, images, holes, norm=2)
    weights = np.array(context.importance_weights(holes, 7))
    expected = np.square(weights * (found.images[:, 0] - images)).sum((1, 2, 3))
    np.testing.assert_allclose(found.objective[:, 0], expected, rtol=1e-4)


@pytest.mark.parametrize("prior_in_descent", [True, False])  # False: pictures are compared in four phases
def test_symmetry_is_counted_and_leads(toy_model, faces, prior_in_descent):
    images, holes = half_missing(faces)
    changes = {"prior_in_descent": prior_in_descent, "prior": 0.001, "steps": 60}
    alone, mirrored = (search(toy_model, images, holes, symmetry=s, **changes) for s in (0.0, 3.0))
    to = symmetry.mirror(tf.constant(images), tf.constant(holes))
    distances = [np.array(symmetry.symmetry_loss(found.images[:, 0], *to)) for found in (alone, mirrored)]
    assert distances[1].mean() < 0.8 * distances[0].mean()
    weights = context.importance_weights(holes, 7)
    expected = context.context_loss(mirrored.images[:, 0], images, weights) + 3 * distances[1]
    expected += 0.001 * prior.saturating(toy_model.discriminator(mirrored.images[:, 0]))
    np.testing.assert_allclose(mirrored.objective[:, 0], expected, rtol=1e-4)


def test_phases_and_pictures_have_one_objective(toy_model, faces):
    """The same descent, with and without a prior so weak that it changes nothing but the form of the pictures."""
    images, holes = half_missing(faces)
    changes = {"symmetry": 1.0, "prior": 1e-9, "steps": 10}
    found = [search(toy_model, images, holes, prior_in_descent=leads, **changes) for leads in (True, False)]
    np.testing.assert_allclose(found[0].trace["losses"], found[1].trace["losses"], rtol=1e-3)


@pytest.mark.parametrize("kind", ["smooth", "step"])
def test_landmarks_are_counted(toy_model, faces, kind):
    images, holes = faces
    found = search(toy_model, images, holes, landmarks=0.5, landmark_loss=kind, steps=5)
    network = landmark_net.load()
    enlarge = lambda maps: np.array(tf.image.resize(maps, (64, 64), antialias=True))  # noqa: E731

    def points(pictures, missing):
        at = np.concatenate([pictures * (1 - missing), missing], -1)
        return [np.array(x) for x in landmark_net.read(network(enlarge(at), training=False), 32)]

    target, scale = points(images, holes)
    now, _ = points(seen(images, found.images[:, 0], holes), np.zeros_like(holes))
    off = landmarks.step(now, target) if kind == "step" else landmarks.smooth(now, target, scale)
    weights = context.importance_weights(holes, 7)
    expected = context.context_loss(found.images[:, 0], images, weights) + 0.5 * np.array(off)
    np.testing.assert_allclose(found.objective[:, 0], expected, rtol=1e-3)


def test_smooth_landmarks_lead_and_steps_only_choose(toy_model, faces):
    images, holes = faces
    plain, led, stepped = (
        search(toy_model, images, holes, landmarks=weight, landmark_loss=kind, steps=40)
        for weight, kind in ((0.0, "smooth"), (1.0, "smooth"), (1.0, "step"))
    )
    judge = search_options.change(search_options.PAPER, {**QUICK, "landmarks": 1.0})
    networks = latent_search.fold(toy_model, judge)
    layers = {name: network.layers for name, network in networks.items()}
    term = objective.Objective(layers, {name: network.weights for name, network in networks.items()}, judge)
    about = term.about(tf.constant(images), tf.constant(holes), tf.zeros((3, 8)))
    distances = [np.mean(term._landmarks(tf.constant(found.images[:, 0]), about)) for found in (plain, led)]
    assert distances[1] < 0.9 * distances[0]
    latents = [np.sort(found.trace["latents"], axis=1) for found in (plain, stepped)]
    np.testing.assert_allclose(latents[0], latents[1], atol=1e-5)  # the same restarts, in another order


def test_the_middle_of_a_face_is_between_its_halves():
    points = np.zeros((1, 68, 2), "float32")
    points[:, 17:48] = (30, 20)
    points[:, 17:32, 0] -= 4
    points[:, 33:48, 0] += 4  # as far to the right as the others to the left
    points[:, 48:] = (32, 50)
    np.testing.assert_allclose(objective.middle_of_face(points), [[[30, 20], [32, 50]]])


def test_the_face_s_axis_is_taken_for_the_mirror(toy_model, faces):
    images, holes = half_missing(faces)
    middle, face = (search(toy_model, images, holes, symmetry=3.0, axis=axis) for axis in ("middle", "face"))
    assert np.abs(middle.images - face.images).max() > 1e-3


def test_what_lies_in_the_hole_leads_no_term(toy_model, faces):
    images, holes = half_missing(faces)
    other = np.where(holes > 0, np.random.default_rng(0).uniform(-1, 1, images.shape), images).astype("float32")
    changes = {"symmetry": 1.0, "axis": "face", "landmarks": 1.0}
    found = [search(toy_model, pictures, holes, **changes).images for pictures in (images, other)]
    np.testing.assert_array_equal(*found)


def test_a_vae_s_search_takes_the_latent_for_its_prior(toy_model, faces):
    """Also of a model that has a discriminator."""
    images, holes = faces
    found = search(toy_model, images, holes, preset="vae", prior=0.5)
    weights = context.importance_weights(holes, 7)
    points = 2**0.5 * tf.math.erfinv(found.trace["latents"][:, 0])
    expected = context.context_loss(found.images[:, 0], images, weights) + 0.5 * prior.latent_norm(points)
    np.testing.assert_allclose(found.objective[:, 0], expected, rtol=1e-3)
    alone = dataclasses.replace(toy_model, discriminator=None)
    np.testing.assert_array_equal(search(alone, images, holes, preset="vae", prior=0.5).images, found.images)


def test_presets_of_the_variants():
    mirrored, faces = search_options.SYMMETRY, search_options.LANDMARKS
    assert (mirrored.norm, mirrored.symmetry, mirrored.window, mirrored.prior) == (2, 1.0, 7, 0.003)
    assert (faces.landmarks, faces.landmark_loss, faces.steps) == (1.0, "step", 1500)
    assert (search_options.VAE.prior_from, search_options.VAE.start) == ("latent", "encoder")


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"axis": "nose"}, "axis is 'nose'; it must be one of middle, face"),
        ({"norm": 3}, "norm is 3; it must be one of 1, 2"),
        ({"symmetry": -1.0}, "symmetry is -1.0; it must be a number from 0"),
        ({"landmarks": float("nan")}, "landmarks is nan"),
        ({"prior_from": "face"}, "prior_from is 'face'"),
    ],
)
def test_wrong_terms(changes, message):
    with pytest.raises(UserError, match=message):
        search_options.change(search_options.OURS, changes)


def test_of_a_uniform_latent_the_gaussian_behind_it_has_a_prior(toy_model, faces):
    """½‖g‖², z = erf(g / √2), also where the search moves z itself, and it is finite at the cube's border."""
    images, holes = faces
    found = search(toy_model, images, holes, prior=0.5, prior_from="latent", steps=0)
    weights = context.importance_weights(holes, 7)
    gaussian = 2**0.5 * tf.math.erfinv(found.trace["latents"][:, 0])
    expected = context.context_loss(found.images[:, 0], images, weights) + 0.5 * prior.latent_norm(gaussian)
    np.testing.assert_allclose(found.objective[:, 0], expected, rtol=1e-3)
    far = search(toy_model, images, holes, prior=1e-6, prior_from="latent", learning_rate=1e3)
    assert np.abs(far.trace["latents"]).max() == 1 and np.isfinite(far.objective).all()


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"steps": 10**10}, "steps is 10000000000; it must be a whole number from 0 to 1000000"),
        ({"batch": 10**10}, "batch is 10000000000"),
        ({"beta1": 1.0}, "beta1 is 1.0; it must be a number from 0, less than 1"),
        ({"beta2": -0.1}, "beta2 is -0.1"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"restarts": "a"}, "restarts is 'a'; wanted"),
    ],
)
def test_numbers_that_no_search_takes(changes, message):
    with pytest.raises(UserError, match=message):
        search_options.change(search_options.OURS, changes)


def test_whole_numbers_for_real_ones(toy_model, faces):
    """An option of 0 is that of 0.0, in the graph too, and no limit may be asked for by None."""
    one, other = (search_options.change(search_options.OURS, {"beta1": value}) for value in (0, 0.0))
    assert one == other and isinstance(one.beta1, float)
    found = [search(toy_model, *faces, beta1=value, clip=None).images for value in (0, 0.0)]
    np.testing.assert_array_equal(*found)

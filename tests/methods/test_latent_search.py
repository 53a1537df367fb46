"""The search on a toy model: what it gives, that it is repeatable, and that it finds what is there to be found."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from holefill import methods
from holefill.errors import UserError
from holefill.losses import context, prior
from holefill.methods import feed_forward, latent_search, search_graph, search_options
from holefill.models import stored
from holefill.models.pixels import look

QUICK = {"steps": 20, "restarts": 6, "precision": "float32"}
UNANCHORED = ["semantic", "semantic@paper", "semantic@code"]
PRESETS = [*UNANCHORED, "semantic@encoder"]


def search(preset, model, images, holes, **changes):
    fill, options = methods.get(preset)
    return fill(images, holes, model=model, **options, **{**QUICK, **changes})


@pytest.mark.parametrize("preset", UNANCHORED)
def test_shapes_ranges_and_the_reported_objective(preset, toy_model, faces):
    """The objective is what losses/ say of the images that come with it."""
    images, holes = faces
    found = search(preset, toy_model, images, holes, candidates=2)
    assert found.images.shape == (3, 2, 32, 32, 3) and found.images.dtype == np.float32
    assert np.abs(found.images).max() <= 1 and found.trace["losses"].shape == (3, 2, 20)
    options = {"semantic@code": search_options.CODE}.get(preset, search_options.OURS)
    weights = context.importance_weights(holes, options.window, options.boundary)
    term = prior.saturating if options.saturating else prior.non_saturating
    expected = context.context_loss(found.images[:, 0], images, weights)
    expected += options.prior * term(toy_model.discriminator(found.images[:, 0]))
    np.testing.assert_allclose(found.objective[:, 0], expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("preset", PRESETS)
def test_same_seed_same_pixels_other_seed_others(preset, toy_model, faces):
    runs = [search(preset, toy_model, *faces, seed=seed).images for seed in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert np.abs(runs[0] - runs[2]).max() > 1e-3


def test_an_image_does_not_depend_on_its_batch(toy_model, faces):
    images, holes = faces
    together = search("semantic@paper", toy_model, images, holes)
    for i in range(3):
        alone = search("semantic@paper", toy_model, images[i : i + 1], holes[i : i + 1])
        np.testing.assert_allclose(alone.images[0], together.images[i], atol=1e-3)


def test_pieces_do_not_change_the_result(toy_model, faces):
    whole, pieces = (search("semantic@paper", toy_model, *faces, batch=batch) for batch in (64, 5))
    np.testing.assert_allclose(whole.objective, pieces.objective, rtol=1e-3)


def test_what_lies_in_the_hole_is_never_seen(toy_model, faces):
    images, holes = faces
    other = np.where(holes > 0, np.random.default_rng(0).uniform(-1, 1, images.shape), images).astype("float32")
    for preset in PRESETS:
        seen = search(preset, toy_model, images, holes).images
        np.testing.assert_array_equal(seen, search(preset, toy_model, other, holes).images)


@pytest.mark.parametrize("preset", ["semantic", "semantic@paper"])
def test_more_steps_no_higher_objective(preset, toy_model, faces):
    objectives = [search(preset, toy_model, *faces, steps=steps).objective.mean() for steps in (0, 20, 80)]
    assert objectives[0] > objectives[1] > objectives[2]


def test_finds_the_picture_that_the_model_can_paint(toy_model, faces):
    """The images are the model's own: the search comes near, in the hole too."""
    images, holes = faces
    found = search("semantic", toy_model, images[:1], holes[:1], steps=150, restarts=32).images[:, 0]
    assert np.abs((found - images[:1]) * holes[:1]).sum() / (3 * holes[:1].sum()) < 0.1


def test_candidates_differ_and_are_sorted(toy_model, faces):
    images, holes = faces
    found = search("semantic", toy_model, images, holes, candidates=3, steps=5, restarts=12)
    assert (np.diff(found.objective) >= 0).all()
    for fills, hole in zip(found.images, holes, strict=True):
        inside = fills[:, hole[..., 0] > 0]
        assert np.abs(inside[0] - inside[1]).mean() > 1e-3 and np.abs(inside[1] - inside[2]).mean() > 1e-3


def test_halving_on_the_way_follows_one_of_the_restarts(toy_model, faces):
    """What is left in the end, and its curve, is one of those that are all followed to the end."""

    def everything(keep):
        options = search_options.change(search_options.OURS, {**QUICK, "restarts": 4, "keep": keep})
        networks = latent_search.fold(toy_model, options)
        weights = {name: network.weights for name, network in networks.items()}
        found = latent_search.graph(networks, options)(weights, *faces, look(*faces), 0, 12, 0.4)
        return {name: x.numpy() for name, x in found.items()}

    every, one = everything(4), everything(1)
    assert every["losses"].shape == (3, 4, 12) and one["losses"].shape == (3, 1, 12)
    for i in range(3):
        differences = np.abs(every["losses"][i] - one["losses"][i]).max(-1)
        j = int(np.argmin(differences))
        assert differences[j] < 1e-2 < np.sort(differences)[1]
        np.testing.assert_allclose(every["latents"][i, j], one["latents"][i, 0], atol=1e-2)


def test_halvings():
    assert search_graph.halvings(11, 2) == [6, 3, 2] and search_graph.halvings(4, 4) == []
    assert search_graph.halvings(4, 1) == [2, 1] and search_graph.halvings(3, 2) == [2]


def test_screening_keeps_the_lowest(toy_model, faces):
    """With no steps, the best of 6 kept out of 6 is the best of 1 kept out of 6."""
    every, one = (search("semantic", toy_model, *faces, steps=0, keep=keep) for keep in (6, 1))
    np.testing.assert_allclose(every.objective, one.objective, rtol=1e-5)


def test_bfloat16_reports_the_float32_objective(toy_model, faces):
    full, half = (search("semantic", toy_model, *faces, precision=p, steps=60) for p in ("float32", "bfloat16"))
    assert half.objective.mean() < 1.1 * full.objective.mean() + 0.5
    weights = context.importance_weights(faces[1], 7)
    exact = context.context_loss(half.images[:, 0], faces[0], weights)
    exact += 0.003 * prior.saturating(toy_model.discriminator(half.images[:, 0]))
    np.testing.assert_allclose(half.objective[:, 0], exact, rtol=1e-4, atol=1e-3)


def test_one_graph_for_all_batches_steps_and_rates(toy_model, faces):
    images, holes = faces
    graphs = []
    search_graph.build_search.cache_clear()
    for count, steps in ((1, 2), (3, 4), (2, 0)):
        changes = {"steps": steps, "learning_rate": 0.01 * count}
        search("semantic", toy_model, images[:count], holes[:count], **changes)
        options = search_options.change(search_options.preset("semantic", toy_model), {**QUICK, **changes})
        graphs.append(latent_search.graph(latent_search.fold(toy_model, options), options))
    assert search_graph.build_search.cache_info().misses == 1 and len(set(map(id, graphs))) == 1
    assert graphs[0].experimental_get_tracing_count() == 1


def test_new_weights_are_used_by_the_same_graph(toy_model, faces):
    before = search("semantic", toy_model, *faces).images
    bias = next(v for v in toy_model.generator.variables if v.path.endswith("bias"))
    kept = bias.numpy()
    bias.assign(kept + 1)
    after = search("semantic", toy_model, *faces).images
    bias.assign(kept)
    assert np.abs(before - after).max() > 1e-2


def test_first_guesses_of_each_kind(toy_model, faces):
    options = dataclasses.replace(search_options.PAPER, restarts=200, latent="normal")
    networks = latent_search.fold(toy_model, search_options.ENCODER)
    layers = {name: network.layers for name, network in networks.items()}
    weights = {name: network.weights for name, network in networks.items()}

    def guesses(**changes):
        changed = dataclasses.replace(options, **changes)
        return search_graph.first_guesses(layers, weights, look(*faces), 0, changed)[0].numpy()

    assert guesses().shape == (3, 200, 8) and 0.9 < guesses().std() < 1.1 and np.abs(guesses()).max() > 1
    uniform, encoded = guesses(latent="uniform"), guesses(latent="uniform", start="encoder")
    assert np.abs(uniform).max() < 1 and abs(uniform.std() - 3**-0.5) < 0.05
    np.testing.assert_array_equal(encoded[:, 100:], uniform[:, 100:])
    assert np.abs(encoded[0, :100] - encoded[1, :100]).max() > 1e-3


def test_presets_are_what_was_published():
    paper, code = search_options.PAPER, search_options.CODE
    assert (paper.prior, paper.window, paper.saturating, paper.steps, paper.keep) == (0.003, 7, True, 1500, 64)
    assert (code.prior, code.window, code.saturating, code.latent) == (0.2, 15, False, "normal")
    assert (code.optimiser, code.learning_rate, code.steps, code.clip) == ("nesterov", 3e-4, 1000, 1.0)


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"optimiser": "sgd"}, "optimiser is 'sgd'"),
        ({"window": 6}, "must be odd"),
        ({"keep": 9, "restarts": 3}, "more than the 3 restarts"),
        ({"step": 3}, "no option 'step': did you mean 'steps'"),
        ({"steps": -1}, "whole number from 0"),
    ],
)
def test_wrong_options(changes, message):
    with pytest.raises(UserError, match=message):
        search_options.change(search_options.OURS, changes)


def test_wrong_pictures(toy_model, faces):
    images, holes = faces
    with pytest.raises(UserError, match="needs a trained model"):
        latent_search.semantic(images, holes)
    with pytest.raises(UserError, match=r"completes \[B, 32, 32, 3\]"):
        latent_search.semantic(images[:, :16], holes[:, :16], model=toy_model)
    with pytest.raises(UserError, match="no image to complete"):
        latent_search.semantic(images[:0], holes[:0], model=toy_model)


def test_an_anchor_holds_the_search_where_it_began(toy_model, faces):
    """Nothing moves under a strong anchor; a weak one lets the rim decide, and the objective counts its price."""
    images, holes = faces
    hold, loose = (
        search("semantic@encoder", toy_model, images, holes, restarts=1, anchor=a, steps=60) for a in (1e4, 1e-4)
    )
    still = search("semantic@encoder", toy_model, images, holes, restarts=1, steps=0)
    moved = [np.abs(f.trace["latents"] - still.trace["latents"]).mean() for f in (hold, loose)]
    assert moved[1] > 0.1 and moved[0] < 0.2 * moved[1]
    weights = context.importance_weights(holes, 7)
    losses = [np.array(context.context_loss(f.images[:, 0], images, weights)) for f in (loose, still)]
    assert (losses[0] < losses[1]).all()


def test_an_anchor_needs_gaussian_coordinates(toy_model, faces):
    with pytest.raises(UserError, match="gaussian"):
        search("semantic@paper", toy_model, *faces, anchor=0.1)


def test_snapshots_begin_with_the_first_guess_and_end_with_the_fill(toy_model, faces):
    found = search("semantic@encoder", toy_model, *faces, restarts=1, snapshots=5)
    start = search("semantic@encoder", toy_model, *faces, restarts=1, steps=0)
    assert found.trace["snapshots"].shape == (3, 1, 5, 32, 32, 3)
    np.testing.assert_allclose(found.trace["snapshots"][:, :, -1], found.images, atol=1e-5)
    np.testing.assert_allclose(found.trace["snapshots"][:, :, 0], start.images, atol=1e-5)


def test_log_holds_a_curve_and_pictures_for_each_candidate(toy_model, faces, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from holefill.methods import search_log

    found = search("semantic@encoder", toy_model, *faces, candidates=2, snapshots=3, steps=10)
    search_log.write(tmp_path, found)
    events = EventAccumulator(str(tmp_path / "window-002"), size_guidance={"tensors": 0})
    events.Reload()
    assert len(events.Tensors("search/loss/candidate-2")) == 10
    assert [e.step for e in events.Tensors("search/fill/candidate-1")] == [0, 5, 10]


def test_without_an_encoder_the_default_is_the_plain_search(toy_model, faces):
    alone = dataclasses.replace(toy_model, encoder=None)
    default, plain = (search(name, alone, *faces) for name in ("semantic@encoder", "semantic"))
    np.testing.assert_array_equal(default.images, plain.images)


def test_a_guess_of_another_network_is_where_the_search_begins(toy_model, faces, tmp_path):
    """With no steps what is painted is what the encoder makes of the guess, without a hole."""
    images, holes = faces
    guesser = stored.build("fill(width=4, blocks=1)", image_size=32)
    stored.save(guesser, tmp_path / "guesser")
    guessed = feed_forward.paint(stored.load(tmp_path / "guesser"), images, holes)
    whole = np.where(holes > 0, guessed, images)
    how = {"restarts": 1, "steps": 0, "precision": "float32"}
    found = search("semantic@encoder", toy_model, images, holes, guess=str(tmp_path / "guesser"), **how)
    painted = found.images[:, 0]
    mean, _ = np.split(np.asarray(toy_model.encoder(np.concatenate([whole, 0 * holes], -1))), 2, axis=-1)
    expected = toy_model.generator(tf.math.erf(mean / np.sqrt(2)))
    np.testing.assert_allclose(painted, expected, atol=1e-3)
    with pytest.raises(UserError, match="needs start='encoder'"):
        search("semantic", toy_model, images, holes, guess="fill64")

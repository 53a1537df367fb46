"""The steps of Generative Face Completion: stages, what is seen, defined behaviours, and a run end to end."""

import json

import numpy as np
import pytest
import tensorflow as tf
from absl import logging

import holefill
from holefill.errors import UserError
from holefill.models import parsing_net
from holefill.training import face_completing, plan
from holefill.training.options import TrainOptions

OURS = "face_completion(width=4, units=16)"
PAPER, CODE = (f"face_completion@{name}(width=4, units=16)" for name in ("paper", "code"))


def make_step(model=OURS, precision="float32", channels=3, **recipe):
    tf.keras.utils.set_random_seed(0)
    asked = {"image_size": 32, "channels": channels, "steps": 100}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8, channels=3):
    """Discs of different places and greys on a darker ground."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 9
    grey = np.where(inside, greys[:, None, None], -0.7)[..., None]
    return tf.constant(np.repeat(grey, channels, -1), tf.float32)


def weights(networks):
    return {name: [w.copy() for w in network.get_weights()] for name, network in networks.items()}


def same(before, networks):
    return all(
        np.array_equal(a, b)
        for name, network in networks.items()
        for a, b in zip(before[name], network.get_weights(), strict=True)
    )


def test_stages_are_shares_of_the_run():
    def stages(model, **recipe):
        step = make_step(model, **recipe)
        return [step.phase(i) for i in (0, 33, 34, 39, 40, 49, 50, 66, 67, 99)]

    d, lo, w = "distance", "local", "whole"
    assert stages(OURS, r1=0.0) == [d, d, d, d, lo, lo, w, w, w, w]
    assert stages(PAPER) == [d, d, lo, lo, lo, lo, lo, lo, w, w]
    assert stages(CODE) == [d, d, d, d, d, d, w, w, w, w]
    assert stages(OURS, r1=0.0, local_from=0, whole_from=1) == [lo] * 10


def test_ours_is_penalised_every_eighth_step_at_which_discriminators_learn():
    step = make_step(OURS, local_from=0.2, whole_from=0.3)
    found = {i: step.phase(i) for i in range(50)}
    assert [found[i] for i in (0, 8, 16, 20)] == ["distance", "distance", "distance", "local"]
    assert {i: phase for i, phase in found.items() if "penalised" in phase} == {
        24: "local penalised", 32: "whole penalised", 40: "whole penalised", 48: "whole penalised"
    }  # fmt: skip


def test_the_penalty_keeps_both_discriminators_gradients_small():
    norms = []
    for r1 in (0.0, 1e4):
        step = make_step(OURS, r1=r1, r1_every=1, judge_rate=2e-3)
        update = tf.function(lambda i, step=step: step(pictures(), i, tf.stack([3, i]), "whole penalised"))
        for i in range(12):
            update(tf.constant(i))
        images, holes = pictures(), step.draw(pictures(), tf.constant([1, 1]))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(images)
            words = {name: tf.reduce_sum(step.word(name, images, holes)) for name in ("local", "global")}
        norms.append([float(tf.norm(tape.gradient(word, images))) for word in words.values()])
    assert all(with_it < 0.5 * without for without, with_it in zip(*norms, strict=True))


@pytest.mark.parametrize("phase, judged", [("distance", ()), ("local", ("local",)), ("whole", ("local", "global"))])
def test_a_stage_trains_and_logs_its_own_discriminators(phase, judged):
    step = make_step()
    before = weights(step.companions)
    scalars = step(pictures(), tf.constant(0), tf.constant([1, 2]), phase)
    assert {key.split("/")[1] for key in scalars if key in ("loss/local", "loss/global")} == set(judged)
    for name, network in step.companions.items():
        assert same({name: before[name]}, {name: network}) == (name not in judged)


def test_losses_add_up_as_published():
    step = make_step(CODE)
    found = step(pictures(), tf.constant(0), tf.constant([1, 2]), "whole")
    adversarial = found["loss/local_pleased"] + found["loss/global_pleased"]
    np.testing.assert_allclose(found["loss/painter"], found["loss/distance"] + 300 / 49152 * adversarial, rtol=1e-5)


class Recorded:
    """A model that keeps what its painter was given."""

    def __init__(self, model):
        self.model, self.seen = model, []
        self.painter, self.image_size, self.channels = model.painter, model.image_size, model.channels

    def stages(self, images, holes, training):
        self.seen.append((images.numpy(), holes.numpy()))
        return self.model.stages(images, holes, training=training)


def test_the_hole_is_another_noise_each_time_and_the_truth_in_it_is_never_seen():
    step = make_step()
    step.model = Recorded(step.model)
    for given, seed in ((pictures(), 1), (-pictures(), 1), (pictures(), 2)):
        step(given, tf.constant(0), tf.constant([seed, 2]), "distance")
    (first, holes), (other, _), (later, _) = step.model.seen
    missing = np.broadcast_to(holes > 0, first.shape)
    np.testing.assert_array_equal(first[missing], other[missing])
    np.testing.assert_array_equal(np.where(missing, 0, first), np.where(missing, 0, pictures()))
    noise = first[missing]
    assert abs(noise.mean()) < 0.1 and noise.std() == pytest.approx(1 / np.sqrt(3), rel=0.1)
    assert np.mean(np.isin(later[missing], noise)) < 0.2


@pytest.mark.parametrize("model, paired", [(OURS, False), (PAPER, True), (CODE, True)])
def test_as_published_each_picture_is_joined_by_its_mirror_image(model, paired):
    step, given = make_step(model, turn=0.0, scaling=0.0, shift=0.0, stretched=False), pictures(3)
    step.model = Recorded(step.model)
    step(given, tf.constant(0), tf.constant([1, 2]), "distance")
    ((seen, holes),) = step.model.seen
    wanted = np.concatenate([given, given[:, :, ::-1]]) if paired else given.numpy()
    assert seen.shape == wanted.shape
    np.testing.assert_array_equal(np.where(holes > 0, 0, seen), np.where(holes > 0, 0, wanted))


def test_training_paints_better(precision):
    step = make_step(precision=precision, holes="square")
    update = tf.function(lambda i, phase: step(pictures(), i, tf.stack([3, i]), phase))
    way = [{k: float(v) for k, v in update(tf.constant(i), "whole").items()} for i in range(60)]
    assert np.isfinite([list(s.values()) for s in way]).all()
    late, early = (np.mean([s["loss/l1"] for s in part]) for part in (way[-10:], way[:5]))
    assert late < 0.7 * early


@pytest.mark.parametrize("model", [OURS, PAPER, CODE])
@pytest.mark.parametrize(
    "case", ["batch of one", "nothing missing", "a hole larger than the window", "grey", "a single value"]
)
def test_defined_behaviour(monkeypatch, model, case):
    count, channels = (1 if case == "batch of one" else 2), (1 if case == "grey" else 3)
    step, images = make_step(model, channels=channels), pictures(count, channels)
    if case == "a single value":
        images = tf.zeros_like(images)
    holes = np.zeros((count, 32, 32, 1), np.float32)
    if case != "nothing missing":
        holes[0, 2:30, 2:30] = 1  # the window is 16 × 16
    monkeypatch.setattr(step, "draw", lambda images, seed: tf.tile(holes, (len(images) // count, 1, 1, 1)))
    scalars = step(images, tf.constant(0), tf.constant([1, 2]), "whole")
    assert np.isfinite([float(value) for value in scalars.values()]).all()
    for network in (step.model.painter, *step.companions.values()):
        assert all(np.isfinite(w).all() for w in network.get_weights())
    if case == "nothing missing":
        assert float(scalars["loss/l1"]) == 0


def test_each_picture_stretched_by_hand():
    images = np.array([[0.0, 0.5, 0.25], [-1, 1, 0], [0.3, 0.3, 0.3]], np.float32).reshape(3, 1, 3, 1)
    np.testing.assert_allclose(
        np.asarray(face_completing.stretched(images))[:, 0, :, 0], [[-1, 1, 0], [-1, 1, 0], [-1, -1, -1]], atol=1e-6
    )


@pytest.fixture(scope="module")
def parser(tmp_path_factory):
    """A parsing network of random weights, in a folder."""
    tf.keras.utils.set_random_seed(1)
    options = parsing_net.Options(image_size=32, width=4)
    return str(parsing_net.save(parsing_net.build(image_size=32, width=4), options, tmp_path_factory.mktemp("parser")))


def test_the_parsing_network_is_asked_in_the_last_stage_and_stays_as_it_is(parser):
    step = make_step(parsing=parser, parsing_weight=0.5)
    before = weights({"parser": step.parser})
    assert "loss/parsing" not in step(pictures(), tf.constant(0), tf.constant([1, 2]), "local")
    found = step(pictures(), tf.constant(0), tf.constant([1, 2]), "whole")
    assert float(found["loss/parsing"]) > 0.1 and same(before, {"parser": step.parser})
    pleased = found["loss/local_pleased"] + found["loss/global_pleased"]
    expected = found["loss/distance"] + step.options.adversarial * pleased + 0.5 * found["loss/parsing"]
    np.testing.assert_allclose(found["loss/painter"], expected, rtol=1e-5)
    assert not any("pars" in name for name in step.checkpointed())


def test_what_is_parsed_alike_costs_less(parser):
    step = make_step(parsing=parser)
    images, others = pictures(), pictures()[::-1]
    assert float(step.parsed(images, images)) < float(step.parsed(images, others))


def test_without_a_parsing_network_the_log_says_so(caplog, monkeypatch):
    said = []
    monkeypatch.setattr(logging, "info", lambda text, *args: said.append(text % args))
    step = make_step()
    assert any("parsing loss is left out" in line for line in said)
    assert "loss/parsing" not in step(pictures(2), tf.constant(0), tf.constant([1, 2]), "whole")


def test_a_parsing_network_for_other_pictures_exception_raised(parser):
    with pytest.raises(UserError, match=r"is for 32 pixels and 3 channels, the run has 32 and 1: .*--image_size 32"):
        make_step(channels=1, parsing=parser)
    with pytest.raises(UserError, match="no parsing network in 'nowhere'"):
        make_step(parsing="nowhere")


@pytest.mark.parametrize("recipe", [{"distance": "l3"}, {"local_from": 0.7}, {"whole_from": 1.5}, {"holes": "hole"}])
def test_recipe_exception_raised(recipe):
    with pytest.raises(UserError, match="recipe"):
        make_step(**recipe)


TINY = {"dataset": "shapes(train=64, validation=4, test=4)", "image_size": 32, "batch_size": 8, "checkpoint_every": 2}
TINY |= {"log_every": 2, "sample_every": 1000, "deterministic": True, "precision": "float32", "model": OURS}


@pytest.mark.slow
def test_a_run_resumes_to_the_same_bits_and_completes(tmp_path):
    asked = {**TINY, "recipe": {"decay_from": 1.0, "local_from": 0.0, "whole_from": 0.0}}  # no share of the steps
    whole = holefill.train(**asked, steps=4, run_dir=str(tmp_path / "whole"))
    holefill.train(**asked, steps=2, run_dir=str(tmp_path / "halves"))
    holefill.train(run_dir=str(tmp_path / "halves"), steps=4)
    digests = {json.loads((tmp_path / name / "result.json").read_text())["sha256"] for name in ("whole", "halves")}
    assert len(digests) == 1
    assert {p.name for p in whole.iterdir()} >= {"logs", "model", "saved_model", "samples"}
    image = np.full((32, 32, 3), 128, "uint8")
    done, again = (holefill.complete(image, "center", method="face_completion", model=whole).pixels for _ in range(2))
    assert done.shape == image.shape and (done[:8] == 128).all()
    np.testing.assert_array_equal(done, again)


def test_the_discriminators_rates_fall_over_the_steps_that_they_take():
    """They end where the painter's ends: at a twentieth."""
    step = plan.build(plan.make_plan(TrainOptions(model="face_completion(width=4)", image_size=32, steps=1000)))
    o = step.options
    for name, idle in (("painter", 0), ("local", o.local_from), ("global", o.whole_from)):
        rate = step.optimizers[name]._learning_rate
        last = float(rate(1000 - int(idle * 1000)))
        np.testing.assert_allclose(last, 0.05 * (o.learning_rate if name == "painter" else o.judge_rate), rtol=1e-5)

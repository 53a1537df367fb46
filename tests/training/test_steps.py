"""The step functions: what the discriminator sees, float16, and what a run's digest covers."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from holefill import models, training
from holefill.errors import UserError
from holefill.training import plan
from holefill.training.checkpoints import Checkpoints, digest
from holefill.training.options import TrainOptions
from holefill.training.step import make_options

OURS, PAPER = "dcgan(width=4, latent_size=8)", "dcgan@paper(width=4, latent_size=8)"


def make_step(model, precision="float32", **recipe):
    tf.keras.utils.set_random_seed(0)
    return plan.build(plan.make_plan(TrainOptions(model=model, image_size=32, precision=precision, recipe=recipe)))


def batch(count):
    return tf.constant(np.random.default_rng(0).uniform(-1, 1, (count, 32, 32, 3)), tf.float32)


@pytest.mark.parametrize(
    "model, recipe, why",
    [
        (OURS, {"samples": 1.5}, "samples=1.5: wanted a share, 0 to 1"),
        (OURS, {"r1_every": 0}, "r1_every=0: wanted 1 or more"),
        (OURS, {"learning_rate": -0.1}, "learning_rate=-0.1: wanted 0 or more"),
        (PAPER, {"beta_1": 1.0}, "beta_1=1.0: wanted 0 or more, and less than 1"),
        ("contextual_attention@paper", {"gamma": 1.1}, "gamma=1.1: wanted a share"),
        ("contextual_attention@paper", {"penalty": -1}, "penalty=-1: wanted 0 or more"),
        ("face_completion", {"whole_from": 0.1}, "wanted the second no smaller"),
        ("face_completion", {"parsing_weight": float("inf")}, "parsing_weight=inf: wanted 0 or more"),
        ("glcic", {"alone": 0.7, "judging": 0.4}, "together at most 1"),
        ("parallel_attention", {"adversary": "minmax"}, "did you mean 'minimax'"),
        ("glcic@paper", {"optimiser": "adam"}, "the rate is Adadelta's; give learning_rate=1e-3"),
    ],
)
def test_a_recipe_out_of_range_exception_raised(model, recipe, why):
    with pytest.raises(UserError, match=why) as raised:
        make_options(training.get(model), recipe)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("model", ["face_completion(width=8, units=8)", "context_encoder@code(width=4)"])
def test_a_batch_of_one_where_the_batch_is_normalised_over_exception_raised(model):
    options = TrainOptions(model=model, image_size=64, batch_size=1)
    with pytest.raises(UserError, match="cannot learn from one alone: give 2 or more"):
        plan.build(plan.make_plan(options))
    assert plan.build(plan.make_plan(dataclasses.replace(options, batch_size=2))).least_share == 2


def test_a_batch_of_one_elsewhere_is_learnt_from():
    options = TrainOptions(model="context_encoder(width=4)", image_size=64, batch_size=1)
    assert plan.build(plan.make_plan(options)).least_share == 1


def test_a_whole_number_may_stand_for_a_rate():
    step = make_step("glcic@paper(width=4)", learning_rate=1)
    assert type(step.options.learning_rate) is float


class Recorded:
    """A network that keeps what it was last asked to paint."""

    def __init__(self, network):
        self.network, self.trainable_variables = network, network.trainable_variables

    def __call__(self, *args, **kwargs):
        self.painted = self.network(*args, **kwargs)
        return self.painted


@pytest.mark.parametrize("count, samples, fresh", [(7, 0, 0), (7, 0.25, 1), (7, 0.5, 3), (7, 1, 7), (8, 0.5, 4)])
def test_the_discriminator_sees_a_full_batch_with_the_fresh_share_asked_for(monkeypatch, count, samples, fresh):
    step = make_step(OURS, samples=samples)
    step.model.generator, seen, judge = Recorded(step.model.generator), [], step._judge
    monkeypatch.setattr(step, "_judge", lambda real, fakes, seed: seen.append(fakes) or judge(real, fakes, seed))
    step(batch(count), tf.constant(0), tf.constant([1, 2]))
    painted = step.model.generator.painted.numpy()
    assert len(painted) == count + fresh
    rebuilt, drawn = painted[:count], painted[count:]
    np.testing.assert_array_equal(seen[0], np.concatenate([rebuilt[fresh:], drawn]))
    assert len(seen[0]) == count


class Exact(Recorded):
    """A network that paints mid-grey, whatever it is asked."""

    def __call__(self, *args, **kwargs):
        return 0.0 * super().__call__(*args, **kwargs)


def test_pictures_that_are_painted_exactly_leave_loss_and_weights_finite():
    """½ log 1e-5 is the least that an error counts."""
    step = make_step(OURS, adversarial=0.0, beta=0.0)
    step.model.generator = Exact(step.model.generator)
    scalars = step(tf.zeros((4, 32, 32, 3)), tf.constant(0), tf.constant([1, 2]))
    assert float(scalars["loss/mse"]) == 0
    np.testing.assert_allclose(scalars["loss/painter"], 0.5 * np.log(1e-5), rtol=1e-5)
    assert all(np.isfinite(v).all() for v in step.trained()["painter"])


@pytest.mark.parametrize("model", [OURS, PAPER])
def test_float16_trains_with_loss_scaling(model):
    step = make_step(model, "float16")
    before = {name: network.get_weights() for name, network in step.model.networks().items()}
    train = tf.function(lambda i: step(batch(4), i, tf.stack([7, i])))
    for i in range(12):
        scalars = train(tf.constant(i))
    assert all(np.isfinite(float(value)) for value in scalars.values())
    for name, network in step.model.networks().items():
        after = network.get_weights()
        assert all(np.isfinite(w).all() for w in after)
        assert any(not np.array_equal(a, b) for a, b in zip(after, before[name], strict=True)), name
    for optimizer in step.optimizers.values():
        assert float(optimizer.dynamic_scale) >= 1 and int(optimizer.inner_optimizer.iterations) > 0


@pytest.mark.parametrize("part", ["model_encoder", "average_0", "average_1", "optimizer_judge"])
def test_the_digest_covers_all_that_is_checkpointed(part):
    parts = make_step(OURS).checkpointed()
    before = digest(parts)
    assert before == digest(make_step(OURS).checkpointed())
    variable = next(v for v in parts[part].variables if len(v.shape) > 1)
    variable.assign(variable + 1e-3)
    assert digest(parts) != before


def test_a_saved_state_is_not_written_again_and_rollbacks_are_kept_beside_it(tmp_path):
    parts = make_step(PAPER).checkpointed()
    first = Checkpoints(tmp_path / "checkpoints", parts)
    first.save(5)
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "checkpoints").iterdir()}
    first.save(5)
    assert first.restore() == 5
    first.count_rollbacks(2)
    first.save(5)
    assert files.items() <= {p: p.stat().st_mtime_ns for p in (tmp_path / "checkpoints").iterdir()}.items()
    again = Checkpoints(tmp_path / "checkpoints", parts)
    assert again.restore() == 5 and int(again.rollbacks) == 2
    again.save(6)
    (tmp_path / "checkpoints" / "rollbacks.json").write_text("{")
    last = Checkpoints(tmp_path / "checkpoints", parts)
    assert last.restore() == 6 and int(last.rollbacks) == 2


@pytest.mark.parametrize("name", [family + preset for family in sorted(models.ONE_PASS) for preset in ("", "@sharp")])
def test_our_one_pass_presets_learn_on_any_hole(name):
    assert training.get(name).options_class().holes == "mixture"

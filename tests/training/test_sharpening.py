"""The steps of `NAME@sharp`: the discriminator learns, first alone, and what it says changes what is painted."""

import numpy as np
import pytest
import tensorflow as tf

from holefill import models
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import loop, penalties, plan
from holefill.training.options import TrainOptions

SMALL = {"fill": "width=8, blocks=1", "face_completion": "width=4, units=16"}
FAMILIES = sorted(models.ONE_PASS)


def make_step(family="fill", precision="float32", size=32, **recipe):
    tf.keras.utils.set_random_seed(0)
    model = f"{family}@sharp({SMALL.get(family, 'width=4')})"
    asked = {"image_size": size, "channels": 1, "steps": 100}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8, size=32):
    """Discs of different places and greys, with a fine weave over them."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    weave = 0.2 * (-1.0) ** (x // 2 + y // 2)
    return tf.constant((np.where(inside, greys[:, None, None], -0.6) + weave)[..., None], tf.float32)


def train(step, count, images, first=0):
    update = lambda i, phase: step(images, i, tf.stack([3, i]), phase)  # noqa: E731
    update = tf.function(update) if count > 10 else update
    way = [update(tf.constant(i), step.phase(i)) for i in range(first, first + count)]
    return [{k: float(v) for k, v in scalars.items()} for scalars in way]


def weights(network):
    return [np.array(v) for v in network.trainable_variables]


def test_its_phases():
    step = make_step(judging=0.02, r1_every=3)
    assert [step.phase(i) for i in range(4)] == ["judge penalised", "judge", "both", "both penalised"]
    assert make_step(r1=0.0, judging=0.0).phase(0) == "both"


@pytest.mark.parametrize("family", FAMILIES)
def test_it_starts_from_what_the_family_has_learnt(family, tmp_path):
    options = SMALL.get(family, "width=4")
    trained = stored.build(f"{family}({options})", image_size=32, channels=1)
    stored.save(trained, tmp_path)
    asked = {"model": f"{family}@sharp({options})", "image_size": 32, "channels": 1, "steps": 100}
    step = plan.build(plan.make_plan(TrainOptions(**asked)), start=tmp_path)
    for old, new in zip(trained.painter.get_weights(), step.model.painter.get_weights(), strict=True):
        np.testing.assert_allclose(new, old, atol=1e-3)  # kept in float16


def test_a_start_of_another_family_exception_raised(tmp_path):
    stored.save(stored.build("fill(width=8, blocks=1)", image_size=32, channels=1), tmp_path)
    asked = {"model": "glcic@sharp(width=4)", "image_size": 32, "channels": 1, "steps": 100}
    with pytest.raises(UserError, match="it is a fill; start from a glcic$"):
        plan.build(plan.make_plan(TrainOptions(**asked)), start=tmp_path)


def test_rates_fall_over_the_steps_that_each_takes():
    step = make_step(learning_rate=1e-3, judge_rate=2e-3, judging=0.2)
    rates = {name: optimizer._learning_rate for name, optimizer in step.optimizers.items()}
    assert {name: (r.rate, r.start, r.steps) for name, r in rates.items()} == {
        "painter": (1e-3, 40, 80),
        "judge": (2e-3, 50, 100),
    }


def test_the_penalty_counts():
    """At a weight without bounds the discriminator's logits of pictures become flat, which without it they are not."""
    images, holes = pictures(), tf.ones((8, 32, 32, 1))

    def slope(r1):
        step = make_step(judging=0.99, r1=r1, r1_every=1, judge_rate=1e-2)
        train(step, 8, images)
        return float(penalties.r1(lambda x: tf.reduce_mean(step.judged(x, holes)[0], axis=(1, 2, 3)), images))

    assert slope(1e4) < 0.5 * slope(0.0)


def test_the_noise_of_face_completion_is_another_each_time():
    step, images, holes = make_step("face_completion"), pictures(2), tf.ones((2, 32, 32, 1))
    noise = [tf.random.stateless_uniform((2, 32, 32, 1), [0, i], -1, 1) for i in (0, 0, 1)]
    first, again, other = (step.paint(images, holes, one)[-1].numpy() for one in noise)
    np.testing.assert_allclose(first, again, atol=1e-5)
    assert np.abs(first - other).max() > 1e-3


def test_a_side_that_patches_do_not_tile_exception_raised():
    with pytest.raises(UserError, match="glcic@sharp learns from pictures whose side is a multiple of 8.*is 36"):
        make_step("glcic", size=36)


def test_a_discriminator_that_learns_alone_to_the_end_exception_raised():
    with pytest.raises(UserError, match="judging=1.0: wanted less than 1"):
        make_step(judging=1.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_discriminator_learns_alone_at_first(family):
    step = make_step(family, judging=0.02)
    judge, painter = step.companions["judge"], step.model.painter
    before = weights(judge), weights(painter)
    train(step, 2, pictures())
    for old, new in zip(before[1], weights(painter), strict=True):
        np.testing.assert_array_equal(old, new)
    assert all(np.any(old != new) for old, new in zip(before[0], weights(judge), strict=True))
    train(step, 1, pictures(), first=2)
    assert np.mean([np.any(old != new) for old, new in zip(before[1], weights(painter), strict=True)]) > 0.9


def test_the_discriminator_finds_a_smooth_fill_among_pictures_that_have_a_weave():
    """An untrained painter paints none; that is found within a few steps, by half of the loss of who knows nothing."""
    step = make_step(judging=0.99)
    late = train(step, 40, pictures())[-10:]
    for kind in ("real", "fake"):
        assert np.mean([s[f"accuracy/{kind}"] for s in late]) > 0.9
    assert np.mean([s["loss/judge"] for s in late]) < np.log(2)


@pytest.mark.parametrize(
    "precision", ["float32", *(pytest.param(p, marks=pytest.mark.slow) for p in ("bfloat16", "float16"))]
)
def test_training_paints_better(precision):
    way = train(make_step(precision=precision, adversarial=0.02, learning_rate=1e-3), 70, pictures())
    assert np.isfinite([list(s.values()) for s in way]).all()
    late, early = (np.mean([s["loss/l1"] for s in part]) for part in (way[-10:], way[:5]))
    assert late < 0.7 * early


@pytest.mark.slow
@pytest.mark.parametrize("option", ["adversarial", "features", "finest"])
def test_a_larger_weight_changes_what_is_painted(option):
    def learnt(weight):
        step = make_step(judging=0.0, learning_rate=1e-3, **{option: weight})
        train(step, 6, pictures())
        return weights(step.model.painter)

    apart = [np.abs(a - b).max() for a, b in zip(learnt(0.0), learnt(1.0), strict=True)]
    assert np.median(apart) > 1e-3


@pytest.mark.parametrize("amplitude, offset", [(0.0, 0.3), (0.1, 0.0), (0.1, 0.3)])
def test_the_distance_of_the_finest_is_of_a_weave_alone(amplitude, offset):
    """½ log of its squared amplitude, whatever the level is that it is on where all is missing."""
    holes, rows = np.ones((2, 32, 32, 1), "float32"), np.arange(32)[:, None, None]
    completed = pictures(2) + amplitude * (-1.0) ** rows + offset
    found = make_step("glcic").woven(completed, pictures(2), holes)
    np.testing.assert_allclose(found, 0.5 * np.log(amplitude**2 + 1e-4), atol=1e-3)


def test_the_distance_of_the_finest_is_of_a_step_at_the_rim_too():
    """Of a band that is 0.3 too bright; two pixels and more inside nothing."""
    holes = np.zeros((1, 32, 32, 1), "float32")
    holes[:, 8:24] = 1
    completed = pictures(1) + 0.3 * holes
    found = make_step("glcic").woven(completed, pictures(1), holes)
    rows = np.convolve(holes[0, :, 0, 0] * 0.3, [1 / 16, -4 / 16, 6 / 16, -4 / 16, 1 / 16], mode="same")
    expected = 0.5 * np.log(np.mean(rows[8:24] ** 2) + 1e-4)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.mean(rows[8:24] ** 2) < 0.1 * 0.3**2


def test_both_stages_of_attention_count():
    step, images = make_step("contextual_attention"), pictures(2)
    holes = np.zeros((2, 32, 32, 1), np.float32)
    holes[:, 8:24, 8:24] = 1
    both, _ = step.distances([images + 0.5, images + 0.1], images, holes)
    each = [step.distances([images + off], images, holes)[0] for off in (0.5, 0.1)]
    np.testing.assert_allclose(both, sum(map(float, each)), rtol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_where_attention_draws_from_is_shown(family):
    step, images, holes = make_step(family), pictures(2).numpy(), np.zeros((2, 32, 32, 1), np.float32)
    holes[:, 8:24, 8:24] = 1
    shown = step.pictures(step.model, images, holes)
    assert set(shown) == ({"attention"} if "attention" in family else set())


def test_a_model_of_the_middle_exception_raised():
    with pytest.raises(UserError, match="context_encoder@sharp refines painters of whole pictures"):
        stored.build("context_encoder@sharp(predicts='hole')")


@pytest.mark.parametrize("family", ["context_encoder", "face_completion"])
def test_pieces_for_a_network_of_one_size_exception_raised(family):
    with pytest.raises(UserError, match=f"crop=16: {family}@sharp takes pictures of its own size alone"):
        make_step(family, crop=16)


@pytest.mark.parametrize("started", [True, False])
def test_beginning_at_random_is_said(started, tmp_path, caplog):
    stored.save(stored.build("fill(width=4, blocks=1)", image_size=32), tmp_path / "fill")
    asked = {"model": "fill@sharp(width=4, blocks=1)", "image_size": 32, "batch_size": 8, "steps": 100}
    asked |= {"dataset": "shapes(train=8, validation=8, test=8)", "start": str(tmp_path / "fill") if started else None}
    with caplog.at_level("WARNING"):
        begun = loop._Run(tmp_path / "run", plan.make_plan(TrainOptions(**asked)))
        assert ("without --start it begins at random" in caplog.text) != started
        begun.checkpoints.save(0)
        caplog.clear()
        loop._Run(tmp_path / "run", plan.make_plan(TrainOptions(**asked)))
    assert "without --start" not in caplog.text

"""The steps of `NAME@sharp`: the discriminator learns, first alone, and what it says changes what is painted."""

import numpy as np
import pytest
import tensorflow as tf

from holefill import models
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import plan
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
    step = make_step(judging=1.0)
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
@pytest.mark.parametrize("option", ["adversarial", "features"])
def test_a_larger_say_of_the_discriminator_changes_what_is_painted(option):
    ways = [train(make_step(judging=0.0, **{option: w}), 6, pictures())[-1]["loss/l1"] for w in (0.0, 1.0)]
    assert ways[0] != ways[1]


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

"""The steps of contextual attention: who learns when, by which loss, and a run with pictures of attention."""

import numpy as np
import pytest
import tensorflow as tf

import holefill
from holefill.errors import UserError
from holefill.losses import discounted, masked
from holefill.losses.adversarial import generator_loss
from holefill.models import stored
from holefill.training import plan, summaries
from holefill.training.options import TrainOptions

OURS, PAPER = "contextual_attention(width=8)", "contextual_attention@paper(width=4)"


def make_step(model, precision="float32", steps=1000, **recipe):
    tf.keras.utils.set_random_seed(0)
    options = TrainOptions(model=model, image_size=32, channels=1, steps=steps, precision=precision, recipe=recipe)
    return plan.build(plan.make_plan(options))


def pictures(count=8):
    """Discs of different places and greys."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    return tf.constant(np.where(inside, greys[:, None, None], -1.0)[..., None], tf.float32)


def train(step, steps, images):
    update = tf.function(step)
    way = [update(images, tf.constant(i), tf.stack([3, i]), step.phase(i)) for i in steps]
    return [{key: float(value) for key, value in scalars.items()} for scalars in way]


def weights(step):
    return {name: [tf.identity(v.value).numpy() for v in own] for name, own in step.trained().items()}


def moved(before, after):
    return {name for name in before if any(np.any(a != b) for a, b in zip(before[name], after[name], strict=True))}


@pytest.mark.parametrize("critics, expected", [(5, "cccccpcccccp"), (2, "ccpccpccpccp"), (1, "b" * 12)])
def test_phases(critics, expected):
    step = make_step(PAPER, critics=critics)
    assert "".join(step.phase(i)[0] for i in range(12)) == expected
    assert step.options.critics == critics


def test_each_phase_moves_its_own():
    step = make_step(PAPER)
    rates = {name: (o.learning_rate.numpy(), o.beta_1, o.beta_2) for name, o in step.optimizers.items()}
    assert all(rate == pytest.approx((1e-4, 0.5, 0.9)) for rate in rates.values())
    states = [weights(step)]
    for i in (0, 5):
        step(pictures(), tf.constant(i), tf.stack([3, i]), step.phase(i))
        states.append(weights(step))
    assert moved(*states[:2]) == {"local", "whole"} and moved(*states[1:]) == {"painter"}
    for model, networks in ((PAPER, {"painter", "local", "whole"}), (OURS, {"painter", "judge"})):
        both = make_step(model, **({"critics": 1} if model == PAPER else {}))
        before = weights(both)
        both(pictures(), tf.constant(0), tf.stack([3, 0]), both.phase(0))
        assert moved(before, weights(both)) == networks


@pytest.mark.parametrize("family, gamma, to", [("paper", 0.99, "known"), ("code", 0.9, "border")])
def test_the_painter_s_loss_is_the_published_one(family, gamma, to):
    """1.2 · hole + 1.2 · known of both stages, the first times 1.2, and 0.001 times minus what the critics say."""
    step, images, seed = make_step(f"contextual_attention@{family}(width=4)"), pictures(), tf.constant([3, 5])
    holes = step.draw(images, tf.random.split(seed, 3)[0])
    coarse, final = step.paint(images, holes)
    words = sum(tf.reduce_mean(judge(images * (1 - holes) + final * holes)) for judge in step.views(holes).values())
    hole, known = (
        1.2 * tf.reduce_mean(loss(coarse)) + tf.reduce_mean(loss(final))
        for loss in (
            lambda x: discounted.discounted_l1(x, images, holes, gamma, to),
            lambda x: masked.l1(x, images, 1 - holes),
        )
    )
    found = step(images, tf.constant(5), seed, "painter")
    assert float(found["loss/painter"]) == pytest.approx(float(1.2 * (hole + known) - 0.001 * words), rel=1e-5)
    sides = np.asarray(tf.reduce_sum(tf.reduce_max(holes, 1), 1))
    assert sides.min() >= 12 and sides.max() <= 16 and step.model.options.local == 16


@pytest.mark.parametrize("coarse", [0.5, 2.0])
def test_ours_learns_the_error_of_both_stages_and_what_the_joined_discriminators_say_of_the_last(coarse):
    step, images, seed = make_step(OURS, coarse=coarse), pictures(), tf.constant([3, 5])
    assert [i for i in range(20) if step.phase(i) == "penalised"] == [0, 8, 16]
    holes = step.draw(images, seed)
    first, final = step.paint(images, holes)
    errors = [
        tf.reduce_mean(masked.log_l2(stage, images, holes)) + 0.1 * tf.reduce_mean(masked.l1(stage, images, 1 - holes))
        for stage in (first, final)
    ]
    pleased = tf.reduce_mean(generator_loss(step.judged(images * (1 - holes) + final * holes, holes)))
    found = step(images, tf.constant(1), seed, "plain")
    expected = coarse * errors[0] + errors[1] + 0.02 * pleased
    assert float(found["loss/painter"]) == pytest.approx(float(expected), rel=1e-4)


def test_training_paints_better(precision):
    way = train(make_step(OURS, precision, holes="rectangle"), range(40), pictures())
    assert np.isfinite([list(s.values()) for s in way[8:]]).all()
    late, early = (np.mean([s["loss/l1"] for s in part]) for part in (way[-5:], way[:5]))
    assert late < 0.8 * early


@pytest.mark.parametrize("model", [OURS, PAPER, "contextual_attention@code(width=4)"])
def test_whole_pictures_and_large_holes_leave_all_finite(model, monkeypatch):
    """Of one batch nothing is missing in the first, nearly all in the second; then a batch of one of either."""
    step, images = make_step(model, **({} if model == OURS else {"critics": 1})), pictures(2)
    holes = np.zeros((2, 32, 32, 1), "float32")
    holes[1, 1:, :] = 1
    phase = step.phase(0)
    for part in (slice(0, 2), slice(0, 1), slice(1, 2)):
        monkeypatch.setattr(step, "draw", lambda images, seed, part=part: tf.constant(holes[part]))
        found = step(images[part], tf.constant(0), tf.constant([1, 2]), phase)
        assert np.isfinite([float(value) for value in found.values()]).all()
    assert all(np.isfinite(v).all() for own in weights(step).values() for v in own)


@pytest.mark.parametrize(
    "recipe, message",
    [({"critics": 0}, "critics=0: wanted 1 or more"), ({"discount": "edge"}, "discount 'edge'")],
)
def test_recipes_that_are_none(recipe, message):
    with pytest.raises(UserError, match=message):
        make_step(PAPER, **recipe)


TINY = {"dataset": "shapes(train=64, validation=8, test=8)", "image_size": 32, "batch_size": 4, "checkpoint_every": 4}
TINY |= {"log_every": 2, "sample_every": 4, "precision": "float32"}


@pytest.mark.slow
def test_a_run_shows_its_attention_is_resumed_and_completes(tmp_path, monkeypatch):
    folder, logged, scalars = tmp_path / "run", {}, summaries.Summaries.scalars
    monkeypatch.setattr(summaries.Summaries, "scalars", lambda *args: logged.update(args[2]) or scalars(*args))
    holefill.train(**TINY | {"log_every": 4}, model=PAPER, steps=4, run_dir=str(folder), recipe={"critics": 3})
    assert {"wasserstein/whole", "loss/penalty", "loss/l1"} <= logged.keys()  # the fourth update is the painter's
    holefill.train(run_dir=str(folder), steps=6)
    samples = {path.name for path in (folder / "samples").iterdir()}
    assert samples >= {f"{name}-{step:07d}.png" for name in ("attention", "coarse", "completions") for step in (4, 6)}
    assert (folder / "saved_model" / "saved_model.pb").is_file()
    assert stored.load(folder).family == "contextual_attention@paper"
    image = np.full((32, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", method="contextual_attention", model=folder).pixels
    assert done.shape == image.shape and (done[:8] == 128).all()

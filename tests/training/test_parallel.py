"""The steps of parallel attention: by which loss, what they lower, and a run with pictures of attention."""

import numpy as np
import pytest
import tensorflow as tf

import holefill
from holefill.errors import UserError
from holefill.losses import adversarial, masked
from holefill.models import stored
from holefill.training import plan
from holefill.training.options import TrainOptions

OURS, PAPER = "parallel_attention(width=8)", "parallel_attention@paper(width=4)"


def make_step(model, precision="float32", **recipe):
    tf.keras.utils.set_random_seed(0)
    options = TrainOptions(model=model, image_size=32, channels=1, steps=1000, precision=precision, recipe=recipe)
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


def test_the_paper_s_loss_is_the_squared_error_in_the_hole_and_the_minimax_game():
    step, images, seed = make_step(PAPER), pictures(), tf.constant([3, 5])
    assert step.phase(0) == "plain" and step.model.options.local == 14
    holes = step.draw(images, seed)
    completed = images * (1 - holes) + step.paint(images, holes)[-1] * holes
    pleased = tf.reduce_mean(adversarial.minimax_generator_loss(step.judged(completed, holes)))
    expected = tf.reduce_mean(masked.weighted_l2(completed, images, holes)) + 4e-4 * pleased
    found = step(images, tf.constant(0), seed, "plain")
    assert float(found["loss/painter"]) == pytest.approx(float(expected), rel=1e-4)
    assert float(found["loss/pleased"]) == pytest.approx(float(pleased), rel=1e-3)


def test_ours_learns_what_is_known_too_a_little():
    found = {}
    for known in (0.0, 0.5):
        step, images, seed = make_step(OURS, known=known), pictures(), tf.constant([3, 5])
        holes = step.draw(images, seed)
        beside = tf.reduce_mean(masked.l1(step.paint(images, holes)[-1], images, 1 - holes))
        found[known] = float(step(images, tf.constant(0), seed, "plain")["loss/painter"])
    assert found[0.5] - found[0.0] == pytest.approx(0.5 * float(beside), rel=1e-3)


def test_ours_is_penalised_every_eighth_step():
    step = make_step(OURS)
    assert [i for i in range(20) if step.phase(i) == "penalised"] == [0, 8, 16]
    norms = []
    for r1 in (0.0, 1e4):
        step = make_step(OURS, r1=r1, r1_every=1)
        train(step, range(12), pictures())
        images, holes = pictures(), step.draw(pictures(), tf.constant([1, 1]))
        with tf.GradientTape() as tape:
            tape.watch(images)
            total = tf.reduce_sum(step.judged(images, holes))
        norms.append(float(tf.norm(tape.gradient(total, images))))
    assert norms[1] < 0.5 * norms[0]


def test_training_paints_better(precision):
    way = train(make_step(OURS, precision, holes="rectangle"), range(40), pictures())
    assert np.isfinite([list(s.values()) for s in way[8:]]).all()
    late, early = (np.mean([s["loss/l1"] for s in part]) for part in (way[-5:], way[:5]))
    assert late < 0.8 * early


@pytest.mark.parametrize("model", [OURS, PAPER])
def test_whole_pictures_and_large_holes_leave_all_finite(model, monkeypatch):
    """Of one batch nothing is missing in the first, nearly all in the second; then a batch of one of either."""
    step, images = make_step(model), pictures(2)
    holes = np.zeros((2, 32, 32, 1), "float32")
    holes[1, 1:, :] = 1
    for part in (slice(0, 2), slice(0, 1), slice(1, 2)):
        monkeypatch.setattr(step, "draw", lambda images, seed, part=part: tf.constant(holes[part]))
        found = step(images[part], tf.constant(0), tf.constant([1, 2]), step.phase(0))
        assert np.isfinite([float(value) for value in found.values()]).all()
    assert all(np.isfinite(v.value).all() for own in step.trained().values() for v in own)


@pytest.mark.parametrize("name, value", [("distance", "l3"), ("adversary", "none"), ("r1_every", 0)])
def test_recipes_that_are_none(name, value):
    with pytest.raises(UserError, match=f"--recipe {name}|recipe {name}"):
        make_step(OURS, **{name: value})


TINY = {"dataset": "shapes(train=64, validation=8, test=8)", "image_size": 32, "batch_size": 4, "checkpoint_every": 4}
TINY |= {"log_every": 2, "sample_every": 4, "precision": "float32"}


@pytest.mark.slow
def test_a_run_shows_its_attention_is_resumed_and_completes(tmp_path):
    folder = tmp_path / "run"
    holefill.train(**TINY, model=OURS, steps=4, run_dir=str(folder))
    holefill.train(run_dir=str(folder), steps=6)
    samples = {path.name for path in (folder / "samples").iterdir()}
    assert samples >= {f"{name}-{step:07d}.png" for name in ("attention", "completions") for step in (4, 6)}
    assert (folder / "saved_model" / "saved_model.pb").is_file()
    assert stored.load(folder).family == "parallel_attention"
    image = np.full((32, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", method="parallel_attention", model=folder).pixels
    assert done.shape == image.shape and (done[:8] == 128).all()

"""The Context Encoder's steps: what they lower, what is missing and what is judged, rates, and a run end to end."""

import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import holefill
from holefill import datasets
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import plan
from holefill.training.context_encoding import Stepped
from holefill.training.options import TrainOptions

OURS = "context_encoder(width=4)"
PAPER = "context_encoder@paper(width=4)"
CODE = "context_encoder@code(width=4, bottleneck_width=16)"
WHOLE = "context_encoder@code(width=4, bottleneck_width=16, predicts='image')"


def make_step(model, precision="float32", channels=3, steps=1000, **recipe):
    tf.keras.utils.set_random_seed(0)
    asked = {"image_size": 32, "channels": channels, "steps": steps}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8, channels=3):
    """Discs of different places and greys."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    images = np.where(inside, greys[:, None, None], -1.0)[..., None]
    return tf.constant(np.repeat(images, channels, axis=-1), tf.float32)


def once(step, images, i=0):
    return {k: float(v) for k, v in step(images, tf.constant(i), tf.constant([3, i])).items()}


def train(step, count, images):
    update = tf.function(lambda i: step(images, i, tf.stack([3, i])))
    return [{k: float(v) for k, v in update(tf.constant(i)).items()} for i in range(count)]


@pytest.mark.parametrize(
    "model, precision",
    [
        (OURS, "bfloat16"),
        (CODE, "float16"),
        (PAPER, "float32"),
        pytest.param(OURS, "float32", marks=pytest.mark.slow),
        pytest.param(OURS, "float16", marks=pytest.mark.slow),
    ],
)
def test_training_rebuilds_better(model, precision):
    step = make_step(model, precision)
    way = train(step, 50, pictures())
    assert np.isfinite([list(s.values()) for s in way]).all()
    late, early = (np.mean([s["loss/rebuilt"] for s in part]) for part in (way[-5:], way[:3]))
    assert late < 0.7 * early


def test_the_loss_is_what_the_options_weigh():
    found = once(make_step(CODE, lambda_rec=0.9, lambda_adv=0.1), pictures())
    assert found["loss/painter"] == pytest.approx(0.9 * found["loss/rebuilt"] + 0.1 * found["loss/pleased"], rel=1e-5)
    alone = once(make_step(CODE, lambda_rec=0.9, adversarial=False), pictures())
    assert alone["loss/painter"] == pytest.approx(0.9 * alone["loss/rebuilt"]) and "loss/judge" not in alone


def test_without_an_adversary_no_discriminator_is_trained():
    step = make_step(CODE, adversarial=False)
    before = step.companions["judge"].get_weights()
    once(step, pictures())
    assert set(step.optimizers) == {"painter"}
    for old, new in zip(before, step.companions["judge"].get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_middle_is_missing_but_for_the_overlap_which_is_painted():
    """32 pixels with 2 of overlap: 12 × 12 are missing, the middle 16 × 16 are judged."""
    step, seen = make_step("context_encoder@code(width=4, bottleneck_width=16, overlap=2)"), []
    holes = step.draw(pictures(), tf.constant([0, 1])).numpy()
    assert (holes[:, 10:22, 10:22] == 1).all() and holes.sum() == 8 * 12**2
    judge, painter = step.companions["judge"], step.model.painter
    step.companions["judge"] = lambda x, training: seen.append(x.numpy()) or judge(x, training=training)
    step.trained = lambda: {"painter": painter.trainable_variables, "judge": judge.trainable_variables}
    painted = []
    stages = step.model.stages
    step.model.stages = lambda *a, **k: painted.append(stages(*a, **k)) or painted[-1]
    once(step, pictures())
    np.testing.assert_array_equal(seen[0], pictures().numpy()[:, 8:24, 8:24])
    np.testing.assert_array_equal(seen[1], painted[0][-1].numpy()[:, 8:24, 8:24])


def test_a_model_of_the_middle_is_shown_with_the_hole_that_it_learns(tmp_path):
    asked = {"dataset": "shapes(train=16, validation=8, test=8)", "image_size": 32, "batch_size": 4, "steps": 1}
    model = "context_encoder@code(width=4, bottleneck_width=16, overlap=2)"
    run = holefill.train(**asked, model=model, precision="float32", run_dir=str(tmp_path / "run"))
    sheet = np.asarray(Image.open(run / "samples" / "completions-0000001.png"))
    validation = datasets.get("shapes")[0]("validation", image_size=32, train=16, validation=8, test=8).images
    hidden = (sheet[:32, :32] != validation[0]).any(-1)
    rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 21, 10, 21)


@pytest.mark.parametrize("holes", ["center", "blocks", "region"])
def test_a_model_of_pictures_learns_any_hole_and_is_judged_with_what_is_known(holes):
    step, seen = make_step(WHOLE, holes=holes), []
    judge = step.companions["judge"]
    step._judged = lambda x: seen.append(x.numpy()) or judge(x, training=True)
    once(step, pictures())
    drawn = step.draw(pictures(), tf.constant([3, 0])).numpy()
    grown = tf.nn.max_pool2d(drawn, 3, 1, "SAME").numpy()  # one pixel of overlap
    known = np.broadcast_to(grown == 0, seen[1].shape)
    np.testing.assert_array_equal(seen[1][known], pictures().numpy()[known])
    assert np.mean(seen[1][~known] != pictures().numpy()[~known]) > 0.99


def test_what_is_missing_is_never_seen():
    images = pictures()
    for model in (OURS, CODE):
        step = make_step(model)
        hole = step.draw(images, tf.constant([3, 0]))
        for a, b in zip(*(step.paint(images + x * hole, hole) for x in (0.0, 5.0)), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("model, channels", [(OURS, 1), (CODE, 1), (OURS, 3), (WHOLE, 3)])
def test_a_batch_of_one_and_an_example_where_nothing_is_missing_stay_finite(model, channels):
    step = make_step(model, channels=channels)
    assert np.isfinite(list(once(step, pictures(1, channels)).values())).all()
    step.draw = lambda images, seed: tf.zeros_like(images[..., :1])
    found = once(step, pictures(3, channels))
    assert np.isfinite(list(found.values())).all() and found["loss/rebuilt"] == 0
    assert all(np.isfinite(w).all() for w in step.model.painter.get_weights())


def test_the_painter_moves_ten_times_as_fast_as_the_discriminator():
    rates = {name: float(o.learning_rate) for name, o in make_step(PAPER).optimizers.items()}
    assert rates == pytest.approx({"painter": 2e-3, "judge": 2e-4})


def test_step_schedule_by_hand():
    """Halved every quarter of 100 steps, or after every 10 steps."""
    assert [float(Stepped(8.0, 0.5, 25)(i)) for i in (0, 24, 25, 50, 99)] == [8, 8, 4, 2, 1]
    share = make_step(CODE, steps=100, factor=0.5).optimizers["painter"]
    share.iterations.assign(50)
    assert float(share.learning_rate) == pytest.approx(2e-3 / 4)
    fixed = make_step(CODE, steps=100, factor=0.1, every=10).optimizers["judge"]
    fixed.iterations.assign(20)
    assert float(fixed.learning_rate) == pytest.approx(2e-6)


def test_sgd_moves_against_the_gradient():
    """A first step of SGD is −rate · gradient: twice the weight of the loss is twice as far."""
    moved = []
    for weight in (0.5, 1.0):
        step = make_step(CODE, optimiser="sgd", adversarial=False, lambda_rec=weight, learning_rate=0.01)
        before = step.model.painter.get_weights()
        once(step, pictures())
        moved.append(step.model.painter.get_weights()[0] - before[0])
    assert np.abs(moved[0]).max() > 0
    np.testing.assert_allclose(moved[1], 2 * moved[0], rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize(
    "model, recipe, words",
    [
        (CODE, {"distance": "l3"}, "did you mean 'l2'"),
        (CODE, {"optimiser": "adams"}, "did you mean 'adam'"),
        (CODE, {"holes": "blocks"}, "paints the middle alone"),
        (CODE, {"lambda_rec": -1}, "wanted 0 or more"),
        (CODE, {"every": 0}, "wanted more than 0"),
        (CODE, {"factor": 0.5, "decay_from": 0.5}, "give one of them"),
    ],
)
def test_recipe_exception_raised(model, recipe, words):
    with pytest.raises(UserError, match=words):
        make_step(model, **recipe)


TINY = {"dataset": "shapes(train=64, validation=8, test=8)", "image_size": 32, "batch_size": 8, "checkpoint_every": 2}
TINY |= {"log_every": 2, "sample_every": 1000, "deterministic": True, "precision": "float32"}


def completed(run):
    """A grey picture, completed by the model of a run."""
    image = np.full((32, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", model=run, method="context_encoder").pixels
    assert done.shape == image.shape and (done[:8] == 128).all()


def test_a_run_of_ours_completes(tmp_path):
    run = holefill.train(**TINY, model=OURS, steps=2, run_dir=str(tmp_path / "run"))
    assert stored.load(run).family == "context_encoder" and (run / "saved_model").is_dir()
    completed(run)


@pytest.mark.slow
def test_a_run_resumes_to_the_same_bits(tmp_path):
    whole = holefill.train(**TINY, model=CODE, steps=4, run_dir=str(tmp_path / "whole"))
    holefill.train(**TINY, model=CODE, steps=2, run_dir=str(tmp_path / "halves"))
    holefill.train(run_dir=str(tmp_path / "halves"), steps=4)
    digests = {json.loads((tmp_path / name / "result.json").read_text())["sha256"] for name in ("whole", "halves")}
    assert len(digests) == 1
    completed(whole)

"""GLCIC's steps: what each phase moves, what the discriminators see, in every precision, and resuming in each phase."""

import json

import numpy as np
import pytest
import tensorflow as tf

import holefill
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import plan
from holefill.training.local import local_patches
from holefill.training.options import TrainOptions
from holefill.training.signals import Interrupted

OURS, PAPER = "glcic(width=4)", "glcic@paper(width=4)"
PHASES = {"completion": {"painter"}, "judge": {"judge"}, "joint": {"painter", "judge"}}


def make_step(model, precision="float32", channels=3, steps=1000, **recipe):
    tf.keras.utils.set_random_seed(0)
    asked = {"image_size": 32, "channels": channels, "steps": steps, "batch_size": 8}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8, channels=3):
    """Discs of different places and greys."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    made = np.where(inside, greys[:, None, None], -1.0)[..., None]
    return tf.constant(np.repeat(made, channels, axis=3), tf.float32)


def train(step, phase, count, images):
    update = lambda i: step(images, i, tf.stack([3, i]), phase)  # noqa: E731
    update = tf.function(update) if count > 3 else update
    return [{k: float(v) for k, v in update(tf.constant(i)).items()} for i in range(count)]


@pytest.mark.parametrize(
    "model, steps, bounds", [(PAPER, 500, (90, 100)), (OURS, 1000, (300, 330)), (PAPER, 4, (1, 1))]
)
def test_phases_are_shares_of_the_run_s_steps(model, steps, bounds):
    step = make_step(model, steps=steps, r1=0.0)
    phases = [step.phase(i) for i in range(steps)]
    lengths = [bounds[0], bounds[1] - bounds[0], steps - bounds[1]]
    assert phases == [name for name, n in zip(PHASES, lengths, strict=True) for _ in range(n)]


def test_the_penalty_comes_every_so_many_steps_and_only_where_discriminators_learn():
    step = make_step(OURS, steps=40, alone=0.25, judging=0.25, r1_every=5)
    penalised = [i for i in range(40) if step.phase(i).endswith(" penalised")]
    assert penalised == [10, 15, 20, 25, 30, 35] and step.phase(15) == "judge penalised"


@pytest.mark.parametrize("model", [OURS, PAPER])
@pytest.mark.parametrize("phase", PHASES)
def test_each_phase_moves_its_networks_alone(model, phase):
    step = make_step(model)
    before = {name: [v.numpy() for v in variables] for name, variables in step.trained().items()}
    scalars = train(step, phase, 1, pictures())[0]
    moved = {
        name
        for name, variables in step.trained().items()
        if any(np.any(v.numpy() != old) for v, old in zip(variables, before[name], strict=True))
    }
    assert moved == PHASES[phase]
    assert ("loss/judge" in scalars, "loss/pleased" in scalars) == ("judge" in moved, phase == "joint")


@pytest.mark.parametrize("model", [OURS, PAPER])
def test_the_loss_of_a_painter_that_paints_0_by_hand(model):
    """It errs by the picture's value everywhere. As published: the mean square in the hole, in units of [0, 1]; ours:
    ½ log of each example's mean square there, in units of [-1, 1], and a tenth of the mean absolute error elsewhere."""
    step, images = make_step(model), pictures()
    holes = step.draw(images, tf.random.split(tf.constant([3, 0]), 2)[0])
    step.paint = lambda images, holes: [0.0 * step.model.stages(images, holes)[-1]]
    found = train(step, "completion", 1, images)[0]
    x, missing = images.numpy(), np.broadcast_to(holes, images.shape) == 1
    mse = np.mean((missing * x) ** 2) / 4
    ours = np.mean([
        0.5 * np.log(np.mean(one[hole] ** 2) + 1e-3) + 0.1 * np.mean(np.abs(one[~hole]))
        for one, hole in zip(x, missing, strict=True)
    ])  # fmt: skip
    assert found["loss/mse"] == pytest.approx(mse, rel=1e-5) and mse > 0.01
    assert found["loss/painter"] == pytest.approx(ours if model == OURS else mse, rel=1e-5)


@pytest.mark.parametrize("model", [OURS, PAPER])
def test_what_the_discriminators_see(model):
    """Real pictures whole with windows of other holes; completed ones, known pixels as they are, with their windows."""
    step, images, seen = make_step(model), pictures(), []
    judge = step.companions["judge"]

    class Watched:
        trainable_variables = judge.trainable_variables

        def __call__(self, given, training):
            seen.append([x.numpy() for x in given])
            return judge(given, training=training)

    step.companions["judge"] = Watched()
    step(images, tf.constant(0), tf.constant([3, 0]), "joint")
    (real, real_patches), (fake, fake_patches), (again, again_patches) = seen
    holes, other = (step.draw(images, seed) for seed in tf.random.split(tf.constant([3, 0]), 2))
    np.testing.assert_array_equal(real, images)
    np.testing.assert_array_equal(real_patches, local_patches(images, other, 16))
    np.testing.assert_array_equal(np.where(holes, 0, fake), np.where(holes, 0, images))
    assert np.any(fake != images) and np.any(holes != other)
    np.testing.assert_array_equal(fake_patches, local_patches(tf.constant(fake), holes, 16))
    np.testing.assert_array_equal(again, fake)
    np.testing.assert_array_equal(again_patches, fake_patches)


@pytest.mark.parametrize("model, precision", [
    (OURS, "bfloat16"),
    (PAPER, "float16"),
    pytest.param(OURS, "float32", marks=pytest.mark.slow),
    pytest.param(OURS, "float16", marks=pytest.mark.slow),
    pytest.param(PAPER, "float32", marks=pytest.mark.slow),
    pytest.param(PAPER, "bfloat16", marks=pytest.mark.slow),
])  # fmt: skip
def test_training_completes_better(model, precision):
    step = make_step(model, precision, channels=1)
    way = train(step, "completion", 40, pictures(channels=1))
    late, early = (np.mean([s["loss/mse"] for s in part]) for part in (way[-10:], way[:5]))
    assert late < 0.8 * early
    after = train(step, "joint", 2, pictures(channels=1))
    assert np.isfinite([list(s.values()) for s in way]).all() and np.isfinite([list(s.values()) for s in after]).all()


@pytest.mark.parametrize("model, more", [(OURS, {"r1_every": 4, "holes": "rectangle"}), (PAPER, {})])
def test_the_discriminators_learn_to_tell(model, more):
    step = make_step(model, **more)
    phase = "judge penalised" if more else "judge"
    way = train(step, phase, 25, pictures())
    assert np.mean([s["loss/judge"] for s in way[-5:]]) < 0.8 * way[0]["loss/judge"]


@pytest.mark.parametrize("hole", [0.0, 1.0])
@pytest.mark.parametrize("model, more", [(OURS, {"r1": 1.0}), (PAPER, {})])
def test_a_batch_of_one_without_a_hole_or_with_nothing_else_stays_finite(model, more, hole):
    """A hole of the whole picture is larger than the window."""
    step = make_step(model, **more)
    step.draw = lambda images, seed: tf.fill((1, 32, 32, 1), hole)
    for phase in ("completion", "joint penalised", "joint"):
        scalars = train(step, phase, 1, pictures(1))[0]
        assert np.isfinite(list(scalars.values())).all() and (scalars["loss/mse"] > 0) == (hole == 1)
    for variables in step.trained().values():
        assert all(np.isfinite(v.numpy()).all() for v in variables)


@pytest.mark.parametrize(
    "recipe, says",
    [
        ({"alone": 0.9, "judging": 0.2}, "together at most 1"),
        ({"alone": -0.1}, "a share, 0 to 1"),
        ({"adversary": "max"}, "did you mean|known"),
        ({"optimiser": "adamax"}, "did you mean 'adam'"),
        ({"r1_every": 0}, "1 or more"),
        ({"holes": "rectangles"}, "did you mean 'rectangle'"),
    ],
)
def test_a_wrong_recipe_exception_raised(recipe, says):
    with pytest.raises(UserError, match=says):
        make_step(OURS, **recipe)


def test_a_penalty_where_pictures_of_a_batch_depend_on_each_other_exception_raised():
    with pytest.raises(UserError, match="r1=1: the discriminators of glcic@paper have batch normalisation"):
        make_step(PAPER, r1=1.0)


TINY = {"dataset": "shapes(train=64, validation=8, test=8)", "image_size": 32, "batch_size": 8, "checkpoint_every": 100}
TINY |= {"log_every": 2, "sample_every": 1000, "deterministic": True, "precision": "float32", "steps": 9}
THIRDS = {"alone": 0.34, "judging": 0.33, "r1": 0.0}


def test_a_run_goes_through_its_phases_and_completes(tmp_path):
    run = holefill.train(**{**TINY, "steps": 3}, model=OURS, recipe=THIRDS, run_dir=str(tmp_path / "run"))
    assert json.loads((run / "result.json").read_text())["step"] == 3
    image = np.full((40, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", method="glcic", model=run).pixels
    assert (done[:8] == 128).all() and (done[10:30, 8:24] != 128).any()


@pytest.mark.slow
@pytest.mark.parametrize("model", [OURS, PAPER])
def test_a_run_stopped_in_each_phase_resumes_to_the_same_bits_and_completes(tmp_path, stopped_at, model):
    asked = {**TINY, "model": model, "recipe": THIRDS}
    whole = holefill.train(**asked, run_dir=str(tmp_path / "whole"))
    waiting = stopped_at(1, 4, 7)
    for _ in range(3):
        with pytest.raises(Interrupted):
            holefill.train(**asked, run_dir=str(tmp_path / "broken"))
    holefill.train(run_dir=str(tmp_path / "broken"))
    assert not waiting
    digests = {json.loads((tmp_path / name / "result.json").read_text())["sha256"] for name in ("whole", "broken")}
    assert len(digests) == 1
    assert stored.load(whole).family == model.partition("(")[0]
    assert {p.name for p in whole.iterdir()} >= {"logs", "model", "saved_model", "samples"}
    image = np.full((40, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", method="glcic", model=whole).pixels
    assert done.shape == image.shape and (done[:8] == 128).all()

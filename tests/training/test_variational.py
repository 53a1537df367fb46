"""The VAE's step: what it lowers, what it leaves alone, in every precision, and a run end to end."""

import json

import numpy as np
import pytest
import tensorflow as tf

import holefill
from holefill.models import stored
from holefill.training import plan
from holefill.training.options import TrainOptions
from holefill.training.variational import draw, posterior

OURS, PAPER = "vae(width=4, latent_size=8)", "vae@paper(width=4, latent_size=8)"


def make_step(model, precision="float32", **recipe):
    tf.keras.utils.set_random_seed(0)
    asked = {"image_size": 32, "channels": 1, "steps": 1000}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8):
    """Discs of different places and greys."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:32, :32]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    return tf.constant(np.where(inside, greys[:, None, None], -1.0)[..., None], tf.float32)


def train(step, count, images):
    update = tf.function(lambda i: step(images, i, tf.stack([3, i])))
    return [{k: float(v) for k, v in update(tf.constant(i)).items()} for i in range(count)]


@pytest.mark.parametrize("model, precision", [
    (OURS, "bfloat16"),
    (PAPER, "float16"),
    pytest.param(OURS, "float32", marks=pytest.mark.slow),
    pytest.param(OURS, "float16", marks=pytest.mark.slow),
    pytest.param(PAPER, "float32", marks=pytest.mark.slow),
    pytest.param(PAPER, "bfloat16", marks=pytest.mark.slow),
])  # fmt: skip
def test_training_rebuilds_better(model, precision):
    way = train(make_step(model, precision), 60, pictures())
    assert set(way[0]) == {"loss/painter", "loss/mse", "loss/kl"}
    assert np.isfinite([list(s.values()) for s in way]).all()
    late, early = (np.mean([s["loss/mse"] for s in part]) for part in (way[-10:], way[:5]))
    assert late < 0.7 * early


def test_the_loss_is_the_bound_a_value():
    """½ (1 + log MSE) + β · KL / N, from what is logged beside it."""
    for beta in (1.0, 3.0):
        found = train(make_step(PAPER, beta=beta), 1, pictures())[0]
        expected = 0.5 * (1 + np.log(found["loss/mse"])) + beta * found["loss/kl"] / 1024
        assert found["loss/painter"] == pytest.approx(expected, rel=1e-4)


def test_more_beta_less_information():
    kl = [train(make_step(PAPER, beta=beta), 80, pictures())[-1]["loss/kl"] for beta in (0.1, 30.0)]
    assert kl[1] < 0.5 * kl[0]


def of_the_hole(step):
    return np.asarray(step.model.encoder.get_layer("down0").kernel)[:, :, -1]


def test_whole_pictures_teach_nothing_of_holes_and_holes_do():
    for model, learns in ((PAPER, False), (OURS, True)):
        step = make_step(model)
        train(step, 3, pictures())
        assert bool(of_the_hole(step).any()) == learns
    step = make_step(OURS, holes=False)
    train(step, 3, pictures())
    assert not of_the_hole(step).any()


def test_draws_have_the_prior_s_distribution_where_the_posterior_is_the_prior():
    zeros = tf.zeros((20_000, 1))
    z = draw(zeros, zeros, (1, 2)).numpy()
    np.testing.assert_allclose(np.quantile(z, [0.1, 0.25, 0.5, 0.75, 0.9]), [-0.8, -0.5, 0, 0.5, 0.8], atol=0.03)
    np.testing.assert_array_equal(z, draw(zeros, zeros, (1, 2)))


def test_posterior_does_not_look_under_the_hole():
    step, images = make_step(OURS), pictures()
    hole = tf.constant(np.random.default_rng(1).integers(0, 2, (8, 32, 32, 1)), tf.float32)
    for a, b in zip(*(posterior(step.model.encoder, images + hole * x, hole) for x in (0.0, 5.0)), strict=True):
        np.testing.assert_array_equal(a, b)


TINY = {"dataset": "shapes(train=64, validation=8, test=8)", "image_size": 32, "batch_size": 8, "checkpoint_every": 4}
TINY |= {"log_every": 2, "sample_every": 1000, "deterministic": True, "precision": "float32"}


@pytest.mark.parametrize("model", [OURS, pytest.param(PAPER, marks=pytest.mark.slow)])
def test_a_run_resumes_to_the_same_bits_and_completes(tmp_path, model):
    asked = {**TINY, "model": model, "recipe": {"decay_from": 1.0}}  # else the rate depends on the number of steps
    whole = holefill.train(**asked, steps=8, run_dir=str(tmp_path / "whole"))
    holefill.train(**asked, steps=4, run_dir=str(tmp_path / "halves"))
    holefill.train(run_dir=str(tmp_path / "halves"), steps=8)
    digests = {json.loads((tmp_path / name / "result.json").read_text())["sha256"] for name in ("whole", "halves")}
    assert len(digests) == 1
    assert stored.load(whole).discriminator is None
    assert {p.name for p in whole.iterdir()} >= {"logs", "model", "saved_model", "samples"}
    image = np.full((32, 32, 3), 128, "uint8")
    done = holefill.complete(image, "center", model=whole).pixels
    assert done.shape == image.shape and (done[:8] == 128).all()

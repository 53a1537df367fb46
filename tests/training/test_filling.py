"""The steps of `fill`: what lowers the loss, in every precision; pieces of photographs."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.training import plan
from holefill.training.filling import _pieces
from holefill.training.options import TrainOptions

SMALL = "(width=8, blocks=1)"


def make_step(model="fill" + SMALL, precision="float32", size=32, **recipe):
    tf.keras.utils.set_random_seed(0)
    asked = {"image_size": size, "channels": 1, "steps": 1000}
    return plan.build(plan.make_plan(TrainOptions(model=model, precision=precision, recipe=recipe, **asked)))


def pictures(count=8, size=32):
    """Discs of different places and greys."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size]
    centres, greys = random.uniform(8, 24, (count, 2)), random.uniform(-0.2, 1, count)
    inside = np.hypot(y[None] - centres[:, :1, None], x[None] - centres[:, 1:, None]) < 7
    return tf.constant(np.where(inside, greys[:, None, None], -1.0)[..., None], tf.float32)


def train(step, count, images):
    update = tf.function(lambda i, *phase: step(images, i, tf.stack([3, i]), *phase))
    way = []
    for i in range(count):
        phase = step.phase(i)
        scalars = update(tf.constant(i), *([] if phase is None else [phase]))
        way.append({k: float(v) for k, v in scalars.items()})
    return way


@pytest.mark.parametrize("precision", ["float16", "bfloat16", pytest.param("float32", marks=pytest.mark.slow)])
def test_training_paints_better(precision):
    way = train(make_step(precision=precision), 60, pictures())
    assert np.isfinite([list(s.values()) for s in way]).all()
    late, early = (np.mean([s["loss/l1"] for s in part]) for part in (way[-10:], way[:5]))
    assert late < 0.7 * early


def test_the_loss_is_half_the_log_of_the_error_in_each_hole_and_a_tenth_of_the_known_ones():
    step = make_step()
    images, holes = tf.zeros((2, 32, 32, 1)), np.zeros((2, 32, 32, 1), np.float32)
    holes[0, :4], holes[1, :, :8] = 1, 1
    painted = tf.constant(np.where(holes, np.float32([0.1, 0.5])[:, None, None, None], 0.2))
    loss, told = step.distances([painted], images, holes)
    expected = 0.25 * (np.log(0.01 + 1e-3) + np.log(0.25 + 1e-3)) + 0.1 * 0.2
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(told["loss/l1"], 0.3, rtol=1e-5)
    loss, _ = make_step(distance="l1", known=0.0).distances([painted], images, holes)
    np.testing.assert_allclose(loss, 0.3, rtol=1e-5)


def test_an_example_without_a_hole_does_no_harm():
    step = make_step()
    loss, _ = step.distances([pictures(2)], pictures(2) + 0.1, tf.zeros((2, 32, 32, 1)))
    np.testing.assert_allclose(loss, 0.5 * np.log(1e-3) + 0.1 * 0.1, rtol=1e-4)


def test_pieces_are_cut_where_it_says():
    images = tf.reshape(tf.range(2 * 6 * 6, dtype=tf.float32), (2, 6, 6, 1))
    found = _pieces(images, tf.constant([[0, 3], [1, 2]]), 3).numpy()[..., 0]
    np.testing.assert_array_equal(found[0], images[0, 0:3, 1:4, 0])
    np.testing.assert_array_equal(found[1], images[1, 3:6, 2:5, 0])


def test_each_picture_gives_another_piece():
    images = tf.random.stateless_uniform((1, 32, 32, 1), (0, 0)) * tf.ones((6, 1, 1, 1))
    pieces, holes = make_step(crop=16).pieces(images, tf.constant([1, 2]))
    assert pieces.shape == (6, 16, 16, 1) and holes.shape == (6, 16, 16, 1)
    assert len({one.tobytes() for one in pieces.numpy()}) == 6


@pytest.mark.parametrize("recipe, words", [
    ({"crop": 12}, "crop=12: wanted a multiple of 8"),
    ({"distance": "l3"}, "unknown --recipe distance 'l3'.*psnr"),
    ({"holes": "centre"}, "unknown --recipe holes 'centre': did you mean 'center'"),
    ({"holes": 3}, "holes=3: wanted a text in quotes"),
])  # fmt: skip
def test_recipe_that_is_none_exception_raised(recipe, words):
    with pytest.raises(UserError, match=words):
        make_step(**recipe)


def test_a_piece_larger_than_the_picture_exception_raised():
    with pytest.raises(UserError, match="crop=64 is more than --image_size 32"):
        make_step(crop=64).pieces(pictures(), tf.constant([1, 2]))


def test_averaged_weights_get_statistics_of_their_own():
    """After a few steps the averaged painter's, settled, are those of the pictures it is given; nothing else moves."""
    step = make_step(ema=0.9)
    train(step, 5, pictures())
    for i in range(5):
        step.after(tf.distribute.get_strategy(), i)
    (average,) = step.averaged
    kept = [w.copy() for w in average.copy.get_weights()]
    levels = np.uint8(np.rint((pictures(64).numpy() + 1) * 127.5))
    step.settle(levels)
    norm = average.copy.get_layer("half_norm")
    trained = {id(v) for v in average.copy.trainable_variables}
    for variable, before in zip(average.copy.variables, kept, strict=True):
        moved = np.any(np.asarray(variable) != before)
        assert moved == ("moving" in variable.path) and (id(variable) in trained) != moved
    inside = tf.keras.Model(average.copy.inputs, average.copy.get_layer("half").output)
    rows = np.linspace(0, 63, 20 * 64).astype(int).reshape(64, 20)
    shown = tf.cast(levels, tf.float32) * (2 / 255) - 1
    values = [step.pieces(tf.gather(shown, rows[:, i]), tf.constant([0, i])) for i in range(20)]
    seen = np.stack([inside([x * (1 - h), h]).numpy() for x, h in values]).astype(float)
    np.testing.assert_allclose(norm.moving_mean, seen.mean((0, 1, 2, 3)), atol=1e-3)
    np.testing.assert_allclose(norm.moving_variance, seen.var((0, 1, 2, 3)), rtol=1e-5)
    assert np.mean(seen.var((1, 2, 3)).mean(0) / seen.var((0, 1, 2, 3))) < 0.999  # a batch's own is too small
    assert norm.momentum == 0.95

"""Generative Face Completion: published counts, pooling and its undoing by hand, the noise in the hole."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.models import face_completion, stored
from holefill.models.switches import PooledWithSwitches, SwitchedWhereKnown, Unpooled


@pytest.fixture
def quick_weights(monkeypatch):
    """Zeros for weights: hundreds of millions of draws take their time."""
    zeros = lambda self, shape, dtype=None, **more: keras.ops.zeros(shape, dtype)  # noqa: E731
    monkeypatch.setattr(keras.initializers.HeNormal, "__call__", zeros)


@pytest.mark.parametrize("name, count", [("face_completion@code", 137_071_331), ("face_completion@paper", 280_202_883)])
def test_parameters_preset(quick_weights, name, count):
    model = stored.build(name)
    assert (model.image_size, model.multiple) == (128, None)
    assert model.painter.count_params() == count
    local, whole = (model.companions[part]("float32") for part in ("local", "global"))
    assert (local.input.shape[1:], whole.input.shape[1:]) == ((64, 64, 3), (128, 128, 3))
    assert (local.count_params(), whole.count_params()) == (7_130_689, 7_164_705)


def test_released_layers_preset(quick_weights):
    """Sides and widths of each convolution, from the picture to the waist and back."""
    layers = stored.build("face_completion@code").painter.layers
    found = [layer.output.shape[2:] for layer in layers if isinstance(layer, keras.layers.Conv2D)]
    down = [(128, 32)] * 2 + [(64, 64)] * 2 + [(32, 128)] * 2 + [(16, 256)] * 4
    up = [(16, 64)] * 3 + [(16, 128)] + [(32, 64)] * 2 + [(64, 64), (64, 32)] + [(128, 32)] * 2 + [(128, 3)]
    assert found == down + up
    assert [layer.units for layer in layers if isinstance(layer, keras.layers.Dense)] == [4096, 16384]


@pytest.mark.parametrize("size", [32, 64, 128])
def test_ours_leads_to_eight_by_eight_and_stays_small(size):
    model = stored.build("face_completion", image_size=size)
    assert model.painter.get_layer("square").output.shape == (None, 8, 8, 128)
    assert 9.5e6 < model.painter.count_params() < 9.7e6
    assert model.companions["local"]("float32").input.shape[1] == size // 2


def test_largest_of_each_block_and_where_it_was_by_hand():
    x = np.array([[1, 5, 0, 0], [2, 3, 0, 0], [4, 4, -1, -3], [9, 4, -2, -1]], np.float32).reshape(1, 4, 4, 1)
    pooled, switches = PooledWithSwitches()(x)
    np.testing.assert_array_equal(pooled[0, ..., 0], [[5, 0], [9, -1]])
    np.testing.assert_array_equal(switches[0, ..., 0], [[1, 0], [2, 0]])  # of equal ones the first
    back = Unpooled()([np.array([[7, 8], [6, 5]], np.float32).reshape(1, 2, 2, 1), switches])
    np.testing.assert_array_equal(back[0, ..., 0], [[0, 7, 8, 0], [0, 0, 0, 0], [0, 0, 5, 0], [6, 0, 0, 0]])


def test_where_all_is_missing_no_switch_is_told_and_unpooling_fills_the_block():
    holes = np.zeros((1, 8, 8, 1), np.float32)
    holes[0, :4, 4:], holes[0, 4:, :3] = 1, 1
    switches = SwitchedWhereKnown()([np.array([[1, 2], [3, 0]], np.int32).reshape(1, 2, 2, 1), holes])
    np.testing.assert_array_equal(switches[0, ..., 0], [[1, 4], [3, 0]])
    back = Unpooled()([np.array([[7, 8], [6, 5]], np.float32).reshape(1, 2, 2, 1), switches])
    np.testing.assert_array_equal(back[0, ..., 0], [[0, 7, 8, 8], [0, 0, 8, 8], [0, 0, 5, 0], [0, 6, 0, 0]])


def test_only_ours_looks_at_the_hole_before_it_unpools():
    options = {"image_size": 32, "width": 4, "units": 16}
    for name, count in {"face_completion": 2, "face_completion@code": 0, "face_completion@paper": 0}.items():
        painter = stored.build(name, **options).painter
        assert sum(isinstance(layer, SwitchedWhereKnown) for layer in painter.layers) == count


def test_unpooling_what_was_pooled_keeps_the_largest_and_its_gradient_is_theirs():
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 6, 8, 3)))
    pool, back = PooledWithSwitches(dtype="float64"), Unpooled(dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(x)
        unpooled = back(list(pool(x)))
    blocks = x.numpy().reshape(2, 3, 2, 4, 2, 3)
    largest = (blocks == blocks.max(axis=(2, 4), keepdims=True)).reshape(x.shape)
    np.testing.assert_array_equal(unpooled, np.where(largest, x, 0))
    np.testing.assert_array_equal(tape.gradient(unpooled, x), largest.astype(float))


SMALL = {"image_size": 32, "width": 4, "units": 16}


def batch():
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    holes = np.zeros((2, 32, 32, 1), np.float32)
    holes[0, 8:24, 8:24], holes[1, :, :10] = 1, 1
    return images, holes


def test_the_same_picture_is_always_completed_by_the_same_pixels_and_another_seed_gives_others():
    images, holes = batch()
    model = stored.build("face_completion", **SMALL)
    painted = np.asarray(model.stages(images, holes)[-1])
    hidden = np.where(holes > 0, np.float32(0.3), images)
    np.testing.assert_array_equal(model.stages(hidden, holes)[-1], painted)
    other = stored.build("face_completion", seed=1, **SMALL)
    other.painter.set_weights(model.painter.get_weights())
    assert np.abs(np.asarray(other.stages(images, holes)[-1]) - painted).max() > 1e-3


def test_noise_fills_the_hole_alone():
    images, holes = batch()
    layer = face_completion.Noise(3)
    filled = np.asarray(layer([images, holes]))
    np.testing.assert_array_equal(np.where(holes > 0, 0, filled), np.where(holes > 0, 0, images))
    noise = filled[np.broadcast_to(holes > 0, filled.shape)]
    assert noise.min() < -0.95 and noise.max() < 1 and abs(noise.mean()) < 0.1
    both = (holes[0] * holes[1])[..., 0] > 0
    np.testing.assert_array_equal(filled[0][both], filled[1][both])  # wherever it is in a batch


def test_in_training_what_is_put_into_the_hole_is_added_round_the_circle():
    images, holes = batch()
    layer, empty = face_completion.Noise(3), images * (1 - holes)
    fixed = np.asarray(layer([empty, holes]))
    np.testing.assert_allclose(layer([empty, holes], training=True), fixed, atol=1e-6)
    added = np.asarray(layer([empty + 0.75 * holes, holes], training=True))
    expected = np.where(holes > 0, np.where(fixed < 0.25, fixed + 0.75, fixed - 1.25), images)
    np.testing.assert_allclose(added, expected, atol=1e-5)


def test_values_beyond_the_range_are_clipped_where_it_completes_and_not_in_training():
    model = stored.build("face_completion@code", **SMALL)
    model.painter.get_layer("image").bias.assign([5.0, -5.0, 0.0])
    done, trained = (np.asarray(model.stages(*batch(), training=t)[-1]) for t in (False, True))
    assert done[..., 0].min() == 1 and done[..., 1].max() == -1
    assert trained[..., 0].max() > 2 and trained[..., 1].min() < -2


def test_painting_is_float32_in_every_precision():
    for precision in ("mixed_bfloat16", "mixed_float16"):
        model = stored.build("face_completion", precision, **SMALL)
        assert model.painter.output.dtype == "float32"
        assert model.companions["local"](precision).output.dtype == "float32"


@pytest.mark.parametrize(
    "changes", [{"image_size": 48}, {"channels": 2}, {"width": 0}, {"units": 0}, {"seed": -1}, {"depth": 3}]
)
@pytest.mark.parametrize("name", ["face_completion", "face_completion@code", "face_completion@paper"])
def test_options_exception_raised(name, changes):
    with pytest.raises(UserError, match="face_completion"):
        stored.build(name, **changes)

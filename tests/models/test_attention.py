"""Contextual attention against a slow reference written from the paper, by hand, and in chunks."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.models.attention import ContextualAttention, colours
from holefill.models.patches import folded, patches

RANDOM = np.random.default_rng(0)


def same_patches(x, size, stride):
    """TensorFlow's SAME patches of [h, w, C] as a dict place → [size, size, C]."""
    h, w, _ = x.shape
    rows, columns = -(-h // stride), -(-w // stride)
    before = [max((n - 1) * stride + size - side, 0) // 2 for n, side in ((rows, h), (columns, w))]
    padded = np.pad(x, ((before[0], 2 * size), (before[1], 2 * size), (0, 0)))
    return {
        (i, j): padded[i * stride : i * stride + size, j * stride : j * stride + size]
        for i in range(rows)
        for j in range(columns)
    }


def diagonal(scores):
    """A 2-D convolution with the 3 × 3 identity."""
    padded = np.pad(scores, 1)
    return padded[:-2, :-2] + padded[1:-1, 1:-1] + padded[2:, 2:]


def fused(scores, f, b):
    """[fh·fw, bh·bw]: along rows, then with both sides transposed along columns."""
    scores = diagonal(scores).reshape(*f, *b).transpose(1, 0, 3, 2)
    scores = diagonal(scores.reshape(f[0] * f[1], b[0] * b[1])).reshape(f[1], f[0], b[1], b[0])
    return scores.transpose(1, 0, 3, 2).reshape(f[0] * f[1], b[0] * b[1])


def reference(foreground, background, hole, rate=2, fuse=True, cosine=True, exclude="masked"):
    """One example, [h, w, C] and [h, w, 1] → features and offsets."""
    queries, keys = (same_patches(x[::rate, ::rate], 3, 1) for x in (foreground, background))
    norm = lambda x: np.maximum(np.sqrt((x**2).sum()), 1e-4)  # noqa: E731
    scores = np.array(
        [[(q / (norm(q) if cosine else 1) * k / norm(k)).sum() for k in keys.values()] for q in queries.values()]
    )
    grids = [tuple(-(-side // rate) for side in x.shape[:2]) for x in (foreground, background)]
    scores = fused(scores, *grids) if fuse else scores
    if exclude == "masked":
        hole = np.pad(hole, ((0, -hole.shape[0] % rate), (0, -hole.shape[1] % rate), (0, 0)))
        hole = hole.reshape(hole.shape[0] // rate, rate, hole.shape[1] // rate, rate, 1).max((1, 3))
    else:
        hole = hole[::rate, ::rate]
    known = np.array([p.mean() == 0 for p in same_patches(hole, 3, 1).values()])
    features, offsets = np.zeros_like(foreground), np.zeros((*grids[0], 2))
    canvas = np.zeros((foreground.shape[0] + 4 * rate, foreground.shape[1] + 4 * rate, foreground.shape[2]))
    raw, places = list(same_patches(background, 2 * rate, rate).values()), list(keys)
    for place, row in zip(queries, scores, strict=True):
        if not known.any():
            continue
        if exclude == "masked":
            weights = np.exp(10 * (row - row[known].max())) * known
            weights /= weights.sum()
        else:
            weights = np.exp(10 * (row * known - (row * known).max()))
            weights = weights / weights.sum() * known
        i, j = (rate * p for p in place)
        canvas[i : i + 2 * rate, j : j + 2 * rate] += sum(w * p for w, p in zip(weights, raw, strict=True))
        offsets[place] = np.subtract(places[np.argmax(weights)], place)
    start = rate // 2
    features = canvas[start : start + foreground.shape[0], start : start + foreground.shape[1]] / 4
    return features, offsets


def case(shape=(2, 10, 14, 5), background=None):
    background = background or shape
    hole = np.zeros((*background[:3], 1), "float32")
    for i in range(len(hole)):
        hole[i, 2 + i : 5 + i, 3 + 2 * i : 6 + 2 * i] = 1
    return [RANDOM.normal(size=s).astype("float32") for s in (shape, background)] + [hole]


def run(inputs, **options):
    return [np.asarray(x) for x in ContextualAttention(**options)(inputs)]


@pytest.mark.parametrize("rate", [1, 2])
@pytest.mark.parametrize(
    "options", [{}, {"fuse": False}, {"cosine": False}, {"exclude": "multiply", "cosine": False}], ids=str
)
@pytest.mark.parametrize("shape", [(2, 10, 14, 5), (2, 11, 9, 3)], ids=["even", "odd"])
def test_slow_reference(shape, options, rate):
    """Another hole for each example of the batch, which the reference takes one by one."""
    inputs = case(shape)
    features, offsets = run(inputs, rate=rate, **options)
    for i in range(len(features)):
        expected = reference(*(x[i].astype("float64") for x in inputs), rate=rate, **options)
        np.testing.assert_allclose(features[i], expected[0], atol=2e-5)
        np.testing.assert_array_equal(offsets[i], expected[1])


def test_slow_reference_with_a_background_of_another_size():
    inputs = case((1, 8, 6, 4), (1, 12, 16, 4))
    features, offsets = run(inputs)
    expected = reference(*(x[0].astype("float64") for x in inputs))
    np.testing.assert_allclose(features[0], expected[0], atol=2e-5)
    np.testing.assert_array_equal(offsets[0], expected[1])


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize("chunk", [1, 7, 15, 34])
def test_chunks_change_nothing(chunk, fuse):
    """5 × 7 places: row by row, two rows at a time, and bands that the last one does not fill."""
    inputs = case()
    whole, parts = run(inputs, fuse=fuse), run(inputs, fuse=fuse, chunk=chunk)
    np.testing.assert_allclose(parts[0], whole[0], atol=1e-5)
    np.testing.assert_array_equal(parts[1], whole[1])


@pytest.mark.parametrize("shape", [(1, 1, 8, 2), (1, 8, 1, 2), (1, 2, 2, 2), (1, 1, 1, 2)])
def test_a_single_row_or_column(shape):
    inputs = case(shape)
    inputs[2] *= 0
    for chunk in (1, 1024):
        features, offsets = run(inputs, rate=1, chunk=chunk)
        expected = reference(*(x[0].astype("float64") for x in inputs), rate=1)
        np.testing.assert_allclose(features[0], expected[0], atol=2e-5)
        np.testing.assert_array_equal(offsets[0], expected[1])


def test_a_hole_of_the_picture_s_resolution():
    """One missing pixel of 4 × 4 makes a place of the features missing; the released code looks at the first alone."""
    foreground, background, _ = case((2, 8, 8, 3))
    fine, hole = np.zeros((2, 32, 32, 1), "float32"), np.zeros((2, 8, 8, 1), "float32")
    fine[0, 9, 14], fine[1, 16, 24], hole[0, 2, 3], hole[1, 4, 6] = 1, 1, 1, 1
    found, expected = run([foreground, background, fine], shrink=4), run([foreground, background, hole])
    np.testing.assert_allclose(found[0], expected[0], atol=1e-6)
    found = run([foreground, background, fine], shrink=4, exclude="multiply")
    hole[0] = 0
    np.testing.assert_allclose(found[0], run([foreground, background, hole], exclude="multiply")[0], atol=1e-6)


def test_a_batch_of_different_holes_is_its_examples_one_by_one():
    inputs = case((3, 12, 12, 4))
    together = run(inputs)
    for i in range(3):
        alone = run([x[i : i + 1] for x in inputs])
        for a, b in zip(alone, together, strict=True):
            np.testing.assert_allclose(a[0], b[i], atol=1e-5)


def test_a_repeated_pattern_is_copied():
    """The left half is the right half again; a hole in the left is filled from 8 places further right, exactly."""
    half = RANDOM.normal(size=(1, 16, 16, 8)).astype("float32")
    truth = np.concatenate([half, half], 2)
    hole = np.zeros((1, 16, 32, 1), "float32")
    hole[:, 4:12, 4:12] = 1
    features, offsets = run([truth, truth, hole], scale=100.0)
    np.testing.assert_allclose(features[:, 4:12, 4:12], truth[:, 4:12, 4:12], atol=1e-4)
    np.testing.assert_array_equal(offsets[0, 2:6, 2:6], np.broadcast_to([0, 8], (4, 4, 2)))


def test_nothing_is_drawn_from_what_is_missing():
    """However large the features there are. Under the released code's rule what is missing draws weight, and dims the
    rest: with equal scores the 20 known places of 36 keep 20 / 36 of it."""
    foreground, background, _ = case((1, 12, 12, 4))
    hole = np.zeros((1, 12, 12, 1), "float32")
    hole[:, 4:8, 4:8] = 1
    features, offsets = run([foreground, background * (1 - hole), hole], fuse=False)
    loud = run([foreground, background + 1000 * hole, hole], fuse=False)
    np.testing.assert_allclose(loud[0], features, atol=1e-5)
    np.testing.assert_array_equal(loud[1], offsets)
    kept, shared = (
        run([foreground, background, hole], scale=0.0, exclude=exclude)[0] for exclude in ("masked", "multiply")
    )
    np.testing.assert_allclose(shared, 20 / 36 * kept, atol=1e-5)


@pytest.mark.parametrize("exclude", ["masked", "multiply"])
@pytest.mark.parametrize("chunk", [3, 1024])
def test_where_nothing_is_known_nothing_is_pasted(exclude, chunk):
    """One example is missing as a whole; the other is as it is alone. Gradients are finite too."""
    foreground, background, hole = (tf.constant(x) for x in case((2, 8, 8, 3)))
    hole = tf.concat([tf.ones_like(hole[:1]), hole[1:]], 0)
    layer = ContextualAttention(exclude=exclude, chunk=chunk)
    with tf.GradientTape() as tape:
        tape.watch([foreground, background])
        features, offsets = layer([foreground, background, hole])
        total = tf.reduce_sum(features**2)
    assert not features[0].numpy().any() and not offsets[0].numpy().any() and features[1].numpy().any()
    gradients = tape.gradient(total, [foreground, background])
    assert all(np.isfinite(g).all() for g in gradients) and gradients[1].numpy()[1].any()


def test_blank_features_have_finite_gradients():
    zeros = tf.zeros((1, 8, 8, 3))
    with tf.GradientTape() as tape:
        tape.watch(zeros)
        total = tf.reduce_sum(ContextualAttention()([zeros, zeros, tf.zeros((1, 8, 8, 1))])[0])
    assert np.isfinite(tape.gradient(total, zeros)).all()


@pytest.mark.parametrize("chunk", [1, 1024])
def test_gradient_along_random_ways(chunk):
    foreground, background, hole = case((1, 6, 6, 2))
    layer, picked = ContextualAttention(rate=1, scale=1.0, chunk=chunk), RANDOM.normal(size=(1, 6, 6, 2))
    value = tf.function(lambda f, b: tf.reduce_sum(picked.astype("float32") * layer([f, b, hole])[0]))
    given = [tf.constant(foreground), tf.constant(background)]
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = value(*given)
    gradients = tape.gradient(total, given)
    for _ in range(4):
        ways = [RANDOM.normal(size=x.shape).astype("float32") for x in given]
        ends = [value(*[x + sign * way for x, way in zip(given, ways, strict=True)]) for sign in (0.005, -0.005)]
        along = sum(float(tf.reduce_sum(g * way)) for g, way in zip(gradients, ways, strict=True))
        assert float(ends[0] - ends[1]) / 0.01 == pytest.approx(along, abs=0.02 + 0.01 * abs(along))


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_inside_a_network_of_any_size(policy, tmp_path):
    """Sizes are not known before: the graph, saved and loaded, gives what the layer gives."""
    places = [keras.Input((None, None, n)) for n in (4, 4, 1)]
    outputs = ContextualAttention(chunk=20, dtype=policy, name="attention")(places)
    assert outputs[0].shape == (None, None, None, 4) and outputs[1].shape == (None, None, None, 2)
    network = keras.Model(places, outputs)
    network.save(tmp_path / "network.keras")
    again = keras.saving.load_model(tmp_path / "network.keras")
    assert again.get_layer("attention").get_config() == network.get_layer("attention").get_config()
    graph = tf.function(network, input_signature=[[tf.TensorSpec([None, None, None, n]) for n in (4, 4, 1)]])
    for shape in ((1, 12, 10, 4), (3, 9, 16, 4)):
        inputs = case(shape)
        expected = ContextualAttention(dtype=policy)(inputs)
        assert expected[0].dtype == policy.removeprefix("mixed_")
        for found in (graph([tf.constant(x) for x in inputs]), again(inputs)):
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_allclose(np.float32(a), np.float32(b), atol=2e-5 if policy == "float32" else 0.02)


def test_patches_laid_back_cover_each_place_four_times():
    """Away from the border; patches of TensorFlow's SAME padding."""
    x = RANDOM.normal(size=(2, 11, 8, 3)).astype("float32")
    for rate in (1, 2):
        cut = patches(x, 2 * rate, rate, rate // 2)
        sizes, strides = [1, 2 * rate, 2 * rate, 1], [1, rate, rate, 1]
        expected = tf.image.extract_patches(x, sizes, strides, [1, 1, 1, 1], "SAME")
        np.testing.assert_array_equal(cut, expected)
        back = np.asarray(folded(cut, rate, 11, 8))
        np.testing.assert_allclose(back[:, rate:-rate, rate:-rate], 4 * x[:, rate:-rate, rate:-rate], rtol=1e-5)


def test_colours_of_offsets_by_hand():
    """Right, down, left, up and nowhere on a grid of 3 × 4, whose diagonal is 5."""
    offsets = np.zeros((1, 3, 4, 2), "float32")
    offsets[0, 0] = (0, 5), (5, 0), (0, -5), (-1.25, 0)
    found = np.asarray(colours(offsets))
    assert found.shape == (1, 3, 4, 3)
    np.testing.assert_allclose(found[0, 0], [[1, -1, -1], [0, 1, -1], [-1, 1, 1], [-0.5, -1, 0]], atol=1e-5)
    np.testing.assert_allclose(found[0, 1:], -1)


def test_unknown_exclusion():
    with pytest.raises(UserError, match="masked, multiply"):
        ContextualAttention(exclude="drop")

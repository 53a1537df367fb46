"""Distances by hand and by SciPy, and the discounted loss with its gradient."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from holefill.losses import discounted

RANDOM = np.random.default_rng(0)


def one(rows):
    """[1, H, W, 1] of a drawing, # = missing."""
    return np.array([[c == "#" for c in row] for row in rows.split()], "float32")[None, ..., None]


def shown(values):
    return " ".join("".join(f"{v:.0f}" for v in row) for row in np.asarray(values)[0, ..., 0])


def test_distances_by_hand():
    """A block of 5 × 3 whose middle is 2 from what is known; a hole at the border, beyond which nothing is."""
    assert shown(discounted.distances(one("....... .#####. .#####. .#####. ......."))) == (
        "0000000 0111110 0122210 0111110 0000000"
    )
    assert shown(discounted.distances(one("####. ####. ####. ####."))) == "4321" + "0 4321" * 3 + "0"


def test_distances_of_one_known_pixel_are_the_king_s_moves():
    holes = np.ones((1, 6, 9, 1), "float32")
    holes[0, 4, 2] = 0
    rows, columns = np.mgrid[:6, :9]
    found = discounted.distances(holes)[0, ..., 0]
    np.testing.assert_array_equal(found, np.maximum(np.abs(rows - 4), np.abs(columns - 2)))


def test_distances_are_scipy_s():
    holes = (RANDOM.random((3, 17, 20, 1)) < [[[[0.95]]], [[[0.99]]], [[[0.5]]]]).astype("float32")
    for hole, found in zip(holes, np.asarray(discounted.distances(holes)), strict=True):
        np.testing.assert_array_equal(found[..., 0], ndimage.distance_transform_cdt(hole[..., 0], "chessboard"))


def test_nothing_and_everything_missing():
    holes = np.stack([np.zeros((5, 7, 1)), np.ones((5, 7, 1)), one("....... .###... .###... .###... .......")[0]])
    found = np.asarray(discounted.distances(holes.astype("float32")))
    assert not found[0].any() and (found[1] == 7).all() and found[2].max() == 2


def test_border_distances_by_hand():
    """min(i, 4 − i) and min(j, 6 − j) of a hole whose box is 4 × 6, whatever is known inside of it."""
    expected = "00000000 00000000 00111110 00122210 00111110"
    assert shown(discounted.border_distances(one("........ .######. .######. .######. .######."))) == expected
    assert shown(discounted.border_distances(one("........ .#....#. ........ ........ ..####.."))) == expected
    assert not np.any(discounted.border_distances(np.zeros((1, 4, 4, 1), "float32")))


def test_golden_values():
    """Errors of 1 on a hole of 3 × 3: eight pixels at 1 and one at 2; by the box: five at 0, four at 1."""
    holes = np.concatenate([one("..... .###. .###. .###. ....."), np.zeros((1, 5, 5, 1))]).astype("float32")
    images, truths = np.full((2, 5, 5, 2), 0.5, "float32"), np.full((2, 5, 5, 2), -0.5, "float32")
    found = discounted.discounted_l1(images, truths, holes, 0.5)
    np.testing.assert_allclose(found, [(8 * 0.5 + 0.25) / 9, 0], rtol=1e-6)
    found = discounted.discounted_l1(images, truths, holes, 0.5, "border")
    np.testing.assert_allclose(found, [(5 + 4 * 0.5) / 9, 0], rtol=1e-6)
    plain = discounted.discounted_l1(images, truths, holes, 1.0)
    np.testing.assert_allclose(plain, [1, 0], rtol=1e-6)


@pytest.mark.parametrize("to", discounted.TO)
def test_gradient_in_float64(to):
    images, truths = RANDOM.uniform(-1, 1, (2, 2, 6, 6, 2))
    holes = np.concatenate([one("...... .####. .####. .####. ...... ......"), one("######" + " ....##" * 5)])
    loss = lambda x: discounted.discounted_l1(x, truths, holes.astype("float64"), 0.9, to)  # noqa: E731
    theory, numeric = tf.test.compute_gradient(loss, [images], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)
    assert theory[0].any()


def test_it_compiles_into_a_graph_of_any_size():
    graph = tf.function(discounted.distances, input_signature=[tf.TensorSpec([None, None, None, 1])])
    assert shown(graph(one("..... .###. .###. .###. ....."))) == "00000 01110 01210 01110 00000"


def test_unknown_end_of_the_distance():
    with pytest.raises(ValueError, match="known, border"):
        discounted.weights(one("#."), to="edge")

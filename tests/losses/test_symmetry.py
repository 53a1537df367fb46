"""The mirror and the symmetry term, by hand on 4×4, about the middle and about a face's axis."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.losses.symmetry import mirror, symmetry_loss

ROW = np.array([0.1, 0.2, 0.3, 0.4])


def example():
    """4×4, all rows 0.1 … 0.4; missing: (0, 0), whose mirror image (0, 3) is known; (1, 1) and (1, 2), each other's."""
    image = np.tile(ROW, (4, 1))[None, ..., None]
    hole = np.zeros((1, 4, 4, 1))
    hole[0, 0, 0] = hole[0, 1, 1] = hole[0, 1, 2] = 1
    return image, hole


def test_mirror_about_the_middle_by_hand():
    image, hole = example()
    mirrored, weights = (np.array(x)[0, ..., 0] for x in mirror(image, hole))
    expected = np.zeros((4, 4))
    expected[0, 0] = 1  # the only missing pixel whose mirror image is known
    np.testing.assert_array_equal(weights, expected)
    np.testing.assert_allclose(mirrored[0], [0.4, 0.3, 0.2, 0])  # nothing is known of the mirror image of (0, 3)
    np.testing.assert_allclose(mirrored[1], [0.4, 0, 0, 0.1])
    np.testing.assert_allclose(mirrored[2], ROW[::-1])


def test_loss_by_hand():
    """Only (0, 0) counts: (0.9 − 0.4)² in the first example; the second lacks nothing whose mirror image is known."""
    image, hole = (np.concatenate([x, x]) for x in example())
    hole[1, 0, 0] = 0
    mirrored, weights = mirror(image, hole)
    np.testing.assert_allclose(symmetry_loss(np.full_like(image, 0.9), mirrored, weights), [0.25, 0], atol=1e-12)


def test_gradient_is_zero_outside_the_missing_pixels_whose_mirror_image_is_known():
    image, hole = example()
    about = mirror(image, hole)
    filled = tf.constant(np.random.default_rng(0).uniform(-1, 1, image.shape))
    theory, numeric = tf.test.compute_gradient(lambda x: symmetry_loss(x, *about), [filled], delta=1e-6)
    np.testing.assert_allclose(theory[0], numeric[0], atol=1e-6)
    slope = theory[0].reshape(4, 4)
    assert slope[0, 0] == pytest.approx(2 * (float(filled[0, 0, 0, 0]) - 0.4))
    slope[0, 0] = 0
    assert not slope.any()


def test_what_lies_under_the_hole_does_not_matter():
    image, hole = example()
    for axis in (None, 1.3):
        found = [mirror(np.where(hole == 1, hidden, image), hole, axis) for hidden in (-1.0, 1.0)]
        for a, b in zip(*found, strict=True):
            np.testing.assert_array_equal(a, b)


def random_batch(side=8, channels=3):
    random = np.random.default_rng(1)
    images = random.uniform(-1, 1, (3, side, side, channels)).astype("float32")
    return images, (random.random((3, side, side, 1)) < 0.4).astype("float32")


@pytest.mark.parametrize(
    "axis",
    [3.5, [3.5, 3.5, 3.5], [[3.5, 0], [3.5, 5]], [[3.5, 6], [3.5, -2]], np.tile([[3.5, 0.0], [3.5, 1.0]], (3, 1, 1))],
)
def test_every_way_to_name_the_middle_is_the_middle(axis):
    images, holes = random_batch()
    for found, wanted in zip(mirror(images, holes, axis), mirror(images, holes), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_axis_beside_the_middle_by_hand():
    """About x = 1, columns 0 and 2 change places, and nothing is known of what column 3 sees beyond the border."""
    image, hole = example()
    hole[:] = 0
    hole[0, 0, [0, 3]] = 1
    mirrored, weights = (np.array(x)[0, 0, :, 0] for x in mirror(image, hole, 1))
    np.testing.assert_allclose(mirrored, [0.3, 0.2, 0, 0])
    np.testing.assert_allclose(weights, [1, 0, 0, 0])


def test_axis_between_pixels_takes_what_is_known_of_the_neighbours():
    """About x = 1.25 column 0 sees 2.5, the mean of columns 2 and 3; where 3 is missing, column 2, half as sure."""
    image, hole = example()
    hole[:] = 0
    hole[0, 0, 0] = hole[0, 1, 0] = hole[0, 1, 3] = 1
    mirrored, weights = (np.array(x)[0, ..., 0] for x in mirror(image, hole, 1.25))
    np.testing.assert_allclose(mirrored[:2, 0], [0.35, 0.3])
    np.testing.assert_allclose(weights[:2, 0], [1, 0.5])


def test_axis_of_each_example_and_a_slanted_one():
    """About the diagonal a picture is transposed; each example has its own axis."""
    images, holes = random_batch()
    lines = np.array([[[0, 0], [3, 3]], [[3.5, 0], [3.5, 1]], [[0, 7], [7, 0]]], "float32")
    known = 1 - holes
    mirrored, weights = (np.array(x) for x in mirror(images, holes, lines))
    seen = np.stack([np.swapaxes(known[0], 0, 1), known[1][:, ::-1], np.swapaxes(known[2], 0, 1)[::-1, ::-1]])
    np.testing.assert_allclose(weights, holes * seen, atol=1e-5)
    there = np.swapaxes(images[0], 0, 1)
    np.testing.assert_allclose(np.where(seen[0] == 1, mirrored[0], 0), there * seen[0], atol=1e-4)


def test_a_symmetric_picture_s_own_completion_costs_nothing_and_others_do():
    images, holes = random_batch()
    images = (images + images[:, :, ::-1]) / 2
    mirrored, weights = mirror(images, holes)
    np.testing.assert_allclose(symmetry_loss(images, mirrored, weights), 0, atol=1e-10)
    assert (np.array(symmetry_loss(images + 0.1, mirrored, weights)) > 0.01).all()


def test_works_in_a_graph_of_any_batch_size():
    images, holes = random_batch()
    spec = [tf.TensorSpec([None, 8, 8, 3]), tf.TensorSpec([None, 8, 8, 1]), tf.TensorSpec([None, 2, 2])]
    lines = np.array([[[0, 0], [3, 3]], [[3.5, 0], [3.5, 1]], [[0, 7], [7, 0]]], "float32")
    graph = tf.function(lambda i, h, a: symmetry_loss(i, *mirror(i, h, a)), input_signature=spec)
    np.testing.assert_allclose(graph(images, holes, lines), symmetry_loss(images, *mirror(images, holes, lines)), 1e-4)


@pytest.mark.parametrize("axis", [[[1.0, 2.0]], np.zeros((1, 2, 2, 2)), np.zeros((3, 2))])
def test_axis_exception_raised(axis):
    with pytest.raises(ValueError, match="axis has the shape"):
        mirror(*random_batch(), axis)

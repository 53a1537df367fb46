"""What is known, carried into what is missing."""

import numpy as np

from holefill.known import nearest_known


def test_the_nearest_known_pixel_is_taken():
    row = np.array([[[5.0], [0], [0], [0], [7]]])
    missing = np.array([[0, 1, 1, 1, 0]])
    found = nearest_known(row, missing)[0, :, 0]
    assert found[[0, 1, 3, 4]].tolist() == [5, 5, 7, 7] and found[2] in (5, 7)
    np.testing.assert_array_equal(nearest_known(row, missing[..., None])[0, :, 0], found)


def test_all_known_and_nothing_known():
    array = np.arange(6, dtype=np.uint8).reshape(2, 3, 1)
    assert (nearest_known(array, np.zeros((2, 3))) == array).all()
    nothing = nearest_known(array, np.ones((2, 3, 1)))
    assert nothing.dtype == np.uint8 and not nothing.any()

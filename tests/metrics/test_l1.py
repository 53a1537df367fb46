"""L1: by hand, in per cent of the range."""

import numpy as np
import pytest

from holefill.errors import UserError
from holefill.metrics.l1 import hole_l1, l1


def pictures():
    truths, images = np.zeros((2, 4, 4, 3)), np.zeros((2, 4, 4, 3))
    images[0, :2] = 0.2  # half of the picture off by a tenth of the range
    images[1, 0, 0, 0] = -2  # one value of 48 off by the range
    return images, truths


def test_l1_golden():
    np.testing.assert_allclose(l1(*pictures()), [5, 100 / 48])


def test_hole_l1_golden():
    images, truths = pictures()
    holes = np.zeros((2, 4, 4, 1))
    holes[0, 1:] = 1  # a third of it is wrong
    holes[1, 0, 0] = 1
    np.testing.assert_allclose(hole_l1(images, truths, holes), [10 / 3, 100 / 3])


def test_l1_is_that_of_8_bits():
    image, truth = np.random.default_rng(0).integers(0, 256, (2, 1, 8, 9, 3))
    wanted = 100 * np.abs(image - truth).mean() / 255
    np.testing.assert_allclose(l1(image / 127.5 - 1, truth / 127.5 - 1), wanted)


def test_hole_l1_is_nan_without_hole():
    images, truths = pictures()
    assert np.isnan(hole_l1(images, truths, np.zeros((2, 4, 4, 1)))).all()


def test_l1_exception_raised():
    images, truths = pictures()
    with pytest.raises(UserError, match="do not fit"):
        hole_l1(images, truths, np.ones((2, 4, 5, 1)))

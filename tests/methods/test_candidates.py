"""Greedy choice of completions that differ, by hand on fills of one colour each."""

import numpy as np
import pytest

from holefill.methods import candidates

HOLE = np.zeros((4, 4, 1))
HOLE[1:3, 1:3] = 1


def fills(*greys):
    return np.stack([np.full((4, 4, 3), grey) for grey in greys])


@pytest.mark.parametrize(
    "greys,count,chosen",
    [
        ((0.0, 0.01, 0.5, 0.52, -0.5), 3, [0, 2, 4]),
        ((0.0, 0.01, 0.02, 0.5), 3, [0, 1, 3]),
        ((0.0, 0.0), 2, [0, 1]),
        ((0.3, 0.9), 1, [0]),
    ],
)
def test_chosen(greys, count, chosen):
    assert candidates.choose(fills(*greys), HOLE, count) == chosen


def test_only_the_hole_counts():
    same_inside = fills(0.0, 0.0, 0.3)
    same_inside[1, 0] = 1
    assert candidates.choose(same_inside, HOLE, 2) == [0, 2]

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


@pytest.mark.parametrize("seed", range(20))
def test_chosen_differ_by_the_difference_where_enough_do(seed):
    """Twelve fills, of which five are far apart and the others close to one of them: four chosen are all apart."""
    random = np.random.default_rng(seed)
    apart = random.permutation(np.linspace(-0.8, 0.8, 5))
    greys = random.permutation(np.concatenate([apart, random.choice(apart, 7) + random.uniform(-0.02, 0.02, 7)]))
    found = fills(*greys) + random.uniform(-0.01, 0.01, (12, 4, 4, 3))
    chosen = candidates.choose(found, HOLE, 4)
    inside = found[:, HOLE[..., 0] > 0]
    between = [np.abs(inside[a] - inside[b]).mean() for a in chosen for b in chosen if a < b]
    assert len(between) == 6 and min(between) >= candidates.DIFFERENCE
    assert chosen[0] == 0

"""Low rank: against an independent solver, exact where the picture is of low rank, and the rank it chooses."""

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError
from holefill.methods import low_rank

RANDOM = np.random.default_rng(0)


def of_rank(rank, shape=(24, 30)):
    return RANDOM.normal(size=(shape[0], rank)) @ RANDOM.normal(size=(rank, shape[1])) * 40 / np.sqrt(rank)


def soft_impute(matrix, seen, least=1e-3):
    """The nuclear norm's completion by another way: Mazumder, Hastie, Tibshirani 2010, λ falling towards 0."""
    x, weight = np.zeros_like(matrix), np.linalg.norm(np.where(seen, matrix, 0), 2)
    while weight > least:
        for _ in range(20000):
            u, s, v = np.linalg.svd(np.where(seen, matrix, x), full_matrices=False)
            before, x = x, (u * np.maximum(s - weight, 0)) @ v
            if np.abs(x - before).max() < 1e-10 * np.abs(matrix).max():
                break
        weight *= 0.5
    return np.where(seen, matrix, x)


def test_nuclear_norm_is_that_of_an_independent_solver():
    matrix, seen = of_rank(2, (7, 8)), RANDOM.random((7, 8)) < 0.7
    found = low_rank.truncated(matrix, seen, 0, inner=20000, tolerance=1e-10)
    wanted = soft_impute(matrix, seen)
    norms = [np.linalg.norm(x, "nuc") for x in (found, wanted)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-4)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * np.abs(matrix).max())


def test_shrunk_is_singular_value_thresholding():
    x = of_rank(4, (6, 9))
    u, s, v = np.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(low_rank._shrunk(x, 20.0), (u * np.maximum(s - 20, 0)) @ v, atol=1e-9)
    np.testing.assert_allclose(low_rank._leading(x, 2), u[:, :2] @ v[:2], atol=1e-9)


def test_a_matrix_of_rank_two_is_completed_exactly_by_the_truncated_norm():
    matrix, seen = of_rank(2), RANDOM.random((24, 30)) < 0.5
    errors = [np.abs(low_rank.truncated(matrix, seen, rank, inner=2000) - matrix).max() for rank in (0, 2)]
    assert errors[1] < 0.1 < errors[0]


@pytest.mark.parametrize("turned", [False, True])
def test_the_rank_is_found_without_the_truth(turned):
    """A plaid of rank 3 with a block missing: the rank is found, and the block comes back."""
    across, down = np.sin(np.arange(60) / 2.0), np.cos(np.arange(48) / 3.0)
    plaid = 127 + 40 * np.outer(down, across) + 30 * down[:, None] + 20 * across
    plaid = (plaid.T if turned else plaid)[..., None]
    image = (plaid / 127.5 - 1).astype(np.float32)
    hole = np.zeros((*plaid.shape[:2], 1), np.float32)
    hole[20:32, 22:36] = 1
    found = low_rank.fill(image[None], hole[None]).images[0, 0]
    assert np.abs(found - image).max() < 4 / 127.5
    assert low_rank.best_rank(plaid, hole[..., 0] == 0) <= 4


@pytest.mark.parametrize(("share", "least"), [(0.4, 26), pytest.param(0.7, 20, marks=pytest.mark.slow)])
def test_scattered_pixels_of_a_photograph(share, least):
    image = (data.brick()[:96, :96, None] / 127.5 - 1).astype(np.float32)
    hole = (RANDOM.random((96, 96, 1)) < share).astype(np.float32)
    error = (low_rank.fill(image[None], hole[None]).images[0, 0] - image)[hole > 0]
    assert -10 * np.log10(np.square(error).mean() / 4) > least


def test_a_row_of_which_nothing_is_known_becomes_the_mean():
    image = np.full((12, 16, 3), 0.25, np.float32)
    hole = np.zeros((12, 16, 1), np.float32)
    hole[4] = 1
    np.testing.assert_allclose(low_rank.fill(image[None], hole[None]).images[0, 0], image, atol=1e-3)


def test_a_large_hole_is_filled_at_less_resolution_and_known_pixels_stay():
    image = (data.chelsea()[:290] / 127.5 - 1).astype(np.float32)
    hole = np.zeros((*image.shape[:2], 1), np.float32)
    hole[40:250, 100:350] = 1
    found = low_rank.fill(image[None], hole[None], rank=4).images[0, 0]
    np.testing.assert_array_equal(found[hole[..., 0] == 0], image[hole[..., 0] == 0])
    assert np.isfinite(found).all() and np.abs(found).max() <= 1


@pytest.mark.parametrize("rank", [-1, 129])
def test_a_rank_out_of_range_exception_raised(rank):
    with pytest.raises(UserError, match=f"rank is {rank}"):
        low_rank.fill(np.zeros((1, 4, 4, 1), np.float32), np.eye(4)[None, ..., None], rank=rank)

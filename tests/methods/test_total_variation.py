"""Total variation against a linear programme and a smoothed Newton method; edges, colours, sizes, bad input."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import spsolve
from skimage import data

from holefill.errors import UserError
from holefill.methods import total_variation


def filled(image, hole, **options):
    return total_variation.fill(image[None], hole[None, ..., None].astype(np.float32), **options).images[0, 0]


def problem(channels=1):
    """A picture [12, 13, channels] of a random walk, whose solution is no flat patch, and a hole of 42 pixels."""
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(0, 0.06, (12, 13, channels)).cumsum(0).cumsum(1), -1, 1).astype(np.float32)
    hole = np.zeros((12, 13), bool)
    hole[3:9, 4:10] = hole[5:8, 10:12] = 1
    return image, hole


def differences(shape):
    """Sparse forward differences to the right and down, [H·W, H·W] each, 0 at the last column and row."""
    pixels = np.arange(np.prod(shape)).reshape(shape)

    def to(first, second):
        one = np.ones(first.size)
        places = np.r_[first.ravel(), first.ravel()], np.r_[second.ravel(), first.ravel()]
        return sparse.csr_matrix((np.r_[one, -one], places), (pixels.size, pixels.size))

    return to(pixels[:, :-1], pixels[:, 1:]), to(pixels[:-1], pixels[1:])


def variation(image, isotropic=True):
    right, down = (matrix @ image.reshape(-1, image.shape[-1]).astype(float) for matrix in differences(image.shape[:2]))
    return np.sqrt((right**2 + down**2).sum(-1)).sum() if isotropic else np.abs(right).sum() + np.abs(down).sum()


def by_linear_programme(image, hole):
    """The least anisotropic total variation: min Σ t subject to -t ≤ A u + b ≤ t."""
    matrix, missing, known = sparse.vstack(differences(hole.shape)).tocsr(), hole.ravel(), image.ravel().astype(float)
    part, rest = matrix[:, missing], matrix[:, ~missing] @ known[~missing]
    count, unknowns = part.shape
    bound = sparse.identity(count)
    constraints = sparse.vstack([sparse.hstack([part, -bound]), sparse.hstack([-part, -bound])])
    cost, free = np.r_[np.zeros(unknowns), np.ones(count)], [(None, None)] * (unknowns + count)
    return linprog(cost, A_ub=constraints, b_ub=np.r_[-rest, rest], bounds=free).fun


def by_newton(image, hole):
    """The least of Σ √(|∇u|² + ε²), ε down to 1e-7, by damped reweighted Newton steps in float64: the pixels."""
    right, down = differences(hole.shape)
    missing, u = hole.ravel(), image.reshape(-1, image.shape[-1]).astype(float)
    u[missing] = u[~missing].mean(0)
    for epsilon in np.geomspace(1, 1e-7, 400):
        length = np.sqrt(((right @ u) ** 2 + (down @ u) ** 2).sum(-1) + epsilon**2)
        weight = sparse.diags(1 / length)
        system = (right.T @ weight @ right + down.T @ weight @ down).tocsr()[missing]
        u[missing] = spsolve(system[:, missing].tocsc(), -system[:, ~missing] @ u[~missing]).reshape(-1, u.shape[-1])
    return u.reshape(image.shape)


def test_anisotropic_equals_a_linear_programme():
    image, hole = problem()
    painted = filled(image, hole, isotropic=False, steps=2000, tolerance=0.0)
    assert variation(painted, isotropic=False) == pytest.approx(by_linear_programme(image, hole), rel=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_isotropic_equals_newton(channels):
    """The least value to 1e-5 of it; pixels, which the value hardly depends on, to 1e-3."""
    image, hole = problem(channels)
    painted, wanted = filled(image, hole, steps=5000, tolerance=0.0), by_newton(image, hole)
    assert variation(painted) == pytest.approx(variation(wanted), rel=1e-5)
    np.testing.assert_allclose(painted, wanted, atol=1e-3)


def test_by_default_it_is_near_the_least_value():
    image, hole = problem(3)
    assert variation(filled(image, hole)) < 1.0005 * variation(by_newton(image, hole))


def test_uncoupled_is_channel_by_channel():
    image, hole = problem(3)
    together = filled(image, hole, coupled=False)
    for c in range(3):
        np.testing.assert_allclose(together[..., c : c + 1], filled(image[..., c : c + 1], hole), atol=2e-3)


@pytest.mark.parametrize("margin", [1, 12])
def test_an_edge_is_continued_through_a_narrow_hole(margin):
    """Straight across a gap of 8, an edge is shortest: it stays as sharp as it was."""
    image, hole = np.full((40, 40, 3), -0.5, np.float32), np.zeros((40, 40), bool)
    image[:20] = (0.5, 0.2, -0.1)
    hole[margin : 40 - margin, 16:24] = 1
    np.testing.assert_allclose(filled(np.where(hole[..., None], 1, image), hole), image, atol=0.02)


def test_holes_apart_are_as_alone():
    image, first = (data.coffee()[100:140, 200:250] / 127.5 - 1).astype(np.float32), np.zeros((40, 50), bool)
    second = first.copy()
    first[3:10, 5:12] = second[20:40, 40:50] = 1
    both = filled(image, first | second, steps=1000)
    np.testing.assert_allclose(both[first], filled(image, first, steps=1000)[first], atol=0.02)
    np.testing.assert_allclose(both[second], filled(image, second, steps=1000)[second], atol=0.02)


def test_what_lies_under_another_hole_is_not_read(monkeypatch):
    """An L and a block in its angle, filled one after the other: it does not matter what was under the block."""
    monkeypatch.setattr(total_variation, "TOGETHER", 1)
    image, hole = (data.camera()[:60, :60, None] / 127.5 - 1).astype(np.float32), np.zeros((60, 60), bool)
    hole[8:52, 8:26] = hole[34:52, 8:52] = hole[20:31, 29:44] = True
    fills = []
    for under in (-1, 1):
        given = image.copy()
        given[20:31, 29:44] = under
        fills.append(filled(given, hole, steps=5))
    np.testing.assert_array_equal(fills[0], fills[1])


def test_quality_on_a_photograph():
    image = (data.chelsea()[40:168, 100:228] / 127.5 - 1).astype(np.float32)
    hole = np.zeros((128, 128), bool)
    hole[20:100:16, 10:110] = hole[21:100:16, 10:110] = hole[22:100:16, 10:110] = 1
    error = (filled(image, hole) - image)[hole]
    assert -10 * np.log10((error**2).mean() / 4) > 25.5


@pytest.mark.parametrize(("option", "value"), [("steps", 0), ("tolerance", -1.0)])
def test_an_option_out_of_range_exception_raised(option, value):
    with pytest.raises(UserError, match=f"{option} is {value}; it must be"):
        filled(*problem(), **{option: value})

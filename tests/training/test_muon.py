"""Muon: orthogonal steps of matrices and kernels, Adam's of all else; which networks have it, in which precision."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import stored
from holefill.training import muon, optimisers, plan, step
from holefill.training.filling import FillOptions
from holefill.training.options import TrainOptions

RANDOM = np.random.default_rng(0)


def singular_values(x):
    return np.linalg.svd(np.asarray(x), compute_uv=False)


@pytest.mark.parametrize("shape", [(16, 16), (16, 200), (200, 16), (3, 32, 24)])
def test_orthogonal_keeps_directions_and_levels_their_sizes(shape):
    x = RANDOM.normal(size=shape).astype("float32")
    found = np.asarray(muon.orthogonal(keras.ops.convert_to_tensor(x)))
    left, _, right = np.linalg.svd(x, full_matrices=False)
    inner = np.einsum("...ji,...jk,...lk->...il", left, found, right)  # U T X V: what each direction became
    sizes = np.diagonal(inner, axis1=-2, axis2=-1)
    assert sizes.min() > 0.6 and sizes.max() < 1.25
    assert np.abs(inner - sizes[..., None] * np.eye(inner.shape[-1])).max() < 1e-3


def test_orthogonal_leaves_the_least_directions_small():
    left, _, right = np.linalg.svd(RANDOM.normal(size=(20, 20)))
    x = left @ np.diag(np.r_[np.linspace(1, 2, 10), np.full(10, 1e-4)]) @ right
    found = np.asarray(muon.orthogonal(keras.ops.convert_to_tensor(x.astype("float32"))))
    sizes = np.diagonal(left.T @ found @ right.T)
    assert sizes[:10].min() > 0.6 and np.abs(sizes[10:]).max() < 0.1


@pytest.mark.parametrize("power", [0.5, 2, 3])
@pytest.mark.parametrize("shape", [(24, 48), (30, 40), (288, 32), (2, 16, 144)])
def test_orthogonal_is_five_newton_schulz_steps_whatever_the_sides(shape, power):
    left, sizes, right = np.linalg.svd(RANDOM.normal(size=shape), full_matrices=False)
    given = left * np.arange(1, sizes.shape[-1] + 1.0) ** -power @ right  # nearly singular, as gradients are
    x = given / np.linalg.norm(given, axis=(-2, -1), keepdims=True)
    a, b, c = muon.ITERATION
    for _ in range(5):
        gram = x @ np.swapaxes(x, -2, -1)
        x = a * x + (b * gram + c * gram @ gram) @ x
    found = np.asarray(muon.orthogonal(keras.ops.convert_to_tensor(given.astype("float32"))))
    assert np.linalg.norm(found - x, 2, axis=(-2, -1)).max() < 2e-4


@pytest.mark.parametrize("shape", [(16, 144), (32, 288)])
def test_products_that_keep_ten_bits_as_tf32_does_change_little(shape, monkeypatch):
    class Coarse(np.ndarray):
        """An array whose products round their factors to 10 bits."""

        def __matmul__(self, other):
            return np.matmul(*[rounded(np.asarray(x)) for x in (self, other)]).view(Coarse)

    def rounded(x):
        mantissa, exponent = np.frexp(x)
        return np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent).astype("float32")

    monkeypatch.setattr(muon, "ops", SimpleNamespace(norm=np.linalg.norm, swapaxes=np.swapaxes, eye=np.eye))
    left, sizes, right = np.linalg.svd(RANDOM.normal(size=shape), full_matrices=False)
    given = (left * np.arange(1, len(sizes) + 1.0) ** -3 @ right).astype("float32")
    exact, coarse = (np.asarray(muon.orthogonal(given.view(kind))) for kind in (np.ndarray, Coarse))
    assert np.linalg.norm(coarse - exact, 2) < 0.15


def test_a_kernel_moves_as_its_matrix_does():
    gradient = RANDOM.normal(size=(3, 3, 8, 20)).astype("float32")
    kernel, matrix = keras.Variable(np.zeros((3, 3, 8, 20))), keras.Variable(np.zeros((72, 20)))
    optimizer = muon.Muon(0.01)
    optimizer.build([kernel, matrix])
    for _ in range(2):
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in (gradient, gradient.reshape(72, 20))])
    np.testing.assert_allclose(np.asarray(kernel).reshape(72, 20), np.asarray(matrix), atol=1e-6)
    assert singular_values(matrix).max() < 2 * 1.25 * muon.TIMES * 0.01 * 0.2 * np.sqrt(72)


def test_the_first_step_has_the_size_that_is_told_and_goes_downhill():
    gradient = RANDOM.normal(size=(40, 30)).astype("float32")
    variable = keras.Variable(np.zeros((40, 30)))
    optimizer = muon.Muon(0.01)
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)])
    step = np.asarray(variable)
    assert np.sum(step * gradient) < 0
    wanted = muon.TIMES * 0.01 * 0.2 * np.sqrt(40)
    assert 0.6 * wanted < singular_values(step).min() and singular_values(step).max() < 1.25 * wanted


@pytest.mark.parametrize("shape", [(20,), (3, 3, 8, 12), (500, 15), (3, 3, 1, 64)])
def test_what_is_narrow_is_moved_as_adam_moves_it(shape):
    ours, theirs = keras.Variable(np.ones(shape)), keras.Variable(np.ones(shape))
    pairs = [(muon.Muon(0.01, beta_1=0.5), ours), (keras.optimizers.Adam(0.01, beta_1=0.5), theirs)]
    for optimizer, variable in pairs:
        optimizer.build([variable])
    for i in range(3):
        gradient = keras.ops.convert_to_tensor(np.random.default_rng(i).normal(size=shape).astype("float32"))
        for optimizer, _ in pairs:
            optimizer.apply([gradient])
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


def test_amsgrad_exception_raised():
    with pytest.raises(UserError, match="no amsgrad"):
        muon.Muon(amsgrad=True)


def test_biases_are_adams_whatever_their_shape_and_stacks_of_matrices_are_not():
    painter = stored.build("context_encoder(image_size=32, width=8)").painter
    wide = {v.path for v in painter.trainable_variables if muon.is_matrix(v)}
    assert "channelwise/kernel" in wide and "channelwise/bias" not in wide
    assert all(name.endswith("kernel") for name in wide)


def test_matrices_have_a_momentum_alone():
    variables = [keras.Variable(np.zeros(shape)) for shape in [(16, 16), (16,)]]
    optimizer = muon.Muon(0.01)
    optimizer.build(variables)
    assert sorted(tuple(v.shape) for v in optimizer.variables if len(v.shape)) == [(16,), (16,), (16, 16)]


def test_a_saved_one_is_the_same():
    optimizer = muon.Muon(0.01, momentum=0.9, beta_1=0.5)
    again = muon.Muon.from_config(optimizer.get_config())
    assert (again.momentum, again.beta_1) == (0.9, 0.5) and isinstance(again, muon.Muon)


def kinds(model, **recipe):
    asked = {"image_size": 32, "steps": 4, "batch_size": 2}
    step = plan.build(plan.make_plan(TrainOptions(model=model, recipe=recipe, **asked)))
    return {name: type(optimizer).__name__ for name, optimizer in step.optimizers.items()}


@pytest.mark.parametrize(
    "model, recipe, wanted",
    [
        ("fill(width=4)", {}, {"painter": "Muon"}),
        ("fill(width=4)", {"optimiser": "adam"}, {"painter": "Adam"}),
        ("fill@sharp(width=4)", {}, {"painter": "Muon", "judge": "Muon"}),
        ("fill@sharp(width=4)", {"optimiser": "adam"}, {"painter": "Adam", "judge": "Adam"}),
        ("parallel_attention(width=4)", {}, {"painter": "Muon", "judge": "Adam"}),
        ("face_completion(width=4)", {}, {"painter": "Muon", "local": "Adam", "global": "Adam"}),
        ("face_completion@code(width=4)", {}, {"painter": "Adam", "local": "Adam", "global": "Adam"}),
        ("glcic(width=4)", {}, {"painter": "Muon", "judge": "Adam"}),
        ("glcic@paper(width=4)", {}, {"painter": "Adadelta", "judge": "Adadelta"}),
        ("contextual_attention(width=4)", {}, {"painter": "Muon", "judge": "Adam"}),
        ("contextual_attention@paper(width=4)", {}, {"painter": "Adam", "local": "Adam", "whole": "Adam"}),
        ("context_encoder(width=4)", {}, {"painter": "Muon", "judge": "Adam"}),
        ("context_encoder@paper(width=4)", {"optimiser": "sgd"}, {"painter": "SGD", "judge": "SGD"}),
    ],
)
def test_painters_of_ours_have_it_discriminators_and_published_recipes_do_not(model, recipe, wanted):
    assert kinds(model, **recipe) == wanted


def test_under_float16_its_losses_are_scaled():
    variable = keras.Variable(np.zeros((16, 16)))
    made = optimisers.make("muon", 1e-3, FillOptions(), [variable], "mixed_float16")
    assert isinstance(made, keras.optimizers.LossScaleOptimizer) and isinstance(made.inner_optimizer, muon.Muon)
    gradient = np.diag(np.linspace(1, 2, 16)).astype("float32")
    made.apply([keras.ops.convert_to_tensor(gradient * made.initial_scale)])
    sizes = -np.diagonal(np.asarray(variable)) / (muon.TIMES * 1e-3 * 0.2 * 4)
    assert sizes.min() > 0.6 and sizes.max() < 1.25


def test_a_rate_falls_but_for_adadeltas():
    falling = plan.make_plan(TrainOptions(model="glcic@paper", recipe={"decay_from": 0.5})).recipe
    made = [step.optimizer(falling, 10, [keras.Variable(np.zeros(3))], "float32", n) for n in ("adadelta", "muon")]
    for optimizer in made:
        optimizer.iterations.assign(10)
    assert [round(float(optimizer.learning_rate), 3) for optimizer in made] == [1, 0.05]

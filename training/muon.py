"""Muon: gradients of matrices, made orthogonal; for the kernels of convolutions too.

K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse, J. Bernstein: "Muon: An optimizer for hidden layers in
neural networks", 2024 (kellerjordan.github.io/posts/muon), scaled as J. Liu et al. 2025 (arXiv:2502.16982) do, and
three times as far. `keras.optimizers.Muon` moves the kernels of convolutions, which are most of our networks, by Adam;
here one of [h, w, in, out] is the matrix [h · w · in, out] (of an up-convolution: [h · w · out, in]).

With momentum m ← μ m + g, a matrix W of n × k takes the step

    W ← W − TIMES · rate · 0.2 √max(n, k) · O(g + μ m),

O(X) = U Vᵀ of X = U S Vᵀ, nearly: five steps of the Newton-Schulz iteration X ← F X, F = a I + b A + c A², A = X Xᵀ.
It brings singular values of more than some 0.3 % of X's norm to 0.68 to 1.2, and leaves smaller ones smaller. As all
these commute, A ← F A F needs no X: where X is wide, the factors of two or three steps are multiplied first, and then
by X once, which takes half of the time (kernels of 9 : 1). Not of all five: what rounding adds to an A that is nearly
singular grows by a² = 12 a step until a new A is made of X, in the TF32 of GPUs beyond all bounds.

Biases, and what is narrower than `NARROWEST` on a side (the scales of normalisation, the last layer of most networks),
Adam moves, by the rate itself and with its own decays.
"""

import math

import keras
from keras import ops

from holefill.errors import UserError

TIMES = 3.0  # the rate of matrices, by Adam's
NARROWEST = 16
ITERATION = 3.4445, -4.7750, 2.0315
TOGETHER = 2, 3  # the steps, five in all, of which a wide matrix sees the product
WIDE = 1.5  # k : n above which it does: 8 n²k + 26 n³ multiplications and additions, not 20 n²k + 10 n³


@keras.saving.register_keras_serializable("holefill")
class Muon(keras.optimizers.Adam):
    """`keras.optimizers.Adam` (but for `amsgrad`) that moves matrices by Muon; momentum: μ of these, which have no
    velocity."""

    def __init__(self, learning_rate=1e-3, momentum=0.95, name="muon", **how):
        super().__init__(learning_rate, name=name, **how)
        if self.amsgrad:
            raise UserError("Muon has no amsgrad: leave it out, or take keras.optimizers.Adam(amsgrad=True)")
        self.momentum = momentum

    def build(self, variables):
        """Make the state of these variables, and choose which are matrices."""
        if self.built:
            return
        keras.optimizers.Optimizer.build(self, variables)
        self._matrices = {self._get_variable_index(v) for v in variables if is_matrix(v)}
        self._momentums = self.add_optimizer_variables(variables, "momentum")
        self._velocities = [
            None if is_matrix(v) else self.add_variable_from_reference(v, name="velocity") for v in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        """Move one variable; `learning_rate`: Adam's."""
        index = self._get_variable_index(variable)
        if index not in self._matrices:
            super().update_step(gradient, variable, learning_rate)
            return
        gradient, moving = ops.cast(gradient, variable.dtype), self._momentums[index]
        self.assign(moving, ops.add(gradient, ops.multiply(self.momentum, moving)))
        ahead = ops.add(gradient, ops.multiply(self.momentum, moving))
        rate = ops.cast(learning_rate, variable.dtype) * TIMES
        self.assign_sub(variable, ops.multiply(rate, direction(ahead)))

    def get_config(self):
        """Its arguments."""
        return {**super().get_config(), "momentum": self.momentum}


def is_matrix(variable) -> bool:
    """Whether it is a matrix, or a kernel or a stack of some, that is wide enough; no bias is."""
    shape = variable.shape
    return len(shape) >= 2 and min(sides(shape)) >= NARROWEST and not variable.path.endswith("bias")


def sides(shape) -> tuple[int, int]:
    """Rows and columns: of a kernel [h, w, in, out] h · w · in and out, of a stack [count, n, k] n and k."""
    return (math.prod(shape[:-1]) if len(shape) == 4 else shape[-2]), shape[-1]


def direction(x):
    """The step for a gradient of any such shape: orthogonal, its root mean square 0.2 as Adam's usually is."""
    flat = ops.reshape(x, sides(x.shape)) if len(x.shape) == 4 else x
    return ops.reshape(orthogonal(flat), x.shape) * (0.2 * math.sqrt(max(sides(x.shape))))


def orthogonal(x):
    """[…, n, k] → U Vᵀ of it, nearly: singular values of 0.68 to 1.2, but for the least."""
    if x.shape[-2] > x.shape[-1]:
        return ops.swapaxes(orthogonal(ops.swapaxes(x, -2, -1)), -2, -1)
    x = x / (ops.norm(x, axis=(-2, -1), keepdims=True) + 1e-7)
    wide = x.shape[-1] > WIDE * x.shape[-2]
    for steps in TOGETHER if wide else [1] * sum(TOGETHER):
        x = factors(x @ ops.swapaxes(x, -2, -1), steps) @ x
    return x


def factors(gram, steps: int):
    """The product of the factors F of so many steps, […, n, n], from A of the first."""
    product = step = factor(gram)
    for _ in range(steps - 1):
        gram = step @ gram @ step
        step = factor(gram)
        product = step @ product
    return product


def factor(gram):
    """F of one step, […, n, n]."""
    a, b, c = ITERATION
    return a * ops.eye(gram.shape[-1], dtype=gram.dtype) + b * gram + c * (gram @ gram)

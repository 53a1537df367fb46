"""Muon: gradients of matrices, made orthogonal; for the kernels of convolutions too.

K. Jordan, Y. Jin, V. Boza, J. You, F. Cesista, L. Newhouse, J. Bernstein: "Muon: An optimizer for hidden layers in
neural networks", 2024 (kellerjordan.github.io/posts/muon); a step has the size that Adam's has, as J. Liu et al. 2025
(arXiv:2502.16982) scale it. `keras.optimizers.Muon` moves matrices alone, and the kernels of convolutions, which are
most of our networks, by Adam; here a kernel [h, w, in, out] is the matrix [h · w · in, out].

With momentum m ← μ m + g, a matrix W of n × k takes the step

    W ← W − TIMES · rate · 0.2 √max(n, k) · O(g + μ m),

O(X) = U Vᵀ of X = U S Vᵀ, nearly: five steps of the Newton-Schulz iteration X ← a X + (b A + c A²) X, A = X Xᵀ, which
ends with singular values of 0.7 to 1.2. What is no matrix, or narrower than `NARROWEST` on a side (biases, the scales
of normalisation, a network's last layer), Adam moves, by the rate itself.
"""

import math

import keras
from keras import ops

TIMES = 3.0  # the rate of matrices, by Adam's
NARROWEST = 16
ITERATION, STEPS = (3.4445, -4.7750, 2.0315), 5


@keras.saving.register_keras_serializable("holefill")
class Muon(keras.optimizers.Adam):
    """`keras.optimizers.Adam` that moves matrices by Muon; momentum: μ of these."""

    def __init__(self, learning_rate=1e-3, momentum=0.95, name="muon", **how):
        super().__init__(learning_rate, name=name, **how)
        self.momentum = momentum

    def update_step(self, gradient, variable, learning_rate):
        if not is_matrix(variable.shape):
            super().update_step(gradient, variable, learning_rate)
            return
        gradient = ops.cast(gradient, variable.dtype)
        moving = self._momentums[self._get_variable_index(variable)]
        self.assign(moving, ops.add(gradient, ops.multiply(self.momentum, moving)))
        ahead = ops.add(gradient, ops.multiply(self.momentum, moving))
        rate = ops.cast(learning_rate, variable.dtype) * TIMES
        self.assign_sub(variable, ops.multiply(rate, direction(ahead)))

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum}


def is_matrix(shape) -> bool:
    """Whether a variable of this shape is a matrix, or a kernel or a stack of some, that is wide enough."""
    return len(shape) >= 2 and min(sides(shape)) >= NARROWEST


def sides(shape) -> tuple[int, int]:
    """Rows and columns: of a kernel [h, w, in, out] h · w · in and out, of a stack [count, n, k] n and k."""
    return (math.prod(shape[:-1]) if len(shape) == 4 else shape[-2]), shape[-1]


def direction(x):
    """The step for a gradient of any such shape: orthogonal, its root mean square 0.2 as Adam's usually is."""
    flat = ops.reshape(x, sides(x.shape)) if len(x.shape) == 4 else x
    return ops.reshape(orthogonal(flat), x.shape) * (0.2 * math.sqrt(max(sides(x.shape))))


def orthogonal(x):
    """[…, n, k] → the same with its singular values at 0.7 to 1.2: U Vᵀ, nearly."""
    tall = x.shape[-2] > x.shape[-1]
    x = ops.swapaxes(x, -2, -1) if tall else x
    x = x / (ops.norm(x, axis=(-2, -1), keepdims=True) + 1e-7)
    a, b, c = ITERATION
    for _ in range(STEPS):
        gram = x @ ops.swapaxes(x, -2, -1)
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return ops.swapaxes(x, -2, -1) if tall else x

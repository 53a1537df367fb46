"""Gradient descent of many independent points at once, inside one graph.

`minimize` has the shape of TFP's: (loss_fn, init, steps, …) → (final, trace). The loop is one `tf.while_loop` with a
GradientTape in its body and the optimiser's state among its variables, so it can be called from a `tf.function`, traced
once for any number of steps and any learning rate, broken off and taken up again, and exported in a SavedModel.

Points [N, L] float32; losses [N], one for each point. A point whose gradient is not finite stays where it is.
"""

import dataclasses
import math
import typing

import tensorflow as tf


class Result(typing.NamedTuple):
    """`final` [N, L]; `slots`, the optimiser's state; before each step `losses` [steps, N], `points` [steps, N, L]."""

    final: tf.Tensor
    slots: tuple
    losses: tf.Tensor
    points: tf.Tensor | None


@dataclasses.dataclass(frozen=True)
class Adam:
    """Kingma & Ba, ICLR 2015 (arXiv:1412.6980), as Keras computes it."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-7

    def slots(self, x):
        """First and second moments, zero."""
        return tf.zeros_like(x), tf.zeros_like(x)

    def correction(self, steps):
        """What the rate of each of `steps` (float, from 0) is multiplied by, since the moments begin at zero."""
        return tf.sqrt(1 - tf.pow(self.beta2, steps + 1)) / (1 - tf.pow(self.beta1, steps + 1))

    def update(self, x, gradient, slots, step, rate):
        """`(x, slots)` after step number `step` (int32, from 0), at a rate that is corrected already."""
        first, second = slots
        first += (gradient - first) * (1 - self.beta1)
        second += (tf.square(gradient) - second) * (1 - self.beta2)
        return x - rate * first / (tf.sqrt(second) + self.epsilon), (first, second)


@dataclasses.dataclass(frozen=True)
class Soap(Adam):
    """Adam in the eigenbasis of the gradients' covariance, of which each point keeps its own.

    SOAP (Vyas et al., ICLR 2025, arXiv:2409.11321) for a vector of parameters: the covariance is a running mean
    (`beta3`), its eigenvectors are taken anew every `every` steps, from the third on, and the second moments are then
    read off it. Where valleys lie oblique to the axes, as a latent space's do, it needs a third of Adam's steps; the
    eigenvectors of a 100 × 100 matrix cost 0.6 ms.
    """

    beta2: float = 0.9
    beta3: float = 0.98
    every: int = 15

    def slots(self, x):
        """First moment along the axes, second along the basis, the last gradients, their covariance, and the basis."""
        count, size = tf.shape(x)[0], x.shape[1]
        square = tf.zeros((count, size, size), x.dtype)
        recent = tf.zeros((count, self.every, size), x.dtype)
        return tf.zeros_like(x), tf.zeros_like(x), recent, square, square + tf.eye(size, dtype=x.dtype)

    def update(self, x, gradient, slots, step, rate):
        """As Adam's."""
        first, second, recent, covariance, basis = slots
        first += (gradient - first) * (1 - self.beta1)
        recent = tf.concat([recent[:, 1:], gradient[:, None]], 1)

        def renewed():
            """What a running mean over each step would be by now: the gradients are added all at once."""
            t = tf.cast(step + 1, x.dtype)
            shares = (1 - self.beta3) * self.beta3 ** tf.range(self.every - 1, -1, -1, x.dtype)
            added = tf.matmul(recent * shares[:, None], recent, transpose_a=True)
            mean = self.beta3**self.every * covariance + added
            values, vectors = tf.linalg.eigh(mean)
            corrected = tf.maximum(values, 0) / (1 - tf.pow(self.beta3, t))
            return corrected * (1 - tf.pow(self.beta2, t - 1)), mean, vectors

        due = tf.equal(step % self.every, 2 % self.every)
        second, covariance, basis = tf.cond(due, renewed, lambda: (second, covariance, basis))
        along = tf.matmul(basis, tf.stack([gradient, first], 2), transpose_a=True)
        second += (tf.square(along[:, :, 0]) - second) * (1 - self.beta2)
        moved = along[:, :, 1] / (tf.sqrt(second) + self.epsilon)
        return x - rate * tf.linalg.matvec(basis, moved), (first, second, recent, covariance, basis)


@dataclasses.dataclass(frozen=True)
class Nesterov:
    """Nesterov's momentum: v ← m·v − rate·gradient; x ← x − m·v_before + (1 + m)·v."""

    momentum: float = 0.9

    def slots(self, x):
        """The velocity, zero."""
        return (tf.zeros_like(x),)

    def correction(self, steps):
        """None is needed."""
        return tf.ones_like(steps)

    def update(self, x, gradient, slots, step, rate):
        """`(x, slots)` after one step; `step` is not used."""
        before = slots[0]
        velocity = self.momentum * before - rate * gradient
        return x - self.momentum * before + (1 + self.momentum) * velocity, (velocity,)


def learning_rate(schedule, rate, step, steps):
    """Rate of steps number `step` (float, from 0): `constant`; `cosine` and `linear` fall from `rate` towards 0."""
    if schedule == "constant":
        return rate * tf.ones_like(step)
    if schedule == "cosine":
        return rate * 0.5 * (1 + tf.cos(math.pi * step / steps))
    if schedule == "linear":
        return rate * (1 - step / steps)
    raise ValueError(f"unknown schedule {schedule!r}; known: constant, cosine, linear")


def minimize(
    loss_fn,
    init,
    steps,
    rate,
    *,
    optimiser=None,
    schedule="constant",
    box=None,
    record_points=False,
    slots=None,
    between=None,
):
    """Minimise `loss_fn` from each of N points.

    Parameters
    ----------
    loss_fn : points [N, L] → losses [N] float32, each a function of its own point alone.
    init : [N, L] float32.
    steps : int32 scalar, 0 or more. rate : float32 scalar. Both may be tensors.
    optimiser : `Adam()` (default), `Soap()` or `Nesterov()`.
    schedule : "constant", "cosine" or "linear".
    box : points are clipped to [-box, box] after each step; None: not clipped.
    record_points : keep the points before each step too.
    slots : the optimiser's state to begin with, as an earlier part of the same descent left it.
    between : (first, end) int32 scalars: do only the steps first, …, end − 1 of `steps`; None: all.
    """
    optimiser = optimiser or Adam()
    init, steps = tf.convert_to_tensor(init), tf.cast(steps, tf.int32)
    first, end = (tf.cast(i, tf.int32) for i in between or (0, steps))
    rates = _rates(optimiser, schedule, tf.cast(rate, init.dtype), steps)

    def body(step, x, slots, losses, points):
        loss, gradient = _gradient(loss_fn, x)
        losses = losses.write(step - first, loss)
        points = tuple(array.write(step - first, x) for array in points)
        x, slots = _step(optimiser, x, gradient, slots, step, rates[step], box)
        return step + 1, x, slots, losses, points

    losses = _record(tf.zeros(tf.shape(init)[:1], init.dtype), end - first)
    points = (_record(init, end - first),) if record_points else ()
    start = (first, init, optimiser.slots(init) if slots is None else tuple(slots), losses, points)
    _, final, slots, losses, points = tf.while_loop(lambda step, *_: step < end, body, start)
    return Result(final, slots, losses.stack()[:-1], points[0].stack()[:-1] if record_points else None)


def _rates(optimiser, schedule, rate, steps):
    """The rate of each of `steps`, corrected, [steps]."""
    every = tf.cast(tf.range(steps), rate.dtype)
    return learning_rate(schedule, rate, every, tf.cast(steps, rate.dtype)) * optimiser.correction(every)


def _record(like, steps):
    """Room for `steps` tensors and one more, which is there already: no step at all must stack too."""
    return tf.TensorArray(like.dtype, steps + 1, element_shape=like.shape).write(steps, like)


def _gradient(loss_fn, x):
    """The losses [N] and their gradient [N, L]."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = loss_fn(x)
    return loss, tape.gradient(loss, x)


def _step(optimiser, x, gradient, slots, step, rate, box):
    usable = tf.reduce_all(tf.math.is_finite(gradient), axis=1, keepdims=True)
    gradient = tf.where(usable, gradient, 0)
    moved, slots = optimiser.update(x, gradient, slots, step, rate)
    moved = tf.where(usable, moved, x)
    return (moved if box is None else tf.clip_by_value(moved, -box, box)), slots

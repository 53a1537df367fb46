"""Gradient descent of many independent points at once, inside one graph.

`minimize` has the shape of TFP's: (loss_fn, init, steps, …) → (final, best, trace). The loop is one `tf.while_loop`
with a GradientTape in its body and the optimiser's state among its variables, so it can be called from a `tf.function`,
traced once for any number of steps and any learning rate, and exported in a SavedModel.

Points [N, …] float32; losses [N], one for each point. A point whose gradient is not finite stays where it is.
"""

import dataclasses
import math
import typing

import tensorflow as tf


class Result(typing.NamedTuple):
    """`final`, `best` [N, …]; `best_loss` [N]; before each step `losses` [steps, N], `points` [steps, N, …] or None."""

    final: tf.Tensor
    best: tf.Tensor
    best_loss: tf.Tensor
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

    def update(self, x, gradient, slots, step, rate):
        """`(x, slots)` after step number `step` (float, from 0)."""
        first, second = slots
        first += (gradient - first) * (1 - self.beta1)
        second += (tf.square(gradient) - second) * (1 - self.beta2)
        t = step + 1
        rate *= tf.sqrt(1 - tf.pow(self.beta2, t)) / (1 - tf.pow(self.beta1, t))
        return x - rate * first / (tf.sqrt(second) + self.epsilon), (first, second)


@dataclasses.dataclass(frozen=True)
class Nesterov:
    """Nesterov's momentum: v ← m·v − rate·gradient; x ← x − m·v_before + (1 + m)·v."""

    momentum: float = 0.9

    def slots(self, x):
        """The velocity, zero."""
        return (tf.zeros_like(x),)

    def update(self, x, gradient, slots, step, rate):
        """`(x, slots)` after one step; `step` is not used."""
        before = slots[0]
        velocity = self.momentum * before - rate * gradient
        return x - self.momentum * before + (1 + self.momentum) * velocity, (velocity,)


def learning_rate(schedule, rate, step, steps):
    """Rate of step number `step` (float, from 0): `constant`, or `cosine`, which falls from `rate` towards 0."""
    if schedule == "constant":
        return rate
    if schedule == "cosine":
        return rate * 0.5 * (1 + tf.cos(math.pi * step / steps))
    raise ValueError(f"unknown schedule {schedule!r}; known: constant, cosine")


def minimize(loss_fn, init, steps, rate, *, optimiser=None, schedule="constant", box=None, record_points=False):
    """Minimise `loss_fn` from each of N points.

    Parameters
    ----------
    loss_fn : points [N, …] → losses [N] float32, each a function of its own point alone.
    init : [N, …] float32.
    steps : int32 scalar, 0 or more. rate : float32 scalar. Both may be tensors.
    optimiser : `Adam()` (default) or `Nesterov()`.
    schedule : "constant" or "cosine".
    box : points are clipped to [-box, box] after each step; None: not clipped.
    record_points : keep the points before each step too.

    Returns
    -------
    Result
        `best` is the lowest loss among the points before each step; `final` is after the last one.
    """
    optimiser = optimiser or Adam()
    init = tf.convert_to_tensor(init)
    steps, rate = tf.cast(steps, tf.int32), tf.cast(rate, init.dtype)

    def body(step, x, slots, best, best_loss, losses, points):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = loss_fn(x)
        gradient = tape.gradient(loss, x)
        better = loss < best_loss
        best, best_loss = tf.where(_over(better, x), x, best), tf.where(better, loss, best_loss)
        losses = losses.write(step, loss)
        points = tuple(array.write(step, x) for array in points)
        x, slots = _step(optimiser, schedule, x, gradient, slots, step, steps, rate, box)
        return step + 1, x, slots, best, best_loss, losses, points

    infinite = tf.fill(tf.shape(init)[:1], tf.cast(math.inf, init.dtype))
    losses = _record(infinite, steps)
    points = (_record(init, steps),) if record_points else ()
    start = (0, init, optimiser.slots(init), init, infinite, losses, points)
    end = tf.while_loop(lambda step, *_: step < steps, body, start)
    _, final, _, best, best_loss, losses, points = end
    return Result(final, best, best_loss, losses.stack()[:-1], points[0].stack()[:-1] if record_points else None)


def _record(like, steps):
    """Room for `steps` tensors and one more, which is there already: no step at all must stack too."""
    return tf.TensorArray(like.dtype, steps + 1, element_shape=like.shape).write(steps, like)


def _step(optimiser, schedule, x, gradient, slots, step, steps, rate, box):
    usable = tf.reduce_all(tf.math.is_finite(gradient), axis=range(1, len(x.shape)))
    gradient = tf.where(_over(usable, x), gradient, 0)
    number = tf.cast(step, x.dtype)
    rate = learning_rate(schedule, rate, number, tf.cast(steps, x.dtype))
    moved, slots = optimiser.update(x, gradient, slots, number, rate)
    moved = tf.where(_over(usable, x), moved, x)
    return (moved if box is None else tf.clip_by_value(moved, -box, box)), slots


def _over(flags, x):
    """Flags [N] shaped to select among points like x [N, …]."""
    return tf.reshape(flags, [-1] + [1] * (len(x.shape) - 1))

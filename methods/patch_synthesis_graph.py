"""What neural patch synthesis minimises, as a graph: an energy of the missing pixels of one window, and its descent.

    E(x) = Σ_layers Σ_cells w ‖φ(x) − v‖²  +  c ‖x − x_before‖²  +  β γ(x)  +  β_c γ(colour of x − x_before)

x are the missing pixels, [n] float32 in [-1, 1], laid into a window [1, h, w, C] of which the rest is known; φ are
VGG-19's or VGG-16's features, v what they are to be, and w how much that counts (`holefill.losses.texture`). γ is of
values of 0 … 255, as φ is; the colour of a pixel is its channels less their mean. The graphs are traced once for
windows of any size.
"""

import dataclasses
import functools
import typing

import numpy as np
import tensorflow as tf
from scipy import optimize

from holefill.losses.texture import texture_loss, total_variation
from holefill.methods import descent
from holefill.models import vgg, vgg_weights

CORRECTIONS = 25  # pairs that L-BFGS remembers, as the released code
GREY = 127.5  # grey levels of 255 in a unit of [-1, 1]


class Problem(typing.NamedTuple):
    """One window: `window` [1, h, w, C]; `places` [n, 2] int32 of missing pixels, row and column; `before` [n · C];
    for each layer `votes` [1, h', w', C'] and `weights` [1, h', w', 1]; `content` c, `beta` β and `colour` β_c."""

    window: np.ndarray
    places: np.ndarray
    before: np.ndarray
    votes: tuple
    weights: tuple
    content: float
    beta: float
    colour: float


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Functions of one network: see `build`."""

    features: typing.Callable
    energy: typing.Callable
    descend: typing.Callable


@functools.lru_cache(maxsize=4)
def build(layers: tuple, channels: int, weights: str | None, precision: str) -> Graph:
    """The graphs for these layers of VGG, which may be none, and pictures of so many channels.

    features : images [1, h, w, C] → a list of [1, h', w', C'] float32.
    energy : values [n · C], problem → the energy and its gradient [n · C].
    descend : values, Adam's slots, (first, end), steps, rate, problem → values and slots after steps first … end − 1.
    """
    network = vgg_weights.load(layers, weights, precision) if layers else None

    def seen(images):
        images = tf.repeat(images, 3, -1) if channels == 1 else images
        return [tf.cast(x, tf.float32) for x in vgg.features(network, images)] if layers else []

    def measured(values, problem):
        problem = Problem(*problem)
        picture = tf.tensor_scatter_nd_update(problem.window[0], problem.places, tf.reshape(values, [-1, channels]))
        picture = picture[None]
        total = problem.content * tf.reduce_sum(tf.square(values - problem.before))
        total += problem.beta * total_variation(GREY * picture)[0]
        if channels > 1:
            change = tf.reshape(values - problem.before, [-1, channels])
            colour = change - tf.reduce_mean(change, -1, keepdims=True)
            changes = tf.scatter_nd(problem.places, colour, tf.shape(problem.window[0]))
            total += problem.colour * total_variation(GREY * changes[None])[0]
        for found, votes, many in zip(seen(picture), problem.votes, problem.weights, strict=True):
            total += texture_loss(found, votes, many)[0]
        return total

    flat, scalar, count = tf.TensorSpec([None]), tf.TensorSpec([]), tf.TensorSpec([], tf.int32)
    sizes = [vgg.LAYERS[layer][0] for layer in layers]
    problem = (
        *(tf.TensorSpec([1, None, None, channels]), tf.TensorSpec([None, 2], tf.int32), flat),
        tuple(tf.TensorSpec([1, None, None, size]) for size in sizes),
        tuple(tf.TensorSpec([1, None, None, 1]) for _ in sizes),
        *(scalar, scalar, scalar),
    )
    slots = (tf.TensorSpec([1, None]), tf.TensorSpec([1, None]))

    @tf.function(input_signature=[tf.TensorSpec([1, None, None, channels])], autograph=False)
    def features(images):
        return seen(images)

    @tf.function(input_signature=[flat, problem], autograph=False)
    def energy(values, problem):
        with tf.GradientTape() as tape:
            tape.watch(values)
            total = measured(values, problem)
        return total, tape.gradient(total, values)

    @tf.function(input_signature=[flat, slots, (count, count), count, scalar, problem], autograph=False)
    def descend(values, slots, between, steps, rate, problem):
        def of_one(points):
            return measured(points[0], problem)[None]

        how = {"schedule": "cosine", "box": 1.0, "slots": slots, "between": between}
        found = descent.minimize(of_one, values[None], steps, rate, **how)
        return found.final[0], found.slots

    return Graph(features, energy, descend)


def tensors(problem: Problem) -> tuple:
    """The problem as tensors, once for many steps."""
    window, places, before, votes, weights, *scalars = problem
    as_float = functools.partial(tf.convert_to_tensor, dtype=tf.float32)
    votes, weights = (tuple(as_float(x) for x in several) for several in (votes, weights))
    return (
        as_float(window),
        tf.constant(places, tf.int32),
        as_float(before),
        votes,
        weights,
        *map(as_float, scalars),
    )


class Adam:
    """Adam (Kingma and Ba 2015) with a rate that falls as a cosine over all `steps` of a scale."""

    def __init__(self, graph: Graph, size: int, steps: int, rate: float):
        self.graph, self.steps, self.rate, self.done = graph, steps, rate, 0
        self.slots = tf.zeros([1, size]), tf.zeros([1, size])

    def advance(self, values: np.ndarray, problem: Problem, count: int) -> np.ndarray:
        """Values [n] after the next `count` steps."""
        between = self.done, self.done + count
        values, self.slots = self.graph.descend(values, self.slots, between, self.steps, self.rate, tensors(problem))
        self.done += count
        return values.numpy()


class LBFGS:
    """L-BFGS with the bounds of [-1, 1] (Byrd, Lu, Nocedal and Zhu 1995), SciPy's; begun anew at each `advance`."""

    def __init__(self, graph: Graph, size: int, steps: int, rate: float):
        self.graph = graph

    def advance(self, values: np.ndarray, problem: Problem, count: int) -> np.ndarray:
        """Values [n] after `count` iterations or fewer."""
        about = tensors(problem)

        def energy(at):
            value, gradient = self.graph.energy(tf.constant(at, tf.float32), about)
            return float(value), gradient.numpy().astype(np.float64)

        how = {"maxiter": count, "maxcor": CORRECTIONS, "maxfun": 2 * count + 10}
        bounds = optimize.Bounds(-1, 1)
        found = optimize.minimize(
            energy, values.astype(np.float64), jac=True, method="L-BFGS-B", bounds=bounds, options=how
        )
        return np.clip(found.x, -1, 1).astype(np.float32)


OPTIMISERS = {"adam": Adam, "lbfgs": LBFGS}

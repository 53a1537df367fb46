"""Holes such as one brushes over a person, a car or a wire, drawn inside the graph, another for each example.

A silhouette (an ellipse whose radius is multiplied by exp(Σ a_k cos(kθ + φ_k)), as in `datasets.silhouette`), strokes
of a brush (polylines that turn to and fro, as the free-form masks of Yu et al. 2019, arXiv:1806.03589, algorithm 1), or
one rectangle. Hole [B, S, S, 1] float32, 1 = missing; a pure function of the seed, an int32 pair.
"""

import math

import tensorflow as tf

from holefill.training.random_holes import rectangles

SHARES = (0.4, 0.35, 0.25)  # how often a silhouette, strokes, a rectangle
ORDERS = (2.0, 3.0, 4.0, 5.0, 6.0)  # of the waves of a silhouette's outline
STROKES, PIECES = 3, 5  # most strokes in a hole, straight pieces of each


def objects(batch: int, size: int, seed) -> tf.Tensor:
    """A hole [batch, size, size, 1] for each example, mostly 5 to 30 % of the picture missing."""
    seeds = tf.random.split(seed, 4)
    kind = tf.random.stateless_categorical(tf.math.log(tf.constant([SHARES])), batch, seeds[0])[0]
    drawn = [silhouettes(batch, size, seeds[1]), strokes(batch, size, seeds[2]), _rectangles(batch, size, seeds[3])]
    return tf.gather(tf.stack(drawn, axis=1), kind, batch_dims=1)


def silhouettes(batch: int, size: int, seed) -> tf.Tensor:
    """One wavy ellipse each, [batch, size, size, 1], its middle anywhere in the picture."""
    seeds = tf.random.split(seed, 3)
    u = tf.random.stateless_uniform((5, batch, 1, 1), seeds[0])
    waves = tf.random.stateless_normal((len(ORDERS), batch, 1, 1), seeds[1], 0, 0.25)
    phases = tf.random.stateless_uniform((len(ORDERS), batch, 1, 1), seeds[2], 0, 2 * math.pi)
    y, x = _places(size)
    y, x, turn = y - u[0], x - u[1], math.pi * u[2]
    longer = 0.16 + 0.26 * u[3]
    along = (x * tf.cos(turn) + y * tf.sin(turn)) / longer
    aside = (y * tf.cos(turn) - x * tf.sin(turn)) / (longer * (0.35 + 0.55 * u[4]))
    angle, outline = tf.atan2(aside, along), 0.0
    for i, order in enumerate(ORDERS):
        outline += waves[i] / order * tf.cos(order * angle + phases[i])
    inside = tf.sqrt(along**2 + aside**2) <= tf.exp(outline)
    return tf.cast(inside, tf.float32)[..., None]


def strokes(batch: int, size: int, seed) -> tf.Tensor:
    """One to `STROKES` strokes each, [batch, size, size, 1], as wide as 3 to 12 % of the picture, with round ends."""
    seeds = tf.random.split(seed, 6)
    shape = (STROKES, batch, 1, 1)
    u = tf.random.stateless_uniform((4, *shape), seeds[0])
    turns = tf.random.stateless_normal((PIECES, *shape), seeds[1], 2 * math.pi / 5, 2 * math.pi / 15)
    lengths = tf.nn.relu(tf.random.stateless_normal((PIECES, *shape), seeds[2], 0.2, 0.1))
    y, x = _places(size)
    at, angle, away = (u[0], u[1]), 2 * math.pi * u[2], tf.fill((STROKES, batch, size, size), 10.0)
    for piece in range(PIECES):
        angle += turns[piece] if piece % 2 else math.pi - turns[piece]
        to = at[0] + lengths[piece] * tf.sin(angle), at[1] + lengths[piece] * tf.cos(angle)
        to = tuple(tf.clip_by_value(place, 0.0, 1.0) for place in to)
        away = tf.minimum(away, _distance(y, x, at, to))
        at = to
    count = tf.random.stateless_uniform((batch, 1, 1), seeds[3], 1, STROKES + 1, tf.int32)
    drawn = tf.reshape(tf.range(STROKES), (STROKES, 1, 1, 1)) < count[None]
    brushed = tf.reduce_any((away <= 0.015 + 0.045 * u[3]) & drawn, axis=0)
    return tf.cast(brushed, tf.float32)[..., None]


def _rectangles(batch, size, seed):
    u = tf.random.stateless_uniform((4, batch), seed)
    height, width = size * (0.15 + 0.35 * u[0]), size * (0.15 + 0.35 * u[1])
    return rectangles(size, tf.floor(u[2] * (size - height)), tf.floor(u[3] * (size - width)), height, width)


def _places(size: int):
    """Rows [1, size, 1] and columns [1, 1, size] of pixels' middles, from 0 to 1."""
    line = (tf.range(size, dtype=tf.float32) + 0.5) / size
    return line[None, :, None], line[None, None, :]


def _distance(y, x, start, stop):
    """From each place to a straight piece between two (y, x)."""
    run = stop[0] - start[0], stop[1] - start[1]
    along = (y - start[0]) * run[0] + (x - start[1]) * run[1]
    share = tf.clip_by_value(along / tf.maximum(run[0] ** 2 + run[1] ** 2, 1e-8), 0.0, 1.0)
    return tf.sqrt((y - start[0] - share * run[0]) ** 2 + (x - start[1] - share * run[1]) ** 2)

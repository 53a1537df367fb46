"""Families of holes that networks learn on, by name: `draw(batch, size, seed) → [batch, size, size, 1]`, 1 = missing.

Each example gets its own. Pure functions of the seed, an int32 pair. `mixture` is ours; `center`, `blocks` and `region`
are those of the Context Encoder (Pathak et al. 2016, arXiv:1604.07379: the middle, random blocks, random regions),
`rectangle` GLCIC's (Iizuka et al. 2017: sides of 3/8 to 1/2 of the picture) and contextual attention's, `square` the
half-sized square at a random place of face completion; `objects` are ours, for photographs from which something is
to be removed (`training.object_holes`).
"""

import tensorflow as tf

from holefill.training.object_holes import objects
from holefill.training.random_holes import enlarged, random_holes, rectangles

MIXTURE = (0.0, 0.35, 0.25, 0.2, 0.2)  # of training.random_holes.KINDS
REGION = (0.2, 0.3)  # share of the picture that a random region takes


def mixture(batch: int, size: int, seed):
    """Blocks, halves, scattered pixels and blobs."""
    return random_holes(batch, size, seed, MIXTURE)


def center(batch: int, size: int, seed):
    """The middle, half as wide and half as high as the picture."""
    first = tf.fill((batch,), float(size // 4))
    return rectangles(size, first, first, *[tf.fill((batch,), float(size // 2))] * 2)


def rectangle(batch: int, size: int, seed, least: float = 3 / 8, most: float = 1 / 2):
    """One rectangle anywhere, each side `least` to `most` of the picture's, in whole pixels."""
    u = tf.random.stateless_uniform((4, batch), seed)
    low, high = round(least * size), round(most * size)
    height, width = (tf.floor(low + (high - low + 1) * u[i]) for i in (0, 1))
    top, left = (tf.floor(u[2 + i] * (size - side + 1)) for i, side in enumerate((height, width)))
    return rectangles(size, top, left, height, width)


def small_rectangle(batch: int, size: int, seed):
    """One rectangle anywhere, each side 3/8 to 7/16 of the picture's."""
    return rectangle(batch, size, seed, most=7 / 16)


def square(batch: int, size: int, seed):
    """A square anywhere, half as wide as the picture."""
    return rectangle(batch, size, seed, 0.5, 0.5)


def blocks(batch: int, size: int, seed):
    """Up to five blocks of a quarter of the side, which may overlap: up to about a quarter of the picture."""
    seeds = tf.random.split(seed, 6)
    count = tf.random.stateless_uniform((batch, 1, 1, 1), seeds[5], 1, 6, tf.int32)
    each = [tf.cast(i < count, tf.float32) * rectangle(batch, size, seeds[i], 0.25, 0.25) for i in range(5)]
    return tf.reduce_max(tf.stack(each), axis=0)


def region(batch: int, size: int, seed):
    """Irregular: smooth noise above the level that leaves `REGION` of the picture missing.

    The noise has a value every 16.7 pixels, as the Context Encoder's released code has.
    """
    seeds = tf.random.split(seed, 2)
    cells = max(2, round(0.06 * size))
    coarse = tf.random.stateless_normal((batch, cells, cells, 1), seeds[0])
    smooth = enlarged(coarse, size)[..., 0]
    share = tf.random.stateless_uniform((batch,), seeds[1], *REGION)
    ranked = tf.sort(tf.reshape(smooth, (batch, -1)), axis=1, direction="DESCENDING")
    level = tf.gather(ranked, tf.cast(share * size * size, tf.int32), axis=1, batch_dims=1)
    return tf.cast(smooth > level[:, None, None], tf.float32)[..., None]


HOLES = {
    "mixture": mixture,
    "center": center,
    "rectangle": rectangle,
    "small_rectangle": small_rectangle,
    "square": square,
    "blocks": blocks,
    "region": region,
    "objects": objects,
}

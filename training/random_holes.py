"""Holes for training, drawn inside the graph: a different one for each example of a batch.

Mixture: nothing missing, a block, one half, scattered pixels, irregular blobs. Returns hole
[B, S, S, 1] float32, 1 = missing. A pure function of the seed.
"""

import tensorflow as tf

KINDS = ("none", "block", "half", "random", "pattern")
SHARES = (0.15, 0.40, 0.15, 0.15, 0.15)


def random_holes(batch: int, size: int, seed, shares=SHARES) -> tf.Tensor:
    """Draw holes [batch, size, size, 1]; `seed` is an int32 pair (stateless), `shares` how often each of `KINDS`."""
    seeds = tf.random.split(seed, 5)
    log_shares = tf.math.log(tf.constant([shares], tf.float32))
    kind = tf.random.stateless_categorical(log_shares, batch, seeds[0])[0]
    drawn = tf.stack(
        [
            tf.zeros((batch, size, size)),
            _block(batch, size, seeds[1]),
            _half(batch, size, seeds[2]),
            _scattered(batch, size, seeds[3]),
            _blobs(batch, size, seeds[4]),
        ],
        axis=1,
    )
    return tf.gather(drawn, kind, batch_dims=1)[..., None]


def rectangles(size: int, top, left, height, width):
    """1 inside each example's rectangle, [B, size, size, 1]; the other arguments [B] float32, in pixels."""
    return _rectangle(size, top, left, height, width)[..., None]


def _rectangle(size, top, left, height, width):
    line = tf.range(size, dtype=tf.float32)[None]
    rows = (line >= top[:, None]) & (line < (top + height)[:, None])
    columns = (line >= left[:, None]) & (line < (left + width)[:, None])
    return tf.cast(rows[:, :, None] & columns[:, None, :], tf.float32)


def _block(batch, size, seed):
    u = tf.random.stateless_uniform((4, batch), seed)
    height, width = size * (0.25 + 0.4 * u[0]), size * (0.25 + 0.4 * u[1])
    return _rectangle(size, tf.floor(u[2] * (size - height)), tf.floor(u[3] * (size - width)), height, width)


def _half(batch, size, seed):
    side = tf.random.stateless_uniform((batch,), seed, 0, 4, tf.int32)
    half = size / 2
    top = tf.where(side == 1, half, 0.0)
    left = tf.where(side == 3, half, 0.0)
    height = tf.where(side < 2, half, float(size))
    width = tf.where(side < 2, float(size), half)
    return _rectangle(size, top, left, height, width)


def _scattered(batch, size, seed):
    seeds = tf.random.split(seed, 2)
    share = tf.random.stateless_uniform((batch, 1, 1), seeds[0], 0.2, 0.9)
    return tf.cast(tf.random.stateless_uniform((batch, size, size), seeds[1]) < share, tf.float32)


def _blobs(batch, size, seed):
    """About a quarter of the picture: smooth noise above its 75 % point."""
    coarse = tf.random.stateless_normal((batch, size // 8, size // 8, 1), seed)
    smooth = enlarged(coarse, size)[..., 0]
    spread = tf.math.reduce_std(smooth, axis=(1, 2), keepdims=True)
    return tf.cast(smooth > tf.reduce_mean(smooth, axis=(1, 2), keepdims=True) + 0.674 * spread, tf.float32)


def enlarged(x, size: int):
    """[B, n, n, C] → [B, size, size, C], bicubic, by products of matrices: XLA has no bicubic resize."""
    count = x.shape[1]
    with tf.init_scope():
        rows = tf.image.resize(tf.eye(count)[None, ..., None], (size, count), "bicubic")[0, ..., 0]
    return tf.einsum("yi,bijc,xj->byxc", rows, x, rows)

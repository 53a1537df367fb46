"""Windows around holes, for discriminators that look at what was painted and what is near it.

Each example's window is centred on the smallest box around its hole, and moved where it would leave the picture. Where
nothing is missing it is the picture's middle; where the box is larger than the window it is the box's middle.

In: images [B, H, W, C], holes [B, H, W, 1], 1 = missing, H and W static. Out: [B, size, size, C]. Differentiable with
respect to the images: a pixel inside the window gets the window's gradient, another gets 0.
"""

import tensorflow as tf

from holefill.errors import UserError


def boxes(holes) -> tf.Tensor:
    """The smallest box around each hole: [B, 4] int32, its top, left, height and width in pixels.

    Where nothing is missing: the picture's middle, height and width 0.
    """
    rows, columns = (_extent(tf.reduce_any(holes[..., 0] > 0.5, axis=axis)) for axis in (2, 1))
    return tf.stack([rows[0], columns[0], rows[1], columns[1]], axis=1)


def _extent(missing):
    """First and number of the places from the first to the last true one: [B, N] bool → two of [B] int32."""
    count = missing.shape[1]
    some = tf.reduce_any(missing, axis=1)
    whole = tf.cast(missing, tf.int32)
    first = tf.argmax(whole, axis=1, output_type=tf.int32)
    end = count - tf.argmax(whole[:, ::-1], axis=1, output_type=tf.int32)
    return tf.where(some, first, count // 2), tf.where(some, end - first, 0)


def local_patches(images, holes, size: int) -> tf.Tensor:
    """The window of `size` pixels a side around each example's hole, [B, size, size, C].

    Raises
    ------
    UserError
        Where the window is larger than the picture, or has no pixel.
    """
    height, width = images.shape[1:3]
    if not 1 <= size <= min(height, width):
        raise UserError(f"a window of {size} pixels does not fit into {height} × {width}: wanted 1 to the lesser side")
    top, left, high, wide = tf.unstack(boxes(holes), axis=1)
    within = tf.range(size)[None]
    rows = tf.clip_by_value(top + (high - size) // 2, 0, height - size)[:, None] + within
    columns = tf.clip_by_value(left + (wide - size) // 2, 0, width - size)[:, None] + within
    strips = tf.gather(images, rows, axis=1, batch_dims=1)
    patches = tf.gather(strips, columns, axis=2, batch_dims=1)
    return tf.ensure_shape(patches, (images.shape[0], size, size, images.shape[3]))

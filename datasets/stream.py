"""Training batches from pictures in memory or in a memory map, restartable at any step.

In: uint8 [N, H, W, C], 0 … 255. Out: an endless tf.data.Dataset of float32 [B, H, W, C] in [-1, 1].

Batch k is a pure function of (seed, k): epoch e visits the pictures in the permutation drawn from (seed, 2e), without
the last N mod B of it, and batch k is flipped left-right, picture by picture, by coins drawn from (seed, 2k + 1). A
stream begun at `start_step=k` therefore goes on bit for bit where another was stopped.

No Python runs in the pipeline: threads that wait for the interpreter would keep the program from ending.
"""

import numpy as np
import tensorflow as tf

from holefill.errors import UserError


def stream(
    images: np.ndarray, batch_size: int, *, seed: int, start_step: int = 0, flip: bool = True
) -> tf.data.Dataset:
    """Endless shuffled batches.

    Parameters
    ----------
    images : uint8 [N, H, W, C]; a memory map is shared, and read as batches need it; another array is copied
    batch_size : B, at most N
    seed : any integer; the same seed gives the same batches
    start_step : the number of the first batch
    flip : mirror each picture left-right with probability ½

    Returns
    -------
    tf.data.Dataset of float32 [B, H, W, C] in [-1, 1], prefetched

    Raises
    ------
    UserError
        Where there are fewer pictures than a batch holds.
    """
    if images.dtype != np.uint8 or images.ndim != 4:
        raise ValueError(f"images are {images.dtype} {list(images.shape)}: wanted uint8 [N, H, W, C]")
    if not 1 <= batch_size <= len(images):
        raise UserError(
            f"a batch of {batch_size} cannot be made of {len(images)} pictures:"
            f" wanted --batch_size from 1 to {len(images)}"
        )

    tensor = _tensor(images)

    def batch(step, rows):
        pixels = tf.ensure_shape(tf.gather(tensor, rows), [batch_size, *images.shape[1:]])
        if flip:
            pixels = _flip(pixels, seed, step)
        return tf.cast(pixels, tf.float32) * np.float32(2 / 255) - 1.0  # as datasets.images.to_float

    order = _order(len(images), batch_size, seed, start_step)
    batches = order.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    as_written = tf.data.Options()
    as_written.experimental_optimization.apply_default_optimizations = False  # rewriting would copy all pictures
    return batches.prefetch(tf.data.AUTOTUNE).with_options(as_written)


def _tensor(images: np.ndarray) -> tf.Tensor:
    """The pictures as a tensor in main memory, without a copy where they are an aligned, writable memory map."""
    if isinstance(images, np.memmap) and images.flags.writeable and images.flags.c_contiguous:
        if images.ctypes.data % 64 == 0:
            return tf.experimental.dlpack.from_dlpack(np.asarray(images).__dlpack__())
    with tf.device("CPU"):
        return tf.constant(images)


def _order(count: int, batch_size: int, seed: int, start_step: int) -> tf.data.Dataset:
    """(step, rows [B]) for step = start_step, start_step + 1, …, one permutation of the rows an epoch."""
    per_epoch = count // batch_size
    first_epoch = start_step // per_epoch

    def epoch_batches(epoch):
        rows = tf.random.experimental.stateless_shuffle(
            tf.range(count, dtype=tf.int64), seed=tf.stack([tf.constant(seed, tf.int64), 2 * epoch]), alg="philox"
        )
        rows = tf.reshape(rows[: per_epoch * batch_size], [per_epoch, batch_size])
        steps = epoch * per_epoch + tf.range(per_epoch, dtype=tf.int64)
        begin = tf.maximum(start_step - epoch * per_epoch, 0)
        return tf.data.Dataset.from_tensor_slices((steps[begin:], rows[begin:]))

    return tf.data.Dataset.range(first_epoch, tf.int64.max).flat_map(epoch_batches)


def _flip(pixels: tf.Tensor, seed: int, step: tf.Tensor) -> tf.Tensor:
    coins = tf.random.stateless_uniform(
        [pixels.shape[0], 1, 1, 1], tf.stack([tf.constant(seed, tf.int64), 2 * step + 1]), alg="philox"
    )
    return tf.where(coins < 0.5, tf.reverse(pixels, axis=[2]), pixels)

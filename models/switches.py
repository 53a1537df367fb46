"""Pooling that remembers, and its undoing: 2 × 2 maxima with switches, and unpooling by them (Zeiler and Fergus, ECCV
2014, arXiv:1311.2901), as decoders use that mirror an encoder.

In, out: maps [B, H, W, C], H and W even; switches [B, H/2, W/2, C] int32.
"""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("holefill")
class PooledWithSwitches(layers.Layer):
    """[B, H, W, C] → the largest of each 2 × 2 block, [B, H/2, W/2, C], and which it was, int32: 0 1 above, 2 3 below.

    Of equal ones the first counts.
    """

    def call(self, x):
        a, b, c, d = (x[:, i::2, j::2] for i in (0, 1) for j in (0, 1))
        above, below = ops.maximum(a, b), ops.maximum(c, d)
        right_above, right_below = (ops.cast(there, "int32") for there in (b > a, d > c))
        return ops.maximum(above, below), ops.where(below > above, 2 + right_below, right_above)

    def compute_output_spec(self, x):
        batch, height, width, channels = x.shape
        shape = (batch, height // 2, width // 2, channels)
        return keras.KerasTensor(shape, self.compute_dtype), keras.KerasTensor(shape, "int32")


@keras.saving.register_keras_serializable("holefill")
class Unpooled(layers.Layer):
    """[values, switches], both [B, h, w, C] → [B, 2h, 2w, C]: each value where its switch says, 0 elsewhere."""

    def call(self, inputs):
        values, switches = inputs
        batch, (height, width, channels) = ops.shape(values)[0], values.shape[1:]
        parts = [ops.where(switches == i, values, ops.zeros_like(values)) for i in range(4)]
        rows = [ops.stack(parts[i : i + 2], axis=3) for i in (0, 2)]  # [B, h, w, 2, C]
        return ops.reshape(ops.stack(rows, axis=2), (batch, 2 * height, 2 * width, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape[0]
        return batch, 2 * height, 2 * width, channels

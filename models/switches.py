"""Pooling that remembers, and its undoing: 2 × 2 maxima with switches, and unpooling by them (Zeiler and Fergus, ECCV
2014, arXiv:1311.2901), as decoders use that mirror an encoder.

In, out: maps [B, H, W, C], H and W even; switches [B, H/2, W/2, C] int32: 0 1 above, 2 3 below; 4 for all four.
"""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("holefill")
class PooledWithSwitches(layers.Layer):
    """[B, H, W, C] → the largest of each 2 × 2 block, [B, H/2, W/2, C], and which it was, int32.

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
class SwitchedWhereKnown(layers.Layer):
    """[switches [B, h, w, C], holes [B, S, S', 1], 1 = missing, S and S' multiples of h and w] → the switches; 4 where
    all pixels below a block are missing, of which none was larger than the others but by chance."""

    def call(self, inputs):
        switches, holes = inputs
        block = [side // place for side, place in zip(holes.shape[1:3], switches.shape[1:3], strict=True)]
        known = ops.max_pool(1 - holes, block, block, "valid", "channels_last") > 0
        return ops.where(known, switches, 4)

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs[0].shape, "int32")


@keras.saving.register_keras_serializable("holefill")
class Unpooled(layers.Layer):
    """[values, switches], both [B, h, w, C] → [B, 2h, 2w, C]: each value where its switch says, 0 elsewhere."""

    def call(self, inputs):
        values, switches = inputs
        batch, (height, width, channels) = ops.shape(values)[0], values.shape[1:]
        parts = [ops.where((switches == i) | (switches == 4), values, ops.zeros_like(values)) for i in range(4)]
        rows = [ops.stack(parts[i : i + 2], axis=3) for i in (0, 2)]  # [B, h, w, 2, C]
        return ops.reshape(ops.stack(rows, axis=2), (batch, 2 * height, 2 * width, channels))

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape[0]
        return batch, 2 * height, 2 * width, channels

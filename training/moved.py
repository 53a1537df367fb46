"""Pictures mirrored, turned, scaled and shifted at random, inside the graph, and label maps with them.

Each example by another similarity transform, about its middle. What comes in from beyond the border continues the
picture's edge. Pure functions of the key, an int32 pair.
"""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Moves:
    """Largest turn in degrees, scaling (0.1: by e^±0.1) and shift (share of the side), either way."""

    turn: float = 0.0
    scaling: float = 0.0
    shift: float = 0.0

    def transforms(self, batch: int, size: int, key) -> tf.Tensor:
        """[batch, 8] float32: from places in the new picture to places in the old, as TensorFlow's projective ones."""
        u = tf.random.stateless_uniform((4, batch), key, -1, 1)
        scale, angle = tf.exp(self.scaling * u[0]), self.turn * 3.14159265 / 180 * u[1]
        cosine, sine, none = scale * tf.cos(angle), scale * tf.sin(angle), tf.zeros(batch)
        middle, (x, y) = (size - 1) / 2, (self.shift * size * u[i] for i in (2, 3))
        x, y = (by + middle * (1 - cosine) + turned for by, turned in ((x, middle * sine), (y, -middle * sine)))
        return tf.stack([cosine, -sine, x, sine, cosine, y, none, none], axis=1)


def warp(images, transforms, interpolation: str = "BILINEAR") -> tf.Tensor:
    """The pictures [B, S, S, C], of uint8, int32 or float32, by `Moves.transforms`; labels: interpolation "NEAREST"."""
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=images.shape[1:3],
        fill_value=0.0,
        interpolation=interpolation,
        fill_mode="NEAREST",
    )


def moved(images, moves: Moves, key) -> tf.Tensor:
    """Pictures [B, S, S, C], moved; as they are where the moves are none."""
    if moves == Moves():
        return images
    return warp(images, moves.transforms(images.shape[0], images.shape[1], key))

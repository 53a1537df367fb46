"""How pictures with holes come into networks, and how they come out: shared layers, without weights.

Images [B, H, W, C] in [-1, 1], holes [B, H, W, 1], 1 = missing.
"""

import keras
from keras import ops


def look(images, holes=None):
    """A picture with its hole as one array [B, H, W, C + 1], of which nothing under the hole is seen; None: no hole."""
    if holes is None:
        return ops.concatenate([images, ops.zeros_like(images[..., :1])], axis=-1)
    return ops.concatenate([images * (1 - holes), holes], axis=-1)


def inputs(channels: int, size: int | None = None) -> list:
    """The two inputs of every one-pass painter, `images` and `holes`; of any size where `size` is None."""
    return [keras.Input((size, size, channels), name="images"), keras.Input((size, size, 1), name="holes")]


@keras.saving.register_keras_serializable("holefill")
class Known(keras.layers.Layer):
    """[images [B, H, W, C], holes [B, H, W, 1]] → images with 0 where pixels are missing."""

    def call(self, inputs):
        images, holes = inputs
        return images * (1 - holes)

    def compute_output_shape(self, input_shape):
        return input_shape[0]


@keras.saving.register_keras_serializable("holefill")
class Mirrored(keras.layers.Layer):
    """[B, H, W, C] with left and right exchanged."""

    def call(self, x):
        return ops.flip(x, axis=2)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("holefill")
class Rearranged(keras.layers.Layer):
    """Blocks of n × n pixels ↔ channels: [B, H, W, C] → [B, H/n, W/n, n²C] where `down`, the other way where not."""

    def __init__(self, n: int, down: bool, **more):
        super().__init__(**more)
        self.n, self.down = n, down

    def call(self, x):
        _, height, width, channels = x.shape
        height, width = (side or ops.shape(x)[i + 1] for i, side in enumerate((height, width)))
        n = self.n
        if self.down:
            x = ops.reshape(x, (-1, height // n, n, width // n, n, channels))
            return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, height // n, width // n, n * n * channels))
        x = ops.reshape(x, (-1, height, width, n, n, channels // n**2))
        return ops.reshape(ops.transpose(x, (0, 1, 3, 2, 4, 5)), (-1, height * n, width * n, channels // n**2))

    def compute_output_shape(self, shape):
        batch, *sides, channels = shape
        if self.down:
            return (batch, *(side and side // self.n for side in sides), channels * self.n**2)
        return (batch, *(side and side * self.n for side in sides), channels // self.n**2)

    def get_config(self):
        return {**super().get_config(), "n": self.n, "down": self.down}


@keras.saving.register_keras_serializable("holefill")
class Smooth(keras.layers.Layer):
    """[images [B, H, W, C], holes [B, H, W, 1]] → images whose missing pixels continue the known ones smoothly.

    Pull and push: means of what is known at half the size, and so on; what is missing is then taken from the next
    coarser size, from the coarsest down, and at each made the mean of its neighbours some times. S. Gortler, R.
    Grzeszczuk, R. Szeliski, M. Cohen, "The Lumigraph", SIGGRAPH 1996, section 3.4, doi:10.1145/237170.237200. Of
    photographs it is 0.2 to 0.5 dB behind the membrane, to which more turns would bring it. Where nothing is known: 0.
    """

    LEVELS = 9  # halvings: a picture of 512 is one pixel then
    TURNS = (2, 3, 9)  # at the finest size, at half of it, at each coarser one

    def call(self, inputs):
        images, holes = inputs
        levels = [(images * (1 - holes), 1 - holes)]
        for _ in range(self.LEVELS):
            colours, known = levels[-1]
            colours, known = (ops.average_pool(x, 2, 2, "same") for x in (colours * known, known))
            levels.append((colours / ops.maximum(known, 1e-6), ops.minimum(4 * known, 1)))
        smooth = levels.pop()[0]
        for level, (colours, known) in reversed(list(enumerate(levels))):
            smooth = ops.repeat(ops.repeat(smooth, 2, axis=1), 2, axis=2)
            smooth = smooth[:, : ops.shape(colours)[1], : ops.shape(colours)[2]]
            smooth = self._turned(smooth, colours, known, self.TURNS[min(level, len(self.TURNS) - 1)])
        return smooth

    def _turned(self, smooth, colours, known, turns):
        """What is missing made the mean of its neighbours some times; a loop, which XLA compiles once."""
        return ops.fori_loop(0, turns, lambda _, x: colours * known + self._mean(x) * (1 - known), smooth)

    def _mean(self, x):
        """Of 3 × 3 pixels, about each; beyond the border is what is at it."""
        x = ops.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
        x = x[:, :-2] + x[:, 1:-1] + x[:, 2:]
        return (x[:, :, :-2] + x[:, :, 1:-1] + x[:, :, 2:]) * (1 / 9)

    def compute_output_shape(self, input_shape):
        return input_shape[0]


@keras.saving.register_keras_serializable("holefill")
class Beside(keras.layers.Layer):
    """[x, images] → tanh(x + artanh(images)): the images, within ±0.99, where x is 0; in (-1, 1) whatever x is."""

    def call(self, inputs):
        x, images = inputs
        inside = ops.clip(images, -0.99, 0.99)
        return ops.tanh(x + 0.5 * ops.log((1 + inside) / (1 - inside)))

    def compute_output_shape(self, input_shape):
        return input_shape[1]


@keras.saving.register_keras_serializable("holefill")
class Pasted(keras.layers.Layer):
    """[painted, images, holes] → what is painted where pixels are missing, the images where they are known."""

    def call(self, inputs):
        painted, images, holes = inputs
        return painted * holes + images * (1 - holes)

    def compute_output_shape(self, input_shape):
        return input_shape[1]


@keras.saving.register_keras_serializable("holefill")
class WithHole(keras.layers.Layer):
    """[images, holes] → [images, 1 everywhere, holes], [B, H, W, C + 2]; the ones tell where the picture ends."""

    def call(self, inputs):
        images, holes = inputs
        return ops.concatenate([images, ops.ones_like(holes), holes], axis=-1)

    def compute_output_shape(self, input_shape):
        images, _ = input_shape
        return (*images[:-1], images[-1] + 2)

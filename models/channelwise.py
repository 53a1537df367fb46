"""The channel-wise fully connected layer of the Context Encoder (Pathak et al. 2016, arXiv:1604.07379, section 3.1).

Every place of a map sees every other one, within its own channel: for C maps of n × n places it has C·n⁴ weights where
a fully connected layer has C²·n⁴. What is to pass between channels passes in a 1 × 1 convolution behind it.
"""

import keras
from keras import ops


@keras.saving.register_keras_serializable("holefill")
class ChannelwiseDense(keras.layers.Layer):
    """[B, H, W, C] → [B, H, W, C]: each channel's H·W values by a matrix of its own, and a bias.

    H and W are fixed when it is built. Weights: `kernel` [C, H·W, H·W] (from, to), drawn from N(0, 1 / H·W), which
    keeps the variance; `bias` [C, H·W], zeros, where `use_bias`.
    """

    def __init__(self, use_bias: bool = True, **more):
        super().__init__(**more)
        self.use_bias = use_bias

    def build(self, shape):
        """Weights for maps of `shape`."""
        _, height, width, channels = shape
        places = height * width
        start = keras.initializers.RandomNormal(stddev=places**-0.5)
        self.kernel = self.add_weight(shape=(channels, places, places), initializer=start, name="kernel")
        self.bias = (
            self.add_weight(shape=(channels, places), initializer="zeros", name="bias") if self.use_bias else None
        )

    def call(self, x):
        _, height, width, channels = x.shape
        x = ops.transpose(ops.reshape(x, (-1, height * width, channels)), (2, 0, 1))
        x = ops.matmul(x, self.kernel)
        if self.bias is not None:
            x = x + self.bias[:, None]
        return ops.reshape(ops.transpose(x, (1, 2, 0)), (-1, height, width, channels))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "use_bias": self.use_bias}

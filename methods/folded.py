"""A trained network as plain tensors and a pure function, as fast as the machine multiplies matrices.

A latent search evaluates one fixed network thousands of times, so it pays to prepare it once: inference-mode batch
normalisation is folded into the weights, and on the CPU each 2× layer takes the form that runs fastest there:

`matmul`    the 4×4 ↔ 8×8 layers: one product with all taps, and a product with a constant 0/1 matrix that adds the
            taps up where they land (col2im; its transpose, im2col, for strided convolutions);
`subpixel`  layers of few channels (the picture's side): a convolution at the coarse resolution, then depth_to_space
            (Shi et al., CVPR 2016, arXiv:1609.05158), or space_to_depth first;
`direct`    all others, and everything on a GPU.

All forms compute the same sums. Which networks can be folded is in `folding`. Maps are NHWC.
"""

import dataclasses

import keras
import tensorflow as tf

from holefill.methods import folding, layer_forms
from holefill.methods.folding import Layer


@dataclasses.dataclass(frozen=True)
class Folded:
    """A network: `layers` says what to compute, `weights` is kernel, bias, kernel, bias, …

    Two are equal (and hash alike) where the same graph serves both, whatever their weights.
    """

    layers: tuple[Layer, ...]
    weights: list = dataclasses.field(compare=False)


def fold(network: keras.Model, hybrid: bool | None = None) -> Folded:
    """Fold a chain of Dense, Conv2D, Conv2DTranspose, BatchNormalization and activations, see `folding`.

    Parameters
    ----------
    network : a Keras model in which each layer feeds the next; stride 2 and "same" padding.
    hybrid : use the CPU's layer forms; by default where TensorFlow sees no GPU.

    Raises
    ------
    UserError
        Where the network holds a layer that cannot be folded, or one where it cannot be.
    """
    if hybrid is None:
        hybrid = not tf.config.list_physical_devices("GPU")
    layers, weights = [], []
    for part in folding.parts(network):
        form = _form(part) if hybrid else "direct"
        layers.append(dataclasses.replace(part.layer, form=form))
        weights.append(tf.constant(layer_forms.arrange(layers[-1], part.kernel)))
        weights.append(tf.constant(part.bias))
    return Folded(tuple(layers), weights)


def run(layers: tuple[Layer, ...], weights: list, x, phases: bool = False):
    """Apply the network: latents [B, L] or images [B, H, W, C] → float32 output.

    Each layer computes in the type of its kernel, see `cast`. With `phases` an image comes out as its four phases,
    [B, H / 2, W / 2, 4C] as `tf.nn.space_to_depth` orders them, which a last layer in `subpixel` form has for nothing.
    """
    for layer, kernel, bias in zip(layers, weights[::2], weights[1::2], strict=True):
        last = phases and layer is layers[-1]
        x = tf.cast(layer_forms.linear(layer, x, kernel, phases=last), bias.dtype)
        x = tf.nn.bias_add(x, tf.tile(bias, [4]) if last else bias)
        if layer.shape:
            x = tf.reshape(x, (-1, *layer.shape))
        x = _activate(layer, x)
    return tf.cast(x, tf.float32)


def cast(weights: list, dtype) -> list:
    """The weights in `dtype`; of the last layer only a convolution's kernel: what comes out is float32."""
    *others, kernel, bias = weights
    return [tf.cast(x, dtype) for x in others] + [tf.cast(kernel, dtype) if len(kernel.shape) == 4 else kernel, bias]


def flops(layers: tuple[Layer, ...]) -> int:
    """Floating point operations of one example forward, direct form."""
    return sum(layer.flops for layer in layers)


def _activate(layer, x):
    if layer.activation == "relu":
        return tf.nn.relu(x)
    if layer.activation == "leaky_relu":  # not tf.nn.leaky_relu: TensorFlow's optimiser stumbles over its gradient
        slope = tf.where(x > 0, tf.ones([], x.dtype), tf.cast(layer.slope, x.dtype))
        return x * tf.stop_gradient(slope)
    return tf.tanh(x) if layer.activation == "tanh" else x


def _form(part):
    layer = part.layer
    if layer.kind == "dense":
        return "direct"
    if layer.side <= 4:
        return "matmul"
    return "subpixel" if min(layer.inputs, layer.outputs) <= 4 else "direct"

"""A trained network as plain tensors and a pure function, as fast as the machine multiplies matrices.

A latent search evaluates one fixed network thousands of times, so it pays to prepare it once: inference-mode batch
normalisation is folded into the weights, and on the CPU each 2× layer takes the form that runs fastest there:

`matmul`    the 4×4 ↔ 8×8 layers: one product with all taps, and a product with a constant 0/1 matrix that adds the
            taps up where they land (col2im; its transpose, im2col, for strided convolutions);
`subpixel`  layers of few channels (the picture's side): a convolution at the coarse resolution, then depth_to_space
            (Shi et al., CVPR 2016, arXiv:1609.05158), or space_to_depth first;
`direct`    all others, and everything on a GPU.

All forms compute the same sums. Stride 2, "SAME", square maps, any odd kernel. Maps are NHWC.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from holefill.errors import UserError
from holefill.methods import layer_forms


@dataclasses.dataclass(frozen=True)
class Layer:
    """One linear layer and what follows it. `side` is the side of its coarse map (input of up, output of down)."""

    kind: str  # "dense", "up" or "down"
    form: str  # "direct", "matmul" or "subpixel"
    inputs: int
    outputs: int
    kernel: int = 1
    side: int = 1
    shape: tuple = ()  # of a dense layer's output, where it is a map
    activation: str = "linear"
    slope: float = 0.0

    @property
    def flops(self) -> int:
        """Multiplications and additions of one example forward, in the direct form, border taps included."""
        return 2 * self.side**2 * self.kernel**2 * self.inputs * self.outputs


@dataclasses.dataclass(frozen=True)
class Folded:
    """A network: `layers` says what to compute, `weights` is kernel, bias, kernel, bias, …

    Two are equal (and hash alike) where the same graph serves both, whatever their weights.
    """

    layers: tuple[Layer, ...]
    weights: list = dataclasses.field(compare=False)


def fold(network: keras.Model, hybrid: bool | None = None) -> Folded:
    """Fold a chain of Dense, Conv2D, Conv2DTranspose, BatchNormalization and activations.

    Parameters
    ----------
    network : a Keras model in which each layer feeds the next; stride 2 and "same" padding.
    hybrid : use the CPU's layer forms; by default where TensorFlow sees no GPU.

    Raises
    ------
    UserError
        Where the network holds a layer that cannot be folded.
    """
    if hybrid is None:
        hybrid = not tf.config.list_physical_devices("GPU")
    layers, weights = [], []
    for part in _parts(network):
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


@dataclasses.dataclass
class _Part:
    """A linear layer while its neighbours are folded in; the kernel's last axis is the output's channels."""

    layer: Layer
    kernel: np.ndarray
    bias: np.ndarray

    def normalise(self, norm):
        if self.layer.activation != "linear":
            raise UserError(f"cannot fold {norm.name}: batch normalisation must follow a linear layer")
        variance, mean = np.asarray(norm.moving_variance), np.asarray(norm.moving_mean)
        scale = (np.asarray(norm.gamma) if norm.scale else 1.0) / np.sqrt(variance + norm.epsilon)
        shift = (np.asarray(norm.beta) if norm.center else 0.0) - mean * scale
        repeats = self.bias.size // mean.size  # a dense layer that is reshaped to a map of mean.size channels
        self.kernel = self.kernel * np.tile(scale, repeats)
        self.bias = self.bias * np.tile(scale, repeats) + np.tile(shift, repeats)

    def then(self, **changes):
        self.layer = dataclasses.replace(self.layer, **changes)


def _parts(network):
    parts = []
    for layer in network.layers:
        kind = type(layer).__name__
        if kind in ("Dense", "Conv2D", "Conv2DTranspose"):
            parts.append(_linear(layer, kind))
        elif kind == "BatchNormalization":
            parts[-1].normalise(layer)
        elif kind == "Reshape":
            parts[-1].then(shape=tuple(layer.target_shape))
        elif kind == "ReLU":
            parts[-1].then(activation="relu")
        elif kind == "LeakyReLU":
            parts[-1].then(activation="leaky_relu", slope=float(layer.negative_slope))
        elif kind == "Activation":
            parts[-1].then(activation=_activation_name(layer))
        elif kind not in ("InputLayer", "Flatten", "Dropout"):
            raise UserError(f"cannot fold {layer.name}: a {kind} layer is not among those a latent search takes")
    return parts


def _activation_name(layer):
    name = layer.activation.__name__
    if name not in ("linear", "relu", "tanh"):
        raise UserError(f"cannot fold {layer.name}: activation {name!r}; wanted linear, relu or tanh")
    return name


def _linear(layer, kind):
    kernel = np.asarray(layer.kernel, "float32")
    if kind == "Conv2DTranspose":
        kernel = kernel.transpose(0, 1, 3, 2)
    bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(kernel.shape[-1], "float32")
    about = {"form": "direct", "inputs": kernel.shape[-2], "outputs": kernel.shape[-1]}
    if kind != "Dense":
        if tuple(layer.strides) != (2, 2) or layer.padding != "same":
            raise UserError(f"cannot fold {layer.name}: stride {layer.strides}, {layer.padding}; wanted 2, same")
        up = kind == "Conv2DTranspose"
        side = layer.input.shape[1] if up else layer.output.shape[1]
        about.update(kernel=kernel.shape[0], side=side)
    names = {"Dense": "dense", "Conv2D": "down", "Conv2DTranspose": "up"}
    return _Part(Layer(names[kind], activation=_activation_name(layer), **about), kernel, bias)

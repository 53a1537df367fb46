"""A Keras chain taken apart: each linear layer with what follows it, batch normalisation folded into its weights.

Taken are Dense, Conv2D and Conv2DTranspose, and after them BatchNormalization, Reshape, Flatten, Dropout and
activations. Convolutions are of stride 2 and "same", of square maps NHWC with an even fine side, and of square kernels
of 3 or more. All else is refused by name: a network that is folded computes what Keras computes in inference mode.
"""

import dataclasses

import numpy as np

from holefill.errors import UserError

KINDS = {"Dense": "dense", "Conv2D": "down", "Conv2DTranspose": "up"}


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


@dataclasses.dataclass
class Part:
    """A linear layer while its neighbours are folded in; the kernel's last axis is the output's channels."""

    layer: Layer
    kernel: np.ndarray
    bias: np.ndarray

    def normalise(self, norm):
        """Fold a batch normalisation into kernel and bias."""
        variance, mean = np.asarray(norm.moving_variance), np.asarray(norm.moving_mean)
        if self.layer.activation != "linear":
            raise _refused(norm, "batch normalisation must follow a linear layer")
        axis = norm.axis if isinstance(norm.axis, int) else norm.axis[0]
        if axis not in (-1, len(norm.input.shape) - 1) or self.bias.size % mean.size:
            raise _refused(norm, "batch normalisation must be of the channels of the linear layer before")
        scale = (np.asarray(norm.gamma) if norm.scale else 1.0) / np.sqrt(variance + norm.epsilon)
        shift = (np.asarray(norm.beta) if norm.center else 0.0) - mean * scale
        repeats = self.bias.size // mean.size  # a dense layer that is reshaped to a map of mean.size channels
        self.kernel = self.kernel * np.tile(scale, repeats)
        self.bias = self.bias * np.tile(scale, repeats) + np.tile(shift, repeats)

    def reshape(self, layer):
        """Put a shape to what comes out."""
        self.layer = dataclasses.replace(self.layer, shape=tuple(layer.output.shape[1:]))

    def activate(self, layer):
        """Put an activation behind; nothing may be behind already, since one would get lost."""
        name, slope = activation(layer)
        if "linear" not in (name, self.layer.activation):
            raise _refused(layer, f"{name} follows {self.layer.activation}; wanted one activation a linear layer")
        if name != "linear":
            self.layer = dataclasses.replace(self.layer, activation=name, slope=slope)


AFTER = {"BatchNormalization": Part.normalise, "Reshape": Part.reshape}
AFTER |= dict.fromkeys(("ReLU", "LeakyReLU", "Activation"), Part.activate)


def parts(network) -> list[Part]:
    """The linear layers of a chain, in their direct form.

    Raises
    ------
    UserError
        Where the network holds a layer that cannot be folded, or one where it cannot be.
    """
    found = []
    for layer in network.layers:
        kind = type(layer).__name__
        if kind in KINDS:
            found.append(linear(layer, kind))
        elif kind in AFTER and not found:
            raise _refused(layer, f"a {kind} layer must follow a linear one")
        elif kind in AFTER:
            AFTER[kind](found[-1], layer)
        elif kind not in ("InputLayer", "Flatten", "Dropout"):
            raise _refused(layer, f"a {kind} layer is not among those a latent search takes")
    return found


def activation(layer) -> tuple[str, float]:
    """Name and slope of a layer's activation: linear, relu, leaky_relu or tanh."""
    kind = type(layer).__name__
    if kind == "LeakyReLU":
        return "leaky_relu", float(layer.negative_slope)
    if kind == "ReLU":
        if layer.max_value is not None or layer.negative_slope or layer.threshold:
            raise _refused(layer, "a ReLU with a limit, a slope or a threshold; wanted a plain one, or LeakyReLU")
        return "relu", 0.0
    name = getattr(layer.activation, "__name__", type(layer.activation).__name__)
    if name not in ("linear", "relu", "tanh"):
        raise _refused(layer, f"activation {name!r}; wanted linear, relu or tanh")
    return name, 0.0


def linear(layer, kind: str) -> Part:
    """A Dense, Conv2D or Conv2DTranspose layer with its own activation."""
    about = _checked_map(layer, kind) if kind != "Dense" else {}
    if kind == "Dense" and len(layer.input.shape) != 2:
        raise _refused(layer, f"it works on a map {tuple(layer.input.shape)}; wanted a Flatten layer before it")
    kernel = np.asarray(layer.kernel, "float32")
    if kind == "Conv2DTranspose":
        kernel = kernel.transpose(0, 1, 3, 2)
    bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(kernel.shape[-1], "float32")
    about |= {"form": "direct", "inputs": kernel.shape[-2], "outputs": kernel.shape[-1]}
    part = Part(Layer(KINDS[kind], **about), kernel, bias)
    part.activate(layer)
    return part


def _checked_map(layer, kind: str) -> dict:
    """Kernel and coarse side of a convolution, once it is known to be one that `layer_forms` computes."""
    if tuple(layer.strides) != (2, 2) or layer.padding != "same":
        raise _refused(layer, f"stride {layer.strides}, {layer.padding}; wanted 2, same")
    if set(layer.dilation_rate) != {1} or getattr(layer, "groups", 1) != 1 or layer.data_format != "channels_last":
        about = f"dilation {layer.dilation_rate}, groups {getattr(layer, 'groups', 1)}, {layer.data_format}"
        raise _refused(layer, f"{about}; wanted 1, 1, channels_last")
    height, width = layer.kernel.shape[:2]
    if height != width or height < 3:
        raise _refused(layer, f"kernel {height}×{width}; wanted a square one of 3 or more")
    coarse, fine = layer.input.shape[1:3], layer.output.shape[1:3]
    if kind == "Conv2D":
        coarse, fine = fine, coarse
    if coarse[0] is None or len({*coarse}) != 1 or tuple(fine) != (2 * coarse[0], 2 * coarse[0]):
        sizes = " to ".join("×".join(map(str, shape[1:3])) for shape in (layer.input.shape, layer.output.shape))
        raise _refused(layer, f"maps {sizes}; wanted square ones, one twice as wide as the other")
    return {"kernel": height, "side": coarse[0]}


def _refused(layer, why: str) -> UserError:
    return UserError(f"cannot fold {layer.name}: {why}")

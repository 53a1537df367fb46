"""Dilated convolutions (Yu and Koltun 2016, arXiv:1511.07122) whose gradients cost what those of other convolutions do.

TensorFlow computes their gradient by sorting pixels into one small picture for each phase of the dilation; where a
picture is hardly larger than the dilation, as at the bottom of our networks, almost all of what it then convolves is
padding: of 16 × 16 pixels, dilated by 8, that takes a processor thirteen times as long as a plain convolution's. Here
the gradient of what comes in is the convolution of what comes back with the kernel turned round, and the kernel's is a
product of matrices for each of its places, over the pixels that it sees. Places of the kernel that see none, however
far it is moved, are left out of all.
"""

import keras
from keras import layers, ops

from holefill.models.gradients import given


def conv2d(filters: int, kernel_size, *, dilation_rate: int = 1, **how) -> layers.Conv2D:
    """A layer that convolves [B, H, W, C] → [B, H', W', filters]; `how`: as `keras.layers.Conv2D` takes it.

    Where it is dilated: one number for both sides, `padding` is "same", and kernels have odd sides.
    """
    if dilation_rate == 1:
        return layers.Conv2D(filters, kernel_size, **how)
    return Dilated(filters, kernel_size, dilation_rate=dilation_rate, **how)


@keras.saving.register_keras_serializable("holefill")
class Dilated(layers.Conv2D):
    """`keras.layers.Conv2D` with the same numbers and arguments: see the module, and `conv2d` for what it takes."""

    def __init__(self, filters, kernel_size, **how):
        super().__init__(filters, kernel_size, **how)
        rate = set(self.dilation_rate)
        wanted = self.padding == "same" and set(self.strides) == {1} and self.groups == 1 and len(rate) == 1
        if not wanted or not all(side % 2 for side in self.kernel_size) or self.data_format != "channels_last":
            got = f"{self.padding!r}, {self.strides}, {self.groups}, {self.kernel_size}, {self.dilation_rate}"
            raise ValueError(
                f"{self.name}: padding, strides, groups, kernel and dilation are {got}: wanted padding='same',"
                " strides=1, groups=1, odd kernels, one dilation for both sides, and channels last"
            )

    def convolution_op(self, inputs, kernel):
        dilation = self.dilation_rate[0]
        kernel = ops.cast(kernel, inputs.dtype)
        for axis in (0, 1):
            kernel = _seeing(kernel, axis, inputs.shape[1 + axis], dilation)
        return _convolved(inputs, kernel, dilation)


def _seeing(kernel, axis, side, dilation):
    """The places of a kernel along an axis from which a picture of this side is seen by some of its pixels."""
    centre = kernel.shape[axis] // 2
    reach = centre if side is None else min(centre, (side - 1) // dilation)
    return kernel[(slice(None),) * axis + (slice(centre - reach, centre + reach + 1),)]


def _convolved(x, kernel, dilation):
    if tuple(kernel.shape[:2]) == (1, 1):
        return ops.conv(x, kernel, padding="same", data_format="channels_last")

    def gradients(x, kernel, upstream):
        turned = ops.transpose(ops.flip(kernel, (0, 1)), (0, 1, 3, 2))
        return _forward(upstream, turned, dilation), _kernel_gradient(x, upstream, kernel.shape[:2], dilation)

    return given(lambda x, kernel: _forward(x, kernel, dilation), gradients)(x, kernel)


def _forward(x, kernel, dilation):
    return ops.conv(x, kernel, padding="same", data_format="channels_last", dilation_rate=dilation)


def _kernel_gradient(x, upstream, sides, dilation):
    """What comes in [B, H, W, C] and back [B, H, W, F] → [*sides, C, F]."""
    places = []
    for i in range(sides[0]):
        for j in range(sides[1]):
            seen, by = x, upstream
            for axis, shift in ((1, (i - sides[0] // 2) * dilation), (2, (j - sides[1] // 2) * dilation)):
                side = ops.shape(x)[axis]
                seen = _part(seen, axis, max(shift, 0), side + min(shift, 0))
                by = _part(by, axis, max(-shift, 0), side + min(-shift, 0))
            flat = [ops.reshape(a, (-1, a.shape[-1])) for a in (seen, by)]
            places.append(ops.matmul(ops.transpose(flat[0]), flat[1]))
    return ops.reshape(ops.stack(places), (*sides, x.shape[-1], upstream.shape[-1]))


def _part(x, axis, start, stop):
    stop = max(stop, 0) if isinstance(stop, int) else ops.maximum(stop, 0)
    return x[(slice(None),) * axis + (slice(start, stop),)]

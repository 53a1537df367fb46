"""Three ways to compute a 2× convolution, transposed ("up") or strided ("down"); see `folded`.

TensorFlow's "SAME" at stride 2 pads p = ⌊(k − 2) / 2⌋ before. So in one dimension
    down:  y[i]       = Σ_t x[2i + t − p] w[t]                    up:  x[2q + a] = Σ_d y[q + d] w[a + p − 2d]
and with t = 2d + a + p the first is Σ_d Σ_a x_a[i + d] w[2d + a + p] over the two phases x_a[q] = x[2q + a].
Maps are NHWC; n is the coarse side; kernels come in as [k, k, inputs, outputs].
"""

import functools

import numpy as np
import tensorflow as tf


def arrange(layer, kernel):
    """Lay out a kernel [k, k, inputs, outputs] ([inputs, outputs] for a dense layer) as `linear` wants it."""
    k, inputs, outputs = layer.kernel, layer.inputs, layer.outputs
    if layer.form == "subpixel":
        kernel = _subpixel(layer, kernel)
    elif layer.form == "matmul" and layer.kind == "up":
        kernel = kernel.transpose(2, 0, 1, 3).reshape(inputs, k * k * outputs)
    elif layer.form == "matmul":
        kernel = kernel.reshape(k * k * inputs, outputs)
    elif layer.kind == "up":
        kernel = kernel.transpose(0, 1, 3, 2)
    return np.ascontiguousarray(kernel, "float32")


def linear(layer, x, kernel, phases=False):
    """Apply the layer without its bias, in the type of `kernel`; with `phases` its output is not put together."""
    if phases and layer.form == "subpixel":
        return tf.nn.conv2d(tf.cast(x, kernel.dtype), kernel, 1, "SAME")
    if phases:
        return tf.nn.space_to_depth(linear(layer, x, kernel), 2)
    if layer.kind == "dense":
        return tf.cast(tf.reshape(x, (-1, layer.inputs)), kernel.dtype) @ kernel
    if layer.kind == "down" and layer.form == "subpixel":
        x = tf.nn.space_to_depth(x, 2)
    return _APPLY[layer.kind, layer.form](layer, tf.cast(x, kernel.dtype), kernel)


def _up_direct(layer, x, kernel):
    fine = 2 * layer.side
    return tf.nn.conv2d_transpose(x, kernel, (tf.shape(x)[0], fine, fine, layer.outputs), 2, "SAME")


def _down_direct(layer, x, kernel):
    return tf.nn.conv2d(x, kernel, 2, "SAME")


def _up_matmul(layer, x, kernel):
    n, fine = layer.side, 2 * layer.side
    taps = tf.reshape(x, (-1, layer.inputs)) @ kernel
    taps = tf.reshape(taps, (-1, (n * layer.kernel) ** 2, layer.outputs))
    landed = tf.matmul(tf.constant(_landing(n, layer.kernel), x.dtype), taps)
    return tf.reshape(landed, (-1, fine, fine, layer.outputs))


def _down_matmul(layer, x, kernel):
    n = layer.side
    pixels = tf.reshape(x, (-1, 4 * n * n, layer.inputs))
    taps = tf.matmul(tf.constant(_landing(n, layer.kernel).T, x.dtype), pixels)
    summed = tf.reshape(taps, (-1, layer.kernel**2 * layer.inputs)) @ kernel
    return tf.reshape(summed, (-1, n, n, layer.outputs))


def _up_subpixel(layer, x, kernel):
    return tf.nn.depth_to_space(tf.nn.conv2d(x, kernel, 1, "SAME"), 2)


def _down_subpixel(layer, x, kernel):
    return tf.nn.conv2d(x, kernel, 1, "SAME")


_APPLY = {
    ("up", "direct"): _up_direct,
    ("up", "matmul"): _up_matmul,
    ("up", "subpixel"): _up_subpixel,
    ("down", "direct"): _down_direct,
    ("down", "matmul"): _down_matmul,
    ("down", "subpixel"): _down_subpixel,
}


@functools.lru_cache
def _landing(n, k):
    """The 0/1 matrix [(2n)², n²k²] that adds each tap of each coarse pixel to the fine pixel it lands on."""
    line = np.zeros((2 * n, n, k), "float32")
    for i in range(n):
        for t in range(k):
            m = 2 * i + t - (k - 2) // 2
            if 0 <= m < 2 * n:
                line[m, i, t] = 1
    return np.einsum("mit,njs->mnijts", line, line).reshape(4 * n * n, n * n * k * k)


def _subpixel(layer, kernel):
    """Kernel of the stride 1 convolution between the coarse map and the four phases of the fine one."""
    k = layer.kernel
    pad = (k - 2) // 2
    reach = max((k - 1 - pad) // 2, (pad + 1) // 2)
    size = 2 * reach + 1
    phases = np.zeros((size, size, 2, 2, *kernel.shape[2:]), "float32")
    sign = -1 if layer.kind == "up" else 1
    for dy, dx, a, b in np.ndindex(size, size, 2, 2):
        ty, tx = a + pad + sign * 2 * (dy - reach), b + pad + sign * 2 * (dx - reach)
        if 0 <= ty < k and 0 <= tx < k:
            phases[dy, dx, a, b] = kernel[ty, tx]
    if layer.kind == "up":
        return phases.transpose(0, 1, 4, 2, 3, 5).reshape(size, size, layer.inputs, 4 * layer.outputs)
    return phases.reshape(size, size, 4 * layer.inputs, layer.outputs)

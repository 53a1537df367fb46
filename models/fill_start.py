"""Weights of one `fill` network as those of another, built a little otherwise, for `bin/train --start`."""

import numpy as np

from holefill.models import bands


def adapted(weights: list, trained, options) -> list:
    """The weights of a painter of the options `trained`, for one of the options `options`, both `models.fill.Options`.

    So one for photographs may start from one for faces: what looked at the mirror image is left out of a painter that
    is to see none, and one that is to paint beside a smooth continuation begins with just that. And so may one for
    larger pictures, `door=4`: it begins with what the other paints of the picture at half its size. One that makes
    bands and one that makes pixels begin with each other's pictures. Weights that fit in none of these ways, or are
    another family's, are given back as they are.
    """
    if not isinstance(trained, type(options)) or trained.channels != options.channels or options.door < trained.door:
        return weights
    first, *middle, kernel, bias = weights
    if trained.mirror and not options.mirror:
        first = _without_mirror(first, trained.door**2, trained.channels + 1)
    if options.smooth != trained.smooth:
        kernel, bias = np.zeros_like(kernel), np.zeros_like(bias)
    converted = (options.door, options.bands) != (trained.door, trained.bands)
    if converted and trained.bands:
        kernel, bias = (bands.to_pixels(x, trained.door, trained.channels) for x in (kernel, bias))
    if options.door > trained.door:
        first, kernel, bias = _finer(first, 2) / 4, _finer(kernel, 3), _finer(bias, 0)
    if converted and options.bands:
        kernel, bias = (bands.of_pixels(x, options.door, options.channels) for x in (kernel, bias))
    return [first, *middle, kernel, bias]


def _without_mirror(kernel: np.ndarray, pixels: int, shown: int) -> np.ndarray:
    """The kernel [h, w, pixels · 2 · shown, made] less what looks at the mirror image, the latter half of a pixel's."""
    height, width, _, made = kernel.shape
    return kernel.reshape(height, width, pixels, 2, shown, made)[:, :, :, 0].reshape(height, width, -1, made)


def _finer(array: np.ndarray, axis: int) -> np.ndarray:
    """Channels of blocks of 2 × 2 along an axis, each given to the four that take its place in blocks of 4 × 4."""
    before, after = array.shape[:axis], array.shape[axis + 1 :]
    array = array.reshape(*before, 2, 2, array.shape[axis] // 4, *after)
    return array.repeat(2, axis).repeat(2, axis + 1).reshape(*before, -1, *after)

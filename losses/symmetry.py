"""How far a completion is from the mirrored picture, where that is known and the picture itself is not.

A search may be told that what it completes is symmetric, as a face or a slice of a brain nearly is, by the second
term of ‖W ⊙ (G(z) − y)‖² + ‖W ⊙ (G(z) − mirror(y))‖² + prior. As the report that proposed it has that term, it holds
G(z) to mirror(y) where that is a hole itself, and W leaves out the very pixels that are missing. Here it weighs by what
is known in mirror(y), and counts inside the hole only, outside of which y is known better than from its mirror:

    W = hole ⊙ mirror(known);  loss = ‖W ⊙ (G(z) − mirror(y))‖²

The axis is the picture's middle, a position x, or a line through two points (a face's chin and the bridge of its
nose). Positions are in pixels, (x, y), whole numbers at the middle of pixels, as landmarks are: the middle of W
pixels is x = (W − 1) / 2. Mirrored positions between pixels take the mean of the known ones among their four
neighbours, weighted as in bilinear interpolation.

Images [B, H, W, C] in [-1, 1]; holes [B, H, W, 1], 1 = missing; losses [B].
"""

from keras import ops


def mirror(images, hole, axis=None):
    """The picture as its mirror shows it, and where to trust that: to be computed once for a search.

    Parameters
    ----------
    images : [B, H, W, C] in [-1, 1]; what they hold inside the hole does not matter.
    hole : [B, H, W, 1], 1 = missing.
    axis : None, the picture's middle; x, a number or [B]; or two different points (x, y) on it, [2, 2] or [B, 2, 2].

    Returns
    -------
    mirrored : [B, H, W, C] in [-1, 1], 0 where nothing is known.
    weights : [B, H, W, 1] in [0, 1]: hole × the known share of what is seen there in the mirror.

    Raises
    ------
    ValueError
        Where the axis is none of these shapes.
    """
    known = 1 - hole
    both = ops.concatenate([images * known, known], axis=-1)
    both = both[:, :, ::-1] if axis is None else _reflect(both, axis)
    seen, share = both[..., :-1], both[..., -1:]
    return ops.where(share > 0, seen / ops.where(share > 0, share, 1), 0), hole * share


def symmetry_loss(filled, mirrored, weights):
    """‖weights ⊙ (filled − mirrored)‖², summed over pixels and channels, of each example, [B].

    Parameters
    ----------
    filled : [B, H, W, C] in [-1, 1]. mirrored, weights : what `mirror` gives.
    """
    return ops.sum(ops.square(weights * (filled - mirrored)), axis=(1, 2, 3))


def _reflect(maps, axis):
    """Maps [B, H, W, K] seen in a mirror, 0 from beyond the border; bilinear."""
    batch, height, width = ops.shape(maps)[:3]
    point, direction = _line(ops.cast(ops.convert_to_tensor(axis), maps.dtype))
    rows, columns = ops.meshgrid(ops.arange(height), ops.arange(width), indexing="ij")
    places = ops.cast(ops.stack([columns, rows], axis=-1), maps.dtype)[None] - point  # [B or 1, H, W, 2]
    along = ops.sum(places * direction, axis=-1, keepdims=True) * direction
    mirrored = ops.broadcast_to(point + 2 * along - places, (batch, height, width, 2))
    return _sample(maps, mirrored[..., 0], mirrored[..., 1])


def _line(axis):
    """A point of the axis and its direction, a unit vector, [B or 1, 1, 1, 2] each."""
    if len(axis.shape) < 2:
        x = ops.reshape(axis, (-1, 1, 1, 1))
        return ops.concatenate([x, ops.zeros_like(x)], -1), ops.concatenate([ops.zeros_like(x), ops.ones_like(x)], -1)
    if tuple(axis.shape[-2:]) != (2, 2) or len(axis.shape) > 3:
        raise ValueError(f"mirror: axis has the shape {tuple(axis.shape)}; wanted x or [B], [2, 2] or [B, 2, 2]")
    ends = ops.reshape(axis, (-1, 1, 1, 2, 2))
    direction = ends[..., 1, :] - ends[..., 0, :]
    return ends[..., 0, :], direction / ops.sqrt(ops.sum(ops.square(direction), axis=-1, keepdims=True))


def _sample(maps, x, y):
    """Maps [B, H, W, K] at x, y [B, H, W] in pixels, bilinear; what lies beyond the border is 0."""
    height, width = ops.shape(maps)[1:3]
    left, top = ops.floor(x), ops.floor(y)
    total = 0.0
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        column, row = left + j, top + i
        share = (1 - ops.abs(x - column)) * (1 - ops.abs(y - row))
        inside = (column >= 0) & (column <= width - 1) & (row >= 0) & (row <= height - 1)
        at = ops.clip(ops.cast(row, "int32"), 0, height - 1) * width + ops.clip(ops.cast(column, "int32"), 0, width - 1)
        flat = ops.reshape(maps, (-1, height * width, maps.shape[-1]))
        found = ops.take_along_axis(flat, ops.reshape(at, (-1, height * width, 1)), axis=1)
        share = ops.where(inside, share, 0)[..., None]
        total = total + share * ops.reshape(found, (-1, height, width, maps.shape[-1]))
    return total

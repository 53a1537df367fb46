"""How far a face's 68 landmarks are from where they should be, of each example, [B].

`step` is the loss of the study that proposed it: 0.5 for each coordinate that is off by more than three pixels. It
counts, and so has no gradient: it is for reports, and for choosing among restarts. `smooth` is ours, for the search:
√(1 + (Δ / s)²) − 1 of each coordinate, near nothing where Δ is below the scale s, growing as |Δ| / s beyond, with a
gradient everywhere.

Points [B, 68, 2], (x, y) in pixels.
"""

from keras import ops

STEP_AT = 3.0  # pixels
STEP = 0.5


def step(points, target, threshold: float = STEP_AT):
    """Σ over the 68 points and both coordinates of 0.5 where |points − target| > threshold, [B] in 0 … 68.

    The study adds that up over its batch; each example's own share is what chooses among restarts.
    """
    far = ops.abs(points - target) > threshold
    return STEP * ops.sum(ops.cast(far, points.dtype), axis=(1, 2))


def smooth(points, target, scale=STEP_AT):
    """Σ over points and coordinates of √(1 + (Δ / scale)²) − 1, [B].

    Parameters
    ----------
    points, target : [B, 68, 2] in pixels
    scale : in pixels; a number, or [B, 68, 2]: how sure one is of each coordinate of the target, as
        `landmark_net.read` gives it
    """
    off = (points - target) / scale
    return ops.sum(ops.sqrt(1 + ops.square(off)) - 1, axis=(1, 2))

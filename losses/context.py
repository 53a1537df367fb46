"""How far a completion is from what is known around the hole (Yeh et al., CVPR 2017, arXiv:1607.07539, eq. 3–4).

A known pixel counts by how much hole there is around it: W_i = K_i · mean over j ∈ N(i) of (1 − K_j), where K is 1 on
known pixels and N(i) is the square window around i. So only a ring of ⌊window / 2⌋ pixels around the hole has W > 0.
The loss is ‖W ⊙ (x − y)‖₁, summed over pixels and channels; or, as some later work has it, ‖W ⊙ (x − y)‖².

Holes [B, H, W, 1] in {0, 1}, 1 = missing; images [B, H, W, C] in [-1, 1]; losses [B].
"""

from keras import ops

PADDING = {"known": "constant", "symmetric": "symmetric"}


def importance_weights(hole, window: int = 7, boundary: str = "known"):
    """Weight of each known pixel, [B, H, W, 1] in [0, 1); 0 inside the hole.

    The mean is over the full window of `window`² places everywhere, beyond the picture's border too.

    Parameters
    ----------
    hole : [B, H, W, 1], 1 = missing.
    window : odd side of the neighbourhood N(i), in pixels.
    boundary : what lies beyond the border, of which the paper says nothing. "known": nothing is missing there;
        "symmetric": the hole mirrored, as the authors' released code has it (`boundary="symm"` of its convolution).

    Raises
    ------
    ValueError
        Where the window is even or not positive, or the boundary is another.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"importance_weights: window is {window}; it must be odd and positive")
    if boundary not in PADDING:
        raise ValueError(f"importance_weights: boundary is {boundary!r}; wanted one of {', '.join(PADDING)}")
    reach = window // 2
    padded = ops.pad(hole, ((0, 0), (reach, reach), (reach, reach), (0, 0)), PADDING[boundary])
    missing = ops.average_pool(padded, window, strides=1, padding="valid", data_format="channels_last")
    return (1 - hole) * missing


def context_loss(filled, image, weights, norm: int = 1):
    """‖weights ⊙ (filled − image)‖₁ of each example, [B]; with norm 2 the squared Euclidean norm.

    Parameters
    ----------
    filled, image : [B, H, W, C] in [-1, 1]; where `weights` is 0 what `image` holds does not matter.
    weights : [B, H, W, 1]: `importance_weights(hole)`, or `1 - hole` for the unweighted loss.
    norm : 1 or 2.

    Raises
    ------
    ValueError
        Where the norm is another.
    """
    if norm not in (1, 2):
        raise ValueError(f"context_loss: norm is {norm!r}; it must be 1 or 2")
    off = weights * (filled - image)
    return ops.sum(ops.abs(off) if norm == 1 else ops.square(off), axis=(1, 2, 3))

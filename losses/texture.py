"""How far features are from those of a texture, and how rough a picture is.

C. Yang, X. Lu, Z. Lin, E. Shechtman, O. Wang, H. Li, "High-resolution image inpainting using multi-scale neural patch
synthesis", CVPR 2017 (arXiv:1611.09969), equations 3 and 5:

    E_t = 1/|R| · Σ_i ‖P_i − Q_i‖²        P_i: patch i of the features φ(x), Q_i: the one that it is to be like
    γ(x) = Σ (x[i, j + 1] − x[i, j])² + (x[i + 1, j] − x[i, j])²

Patches overlap: cell c of the features lies in n_c of them, each of which asks it to be a q. The mean v_c of these
votes is all that E_t needs, since Σ (f − q)² = n (f − v)² + Σ (q − v)², and the last sum does not depend on f. So

    |R| · E_t = Σ_c n_c ‖f_c − v_c‖² + constant.

Features [B, h, w, C]; pictures [B, H, W, C]; losses [B].
"""

from keras import ops


def texture_loss(features, votes, weights):
    """Σ weights · ‖features − votes‖² over cells, [B].

    Parameters
    ----------
    features, votes : [B, h, w, C], what there is, and the mean of what the patches ask for.
    weights : [B, h, w, 1], how many patches ask, n_c; 0 where none does. Over |R| for the paper's mean.
    """
    return ops.sum(weights * ops.square(features - votes), axis=(1, 2, 3))


def total_variation(images):
    """γ(x): the squared differences of neighbours side by side and one above the other, summed, [B]."""
    across = ops.square(images[:, :, 1:] - images[:, :, :-1])
    down = ops.square(images[:, 1:] - images[:, :-1])
    return ops.sum(across, axis=(1, 2, 3)) + ops.sum(down, axis=(1, 2, 3))

"""Pictures that another split has as well: what was trained on must not be what is tested.

Two pictures are taken for one where their values, or those of one and the mirrored other, differ by no more than a root
mean square of 8 of 255 grey levels (30 dB). Pictures uint8 [N, H, W, C] of one shape.
"""

import numpy as np

ALIKE = 8.0  # grey levels


def unlike(images, others, alike: float = ALIKE) -> np.ndarray:
    """Which of `images` [N, H, W, C] are, mirrored or not, none of `others` [M, H, W, C]; bool [N]."""
    found = np.ones(len(images), bool)
    if not len(images) or not len(others):
        return found
    flat = np.reshape(images, (len(images), -1)).astype(np.float32)
    for seen in (others, np.asarray(others)[:, :, ::-1]):
        known = np.reshape(seen, (len(others), -1)).astype(np.float32)
        found &= _squares(flat, known).min(1) > alike**2 * flat.shape[1]
    return found


def _squares(a, b):
    """Squared distances [N, M] of rows of a [N, K] and b [M, K]."""
    return np.square(a).sum(1)[:, None] + np.square(b).sum(1) - 2 * a @ b.T

"""Pictures as OpenCV takes them: [H, W, C] float in [-1, 1], C in {1, 3} ↔ [H, W, 3] of 256 levels, and back."""

import numpy as np

from holefill.errors import UserError


def require_channels(name: str, target: np.ndarray) -> None:
    """Raise `UserError` where blend `name`, which works on 8 bits, cannot take the picture's channels."""
    if target.shape[-1] not in (1, 3):
        raise UserError(f"blend {name!r} takes 1 or 3 channels, not {target.shape[-1]}: use blend 'poisson'")


def to_levels(x: np.ndarray) -> np.ndarray:
    """[h, w, 3] uint8; one channel is repeated."""
    x = np.rint((np.clip(x, -1, 1) + 1) * 127.5).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(x, (*x.shape[:2], 3)))


def from_levels(x: np.ndarray) -> np.ndarray:
    """[h, w, 3] float32 in [-1, 1]."""
    return x.astype(np.float32) / 127.5 - 1

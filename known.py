"""What is known of a picture, carried into what is missing. Arrays [H, W, C]; holes [H, W] or [H, W, 1], 1 missing."""

import numpy as np
from scipy.ndimage import distance_transform_edt


def nearest_known(array: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Each missing pixel takes the nearest known one's value; zeros where nothing is known."""
    missing = np.reshape(missing, array.shape[:2]) > 0
    if missing.all():
        return np.zeros_like(array)
    if not missing.any():
        return array
    rows, columns = distance_transform_edt(missing, return_distances=False, return_indices=True)
    return array[rows, columns]

"""Exemplar-based completion in plain NumPy, straight from the paper: the yardstick of `exemplar@paper`.

A. Criminisi, P. Pérez, K. Toyama, "Region filling and object removal by exemplar-based image inpainting", IEEE
Transactions on Image Processing 13(9), 2004, table I. Every step computes all priorities and compares all patches.
What the paper leaves open is as in `holefill.methods.exemplar`, and so is every pixel of the result.

In and out: an image [H, W, C] float32 in [-1, 1] with C 1 or 3, a hole [H, W, 1] float32, 1 = missing.
"""

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def complete(image: np.ndarray, hole: np.ndarray, patch: int = 9) -> np.ndarray:
    """The picture with its hole filled; somewhere in it a whole patch is known."""
    missing, radius = hole[..., 0] > 0.5, patch // 2
    image = np.where(missing[..., None], np.float32(-1), image)
    pixels = np.rint((image + 1) * 127.5).astype(np.uint8)
    pixels = (cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB) if pixels.shape[-1] == 3 else pixels).astype(np.int32)
    sources = sliding_window_view(~missing, (patch, patch)).all((2, 3))
    confidence = np.where(missing, 0.0, 1.0)
    while missing.any():
        (y, x), certain = highest_priority(pixels[..., 0], missing, confidence, radius)
        box = around(y, x, radius, missing.shape)
        row, column = most_alike(pixels, missing, sources, box, (y - radius, x - radius))
        down, right = row - (y - radius), column - (x - radius)
        source = slice(box[0].start + down, box[0].stop + down), slice(box[1].start + right, box[1].stop + right)
        new = missing[box]
        image[box][new], pixels[box][new], confidence[box][new] = image[source][new], pixels[source][new], certain
        missing[box] = False
    return image


def highest_priority(light, missing, confidence, radius: int):
    """The pixel of the front with the highest C · D, the first of several, and its C."""
    steepness, normal = gradient(light, missing), normals(missing)
    best, found = -1.0, None
    for y, x in np.argwhere(front(missing)):
        box = around(y, x, radius, missing.shape)
        c = confidence[box].cumsum()[-1] / confidence[box].size  # cumsum adds one by one, where sum would not
        gy, gx = steepness[box].reshape(-1, 2)[np.argmax(np.square(steepness[box]).sum(-1))]
        ny, nx = normal[y, x]
        d = abs(gy * nx - gx * ny) / np.sqrt(ny**2 + nx**2) / 255 if ny or nx else 0.0
        if c * (d + 0.001) > best:
            best, found = c * (d + 0.001), ((y, x), c)
    return found


def most_alike(pixels, missing, sources, box, first):
    """First pixel of the source patch with the least sum of squared differences, of several the nearest."""
    height, width = sources.shape
    apart = np.zeros((height, width), np.int32)
    for y, x in np.argwhere(~missing[box]):
        y, x = y + box[0].start, x + box[1].start
        down, right = y - first[0], x - first[1]
        apart += np.square(pixels[down : down + height, right : right + width] - pixels[y, x]).sum(-1, dtype=np.int32)
    least = apart[sources].min()
    alike = np.argwhere(sources & (apart == least))
    return alike[np.argmin(np.square(alike - first).sum(1))]


def around(y: int, x: int, radius: int, shape) -> tuple[slice, slice]:
    """The part of a patch that lies in the picture."""
    return (
        slice(max(y - radius, 0), min(y + radius + 1, shape[0])),
        slice(max(x - radius, 0), min(x + radius + 1, shape[1])),
    )


def front(missing):
    """Missing pixels above, below or beside a known one."""
    known = np.pad(~missing, 1)
    return missing & (known[:-2, 1:-1] | known[2:, 1:-1] | known[1:-1, :-2] | known[1:-1, 2:])


def gradient(light, missing):
    """[H, W, 2] central differences, zero where the pixel or one of its four neighbours is not known."""
    found, known = np.zeros((*light.shape, 2)), np.zeros(light.shape, bool)
    known[1:-1, 1:-1] = ~missing[1:-1, 1:-1] & ~(
        missing[:-2, 1:-1] | missing[2:, 1:-1] | missing[1:-1, :-2] | missing[1:-1, 2:]
    )
    found[1:-1, :, 0], found[:, 1:-1, 1] = (light[2:] - light[:-2]) / 2, (light[:, 2:] - light[:, :-2]) / 2
    return found * known[..., None]


def normals(missing):
    """[H, W, 2] Sobel differences of the hole, at right angles to its front."""
    padded = np.pad(missing, 1, mode="edge").astype(float)
    across = padded[:, 2:] - padded[:, :-2]
    down = padded[2:] - padded[:-2]
    return np.stack(
        [down[:, :-2] + 2 * down[:, 1:-1] + down[:, 2:], across[:-2] + 2 * across[1:-1] + across[2:]], axis=-1
    )

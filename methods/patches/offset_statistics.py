"""The dominant offsets of a picture: how far apart its similar patches lie.

K. He, J. Sun, "Statistics of patch offsets for image completion", ECCV 2012, section 3.1 (doi:10.1007/
978-3-642-33709-3_2). For each known patch P(x) its nearest patch that lies not too near,

    s(x) = argmin_s |P(x + s) - P(x)|²   subject to  |s| > τ,

then the histogram of s in two dimensions, smoothed by a Gaussian (σ = √2), and its highest peaks. The search is
that of their "Computing nearest-neighbor fields via propagation-assisted kd-trees", CVPR 2012: the lowest
Walsh-Hadamard coefficients of each patch in a kd-tree, no backtracking, leaves of neighbours' matches instead.

In: pixels [H, W, C] float32 in [-1, 1], C 1 or 3, and known [H, W] bool. Out: offsets int32 [K, 2], (down, across).
"""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import linalg, ndimage

SIGMA = math.sqrt(2)  # of the histogram's Gaussian
PEAK = 9  # side of the square in which a peak is the highest
LEAF = 32  # patches in a leaf, about
PATCHES = 400_000  # pixels; a larger region is compared at a smaller scale
ENOUGH = 16  # matches below which there is no statistics
VOTERS = 256  # patches by which a peak of a smaller scale is found again at full resolution, at scale 1
BANDS = 8  # of rows, matched apart from one another: a constant, for the same result on every machine
OPPONENT = np.float32([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])  # Y, Cb, Cr


def dominant(pixels: np.ndarray, known: np.ndarray, patch: int, least: float, most: int) -> np.ndarray:
    """Peaks of the histogram of offsets, `most` at most, the highest first; none where there are too few patches.

    Parameters
    ----------
    patch : the side of a patch, a power of two
    least : τ, the offsets' least length in pixels
    """
    scale = math.ceil(math.sqrt(known.size / PATCHES))
    small, sure = reduced(pixels, scale), reduced(known[..., None], scale)[..., 0] == 1
    matches, width = matched(small, sure, patch, least / scale)
    at = np.flatnonzero(matches >= 0)
    if len(at) < ENOUGH:
        return np.zeros((0, 2), np.int32)
    at = np.stack([at // width, at % width], 1)
    offsets = np.stack([matches[matches >= 0] // width, matches[matches >= 0] % width], 1) - at
    found = peaks(offsets, sure.shape, least / scale)[:most]
    if scale == 1:
        return found
    return np.array([_refined(pixels, known, patch, scale, at, offsets, peak) for peak in found], np.int32)


def reduced(values: np.ndarray, scale: int) -> np.ndarray:
    """Means over squares of `scale` pixels, [⌈H / scale⌉, ⌈W / scale⌉, C]; the last ones repeat the edge."""
    if scale == 1:
        return values.astype(np.float32)
    values = np.pad(values, [(0, -side % scale) for side in values.shape[:2]] + [(0, 0)], mode="edge")
    height, width, channels = values.shape
    return values.reshape(height // scale, scale, width // scale, scale, channels).mean((1, 3), dtype=np.float32)


def _refined(pixels, known, patch, scale, at, offsets, peak) -> np.ndarray:
    """A peak found at a smaller scale at full resolution: where its patches fit best."""
    voters = at[(np.abs(offsets - peak) <= 1).all(1)]
    if not len(voters):  # a peak between its offsets, all of them further away
        return peak * scale
    voters = voters[:: math.ceil(len(voters) / max(8, VOTERS // scale**2))] * scale
    window = np.indices((patch, patch)).reshape(2, -1).T
    places = (voters[:, None] + window).reshape(-1, 2)
    shifts = (np.indices((2 * scale + 1, 2 * scale + 1)).reshape(2, -1).T - scale) + peak * scale
    most = np.array(known.shape) - 1
    costs = []
    for shift in shifts:
        moved = tuple(np.clip(places + shift, 0, most).T)
        both = known[moved] & known[tuple(places.T)]
        apart = np.square(pixels[moved] - pixels[tuple(places.T)]).sum(-1)
        costs.append(apart[both].mean() if both.any() else np.inf)
    return shifts[int(np.argmin(costs))]


def peaks(offsets: np.ndarray, shape: tuple[int, int], least: float) -> np.ndarray:
    """Places where the smoothed histogram of offsets [N, 2] is highest in a square of `PEAK`, the highest first."""
    height, width = shape
    histogram = np.zeros((2 * height + 1, 2 * width + 1), np.float32)
    np.add.at(histogram, (offsets[:, 0] + height, offsets[:, 1] + width), 1)
    smooth = ndimage.gaussian_filter(histogram, SIGMA, mode="constant")
    highest = (smooth > 1e-3) & (smooth == ndimage.maximum_filter(smooth, PEAK, mode="constant"))
    down, across = np.nonzero(highest)
    order = np.argsort(-smooth[down, across], kind="stable")
    found = np.stack([down - height, across - width], 1)[order].astype(np.int32)
    return found[np.hypot(*found.T) >= least] if len(found) else found


def matched(pixels: np.ndarray, known: np.ndarray, patch: int, least: float) -> tuple[np.ndarray, int]:
    """Each whole known patch's nearest, `y · width + x` of its upper left corner (-1: none), and that width."""
    from holefill.methods.patches.offset_matches import match

    whole = _whole(known, patch)
    height, width = whole.shape
    numbers = np.flatnonzero(whole).astype(np.int32)
    matches = np.full(height * width, -1, np.int32)
    if len(numbers) < 2:
        return matches, max(1, width)
    features = _features(np.where(known[..., None], pixels, 0), patch)[numbers]
    leaves = _leaves(features)  # [L, M] rows of `features`
    leaf_of, row_of = np.full((2, height * width), -1, np.int32)
    row_of[numbers[leaves.ravel()]] = np.arange(leaves.size)
    leaf_of[numbers] = row_of[numbers] // leaves.shape[1]
    arguments = features[leaves.ravel()], numbers[leaves.ravel()], leaf_of, row_of, width, least * least, matches
    rows = [height * band // BANDS for band in range(BANDS + 1)]
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda start, stop: match(*arguments, start, stop), rows[:-1], rows[1:]))
    return matches, width


def _whole(known: np.ndarray, patch: int) -> np.ndarray:
    """[H - p + 1, W - p + 1] where a patch's pixels are all known."""
    height, width = (max(0, side - patch + 1) for side in known.shape)
    total = np.zeros((known.shape[0] + 1, known.shape[1] + 1), np.int64)
    total[1:, 1:] = known.cumsum(0).cumsum(1)
    if not height or not width:
        return np.zeros((height, width), bool)
    sums = total[patch:, patch:] - total[:height, patch:] - total[patch:, :width] + total[:height, :width]
    return sums == patch * patch


def _features(pixels: np.ndarray, patch: int) -> np.ndarray:
    """[N, D] float32, for each patch the lowest Walsh-Hadamard coefficients: 16 of the luma, 4 of each chroma."""
    planes = pixels @ OPPONENT.T if pixels.shape[-1] == 3 else pixels
    walsh = linalg.hadamard(patch)
    walsh = walsh[np.argsort((np.diff(walsh, axis=1) != 0).sum(1))].astype(np.float32) / patch
    found = []
    for channel, plane in enumerate(np.moveaxis(planes, -1, 0)):
        waves = walsh[: 4 if channel == 0 else 2]
        for wave in waves:
            lines = sum(wave[k] * plane[k : plane.shape[0] - patch + 1 + k] for k in range(patch))
            found += [sum(w[k] * lines[:, k : plane.shape[1] - patch + 1 + k] for k in range(patch)) for w in waves]
    return np.stack([plane.ravel() for plane in found], 1)


def _leaves(features: np.ndarray) -> np.ndarray:
    """A kd-tree's leaves [L, M]: rows of `features`, halved where they spread most; some twice, to come out even."""
    depth = max(0, round(math.log2(len(features) / LEAF)))
    size = -(-len(features) // 2**depth)
    nodes = np.arange(size * 2**depth)[None] % len(features)
    for _ in range(depth):
        sample = features[nodes[:, :: max(1, nodes.shape[1] // 64)]]
        widest = sample.var(1).argmax(1)
        values = features[nodes, widest[:, None]]
        order = np.argpartition(values, nodes.shape[1] // 2, axis=1)
        nodes = np.take_along_axis(nodes, order, 1).reshape(2 * len(nodes), -1)
    return nodes

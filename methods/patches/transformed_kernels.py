"""Nearest neighbours among transformed patches: the inner loops of `planar` and `melding`, compiled by numba.

A match says where the pixels of one patch come from. For the pixel at (dy, dx) from the middle of the patch it is

    (source y, source x) = (p + A (dy, dx)) / (1 + g · (dy, dx)),

the homography written about the patch's middle: eight numbers py, px, a_yy, a_yx, a_xy, a_xx, gy, gx. A plain
translation has A = 1 and g = 0. Sources are sampled bilinearly, and made to agree with the patch by a gain and a bias
for each channel, within limits; means and deviations are those of a round window about a pixel, so that they need no
sampling of the patch.

Arrays: image [H + 1, W + 1, 4] float32 (the last row and column repeat, for bilinear samples), its slopes
[H + 1, W + 1, 2] (∂/∂y, ∂/∂x of channel 0; they turn and scale as a patch does), mean and deviation [H, W, 4], room
[H, W] (how far the nearest pixel is that may not be a source, in steps of a king), slots [H, W] (the number of the
patch about a pixel, or -1), targets [T, 2] (y, x in reading order), field = (matches [T, 8], labels [T], extras [T],
costs [T]).
Each kernel does targets or rows `start` to `stop`, so chunks of fixed size run in threads with the same result.

C. Barnes, E. Shechtman, D. Goldman, A. Finkelstein, "The generalized PatchMatch correspondence algorithm", ECCV 2010.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled

_OPTIONS = {"nogil": True, "error_model": "numpy", "fastmath": REORDERED}
_compiled = compiled(**_OPTIONS)
# Always part of its caller: of a function of its own there would be a copy for each caller, rounded as that one's
# optimisation has it, and whether it was compiled just now or loaded would tell which copy is called.
_inlined = compiled(**_OPTIONS, forceinline=True)
FAR = np.float32(1e30)  # the cost of what may not be
ONE = np.float32(1)  # numba computes float32 with a plain 1 in float64


@_inlined
def _source(match, dy, dx):
    """Where (dy, dx) comes from: the pixel above and to the left, and the shares of it and its three neighbours."""
    fy, fx = np.float32(dy), np.float32(dx)
    over = ONE / (ONE + match[6] * fy + match[7] * fx)
    y = (match[0] + match[2] * fy + match[3] * fx) * over
    x = (match[1] + match[4] * fy + match[5] * fx) * over
    iy, ix = np.uint32(y), np.uint32(x)
    fy, fx = y - np.float32(iy), x - np.float32(ix)
    both = fy * fx
    return iy, ix, (ONE - fy - fx + both, fx - both, fy - both, both)


@_inlined
def _blend(image, y, x, shares, k):
    """Channel k of the image between four pixels."""
    z, n = y + np.uint32(1), x + np.uint32(1)
    upper = shares[0] * image[y, x, k] + shares[1] * image[y, n, k]
    return upper + shares[2] * image[z, x, k] + shares[3] * image[z, n, k]


@_inlined
def _turn(match):
    """The derivative of the source's place: [yy, yx, xy, xx]."""
    yy, yx = match[2] - match[0] * match[6], match[3] - match[0] * match[7]
    xy, xx = match[4] - match[1] * match[6], match[5] - match[1] * match[7]
    return yy, yx, xy, xx


@_inlined
def _fits(match, room, radius, areas):
    """Whether all of the source patch is known and its area, of the patch's, lies within `areas`."""
    if not (0 <= match[0] <= room.shape[0] - 1 and 0 <= match[1] <= room.shape[1] - 1):
        return False
    y, x = int(match[0] + np.float32(0.5)), int(match[1] + np.float32(0.5))
    yy, yx, xy, xx = _turn(match)
    if not areas[0] <= abs(yy * xx - yx * xy) <= areas[1]:
        return False
    reach = np.float32(0)
    for corner in range(4):
        dy = np.float32(radius if corner & 1 else -radius)
        dx = np.float32(radius if corner & 2 else -radius)
        below = ONE + match[6] * dy + match[7] * dx
        if below < np.float32(0.1):
            return False
        reach = max(reach, abs((match[0] + match[2] * dy + match[3] * dx) / below - y))
        reach = max(reach, abs((match[1] + match[4] * dy + match[5] * dx) / below - x))
    return reach < room[y, x] - np.float32(0.999)


@_compiled
def fitting(matches, room, radius, areas, fits):
    """Which matches' source patches may be used: fits [T] bool."""
    for t in range(matches.shape[0]):
        fits[t] = _fits(matches[t], room, radius, areas)


@_inlined
def _tones(mean, deviation, y, x, match, limits, tones):
    """tones [2, 4] = gain and bias of each channel, that bring the source's mean and deviation to the patch's."""
    sy, sx = int(match[0] + np.float32(0.5)), int(match[1] + np.float32(0.5))
    for c in range(4):
        gain = deviation[y, x, c] / max(deviation[sy, sx, c], np.float32(1e-4))
        gain = min(max(gain, limits[0, c]), limits[1, c])
        tones[0, c] = gain
        tones[1, c] = min(max(mean[y, x, c] - gain * mean[sy, sx, c], -limits[2, c]), limits[2, c])


@_inlined
def _unlike(value, other, squares):
    """|value - other|, squared where `squares` is 1."""
    apart = abs(value - other)
    return apart * (ONE + squares * (apart - ONE))


@_inlined
def _distance(image, slopes, trust, y, x, match, tones, falloff, bound, squares, sloping):
    """How far the patch about (y, x) is from its match: a weighted mean; gives up beyond `bound`.

    falloff [2 r + 1, 2 r + 1]; squares 1 squares the differences, 0 does not; sloping weighs slopes, and 0 leaves
    them out.
    """
    radius = falloff.shape[0] // 2
    top, bottom = max(-radius, -y), min(radius, trust.shape[0] - 1 - y)
    left, right = max(-radius, -x), min(radius, trust.shape[1] - 1 - x)
    mass, total = np.float32(0), np.float32(0)
    for dy in range(top, bottom + 1):
        for dx in range(left, right + 1):
            mass += falloff[dy + radius, dx + radius] * trust[y + dy, x + dx]
    yy, yx, xy, xx = _turn(match)
    gain0, gain1, gain2, _ = tones[0]
    bias0, bias1, bias2, _ = tones[1]
    for dy in range(top, bottom + 1):
        for dx in range(left, right + 1):
            iy, ix, shares = _source(match, dy, dx)
            here = image[y + dy, x + dx]
            apart = _unlike(gain0 * _blend(image, iy, ix, shares, 0) + bias0, here[0], squares)
            apart += _unlike(gain1 * _blend(image, iy, ix, shares, 1) + bias1, here[1], squares)
            apart += _unlike(gain2 * _blend(image, iy, ix, shares, 2) + bias2, here[2], squares)
            if sloping > 0:
                down, right_ = _blend(slopes, iy, ix, shares, 0), _blend(slopes, iy, ix, shares, 1)
                here = slopes[y + dy, x + dx]
                apart += sloping * _unlike(gain0 * (yy * down + xy * right_), here[0], squares)
                apart += sloping * _unlike(gain0 * (yx * down + xx * right_), here[1], squares)
            total += falloff[dy + radius, dx + radius] * trust[y + dy, x + dx] * apart
        if total > bound * mass:
            return FAR
    return total / mass


@_inlined
def _cost(scene, terms, y, x, match, label, extra, bound, tones):
    """The cost of a match: distance, how unlikely its label is here and there, and what it costs beside; FAR, if none.

    scene = (image, slopes, mean, deviation, trust, room, unlikely [K, H, W]);
    terms = (falloff, limits [3, 4], areas [2], (squares, sloping)).
    """
    image, slopes, mean, deviation, trust, room, unlikely = scene
    falloff, limits, areas, weights = terms
    if not _fits(match, room, falloff.shape[0] // 2, areas):
        return FAR
    sy, sx = int(match[0] + 0.5), int(match[1] + 0.5)
    beside = extra + unlikely[label, y, x] + unlikely[label, sy, sx]
    if beside >= bound:
        return FAR
    _tones(mean, deviation, y, x, match, limits, tones)
    return beside + _distance(image, slopes, trust, y, x, match, tones, falloff, bound - beside, weights[0], weights[1])


@_compiled
def try_matches(scene, terms, targets, field, offered, offered_labels, offered_extras, start, stop):
    """Take each offered match that costs less than what its patch has."""
    matches, labels, extras, costs = field
    tones = np.empty((2, 4), np.float32)
    for t in range(start, stop):
        label, extra = offered_labels[t], offered_extras[t]
        cost = _cost(scene, terms, targets[t, 0], targets[t, 1], offered[t], label, extra, costs[t], tones)
        if cost < costs[t]:
            matches[t] = offered[t]
            labels[t], extras[t], costs[t] = label, extra, cost


@_inlined
def shift(match, dy, dx, moved):
    """The same map written about the pixel at (dy, dx) from the middle of the patch."""
    dy, dx = np.float32(dy), np.float32(dx)
    over = ONE / (ONE + match[6] * dy + match[7] * dx)
    moved[0] = (match[0] + match[2] * dy + match[3] * dx) * over
    moved[1] = (match[1] + match[4] * dy + match[5] * dx) * over
    for k in range(2, 8):
        moved[k] = match[k] * over


@_compiled
def propagate(scene, terms, targets, slots, field, before, backward, rescore, start, stop):
    """Offer each patch the matches of its neighbours, as they continue over it; row by row, or backwards.

    Neighbours of other chunks are read from `before` = (matches, labels, extras), as they were. Where `rescore` is
    set, what a patch has is measured anew first: the picture has changed.
    """
    matches, labels, extras, costs = field
    tones, moved = np.empty((2, 4), np.float32), np.empty(8, np.float32)
    for n in range(start, stop):
        t = start + stop - 1 - n if backward else n
        y, x = targets[t, 0], targets[t, 1]
        if rescore:
            costs[t] = _cost(scene, terms, y, x, matches[t], labels[t], extras[t], FAR, tones)
        for way in range(4):
            dy = (way == 0) - (way == 2)
            dx = (way == 1) - (way == 3)
            ny, nx = y - dy, x - dx
            if not (0 <= ny < slots.shape[0] and 0 <= nx < slots.shape[1]):
                continue
            s = slots[ny, nx]
            if s < 0:
                continue
            if start <= s < stop:
                near, label, extra = matches[s], labels[s], extras[s]
            else:
                near, label, extra = before[0][s], before[1][s], before[2][s]
            shift(near, dy, dx, moved)
            apart = np.float32(0)
            for k in range(8):
                apart += abs(moved[k] - matches[t, k])
            if apart < 1e-3:
                continue
            cost = _cost(scene, terms, y, x, moved, label, extra, costs[t], tones)
            if cost < costs[t]:
                for k in range(8):
                    matches[t, k] = moved[k]
                labels[t], extras[t], costs[t] = label, extra, cost


@_compiled
def vote(scene, terms, slots, matches, weights, values, steps, mass, start, stop):
    """Sum what the patches say of pixels in rows start … stop: colours, and differences to the next pixel.

    values [H, W, 4], mass [H, W]; steps [2, H, W, 5]: differences down and right, and their mass in the last place, or
    of no rows, where differences are not asked for.
    """
    image, mean, deviation = scene[0], scene[2], scene[3]
    falloff, limits = terms[0], terms[1]
    radius = falloff.shape[0] // 2
    height, width = slots.shape
    tones, row = np.empty((2, 4), np.float32), np.empty((2, 2 * radius + 1, 4), np.float32)
    stepping = steps.shape[1] > 0
    for y in range(max(0, start - radius - stepping), min(height, stop + radius)):
        top, bottom = max(-radius, start - y), min(radius, stop - 1 - y + stepping, height - 1 - y)
        for x in range(width):
            t = slots[y, x]
            if t < 0 or top > bottom:
                continue
            left, right = max(-radius, -x), min(radius, width - 1 - x)
            match = matches[t]
            _tones(mean, deviation, y, x, match, limits, tones)
            for dy in range(top, bottom + 1):
                for dx in range(left, right + 1):
                    iy, ix, shares = _source(match, dy, dx)
                    weight = weights[t] * falloff[dy + radius, dx + radius]
                    for k in range(4):
                        value = tones[0, k] * _blend(image, iy, ix, shares, k) + tones[1, k]
                        row[dy & 1, dx + radius, k] = value
                    if y + dy < stop:
                        for k in range(4):
                            values[y + dy, x + dx, k] += weight * row[dy & 1, dx + radius, k]
                        mass[y + dy, x + dx] += weight
                    if stepping:
                        here = row[dy & 1, dx + radius]
                        if dx > left and y + dy < stop:
                            into, last = steps[1, y + dy, x + dx - 1], row[dy & 1, dx + radius - 1]
                            for k in range(4):
                                into[k] += weight * (here[k] - last[k])
                            into[4] += weight
                        if dy > top:
                            into, last = steps[0, y + dy - 1, x + dx], row[(dy - 1) & 1, dx + radius]
                            for k in range(4):
                                into[k] += weight * (here[k] - last[k])
                            into[4] += weight

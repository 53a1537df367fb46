"""One α-expansion as a cut through a graph, for `offset_labels`: compiled by numba and kept on disk.

Y. Boykov, O. Veksler, R. Zabih, "Fast approximate energy minimization via graph cuts", PAMI 23(11), 2001; terms that
are not submodular are truncated, after which the energy still never grows (C. Rother, S. Kumar, V. Kolmogorov,
A. Blake, "Digital tapestry", CVPR 2005, section 3.1). Costs are whole numbers.
"""

import numpy as np

from holefill.compiled import compiled

STEPS = np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])  # direction d and its opposite d ^ 1


@compiled(nogil=True)
def graph(picture, known, labels, around, offsets, alpha, nodes, radius, unknown, ids):
    """What `max_flow.flow` is to cut: to the sink's side go those nodes that should have label `alpha` instead.

    picture : int16 [H, W, F]; known : bool [H, W]; labels : int16 [H, W], -1 where there is no node
    offsets : int32 [K, 2], of which the last is (0, 0), the label of what is known
    nodes : int32 [n, 2], the places that may change
    radius : only where `around` has alpha within so many pixels; below 0: anywhere
    unknown : the cost of a comparison with what is not known
    ids : int32 [H, W], -1 everywhere; filled with the numbers of the nodes that are in the graph

    Returns which of the nodes are in the graph, int32 [m], and `near`, `room` and `excess` of `flow`.
    """
    height, width = known.shape
    zero, new = offsets[len(offsets) - 1], offsets[alpha]
    taken = _takers(known, labels, around, new, alpha, nodes, radius, ids)
    n = len(taken)
    nears, room = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.int32)
    excess = np.zeros(n, np.int32)  # what taking alpha costs more
    for k in range(n):
        y, x = nodes[taken[k]]
        old = offsets[labels[y, x]]
        for d in range(4):
            i, j = y + STEPS[d, 0], x + STEPS[d, 1]
            if not (0 <= i < height and 0 <= j < width) or not known[i, j] and labels[i, j] < 0:
                continue
            if known[i, j]:
                cost = _apart(picture, known, i, j, new, zero, unknown)
                excess[k] += cost - _apart(picture, known, i, j, old, zero, unknown)
                continue
            other, q = offsets[labels[i, j]], ids[i, j]
            keep = _apart(picture, known, y, x, old, other, unknown) + _apart(picture, known, i, j, old, other, unknown)
            take = _apart(picture, known, y, x, new, other, unknown) + _apart(picture, known, i, j, new, other, unknown)
            if q < 0:
                excess[k] += take - keep
            elif d % 2 == 0:
                late = _apart(picture, known, y, x, old, new, unknown) + _apart(picture, known, i, j, old, new, unknown)
                keep = min(keep, late + take)
                excess[k] += take - keep
                excess[q] -= take
                nears[k, d], nears[q, d ^ 1], room[k, d] = q, k, late + take - keep
    return taken, nears, room, excess


@compiled(nogil=True)
def _takers(known, labels, around, offset, alpha, nodes, radius, ids):
    """Which nodes could take alpha, that is `offset`: they get numbers in `ids`."""
    height, width = known.shape
    taken, n = np.empty(len(nodes), np.int32), 0
    for k in range(len(nodes)):
        y, x = nodes[k]
        i, j = y + offset[0], x + offset[1]
        if labels[y, x] == alpha or not (0 <= i < height and 0 <= j < width and known[i, j]):
            continue
        near = radius < 0
        for i in range(max(0, y - radius), min(height, y + radius + 1)):
            for j in range(max(0, x - radius), min(width, x + radius + 1)):
                near = near or around[i, j] == alpha
        if near:
            ids[y, x], taken[n] = n, k
            n += 1
    return taken[:n]


@compiled(nogil=True)
def _apart(picture, known, y, x, a, b, unknown):
    """|I(x + a) - I(x + b)|² at one place, offsets a and b; `unknown` where one of the two is not known."""
    i, j, k, m = y + a[0], x + a[1], y + b[0], x + b[1]
    height, width = known.shape
    first = 0 <= i < height and 0 <= j < width and known[i, j]
    second = 0 <= k < height and 0 <= m < width and known[k, m]
    if not (first and second):
        return np.int32(unknown if first or second else 0)
    total = np.int32(0)
    for c in range(picture.shape[2]):
        difference = np.int32(picture[i, j, c]) - np.int32(picture[k, m, c])
        total += difference * difference
    return total

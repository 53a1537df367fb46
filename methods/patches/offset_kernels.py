"""The inner loops of `holefill.methods.offsets`, compiled by numba and kept on disk: matching, maximum flow, expansion.

Three kernels, each of its paper:

`match`: K. He, J. Sun, "Computing nearest-neighbor fields via propagation-assisted kd-trees", CVPR 2012, section 3.
`flow`: Y. Boykov, V. Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for energy minimization in
vision", PAMI 26(9), 2004, section 3.2: two trees grow from the terminals until they meet; the path between them is
saturated, and what it orphans is adopted or let go. Times and distances to the terminal keep the trees flat.
`expand`: Y. Boykov, O. Veksler, R. Zabih, "Fast approximate energy minimization via graph cuts", PAMI 23(11), 2001,
one α-expansion; terms that are not submodular are truncated, after which the energy still never grows (C. Rother,
S. Kumar, V. Kolmogorov, A. Blake, "Digital tapestry", CVPR 2005, section 3.1).

Costs are whole numbers: sums are exact and every loop ends.
"""

import numpy as np

from holefill.compiled import REORDERED, compiled

SOURCE, SINK = 1, 2  # the tree of a node; 0: neither
TERMINAL, NONE = 4, 5  # parents beside the four neighbours
STEPS = np.array([[0, 1], [0, -1], [1, 0], [-1, 0]])  # direction d and its opposite d ^ 1
FAR = 1 << 30


@compiled(nogil=True, error_model="numpy", fastmath=REORDERED)
def match(features, leaves, leaf_of, row_of, width, least, matches, start, stop):
    """Nearest patch at least √`least` pixels away, for the patches of rows `start` to `stop` of a grid.

    features : float32 [L · M, D], leaf by leaf; leaves : int32 [L · M], their patches' numbers y · width + x
    leaf_of, row_of : int32 [patches], each patch's leaf and row of `features`; -1 where it is not whole
    matches : int32 [patches], filled; -1 where there is none

    A patch looks in its own leaf, and in those of its left and upper neighbours' matches moved along.
    """
    size = leaves.size // max(1, leaf_of.max() + 1)
    seen = np.empty(3, np.int32)
    for i in range(start * width, stop * width):
        matches[i] = -1
        if leaf_of[i] < 0:
            continue
        y, x = i // width, i % width
        seen[0], seen[1], seen[2] = leaf_of[i], -1, -1
        if x > 0 and matches[i - 1] >= 0 and matches[i - 1] % width + 1 < width:
            seen[1] = leaf_of[matches[i - 1] + 1]
        if y > start and matches[i - width] >= 0 and matches[i - width] + width < leaf_of.size:
            seen[2] = leaf_of[matches[i - width] + width]
        best, own = np.float32(np.inf), features[row_of[i]]
        for k in range(3):
            if seen[k] < 0 or k > 0 and seen[k] == seen[0] or k == 2 and seen[2] == seen[1]:
                continue
            for row in range(seen[k] * size, (seen[k] + 1) * size):
                j = leaves[row]
                down, across = j // width - y, j % width - x
                if down * down + across * across < least:
                    continue
                other, total = features[row], np.float32(0)
                for f in range(own.size):
                    total += (own[f] - other[f]) ** 2
                if total < best:
                    best, matches[i] = total, j


@compiled(nogil=True)
def flow(near, room, excess, tree):
    """Maximum flow through nodes with four neighbours; gives the flow and sorts the nodes into `tree`.

    near : int32 [n, 4], the neighbour to each side or -1; that node's side d ^ 1 leads back
    room : int32 [n, 4], the capacity towards each neighbour; changed
    excess : int32 [n], the capacity from the source, where negative that to the sink; changed
    tree : int8 [n], SINK: on the sink's side of the minimum cut that leaves the fewest there; filled
    """
    n = len(excess)
    parent, stamp, far = np.full(n, NONE, np.int8), np.zeros(n, np.int32), np.zeros(n, np.int32)
    line, queued, first, count = np.empty(n, np.int32), np.zeros(n, np.bool_), 0, 0
    orphans, total, now, p = np.empty(n, np.int32), 0, 0, -1
    for i in range(n):
        tree[i] = SOURCE if excess[i] > 0 else SINK if excess[i] < 0 else 0
        if tree[i]:
            parent[i], far[i], queued[i] = TERMINAL, 1, True
            line[count] = i
            count += 1
    while True:
        while p < 0 and count:
            p = line[first]
            queued[p] = False
            first, count = (first + 1) % n, count - 1
            if not tree[p]:
                p = -1
        if p < 0:
            return total
        bridge, onward = -1, tree[p] == SOURCE
        for d in range(4):
            q = near[p, d]
            if q < 0 or (room[p, d] if onward else room[q, d ^ 1]) <= 0:
                continue
            if not tree[q]:
                tree[q], parent[q], stamp[q], far[q] = tree[p], d ^ 1, stamp[p], far[p] + 1
                if not queued[q]:
                    line[(first + count) % n] = q
                    count, queued[q] = count + 1, True
            elif tree[q] != tree[p]:
                bridge = d
                break
            elif stamp[q] <= stamp[p] and far[q] > far[p]:
                parent[q], stamp[q], far[q] = d ^ 1, stamp[p], far[p] + 1
        now += 1
        if bridge < 0:
            p = -1
            continue
        q = near[p, bridge]
        a, b, d = (p, q, bridge) if onward else (q, p, bridge ^ 1)
        least = room[a, d]
        i = a
        while parent[i] != TERMINAL:
            j = near[i, parent[i]]
            least = min(least, room[j, parent[i] ^ 1])
            i = j
        least = min(least, excess[i])
        i = b
        while parent[i] != TERMINAL:
            least = min(least, room[i, parent[i]])
            i = near[i, parent[i]]
        least = min(least, -excess[i])
        total += least
        room[a, d] -= least
        room[b, d ^ 1] += least
        left = 0
        for end, sign in ((a, 1), (b, -1)):
            i = end
            while parent[i] != TERMINAL:
                side = parent[i]
                j = near[i, side]
                room[i, side] += sign * least
                room[j, side ^ 1] -= sign * least
                if (room[j, side ^ 1] if sign > 0 else room[i, side]) == 0:
                    parent[i] = NONE
                    orphans[left] = i
                    left += 1
                i = j
            excess[i] -= sign * least
            if excess[i] == 0:
                parent[i] = NONE
                orphans[left] = i
                left += 1
        while left:
            left -= 1
            i = orphans[left]
            onward, nearest = tree[i] == SOURCE, FAR
            for d in range(4):
                q = near[i, d]
                if q < 0 or tree[q] != tree[i] or (room[q, d ^ 1] if onward else room[i, d]) <= 0:
                    continue
                j, away = q, 0
                while True:
                    if stamp[j] == now:
                        away += far[j]
                        break
                    if parent[j] == NONE:
                        away = FAR
                        break
                    away += 1
                    if parent[j] == TERMINAL:
                        stamp[j], far[j] = now, 1
                        break
                    j = near[j, parent[j]]
                if away < FAR:
                    if away < nearest:
                        nearest, parent[i] = away, d
                    j = q
                    while stamp[j] != now:
                        stamp[j], far[j] = now, away
                        away -= 1
                        j = near[j, parent[j]]
            if nearest < FAR:
                stamp[i], far[i] = now, nearest + 1
                continue
            for d in range(4):
                q = near[i, d]
                if q < 0 or tree[q] != tree[i]:
                    continue
                if (room[q, d ^ 1] if onward else room[i, d]) > 0 and not queued[q]:
                    line[(first + count) % n] = q
                    count, queued[q] = count + 1, True
                if parent[q] < TERMINAL and near[q, parent[q]] == i:
                    parent[q] = NONE
                    orphans[left] = q
                    left += 1
            tree[i] = 0
        if not tree[p]:
            p = -1


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


@compiled(nogil=True)
def expand(picture, known, labels, around, offsets, alpha, nodes, radius, unknown, ids):
    """Give label `alpha` to those nodes for which the energy becomes least; how many change.

    picture : int16 [H, W, F]; known : bool [H, W]; labels : int16 [H, W], -1 where there is no node; changed
    offsets : int32 [K, 2], of which the last is (0, 0), the label of what is known
    nodes : int32 [n, 2], the places that may change; ids : int32 [H, W], -1 everywhere, before and after
    radius : only where `around` has alpha within so many pixels; below 0: anywhere
    unknown : the cost of a comparison with what is not known
    """
    height, width = known.shape
    zero, new = offsets[len(offsets) - 1], offsets[alpha]
    taken, n = np.empty(len(nodes), np.int32), 0
    for k in range(len(nodes)):
        y, x = nodes[k]
        i, j = y + new[0], x + new[1]
        if labels[y, x] == alpha or not (0 <= i < height and 0 <= j < width and known[i, j]):
            continue
        near = radius < 0
        for i in range(max(0, y - radius), min(height, y + radius + 1)):
            for j in range(max(0, x - radius), min(width, x + radius + 1)):
                near = near or around[i, j] == alpha
        if near:
            ids[y, x], taken[n] = n, k
            n += 1
    nears, room = np.full((n, 4), -1, np.int32), np.zeros((n, 4), np.int32)
    excess, tree = np.zeros(n, np.int32), np.zeros(n, np.int8)  # excess: what taking alpha costs more
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
    flow(nears, room, excess, tree)
    changed = 0
    for k in range(n):
        y, x = nodes[taken[k]]
        ids[y, x] = -1
        if tree[k] == SINK:
            labels[y, x] = alpha
            changed += 1
    return changed

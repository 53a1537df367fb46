"""Maximum flow and minimum cut through a grid, compiled by numba and kept on disk.

Y. Boykov, V. Kolmogorov, "An experimental comparison of min-cut/max-flow algorithms for energy minimization in vision",
PAMI 26(9), 2004, section 3.2: two trees grow from the terminals until they meet; the path between them is saturated,
and what it orphans is adopted or let go. Times and distances to the terminal keep the trees flat.

Capacities are whole numbers: sums are exact and every loop ends.
"""

import numpy as np

from holefill.compiled import compiled

SOURCE, SINK = 1, 2  # the tree of a node; 0: neither
TERMINAL, NONE = 4, 5  # parents beside the four neighbours
FAR = 1 << 30


@compiled(nogil=True)
def flow(near, room, excess, tree):
    """Maximum flow through nodes with four neighbours; gives the flow and sorts the nodes into `tree`.

    near : int32 [n, 4], the neighbour to each side or -1; that node's side d ^ 1 leads back
    room : int32 [n, 4], the capacity towards each neighbour; changed
    excess : int32 [n], the capacity from the source, where negative that to the sink; changed
    tree : int8 [n], SINK: on the sink's side of the minimum cut that leaves the fewest there; filled

    Growth and adoption are written out here: as functions they would take twice as long, with all these arrays.
    """
    n = len(excess)
    parent, stamp, far = np.full(n, NONE, np.int8), np.zeros(n, np.int32), np.zeros(n, np.int32)
    line, queued = np.empty(n, np.int32), np.zeros(n, np.bool_)  # a ring of the nodes whose tree may grow
    first, count = 0, _plant(excess, tree, parent, far, line, queued)
    orphans, total, now, p = np.empty(n, np.int32), 0, 0, -1
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
        least, left = _saturate(near, room, excess, parent, p, bridge, onward, orphans)
        total += least
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
def _plant(excess, tree, parent, far, line, queued):
    """Both trees begin with the nodes that have a terminal, all of which wait in line; how many."""
    count = 0
    for i in range(len(tree)):
        tree[i] = SOURCE if excess[i] > 0 else SINK if excess[i] < 0 else 0
        if tree[i]:
            parent[i], far[i], queued[i] = TERMINAL, 1, True
            line[count] = i
            count += 1
    return count


@compiled(nogil=True)
def _saturate(near, room, excess, parent, p, bridge, onward, orphans):
    """Send what it takes over the path through p and the bridge; how much, and how many nodes that orphans."""
    q = near[p, bridge]
    a, b, d = (p, q, bridge) if onward else (q, p, bridge ^ 1)
    least = min(
        room[a, d],
        _narrowest(near, room, excess, parent, a, True),
        _narrowest(near, room, excess, parent, b, False),
    )
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
    return least, left


@compiled(nogil=True)
def _narrowest(near, room, excess, parent, i, onward):
    """The least capacity on the way between a node and its terminal; onward: from the source."""
    least = np.int32(FAR)
    while parent[i] != TERMINAL:
        j = near[i, parent[i]]
        least = min(least, room[j, parent[i] ^ 1] if onward else room[i, parent[i]])
        i = j
    return min(least, excess[i] if onward else -excess[i])

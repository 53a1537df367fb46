"""Choosing completions that differ: the best first, then the best of those unlike the ones chosen."""

import numpy as np

DIFFERENCE = 0.05  # mean absolute difference inside the hole, of values in [-1, 1]: about 6 grey levels


def choose(fills, hole, count: int, difference: float = DIFFERENCE) -> list[int]:
    """Indices of `count` completions of one image, best first.

    Greedy: a completion is passed over where it is nearer than `difference` to a chosen one; where too few remain,
    those passed over fill up, best first.

    Parameters
    ----------
    fills : [N, H, W, C] in [-1, 1], best first, N ≥ count.
    hole : [H, W, 1], 1 = missing.
    """
    return differing(np.asarray(fills)[:, np.asarray(hole)[..., 0] > 0], count, difference)


def differing(inside, count: int, difference: float = DIFFERENCE) -> list[int]:
    """The same of what lies in the hole alone: N arrays [M, C]."""
    chosen = []
    for i, candidate in enumerate(inside):
        if len(chosen) < count and all(np.abs(candidate - inside[j]).mean() >= difference for j in chosen):
            chosen.append(i)
    passed_over = [i for i in range(len(inside)) if i not in chosen]
    return sorted(chosen + passed_over[: count - len(chosen)])

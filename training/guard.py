"""Watches the losses: not a number, or far above what they were, means a rollback.

A rollback goes to the last checkpoint and on from there with other batches and draws; after three of
them training stops and says so.
"""

import math
import statistics
from collections import deque

LIMIT = 3
WINDOW = 200
EXPLODED = 50.0


class Guard:
    """Judges scalars step by step; `healthy(losses)` is False where they went astray."""

    def __init__(self):
        self.recent: dict[str, deque] = {}

    def healthy(self, losses: dict[str, float]) -> bool:
        """Whether all are finite and none exceeds 50 × (1 + the median size of its last 200 values)."""
        for name, value in losses.items():
            recent = self.recent.setdefault(name, deque(maxlen=WINDOW))
            if not math.isfinite(value):
                return False
            if len(recent) >= 20 and abs(value) > EXPLODED * (1.0 + statistics.median(map(abs, recent))):
                return False
            recent.append(value)
        return True

    def forget(self):
        """Begin anew, after a rollback."""
        self.recent.clear()

"""Completion by transformed patches, coarse to fine: what `planar` and `melding` share.

At each of some levels, evenly spaced in the logarithm of the size, the hole's patches look for their likes among the
transformed patches of what is known (`transformed_search`), by offers of their neighbours and of a guide, and vote for
the colours in the hole; and again, until the next level takes the field over.

Y. Wexler, E. Shechtman, M. Irani, "Space-time completion of video", PAMI 29(3), 2007: patches, votes, levels.

In: colours [H, W, 3] float32 and missing [H, W] bool. Out: colours, those in the hole painted.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from holefill.errors import UserError
from holefill.methods import progress
from holefill.methods.patches import transformed_kernels as kernels
from holefill.methods.patches.transformed_levels import FAINT, carry, level, membrane, shrink, sizes, start
from holefill.methods.patches.transformed_search import Search, Terms, average


def check(patch: int, levels: int):
    """Raise UserError where the side of a patch or the number of levels is out of range."""
    if not (3 <= patch <= 31 and patch % 2):
        raise UserError(f"patch is {patch}; it must be odd, from 3 to 31 pixels")
    if not 1 <= levels <= 30:
        raise UserError(f"levels is {levels}; it must be from 1 to 30")


def complete(colours, missing, guide, terms: Terms, *, levels, least, iterations, seed, join=average):
    """Paint the hole.

    Parameters
    ----------
    guide : its `level(shape, targets)` gives an object with `unlikely` [K, h, w], what a label costs at a pixel;
        `settle(matches, labels)`, matches as they came from the coarser level, made its own; and
        `offers(field, rng)`, yielding (matches, labels, extras) to try.
    levels, least : how many sizes, and the smallest's shorter side
    iterations : (coarsest, finest)
    join : (Search, votes) → pixels

    Returns
    -------
    [H, W, 3] float32. Where no patch is known whole, smaller ones are taken; where none of 3 pixels is, the membrane.
    """
    for radius in sorted({terms.patch // 2, 2, 1}, reverse=True):
        if radius <= terms.patch // 2 and level(colours, missing, radius):
            return _completed(colours, missing, guide, terms, radius, levels, least, iterations, seed, join)
    return membrane(colours, missing)


def _completed(colours, missing, guide, terms, radius, levels, least, iterations, seed, join) -> np.ndarray:
    """`complete` with patches of that radius, of which one is known."""
    plan = sizes(*missing.shape, levels, least)
    old = None
    with (
        ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool,
        progress.bar("looking for patches", sum(height * width for height, width in plan)) as advance,
    ):
        for number, size in enumerate(plan):
            pixels, gone = shrink(colours, missing, size)
            at = level(pixels, gone, radius)
            if at is not None:
                rng = np.random.default_rng((seed, number))
                guided = guide.level(size, at.targets)
                search = _begin(old, at, pixels, guided, terms, radius, rng, pool, join)
                if old is None:
                    _peel(search, guided, rng, join)
                for k in range(round(np.interp(number, [0, max(len(plan) - 1, 1)], iterations))):
                    search.round(guided, rng, k, join)
                old = at
            advance(size[0] * size[1])
    return old.image[:-1, :-1, :3]


def _peel(search: Search, guided, rng, join):
    """Paint the hole from its rim inwards: what is not painted yet does not count."""
    trusted = search.trust
    for depth in range(1, math.ceil(search.at.depth.max()) + 1):
        search.trust = np.where(search.at.depth < depth, trusted, FAINT).astype(np.float32)
        search.round(guided, rng, depth, join)
    search.trust = trusted


def _begin(old, at, pixels, guided, terms, radius, rng, pool, join) -> Search:
    """A level's search, with a field and a first picture."""
    if old is None:
        at.image[:-1, :-1, :3] = membrane(pixels, at.missing)
        start(at, radius, rng)
        return Search(at, terms, radius, guided.unlikely, pool)
    larger = cv2.resize(old.image[:-1, :-1, :3], pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    at.image[:-1, :-1, :3][at.missing] = larger.reshape(pixels.shape)[at.missing]
    carry(old, at)
    at.field[0][:] = guided.settle(*at.field[:2])
    fits = np.zeros(len(at.targets), bool)
    kernels.fitting(at.field[0], at.room, radius, np.asarray(terms.areas, np.float32), fits)
    start(at, radius, rng, np.flatnonzero(~fits))
    search = Search(at, terms, radius, guided.unlikely, pool)
    search.paint(join)
    return search

"""Inner loops compiled by numba, and kept on disk where some folder for it can be written."""

import numba

REORDERED = {"reassoc", "contract", "nsz"}  # sums in any order; infinities and NaN stay what they are


def compiled(**options):
    """A decorator: `numba.njit` with these options, its result kept for the next process where that can be."""

    def compile(function):
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:
            return numba.njit(**options)(function)

    return compile

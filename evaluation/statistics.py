"""Figures from the scores of many pictures: mean, standard error, and how sure a difference is.

Scores are [N] or [N, K] float64 with NaN where a picture has none; such pictures are left out.
"""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
LEVEL = 0.95
AT_ONCE = 1 << 24  # resampling counts held at once
NO_DIFFERENCE = (np.nan,) * 3


@dataclass(frozen=True)
class Figure:
    """One metric of one method on one mask.

    mean, error (standard error; NaN for one picture) over the `judged` of `pictures`; `difference` of the means to the
    first method over the pictures that both have, with its interval `low` … `high`; NaN where there is none. `shared`
    is the mean over what all methods beside it have a score of; `exact` how many pictures equal the truth, where that
    has no finite score.
    """

    mean: float
    error: float
    judged: int
    pictures: int
    difference: float = np.nan
    low: float = np.nan
    high: float = np.nan
    shared: float = np.nan
    exact: int = 0

    def text(self, digits: int) -> str:
        """`mean ± error`, or the mean alone where there is no error."""
        return f"{self.mean:.{digits}f}" + (f" ± {self.error:.{digits}f}" if np.isfinite(self.error) else "")


def figure(values: np.ndarray, shared: np.ndarray | None = None, difference=NO_DIFFERENCE, exact: int = 0) -> Figure:
    """The figure of scores [N]; `shared` are those of them that all methods have, without it all."""
    judged = values[np.isfinite(values)]
    mean = judged.mean() if len(judged) else np.nan
    error = judged.std(ddof=1) / np.sqrt(len(judged)) if len(judged) > 1 else np.nan
    common = judged if shared is None else shared[np.isfinite(shared)]
    common = float(common.mean()) if len(common) else np.nan
    counts = len(judged), len(values)
    return Figure(float(mean), float(error), *counts, *map(float, difference), shared=common, exact=exact)


def paired_bootstrap(differences: np.ndarray, seed: int = 0, resamples: int = RESAMPLES):
    """Mean differences and their 95 % intervals.

    The pictures are drawn with replacement, N at a time, and each draw's mean difference noted; the interval holds the
    middle 95 % of the draws (percentiles: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). A
    picture's differences are drawn together, so that what makes a picture easy or hard for both methods cancels.

    Parameters
    ----------
    differences : [N, K] float64, method less first method, NaN where one of them has no score

    Returns
    -------
    mean, low, high : [K] float64 each; low and high NaN where fewer than two pictures have both scores
    """
    n, k = differences.shape
    judged = np.isfinite(differences)
    filled, counted = np.where(judged, differences, 0.0), judged.astype(np.float64)
    rng, draws, chunk = np.random.default_rng(seed), [], max(1, AT_ONCE // max(n, 1))
    for start in range(0, resamples, chunk):
        counts = rng.multinomial(n, np.full(n, 1 / n), size=min(chunk, resamples - start)).astype(np.float64)
        draws.append(_ratio(counts @ filled, counts @ counted))
    few = judged.sum(axis=0) < 2
    low, high = np.full(k, np.nan), np.full(k, np.nan)
    if not few.all():
        tail = (1 - LEVEL) / 2
        low[~few], high[~few] = np.nanquantile(np.concatenate(draws)[:, ~few], [tail, 1 - tail], axis=0)
    return _ratio(filled.sum(axis=0), counted.sum(axis=0)), low, high


def _ratio(total, count):
    return np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0)

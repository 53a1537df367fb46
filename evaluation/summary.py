"""From the lines of a report to its figures: a row for each mask and method, and for each range of hole areas.

In: the ledger and the request. Out: `Summary`, which tables, plots and the page are drawn from.
"""

from dataclasses import dataclass, field

import numpy as np

from holefill.evaluation import statistics
from holefill.evaluation.statistics import Figure

AREAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # to .6 as in Liu et al., Partial Convolutions, ECCV 2018


@dataclass
class Row:
    """A method on a mask or on a range of hole areas: figures by metric, median seconds a picture, FID and KID."""

    label: str
    figures: dict[str, Figure]
    seconds: float = np.nan
    distances: dict[str, float] = field(default_factory=dict)


@dataclass
class Part:
    """All methods on the same holes: their name (a mask, or a range of areas), the share that is missing, the rows."""

    name: str
    missing: float
    rows: list[Row]
    published: float | None = None


@dataclass
class Summary:
    """Everything a report shows.

    first : label of the method that the others are compared to. about : of the run, in words, name → value. notes :
    what was left out and why, a line each.
    """

    title: str
    first: str
    metrics: list[str]
    masks: list[Part]
    areas: list[Part]
    about: dict[str, str]
    notes: list[str]


def parts(found: dict[str, dict[str, list[dict]]], metrics: list[str], first: str, published_of):
    """Masks' and areas' parts.

    Parameters
    ----------
    found : mask → label → a line of the ledger for each picture, in the same order for all
    first : label of the method to which the others are compared
    published_of : mask → published PSNR or None
    """
    masks, everything = [], {}
    for mask, by_method in found.items():
        rows = _rows(by_method, metrics, first)
        for row in rows:
            row.seconds = seconds(by_method[row.label])
        missing = float(np.mean([line["missing"] for lines in by_method.values() for line in lines]))
        masks.append(Part(mask, missing, rows, published_of(mask)))
        for label, lines in by_method.items():
            everything.setdefault(label, []).extend(lines)
    return masks, _areas(everything, metrics, first)


def seconds(lines: list[dict]) -> float:
    """Median seconds a picture; batches that were a method's first in their process only where there are no others."""
    warm = [line["seconds"] for line in lines if not line["first"]]
    return float(np.median(warm or [line["seconds"] for line in lines]))


def _areas(everything: dict[str, list[dict]], metrics: list[str], first: str) -> list[Part]:
    found = []
    for low, high in zip(AREAS[:-1], AREAS[1:], strict=True):
        inside = {
            label: [line for line in lines if low < round(line["missing"], 3) <= high]
            for label, lines in everything.items()
        }
        inside = {label: lines for label, lines in inside.items() if lines}
        if inside:
            missing = float(np.mean([line["missing"] for lines in inside.values() for line in lines]))
            found.append(Part(f"{low:.0%} to {high:.0%}", missing, _rows(inside, metrics, first)))
    return found


def _rows(by_method: dict[str, list[dict]], metrics: list[str], first: str) -> list[Row]:
    scores = {label: _scores(lines, metrics) for label, lines in by_method.items()}
    holes = {label: [(line["mask"], line["name"]) for line in lines] for label, lines in by_method.items()}
    compared = [label for label in scores if label != first and holes[label] == holes.get(first)]
    intervals = {}
    if compared:
        together = np.concatenate([scores[label] - scores[first] for label in compared], axis=1)
        each = np.split(np.stack(statistics.paired_bootstrap(together), axis=1), len(compared))
        intervals = dict(zip(compared, each, strict=True))
    rows = []
    for label, values in scores.items():
        columns = zip(metrics, values.T, intervals.get(label, [(np.nan,) * 3] * len(metrics)), strict=True)
        rows.append(Row(label, {name: statistics.figure(column, interval) for name, column, interval in columns}))
    return rows


def _scores(lines: list[dict], metrics: list[str]) -> np.ndarray:
    """[N, K] float64, NaN for None."""
    return np.array([[line["scores"][name] for name in metrics] for line in lines], np.float64).reshape(
        -1, len(metrics)
    )

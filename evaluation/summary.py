"""From the lines of a report to its figures: a row for each mask and method, and for each range of hole areas.

In: the ledger and the request. Out: `Summary`, which tables, plots and the page are drawn from.
"""

from dataclasses import dataclass, field

import numpy as np

from holefill.evaluation import scores, statistics
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


def parts(found: dict[str, dict[str, list[dict]]], metrics: list[str], first: str, values: int, published_of):
    """Masks' and areas' parts.

    Parameters
    ----------
    found : mask → label → a line of the ledger for each picture, in the same order for all
    first : label of the method to which the others are compared
    values : pixels × channels of a picture
    published_of : mask → published PSNR or None
    """
    masks, everything = [], {}
    for mask, by_method in found.items():
        rows = rows_of(by_method, metrics, first, values)
        for row in rows:
            row.seconds = seconds(by_method[row.label])
        missing = float(np.mean([line["missing"] for lines in by_method.values() for line in lines]))
        masks.append(Part(mask, missing, rows, published_of(mask)))
        for label, lines in by_method.items():
            everything.setdefault(label, []).extend(lines)
    return masks, _areas(everything, metrics, first, values)


def seconds(lines: list[dict]) -> float:
    """Median seconds a picture; batches that were a method's first in their process only where there are no others."""
    warm = [line["seconds"] for line in lines if not line["first"]]
    return float(np.median(warm or [line["seconds"] for line in lines]))


def _areas(everything: dict[str, list[dict]], metrics: list[str], first: str, values: int) -> list[Part]:
    found = []
    for low, high in zip(AREAS[:-1], AREAS[1:], strict=True):
        inside = {label: [line for line in lines if low < _share(line) <= high] for label, lines in everything.items()}
        inside = {label: lines for label, lines in inside.items() if lines}
        if inside:
            missing = float(np.mean([line["missing"] for lines in inside.values() for line in lines]))
            found.append(Part(f"{low:.0%} to {high:.0%}", missing, rows_of(inside, metrics, first, values)))
    return found


def _share(line: dict) -> float:
    """The share that is missing, without float32's last digits; a hole of few pixels is no hole of none."""
    return round(line["missing"], 3) or line["missing"]


def rows_of(by_method: dict[str, list[dict]], metrics: list[str], first: str, values: int) -> list[Row]:
    """A row a method: each metric's mean over the pictures, and its difference to the method `first`.

    by_method : method → its records, one a picture, hole and seed
    values : pixels × channels of a picture
    """
    tables, names = scores.align(by_method, metrics, values)
    means = {label: scores.by_picture(table, names) for label, table in tables.items()}
    shared = {label: scores.by_picture(table, names) for label, table in scores.shared(tables).items()}
    intervals, rows = _intervals(tables, names, first), []
    for label, lines in by_method.items():
        own = np.isin(list(dict.fromkeys(names)), [line["name"] for line in lines])
        figures = {}
        for k, name in enumerate(metrics):
            exact = len({line["name"] for line in lines if scores.is_exact(line, name)})
            difference = intervals[label][:, k] if label in intervals else statistics.NO_DIFFERENCE
            column = means[label][own, k], shared[label][:, k]
            figures[name] = statistics.figure(*column, difference=difference, exact=exact)
        rows.append(Row(label, figures))
    return rows


def _intervals(tables: dict[str, np.ndarray], names: list[str], first: str) -> dict[str, np.ndarray]:
    """Label → difference to the first method and its interval's ends [3, K], over the holes that both have."""
    compared = [label for label in tables if label != first and first in tables]
    if not compared:
        return {}
    pairs = [scores.by_picture(tables[label] - tables[first], names) for label in compared]
    together = np.stack(statistics.paired_bootstrap(np.concatenate(pairs, axis=1)))
    return dict(zip(compared, np.split(together, len(compared), axis=1), strict=True))

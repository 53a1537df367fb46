"""The report's tables as rows of cells, whatever they are printed as: Markdown, LaTeX or HTML.

A grid is a title, a head and rows of `Cell`s; the best figure of a column is marked.
"""

from dataclasses import dataclass

import numpy as np

from holefill.evaluation.statistics import Figure
from holefill.evaluation.summary import Part, Row
from holefill.metrics import definitions

NOTHING = "–"
DISTANCES = {"fid": ("FID ↓", 1, 1.0), "kid": ("KID × 1000 ↓", 2, 1000.0)}  # head, digits, factor


@dataclass(frozen=True)
class Cell:
    """A text, and whether it is the best of its column, or a name as it is typed."""

    text: str
    best: bool = False
    code: bool = False


@dataclass(frozen=True)
class Grid:
    """A table: what it is of, what its columns are, its rows."""

    title: str
    head: list[str]
    rows: list[list[Cell]]


def scores(part: Part, metrics: list[str], kind: str = "hole") -> Grid:
    """Mean ± standard error of every metric, a row a method."""
    head = ["method", *(definitions.of(name).head for name in metrics)]
    best = {name: _best(part.rows, name) for name in metrics}
    rows = []
    for number, row in enumerate(part.rows):
        cells = [Cell(row.label, code=True)]
        cells += [Cell(mean(row.figures[name], name), best=best[name][number]) for name in metrics]
        rows.append(cells)
    distances = [name for name in DISTANCES if any(name in row.distances for row in part.rows)]
    head += [DISTANCES[name][0] for name in distances]
    timed = any(np.isfinite(row.seconds) for row in part.rows)
    head += ["s/picture"] * timed + ["pictures"]
    for row, cells in zip(part.rows, rows, strict=True):
        cells += [_distance(part.rows, row, name) for name in distances]
        cells += [Cell(f"{row.seconds:.3g}")] * timed + [Cell(str(_pictures(row)))]
    if part.published is not None and "psnr" in metrics:
        line = [Cell("published"), *(Cell(f"{part.published}" if name == "psnr" else NOTHING) for name in metrics)]
        rows.append(line + [Cell(NOTHING)] * (len(head) - len(line)))
    return Grid(f"{kind} {part.name}: {part.missing:.1%} missing", head, rows)


def differences(part: Part, metrics: list[str], first: str) -> Grid | None:
    """Differences to the first method with their intervals; None where there is nothing to compare."""
    rows = [
        [Cell(row.label, code=True), *(_difference(row.figures[name], name) for name in metrics)]
        for row in part.rows
        if any(np.isfinite(row.figures[name].low) for name in metrics)
    ]
    head = ["method", *(definitions.of(name).head for name in metrics)]
    return Grid(f"difference to {first}, 95 % interval", head, rows) if rows else None


def mean(figure: Figure, name: str) -> str:
    """A figure as it is printed: mean ± standard error, and how many pictures were judged, where not all, or exact."""
    if not figure.judged:
        return NOTHING
    told = [f"{figure.judged} judged"] * (figure.judged < figure.pictures) + [f"{figure.exact} exact"] * (
        figure.exact > 0
    )
    return figure.text(definitions.of(name).digits) + (f" ({', '.join(told)})" if told else "")


def _difference(figure: Figure, name: str) -> Cell:
    if not np.isfinite(figure.low):
        return Cell(NOTHING)
    digits = definitions.of(name).digits
    low, high = (f"{end:+.{digits}f}" for end in (figure.low, figure.high))
    return Cell(f"{figure.difference:+.{digits}f} [{low}, {high}]", best=not figure.low <= 0 <= figure.high)


def _distance(rows: list[Row], row: Row, name: str) -> Cell:
    _, digits, factor = DISTANCES[name]
    least = min(other.distances.get(name, np.inf) for other in rows)
    return Cell(f"{row.distances[name] * factor:.{digits}f}", best=len(rows) > 1 and row.distances[name] == least)


def _best(rows: list[Row], name: str) -> list[bool]:
    """Whether each row has the best mean over what all have a score of; none where there is no better, or one row."""
    better = definitions.of(name).better
    cost = {"higher": lambda m: -m, "lower": lambda m: m, "one": lambda m: abs(m - 1)}.get(better)
    costs = [cost(row.figures[name].shared) if cost else np.nan for row in rows]
    compared = np.isfinite(costs)
    return [compared.sum() > 1 and found == min(np.compress(compared, costs)) for found in costs]


def _pictures(row: Row) -> int:
    return max(figure.pictures for figure in row.figures.values())

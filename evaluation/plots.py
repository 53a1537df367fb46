"""A plot for each metric: the methods' means on every mask, with 95 % intervals of the mean (1.96 standard errors)."""

from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.evaluation.completion import file_name
from holefill.evaluation.summary import Summary
from holefill.metrics import definitions

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999")  # Okabe and Ito
MARKERS = "osD^v<>P"
LETTER = 0.08  # width of a letter in the legend, inches
SPREAD = 0.7  # of a mask's width, over which its methods stand


def write(summary: Summary, folder: Path) -> dict[str, Path]:
    """Write `<metric>.png` of every metric that some method has; the files by metric."""
    import matplotlib
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    with matplotlib.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        for name in summary.metrics:
            if not any(row.figures[name].judged for part in summary.masks for row in part.rows):
                continue
            labels = list(dict.fromkeys(row.label for part in summary.masks for row in part.rows))
            width = 1 + max(3, len(summary.masks)) * max(1.5, 0.5 + 0.16 * len(labels))
            width = max(width, 1 + LETTER * max(map(len, labels)))
            figure = Figure(figsize=(width, 3.2 + 0.19 * len(labels)), layout="constrained")
            _draw(figure.subplots(), summary, name, labels)
            paths[name] = folder / f"{file_name(name)}.png"
            atomic.write(paths[name], lambda file, figure=figure: figure.savefig(file, format="png", dpi=130))
    return paths


def _draw(axes, summary: Summary, name: str, labels: list[str]) -> None:
    found = definitions.of(name)
    for number, label in enumerate(labels):
        shift = ((number + 0.5) / len(labels) - 0.5) * SPREAD
        places, means, reach = [], [], []
        for place, part in enumerate(summary.masks):
            for row in part.rows:
                if row.label == label and row.figures[name].judged:
                    places.append(place + shift)
                    means.append(row.figures[name].mean)
                    reach.append(np.nan_to_num(1.96 * row.figures[name].error))
        style = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        axes.errorbar(places, means, yerr=reach, linestyle="none", markersize=5, capsize=2, label=label, **style)
    if found.better == "one":
        axes.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    axes.set_xticks(range(len(summary.masks)), [part.name for part in summary.masks])
    axes.set_xlim(-0.5, len(summary.masks) - 0.5)
    for edge in range(1, len(summary.masks)):
        axes.axvline(edge - 0.5, color="0.9", linewidth=0.8, zorder=0)
    axes.set_ylabel(found.head)
    axes.figure.legend(loc="outside lower left", frameon=False)

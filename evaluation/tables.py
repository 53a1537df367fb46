"""A report's tables as text: Markdown, LaTeX (booktabs) and CSV."""

import csv
import io
import math

from holefill.evaluation import grids
from holefill.evaluation.grids import Cell, Grid
from holefill.evaluation.summary import Part, Summary
from holefill.metrics import definitions

INTRODUCTION = (
    "Every method gets the same pictures with the same holes; its fills are blended and rounded to 8 bits, then"
    " scored against the truth. Figures are means over the pictures ± their standard error; bold is the best over the"
    " pictures that every method of the table has a score of. A picture that equals the truth has an infinite PSNR, and"
    " counts as one with half a grey level of error in one value. By hole area, a picture's scores under several masks"
    " are averaged first. Differences: mean over the pictures that both methods have a score of, 95 % interval of a"
    " paired bootstrap (10 000 draws, percentiles), bold where it leaves out zero. Seconds: median over the pictures of"
    " the batch's time for filling, shared among its pictures, without reading the model and blending, and without a"
    " method's first batch where there are several."
)
_LATEX = {"\\": r"\textbackslash{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\to$", "±": r"$\pm$", "–": "--"}
_LATEX |= {"×": r"$\times$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "'": r"\textquotesingle{}"}
_LATEX |= {letter: "\\" + letter for letter in "&%$#_{}"}


def all_grids(summary: Summary) -> list[tuple[Part, list[Grid]]]:
    """For each mask, then for each range of areas: its scores, and where there are several methods the differences."""
    found = []
    for kind, part in [("mask", p) for p in summary.masks] + [("hole area", p) for p in summary.areas]:
        compared = grids.differences(part, summary.metrics, summary.first)
        found.append((part, [grids.scores(part, summary.metrics, kind), *([compared] if compared else [])]))
    return found


def definition_lines(summary: Summary) -> list[tuple[str, str]]:
    """(title, definition) of every metric in the report."""
    return [(found.title, found.text) for found in map(definitions.of, summary.metrics)]


def markdown(summary: Summary) -> str:
    """The whole report in Markdown."""
    text = f"# {summary.title}\n\n{INTRODUCTION}\n"
    for _, both in all_grids(summary):
        for number, grid in enumerate(both):
            text += f"\n{'###' if number else '##'} {grid.title}\n\n" + _markdown(grid)
    text += "\n## Definitions\n\n" + "".join(f"- {title}: {words}\n" for title, words in definition_lines(summary))
    text += "".join(f"- {note}\n" for note in summary.notes)
    return (
        text + "\n## Where it comes from\n\n" + "".join(f"- {name}: {value}\n" for name, value in summary.about.items())
    )


def _markdown(grid: Grid) -> str:
    rule = ["---", *["---:"] * (len(grid.head) - 1)]
    lines = [grid.head, rule, *([_markdown_cell(cell) for cell in row] for row in grid.rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    text = cell.text.replace("|", "\\|")
    return f"`{text}`" if cell.code else f"**{text}**" if cell.best else text


def latex(summary: Summary) -> str:
    """One `table` for each grid; the document needs the packages booktabs and graphicx."""
    blocks = [f"% {summary.title}\n% needs \\usepackage{{booktabs,graphicx,textcomp}}\n"]
    for part, both in all_grids(summary):
        for grid in both:
            of = f"{part.name}: {grid.title}" if grid is not both[0] else grid.title
            body = " \\\\\n".join(" & ".join(map(_latex_cell, row)) for row in grid.rows)
            head = " & ".join(map(_latex, grid.head))
            blocks.append(
                f"\\begin{{table}}\n\\centering\n\\caption{{{_latex(of)}}}\n\\resizebox{{\\linewidth}}{{!}}{{%\n"
                f"\\begin{{tabular}}{{l{'r' * (len(grid.head) - 1)}}}\n\\toprule\n{head} \\\\\n\\midrule\n{body} \\\\\n"
                "\\bottomrule\n\\end{tabular}}\n\\end{table}\n"
            )
    return "\n".join(blocks)


def _latex_cell(cell: Cell) -> str:
    text = _latex(cell.text)
    return f"\\texttt{{{text}}}" if cell.code else f"\\textbf{{{text}}}" if cell.best else text


def _latex(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)


def as_csv(summary: Summary) -> str:
    """A line for each mask or range of areas, method and metric."""
    file = io.StringIO()
    out = csv.writer(file, lineterminator="\n")
    names = ("mean", "error", "difference", "low", "high", "judged", "pictures")
    out.writerow(["holes", "name", "missing", "method", "metric", *names])
    for kind, parts in (("mask", summary.masks), ("area", summary.areas)):
        for part in parts:
            for row in part.rows:
                about = [kind, part.name, f"{part.missing:.6g}", row.label]
                for metric, figure in row.figures.items():
                    out.writerow([*about, metric, *(_number(getattr(figure, name)) for name in names)])
                for metric, value in {"seconds": row.seconds, **row.distances}.items():
                    if math.isfinite(value):
                        out.writerow([*about, metric, _number(value), *[""] * (len(names) - 1)])
    return file.getvalue()


def _number(value) -> str:
    return str(value) if isinstance(value, int) else f"{value:.8g}" if math.isfinite(value) else ""

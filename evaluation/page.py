"""A report as one static page that needs no network: tables, contact sheets and plots, all by relative paths."""

import html
from pathlib import Path

from holefill.evaluation import tables
from holefill.evaluation.grids import Cell, Grid
from holefill.evaluation.summary import Summary
from holefill.metrics import definitions

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
nav a { margin-right: .9rem; }
h2 { margin-top: 2.6rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .8rem 0 1.4rem; font-size: .86rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .22rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid #8883; }
th { border-bottom: 1.5px solid #888; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
img { max-width: 100%; height: auto; background: #fff; }
img.sheet { max-width: none; image-rendering: pixelated; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem 1.2rem; overflow-wrap: anywhere; }
"""


def render(summary: Summary, sheets: dict[str, Path], plots: dict[str, Path], files: list[Path], home: Path) -> str:
    """The page's HTML; `sheets` by mask, `plots` by metric, `files` to link to; paths are told relative to `home`."""
    found = tables.all_grids(summary)
    links = [(f"part-{number}", part.name) for number, (part, _) in enumerate(found)]
    links += [("plots", "plots"), ("definitions", "definitions"), ("origin", "where it comes from")]
    nav = "".join(f'<a href="#{anchor}">{_safe(name)}</a>' for anchor, name in links)
    body = f"<h1>{_safe(summary.title)}</h1>\n<nav>{nav}</nav>\n<p>{_safe(tables.INTRODUCTION)}</p>\n"
    body += "<p>Files: " + ", ".join(f'<a href="{_to(file, home)}">{_to(file, home)}</a>' for file in files) + "</p>\n"
    for (anchor, _), (part, grids) in zip(links, found, strict=False):
        body += f'<h2 id="{anchor}">{_safe(grids[0].title)}</h2>\n' + "".join(map(_table, grids))
        if part in summary.masks and part.name in sheets:
            source, shown = _to(sheets[part.name], home), f"completions, mask {_safe(part.name)}"
            body += f'<div class="wide"><img class="sheet" src="{source}" alt="{shown}"></div>\n'
    body += '<h2 id="plots">Plots</h2>\n<p>Means with 95 % intervals (1.96 standard errors).</p>\n'
    for name, path in plots.items():
        title = _safe(definitions.of(name).title)
        body += f'<p><img src="{_to(path, home)}" alt="{title} of every method on every mask"></p>\n'
    body += '<h2 id="definitions">Definitions</h2>\n' + _pairs(tables.definition_lines(summary))
    body += "".join(f"<p>{_safe(note)}</p>\n" for note in summary.notes)
    body += '<h2 id="origin">Where it comes from</h2>\n' + _pairs(summary.about.items())
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head += f"<title>{_safe(summary.title)}</title>"
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}</body></html>\n'


def _table(grid: Grid) -> str:
    head = "".join(f"<th>{_safe(name)}</th>" for name in grid.head)
    rows = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>\n" for row in grid.rows)
    caption = f"<caption>{_safe(grid.title)}</caption>"
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div>\n'


def _cell(cell: Cell) -> str:
    text = _safe(cell.text)
    return f"<code>{text}</code>" if cell.code else f"<b>{text}</b>" if cell.best else text


def _pairs(pairs) -> str:
    return "<dl>" + "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(text)}</dd>" for name, text in pairs) + "</dl>\n"


def _safe(text: str) -> str:
    return html.escape(str(text))


def _to(path: Path, home: Path) -> str:
    from urllib.parse import quote

    return quote(path.relative_to(home).as_posix())

"""A report's files: table.md, table.csv, table.tex, contact sheets, plots, index.html, and TensorBoard's hparams."""

from pathlib import Path

from holefill import atomic
from holefill.evaluation import hparams, machine, page, plots, published, sheets, summary, tables
from holefill.evaluation.request import Request

SEVERAL_COMMITS = (
    "These figures come from several commits of holefill, or from some that nobody wrote down (see below), and a method"
    " or a metric may have changed between them: a new --output measures all with one."
)
NO_INCEPTION = "FID and KID: left out, no Inception weights were given (--inception FILE)."
INCEPTION = (
    "FID (Heusel et al. 2017) and KID × 1000 (Bińkowski et al. 2018, unbiased): distance of the completed pictures from"
    " the true ones in the features of the network {network}; of few pictures FID is too high: compare within a column."
)


def write(request: Request, images, metrics: list[str], found, command: str | None) -> Path:
    """Write everything that `found`, a `run.Found`, tells; the path of the page."""
    folder, made = request.folder, _summary(request, images, metrics, found, command)
    texts = {"table.md": tables.markdown, "table.csv": tables.as_csv, "table.tex": tables.latex}
    for name, render in texts.items():
        atomic.write(folder / name, render(made))
    drawn = sheets.write(request, images, found.strips, folder / "sheets")
    plotted = plots.write(made, folder / "plots")
    files = [*(folder / name for name in texts), request.results]
    atomic.write(folder / "index.html", page.render(made, drawn, plotted, files, folder))
    if request.options.logdir:
        hparams.write(Path(request.options.logdir), request, made)
    return folder / "index.html"


def _summary(request: Request, images, metrics: list[str], found, command: str | None) -> summary.Summary:
    asked, first = request.options, request.methods[0].label

    def published_of(mask: str) -> float | None:
        return published.psnr(asked.dataset, mask, request.image_size)

    masks, areas = summary.parts(found.lines, metrics, first, images.images[0].size, published_of)
    for part in masks:
        for row in part.rows:
            row.distances = found.distances.get((part.name, row.label), {})
    notes = list(found.skipped)
    notes.append(INCEPTION.format(network=asked.inception) if asked.inception else NO_INCEPTION)
    notes += [published.NOTE] * any(part.published is not None for part in masks)
    commits = {line["commit"] for line in _lines(found)} | set(_metrics_by_commit(found, metrics))
    notes += [SEVERAL_COMMITS] * (len(commits) > 1)
    title = f"{len(images)} pictures of {asked.dataset}, {asked.split} split, {request.image_size} pixels"
    return summary.Summary(title, first, metrics, masks, areas, _about(request, images, metrics, found, command), notes)


def _about(request: Request, images, metrics: list[str], found, command: str | None) -> dict[str, str]:
    asked = request.options
    used = sorted({(line["commit"], line["processor"]) for line in _lines(found)})
    scored = _metrics_by_commit(found, metrics)
    about = {
        "data": f"the first {len(images)} of {asked.dataset} ({asked.split}), {request.image_size} pixels",
        "holes": f"{', '.join(found.lines)}; picture number i has the hole of seed {asked.seed} + i",
        "methods": f"seed {asked.seed}, batches of {asked.batch_size}; blend {asked.blend}, or a method's own",
    }
    models = {
        method.label: f"{_named(method.model)} ({method.model_hash})" for method in request.methods if method.model
    }
    about |= {f"model of {label}": told for label, told in models.items()}
    about["filled"] = "; ".join(f"commit {commit} on {processor}" for commit, processor in used)
    about["scored"] = "; ".join(f"{', '.join(names)}: commit {commit}" for commit, names in sorted(scored.items()))
    about |= {f"report: {name}" if name != "command" else name: v for name, v in machine.describe(command).items()}
    return about


def _named(folder) -> str:
    """A model's folder by its name, that of a run by the run's."""
    folder = folder.resolve()
    return folder.parent.name if folder.name == "model" else folder.name


def _metrics_by_commit(found, metrics: list[str]) -> dict[str, list[str]]:
    """Commit → the metrics that it made figures of."""
    made = {(line["scored"][name], name) for line in _lines(found) for name in metrics}
    return {commit: [name for name in metrics if (commit, name) in made] for commit, _ in made}


def _lines(found) -> list[dict]:
    return [line for by_method in found.lines.values() for lines in by_method.values() for line in lines]

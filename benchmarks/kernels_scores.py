"""How well each of the models that `kernels` compares completes the same pictures: a row a hole and model.

In: the options of `kernels` and what completes, by bin/evaluate's name for it. Out: dicts for a Markdown table, of the
pictures that are asked for now, whatever else the report's folder holds.
"""

import sys
from pathlib import Path

import numpy as np

from holefill.benchmarks import origin
from holefill.evaluation import completion, machine, pictures, request, run, scores, statistics
from holefill.evaluation.ledger import Ledger

BLENDS = {"poisson": "Poisson", "overlay": "none"}
SCORES = {"psnr": ("PSNR", 2), "ssim": ("SSIM", 3), "hole_psnr": ("PSNR in the hole", 2)}
SCORES |= {"hole_ssim": ("SSIM in the hole", 3), "detail_ratio": ("detail ratio", 2)}


def evaluate(chosen, blend: str, named: dict[str, str]) -> list[dict]:
    """A row for each hole and model, from the report of bin/evaluate; what could not be judged is told and left out.

    Parameters
    ----------
    chosen : the options of `kernels`
    blend : of `BLENDS`
    named : what completes, for bin/evaluate's --methods → its name in the table
    """
    holes = {request.canonical(chosen.small): "small", request.canonical(chosen.large): "large"}
    asked = {key: getattr(chosen, key) for key in ("dataset", "data_dir", "split", "limit", "seed", "image_size")}
    asked |= {"masks": ",".join(holes), "methods": ",".join(named), "metrics": ",".join(SCORES), "blend": blend}
    asked |= {"output": str(Path(chosen.output) / f"report-{blend}")}
    _, failures = run.evaluate(command=machine.describe()["command"], **asked)
    sys.stderr.writelines(f"{failure}\n" for failure in failures)
    asked_for = request.check(request.Options(**asked))
    images, rows = pictures.load(asked_for), []
    for (mask, label), lines in judged(asked_for, images).items():
        missing = f"{holes[mask]}, {np.mean([line['missing'] for line in lines]):.0%}"
        row = {"hole": missing, "blend": BLENDS[blend], "model": named[label]}
        rows.append({**row, "pictures": len(lines), **means(lines, images.images[0].size)})
    return rows


def judged(asked: request.Request, images) -> dict[tuple[str, str], list[dict]]:
    """Mask and method's label → the report's line of each picture that is asked for, where all of them have one."""
    judge = completion.Judge(asked, list(asked.metrics), Ledger(asked.folder / "results.jsonl"), keep_all=False)
    found = {}
    for mask in asked.masks:
        batches = list(pictures.batches(asked, images, mask))
        for method in asked.methods:
            kept = [judge.ledger.of(judge.key(mask, method, batch)) for batch in batches]
            lines = [of_one.get(name) for batch, of_one in zip(batches, kept, strict=True) for name in batch.names]
            if all(line and set(asked.metrics) <= line["scores"].keys() for line in lines):
                found[mask, method.label] = lines
    return found


def means(lines: list[dict], values: int) -> dict:
    """Mean ± standard error of each score, the median seconds a picture on this processor, and where it came from.

    `values` are those of a picture: an exact one's PSNR counts as in bin/evaluate's report.
    """
    table = scores.align({"": lines}, list(SCORES), values)[0][""]
    cells = {}
    for column, (title, digits) in zip(table.T, SCORES.values(), strict=True):
        figure = statistics.figure(column)
        cells[title] = figure.text(digits) if figure.judged else None
    seconds = [line["seconds"] for line in lines if line["processor"] == machine.processor()]
    return {**cells, "s/picture": float(np.median(seconds)) if seconds else None, "commit": origin.commits(lines)}

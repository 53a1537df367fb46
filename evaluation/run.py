"""Evaluate methods on the same pictures with the same holes, and report: the map of this folder.

request → pictures → completion (ledger) → inception (distances) → summary → tables, plots, sheets, page, hparams
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from holefill.errors import UserError
from holefill.evaluation import completion, pictures, records, report, request
from holefill.evaluation.ledger import Ledger
from holefill.methods import progress


@dataclass
class Found:
    """What an evaluation found.

    lines : mask → method's label → a line of the ledger for each picture. strips : the same → the files of the
    completions. skipped : what was left out, and why. failed : whether a method that was asked for is among it.
    """

    lines: dict[str, dict[str, list[dict]]] = field(default_factory=dict)
    strips: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    distances: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: bool = False


def evaluate(output: str, *, command: str | None = None, **options) -> tuple[Path, list[str]]:
    """Judge methods on a data set and write a report; what a folder has already is not done again.

    Parameters
    ----------
    output : folder of the report, made if missing
    options : of `holefill.evaluation.request.Options`
    command : the program as it was called, for the report

    Returns
    -------
    The page `index.html`, and a line for each method that could not be judged.

    Raises
    ------
    UserError
        Where the request cannot be met, another run writes to the folder, or no method could be judged.
    """
    asked = request.check(request.Options(output=str(output), **options))
    images = pictures.load(asked)
    first = next(pictures.batches(asked, images, asked.masks[0]))
    metrics, reasons = completion.usable(list(asked.metrics), first, strict=asked.options.metrics is not None)
    extractor = _extractor(asked)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with records.one_writer(asked.results):
        judge = completion.Judge(asked, metrics, Ledger(asked.results), keep_all=extractor is not None)
        found = _judge(asked, images, judge)
        if not any(found.lines.values()):
            raise UserError("no method could be judged: " + "; ".join(found.skipped))
        if extractor is not None:
            _measure_distances(asked, images, found, extractor)
        failures = list(found.skipped)
        found.skipped += [f"{name}: left out, {reason}" for name, reason in reasons.items()]
        return report.write(asked, images, metrics, found, command), failures


def _judge(asked: request.Request, images, judge: completion.Judge) -> Found:
    found = Found()
    work = len(asked.masks) * len(asked.methods) * len(images)
    with progress.bar("evaluating", work) as advance:
        for mask in asked.masks:
            left = {method.label: method for method in asked.methods}
            lines = {label: [] for label in left}
            strips = {label: [] for label in left}
            for batch in pictures.batches(asked, images, mask):
                for label, method in list(left.items()):
                    try:
                        judge.judge(mask, method, batch)
                    except UserError as error:
                        found.skipped.append(f"{label} on {mask}: left out, {error}")
                        del left[label], lines[label], strips[label]
                        continue
                    key = judge.key(mask, method, batch)
                    of_batch = judge.ledger.of(key)
                    lines[label] += [of_batch[name] for name in batch.names]
                    strips[label].append(judge.strip(key))
                advance(len(batch.images) * len(asked.methods))
            if lines:  # of a mask on which no method could be judged there is nothing to tell
                found.lines[mask], found.strips[mask] = lines, strips
    return found


def _extractor(asked: request.Request):
    if asked.options.inception is None:
        return None
    from holefill.evaluation import inception  # imports TensorFlow

    return inception.Extractor(asked.options.inception)


def _measure_distances(asked, images, found: Found, extractor) -> None:
    from holefill.evaluation import inception

    store = inception.Store(asked.folder / "distances.jsonl", extractor)
    truth = [np.asarray(images.images[i : i + asked.options.batch_size]) for i in _starts(asked, images)]
    with progress.bar("measuring FID and KID", sum(map(len, found.strips.values()))) as advance:
        for mask, strips in found.strips.items():
            for label, paths in strips.items():
                found.distances[mask, label] = store.distances(paths, truth)
                advance(1)


def _starts(asked, images) -> range:
    return range(0, len(images), asked.options.batch_size)

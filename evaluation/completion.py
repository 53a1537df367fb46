"""One method over batches of pictures: fill, blend, round to 8 bits, score, write down.

A method never sees what it has to paint: missing pixels are 0, mid-grey, before it gets the picture. Completions are
kept, see `strips`.
"""

import contextlib
import hashlib
import re
import time
from pathlib import Path

import numpy as np
from absl import logging

from holefill import blending, methods, metrics
from holefill.datasets import images as pixels
from holefill.errors import UserError, reason
from holefill.evaluation import machine, strips
from holefill.evaluation.ledger import Ledger
from holefill.evaluation.pictures import Batch
from holefill.evaluation.request import Method, Request, canonical


class Judge:
    """Completes and scores batches that the ledger does not have yet.

    metrics : those that can judge such pictures. keep_all : the completions of every batch are needed afterwards, and
    not only of those that are shown.
    """

    def __init__(self, request: Request, metrics_used: list[str], ledger: Ledger, keep_all: bool):
        self.request, self.metrics, self.ledger, self.keep_all = request, metrics_used, ledger, keep_all
        self.models, self.warm = {}, set()
        self.about = {"commit": machine.commit(), "processor": machine.processor()}

    def key(self, mask: str, method: Method, batch: Batch) -> dict:
        """What the scores of a batch depend on."""
        asked = self.request.options
        return {
            "dataset": canonical(asked.dataset),
            "split": asked.split,
            "image_size": self.request.image_size,
            "mask": canonical(mask),
            "method": method.spec,
            "model": method.model_hash,
            "blend": method.blend,
            "seed": asked.seed,
            "batch": f"{batch.start}-{batch.stop - 1}",
            "pictures": batch.digest,
            "version": machine.version(),
        }

    def strip(self, key: dict) -> Path:
        """Where the completions of a batch are."""
        digest = hashlib.sha256(repr(sorted(key.items())).encode()).hexdigest()[:8]
        named = [file_name(key[part]) for part in ("mask", "method")]
        return self.request.folder / "completions" / named[0] / named[1] / f"{key['batch']}-{digest}.png"

    def judge(self, mask: str, method: Method, batch: Batch) -> None:
        """See that every picture of the batch has every score, and that the completions that are needed are kept.

        Raises
        ------
        UserError
            Whatever the method or a metric failed with.
        """
        key = self.key(mask, method, batch)
        found, strip = self.ledger.of(key), self.strip(key)
        scored = set.intersection(*(set(found.get(name, {"scores": {}})["scores"]) for name in batch.names))
        wanted = [name for name in self.metrics if name not in scored]
        needed = self.keep_all or batch.start < self.request.options.shown
        if not wanted and not needed:
            return
        digests = [found.get(name, {}).get("completion") for name in batch.names]
        kept = strips.read(strip, batch.images.shape, digests)
        if kept is None:
            lines = self._filled(method, batch, strip)
        elif wanted:
            lines = self._scored(kept, batch, wanted)
        else:
            return
        self.ledger.add([{**key, "name": name, **line} for name, line in zip(batch.names, lines, strict=True)])

    def _filled(self, method: Method, batch: Batch, strip: Path) -> list[dict]:
        """Fill the batch and write its strip: what there is to tell of each picture."""
        cold = method.label not in self.warm
        with failing_alone():
            completed, seconds = self.complete(method, batch)
        self.warm.add(method.label)
        strips.write(strip, completed)
        told = {"seconds": seconds, "first": cold, **self.about}
        return [
            {**line, "missing": float(hole.mean()), "completion": strips.digest_of(picture), **told}
            for line, hole, picture in zip(
                self._scored(completed, batch, self.metrics), batch.holes, completed, strict=True
            )
        ]

    def _scored(self, completed: np.ndarray, batch: Batch, names: list[str]) -> list[dict]:
        """Each picture's scores, and the commit at which each was made."""
        with failing_alone():
            found = score(completed, batch, names)
        return [{"scores": values, "scored": dict.fromkeys(values, self.about["commit"])} for values in found]

    def complete(self, method: Method, batch: Batch) -> tuple[np.ndarray, float]:
        """The pictures completed, uint8 [B, H, W, C], and the seconds a picture took to fill."""
        fill, options = methods.get(method.spec)
        model = self._model(method)
        known = pixels.to_float(batch.images) * (1 - batch.holes)
        began = time.perf_counter()
        found = fill(known, batch.holes, model=model, seed=self.request.options.seed, **options)
        raw = np.asarray(found.images)[:, 0]
        seconds = (time.perf_counter() - began) / len(raw)
        return composite(method.blend, known, raw, batch), seconds

    def _model(self, method: Method):
        if method.model is not None and method.model not in self.models:
            from holefill.models import stored

            self.models[method.model] = stored.load(method.model)
        return self.models.get(method.model)


def usable(names: list[str], batch: Batch, strict: bool) -> tuple[list[str], dict[str, str]]:
    """Metrics that can judge such pictures, and why the others cannot; where `strict`, the first of these raises."""
    able, reasons = [], {}
    for name in names:
        try:
            score(batch.images[:1], Batch(0, batch.images[:1], batch.holes[:1], batch.names[:1]), [name])
            able.append(name)
        except UserError as error:
            if strict:
                raise
            reasons[name] = str(error)
    return able, reasons


def composite(blend_spec: str, known: np.ndarray, raw: np.ndarray, batch: Batch) -> np.ndarray:
    """The raw fills blended into their pictures: uint8 [B, H, W, C]; known pixels are checked to be the picture's."""
    blend, options = blending.get(blend_spec)
    blended = [blend(k, r, h, **options) for k, r, h in zip(known, raw, batch.holes, strict=True)]
    completed = pixels.from_float(np.stack(blended), np.uint8)
    if np.any((completed != batch.images) & (batch.holes < 0.5)):
        raise UserError(f"blend {blend_spec!r} changed known pixels: its scores would mean nothing")
    return completed


def score(completed: np.ndarray, batch: Batch, names: list[str]) -> list[dict[str, float | None]]:
    """These metrics of each picture, from 8-bit values; None where one is not finite."""
    ours, truths = pixels.to_float(completed), pixels.to_float(batch.images)
    columns = {}
    for name in names:
        metric, options = metrics.get(name)
        values = metric(ours, truths, batch.holes, **options)
        columns[name] = [float(value) if np.isfinite(value) else None for value in values]
    return [{name: values[i] for name, values in columns.items()} for i in range(len(ours))]


@contextlib.contextmanager
def failing_alone():
    """Whatever a method or a metric raises within becomes a `UserError`, which costs the report this method alone."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        logging.debug("unforeseen", exc_info=True)
        what = "not enough memory" if isinstance(error, MemoryError) else type(error).__name__
        raise UserError(f"{what}: {reason(error)}") from error


def file_name(spec: str) -> str:
    """A spec as the name of a file or folder; specs that differ may have the same."""
    return re.sub(r"[^\w@=.-]+", "_", spec).strip("_.")[:80]

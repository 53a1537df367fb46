"""One method over many pictures: fill in batches, blend, round to 8 bits, score, write down.

In: images uint8 [N, H, W, C], holes float32 [N, H, W, 1], 1 = missing. Out: one record a picture, appended to
`results.jsonl` batch by batch, and the first completions as PNG files for the contact sheet.

A method never sees what it has to paint: missing pixels are 0, mid-grey, before it gets the picture.
"""

import hashlib
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from holefill import blending, methods, metrics
from holefill.benchmarks import machine, records
from holefill.datasets import images as pixels
from holefill.errors import UserError


@dataclass(frozen=True)
class Setting:
    """What a score depends on, besides the method, its model and the picture."""

    dataset: str
    split: str
    image_size: int
    mask: str
    seed: int
    blend: str
    batch_size: int


@dataclass(frozen=True)
class Task:
    """The pictures, their holes, and the folder for what comes out."""

    setting: Setting
    images: np.ndarray
    holes: np.ndarray
    names: list[str]
    folder: Path
    shown: int

    @property
    def results(self) -> Path:
        """Where the records are."""
        return self.folder / "results.jsonl"

    def key(self, spec: str, model_hash: str | None) -> dict:
        """What all records of one method in this setting share."""
        return {"method": spec, "model_hash": model_hash, **asdict(self.setting)}

    def picture(self, key: dict, index: int) -> Path:
        """Where the completion of picture `index` is kept."""
        digest = hashlib.sha256(repr(sorted(key.items(), key=str)).encode()).hexdigest()[:8]
        folder = re.sub(r"[^\w@=.-]+", "_", key["method"]).strip("_")
        return self.folder / "pictures" / f"{folder}-{digest}" / (re.sub(r"\W+", "_", self.names[index]) + ".png")

    def finished(self, key: dict, found: list[dict]) -> dict[str, dict]:
        """The records of `found` that have this key and belong to the task's pictures, by name."""
        names, scored = set(self.names), set(metrics.names())
        return {r["name"]: r for r in found if r["name"] in names and scored <= r.keys() and key.items() <= r.items()}


def split_specs(text: str) -> list[str]:
    """`"a,b(x=1,y=2)"` → `["a", "b(x=1,y=2)"]`: split at the commas outside brackets; UserError for unknown names."""
    pieces, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append(text[start:i])
            start = i + 1
    specs = [piece.strip() for piece in [*pieces, text[start:]]]
    if "" in specs or depth or len(set(specs)) < len(specs):
        raise UserError(f"cannot read --methods {text!r}: wanted different specs, as in 'telea(radius=5),membrane'")
    for spec in specs:
        methods.get(spec)
    return specs


def run(task: Task, spec: str, model, model_hash: str | None, advance) -> None:
    """Score `spec` on every picture that has no record yet; `advance(n)` is called for each n pictures done.

    Batches always hold the same pictures, so that a resumed run gives the pixels of an unbroken one.
    """
    key = task.key(spec, model_hash)
    done = task.finished(key, records.read(task.results))
    about = {"commit": machine.commit(), "processor": machine.processor()}
    for start in range(0, len(task.images), task.setting.batch_size):
        part = slice(start, min(start + task.setting.batch_size, len(task.images)))
        missing = [i for i in range(part.start, part.stop) if not _complete(task, key, done, i)]
        if missing:
            completed, seconds = complete(task, spec, model, part)
            for i in missing:
                if i < task.shown:
                    _keep(task.picture(key, i), completed[i - start])
            scored = _score(task, completed, part)
            lines = [{**key, "name": task.names[i], **scored[i - start], "seconds": seconds, **about} for i in missing]
            records.append(task.results, [line for line in lines if line["name"] not in done])
        advance(part.stop - part.start)


def complete(task: Task, spec: str, model, part: slice) -> tuple[np.ndarray, float]:
    """The pictures of `part` completed, uint8 [B, H, W, C], and the seconds a picture took to fill."""
    fill, options = methods.get(spec)
    known = pixels.to_float(task.images[part]) * (1 - task.holes[part])
    began = time.perf_counter()
    found = fill(known, task.holes[part], model=model, seed=task.setting.seed + part.start, **options)
    raw = np.asarray(found.images)[:, 0]
    seconds = (time.perf_counter() - began) / len(raw)
    return composite(task, known, raw, part), seconds


def composite(task: Task, known: np.ndarray, raw: np.ndarray, part: slice) -> np.ndarray:
    """The raw fills blended into their pictures: uint8 [B, H, W, C]; known pixels are checked to be the picture's."""
    blend, options = blending.get(task.setting.blend)
    blended = [blend(k, r, h, **options) for k, r, h in zip(known, raw, task.holes[part], strict=True)]
    completed = pixels.from_float(np.stack(blended), np.uint8)
    if np.any((completed != task.images[part]) & (task.holes[part] < 0.5)):
        raise UserError(f"blend {task.setting.blend!r} changed known pixels: its scores would mean nothing")
    return completed


def _score(task: Task, completed: np.ndarray, part: slice) -> list[dict[str, float | None]]:
    """Every metric of each picture, from 8-bit values; None where it is not finite."""
    ours, truths = pixels.to_float(completed), pixels.to_float(task.images[part])
    columns = {}
    for name in metrics.names():
        metric, options = metrics.get(name)
        values = metric(ours, truths, task.holes[part], **options)
        columns[name] = [float(value) if np.isfinite(value) else None for value in values]
    return [{name: values[i] for name, values in columns.items()} for i in range(len(ours))]


def _complete(task: Task, key: dict, done: dict, index: int) -> bool:
    return task.names[index] in done and (index >= task.shown or task.picture(key, index).exists())


def _keep(path: Path, completed: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(completed[..., 0] if completed.shape[-1] == 1 else completed)
    records.replace(path, lambda file: picture.save(file, "PNG"))

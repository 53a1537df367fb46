"""A contact sheet for each mask: the first pictures with their holes, what each method made of them, and the truth."""

from pathlib import Path

import numpy as np

from holefill import atomic
from holefill.evaluation import contact_sheet, strips
from holefill.evaluation.completion import file_name
from holefill.evaluation.pictures import batches
from holefill.evaluation.request import Request

SIDE = 128  # pictures are enlarged to about this, and never shrunk


def write(request: Request, images, kept: dict[str, dict[str, list[Path]]], folder: Path) -> dict[str, Path]:
    """Write `<mask>.png` for every mask from the strips, mask → label → files; the sheets by mask."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for number, (mask, by_method) in enumerate(kept.items()):
        sheet = contact_sheet.draw(_rows(request, images, mask, by_method), max(1, SIDE // request.image_size))
        twin = any(file_name(other) == file_name(mask) for other in paths)
        paths[mask] = folder / f"{file_name(mask)}{f'-{number}' if twin else ''}.png"
        atomic.write(paths[mask], lambda file, sheet=sheet: sheet.save(file, "PNG"))
    return paths


def _rows(request: Request, images, mask: str, by_method: dict[str, list[Path]]):
    shown = min(request.options.shown, len(images))
    truth, holes = np.asarray(images.images[:shown]), []
    for batch in batches(request, images, mask):
        holes.append(batch.holes)
        if batch.stop >= shown:
            break
    rows = [("input", contact_sheet.with_grey_holes(truth, np.concatenate(holes)[:shown]))]
    for label, paths in by_method.items():
        rows.append((label, strips.first(paths, truth.shape[1:])[:shown] if shown else truth))
    return [*rows, ("truth", truth)]

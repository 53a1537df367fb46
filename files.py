"""Completing files: where outputs go, one picture, a folder of pictures.

Outputs are PNG (TIFF for what PNG cannot hold) unless a name says otherwise, so that known pixels stay as they
were. Nothing that exists is replaced unless asked for. With several candidates `name.png` becomes `name-1.png`,
`name-2.png`, …, best first.
"""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

from holefill.automatic import Recipes
from holefill.datasets import images, masks
from holefill.datasets.picture_output import FORMATS
from holefill.errors import UserError
from holefill.job import Job, is_mask_name, opaque, read
from holefill.pipeline import complete_all
from holefill.recipe import Recipe

TOGETHER = 32  # pictures of a folder whose windows share batches, as long as they are small
TOGETHER_PIXELS = 16_000_000
EXPECTED = (UserError, OSError, MemoryError)  # what one picture may fail with without stopping the others


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one picture: written to `outputs`, or left alone as they exist (none), or failed (`error`)."""

    path: Path
    outputs: tuple[Path, ...] = ()
    error: str | None = None


def complete_path(image, mask=None, output=None, *, overwrite=False, reading=None, making=None) -> Iterator[Outcome]:
    """Complete one picture, or each picture below a folder.

    Parameters
    ----------
    image, mask : path of a picture and a mask as in `holefill.pipeline.complete`, or folders, see `complete_folder`
    output : path, or None for `<name>-completed.png`, of a folder `<name>-completed/`, in the current folder
    reading : dict of seed, mask_polarity, mask_threshold, mask_channel
    making : dict of `holefill.automatic.Recipes`' arguments

    Raises
    ------
    UserError
        Where the one picture cannot be completed or written; of a folder's pictures the outcomes tell.
    """
    image, reading, making = Path(image), reading or {}, making or {}
    if image.is_dir():
        output = Path(output or f"{image.resolve().name}-completed")
        if mask is not None and is_mask_name(mask):
            masks.get(str(mask))  # so that a missing folder is told once, and not of each picture
        chosen = targets(image, output, aside=[output, mask])
        check_folder(output)
        yield from complete_folder(image, mask, chosen, Recipes(**making), overwrite=overwrite, **reading)
        return
    job = read(image, mask, **reading)
    output = Path(output or f"{image.stem}-completed{images.suffix_for(job.picture)}")
    check_outputs(outputs_of(output, max(1, making.get("candidates", 1))), overwrite)
    images.check_format(output, opaque(job, job.picture))
    yield _write(image, output, complete_all([job], Recipes(**making)(job))[0])


def complete_folder(
    folder: Path, mask, chosen: dict[Path, Path], choosing: Recipes, *, overwrite: bool = False, **reading
) -> Iterator[Outcome]:
    """Complete pictures of a folder, each to the place that `targets` chose; one bad file stops no other.

    Parameters
    ----------
    choosing : the recipe of each picture
    mask : a mask file for all, a folder with a mask of the same name for each, a mask name, or None
    reading : seed, mask_polarity, … of `holefill.job.read`
    """
    together, how = [], None
    for path, target in chosen.items():
        if not overwrite and made_before(target, choosing.candidates):
            yield Outcome(path)
            continue
        try:
            job = read(path, mask_of(path, folder, mask), **reading)
            target = target.with_suffix(images.suffix_for(job.picture))
            check_outputs(outputs_of(target, choosing.candidates), overwrite)
            wanted = choosing(job)
        except EXPECTED as error:
            yield Outcome(path, error=str(error))
            continue
        if wanted is not how:
            yield from _complete_together(together, how)
            together, how = [], wanted
        together.append((path, target, job))
        pixels = sum(job.hole.size for *_, job in together)
        if not how.model or len(together) == TOGETHER or pixels > TOGETHER_PIXELS:
            yield from _complete_together(together, how)
            together = []
    yield from _complete_together(together, how)


def targets(folder: Path, output: Path, aside=()) -> dict[Path, Path]:
    """Each picture below a folder, by suffix and sorted, and where its completion goes; `aside` is not looked into.

    Raises
    ------
    UserError
        Where the folder holds no picture, or lies itself in the folder of outputs or another that is to be left aside.
    """
    aside = [Path(place).resolve() for place in aside if place is not None]
    for place in aside:
        if folder.resolve().is_relative_to(place):
            raise UserError(
                f"the pictures of {folder} lie in {place}, which is given too: name another folder there, as pictures"
                " have one of their own"
            )
    found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in FORMATS and p.is_file()]
    found = [p for p in found if not any(p.resolve().is_relative_to(place) for place in aside)]
    if not found:
        raise UserError(f"no picture in {folder}: wanted files ending in {', '.join(sorted(FORMATS))}")
    chosen, taken = {}, set()
    for path in found:
        target = output / path.relative_to(folder).with_suffix(".png")
        while target in taken:  # by a picture of the same name and another suffix
            target = target.with_name(f"{target.stem}-{path.suffix[1:]}.png")
        chosen[path] = target
        taken.add(target)
    return chosen


def mask_of(path: Path, folder: Path, mask):
    """The mask of one picture of a folder: the same for all, or the one of its name in a folder of masks."""
    if mask is None or is_mask_name(mask) or not Path(mask).is_dir():
        return mask
    stem = Path(mask) / path.relative_to(folder).with_suffix("")
    near = [p for p in stem.parent.glob("*") if p.stem == stem.name and p.suffix.lower() in FORMATS]
    if len(near) != 1:
        raise UserError(f"wanted one mask for it, {stem}.png or with another suffix: found {len(near)}")
    return near[0]


def outputs_of(output: Path, candidates: int) -> list[Path]:
    """`name.png`, or `name-1.png` … `name-N.png`."""
    if candidates == 1:
        return [output]
    return [output.with_name(f"{output.stem}-{n}{output.suffix}") for n in range(1, candidates + 1)]


def check_outputs(outputs: list[Path], overwrite: bool) -> None:
    """Before any work: refuse what could not be written or is not to be replaced; nothing is made yet.

    Raises
    ------
    UserError
        Where an output exists or is a folder, its suffix names no format, or it could not be made where it is to be.
    """
    for output in outputs:
        if output.is_dir():
            raise UserError(f"cannot write {output}: it is a folder; name a file in it")
        if output.exists() and not overwrite:
            raise UserError(f"{output} exists: choose another --output, or give --overwrite")
        if output.suffix.lower() not in FORMATS:
            raise UserError(f"cannot write {output}: its suffix names no format; wanted {', '.join(sorted(FORMATS))}")
    check_folder(outputs[0].parent)


def check_folder(folder: Path) -> None:
    """Before any work: refuse a folder that could not be made or written in; nothing is made yet."""
    whole = folder.absolute()
    nearest = next(place for place in (whole, *whole.parents) if place.exists())
    if not nearest.is_dir():
        raise UserError(f"cannot make the folder {folder}: {nearest} is a file")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(f"cannot write in {folder}: no permission to write in {nearest}")


def _complete_together(together: list[tuple[Path, Path, Job]], how: Recipe | None) -> Iterator[Outcome]:
    """Complete and write a few pictures at once; if that fails, one by one, to find which."""
    if not together:
        return
    try:
        completed = complete_all([job for *_, job in together], how)
    except EXPECTED as error:
        if len(together) == 1:
            yield Outcome(together[0][0], error=str(error))
            return
        for one in together:
            yield from _complete_together([one], how)
        return
    for (path, target, _), pictures in zip(together, completed, strict=True):
        try:
            yield _write(path, target, pictures)
        except EXPECTED as error:
            yield Outcome(path, error=str(error))


def _write(path: Path, target: Path, pictures: list[images.Picture]) -> Outcome:
    outputs = outputs_of(target, len(pictures))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {target.parent}: {error.strerror}") from error
    images.write_all(dict(zip(outputs, pictures, strict=True)))
    return Outcome(path, tuple(outputs))


def made_before(target: Path, candidates: int) -> bool:
    """Whether all outputs are there, in either format that outputs have."""
    named = (outputs_of(target.with_suffix(suffix), candidates) for suffix in (".png", ".tif"))
    return any(all(output.exists() for output in outputs) for outputs in named)

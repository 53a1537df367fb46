"""Completing files: where outputs go, one picture, a folder of pictures.

Outputs are PNG unless a name says otherwise, so that known pixels survive as they were. Nothing that exists is
replaced unless asked for. With several candidates `name.png` becomes `name-1.png`, `name-2.png`, … best first.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from holefill.datasets import images
from holefill.errors import UserError
from holefill.job import is_mask_name, read
from holefill.pipeline import complete_all
from holefill.recipe import Recipe, recipe

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".ppm", ".pgm"})
TOGETHER = 32  # pictures whose windows share batches, as long as they are small
TOGETHER_PIXELS = 16_000_000
EXPECTED = (UserError, OSError, MemoryError)  # what one file may fail with, without stopping the others


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one picture of a folder: written to `outputs`, or left alone (none), or failed (`error`)."""

    path: Path
    outputs: tuple[Path, ...] = ()
    error: str | None = None

    @property
    def left(self) -> bool:
        """Whether the picture was left alone, as its outputs exist."""
        return not self.outputs and self.error is None


def complete_path(image, mask=None, output=None, *, overwrite=False, reading=None, making=None) -> Iterator[Outcome]:
    """Complete one picture, or each picture below a folder.

    Parameters
    ----------
    image, mask : path of a picture and a mask as in `holefill.pipeline.complete`, or folders, see `complete_folder`
    output : path, or None for `<name>-completed.png`, of a folder `<name>-completed`, in the current folder
    reading : dict of seed, mask_polarity, mask_threshold
    making : dict of `holefill.recipe.recipe`'s arguments

    Raises
    ------
    UserError, OSError
        Where the one picture cannot be completed or written; of a folder's pictures the outcomes tell.
    """
    image, reading, making = Path(image), reading or {}, making or {}
    name = image.resolve().name
    if image.is_dir():
        output = Path(output or f"{name}-completed")
        yield from complete_folder(image, mask, output, recipe(**making), overwrite, **reading)
        return
    outputs = outputs_of(Path(output or f"{image.stem}-completed.png"), making.get("candidates", 1))
    prepare(outputs, overwrite)
    job = read(image, mask, **reading)
    yield _write(image, outputs, complete_all([job], recipe(**making))[0])


def outputs_of(output: Path, candidates: int) -> list[Path]:
    """`name.png`, or `name-1.png` … `name-N.png`."""
    if candidates == 1:
        return [output]
    return [output.with_name(f"{output.stem}-{n}{output.suffix}") for n in range(1, candidates + 1)]


def prepare(outputs: list[Path], overwrite: bool) -> None:
    """Before any work: make the outputs' folder, and refuse to replace what exists.

    Raises
    ------
    UserError
        Where an output exists and is not to be overwritten, or is a folder, or its folder cannot be made.
    """
    for output in outputs:
        if output.is_dir():
            raise UserError(f"cannot write {output}: it is a folder; name a file in it")
        if output.exists() and not overwrite:
            raise UserError(f"{output} exists: choose another --output, or give --overwrite")
    try:
        outputs[0].parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {outputs[0].parent}: {error.strerror}") from error


def complete_folder(folder: Path, mask, output: Path, how: Recipe, overwrite=False, **reading) -> Iterator[Outcome]:
    """Complete each picture below a folder, with the same folders below `output`; one bad file stops no other.

    Parameters
    ----------
    mask : path of a mask file for all, or of a folder with a mask of the same name for each; a mask name; or None
    reading : seed, mask_polarity, mask_threshold of `holefill.job.read`
    """
    together = []
    for path, target in targets(folder, output, skip=[output, mask]).items():
        try:
            if not overwrite and all(path.exists() for path in outputs_of(target, how.candidates)):
                yield Outcome(path)
                continue
            prepare(outputs_of(target, how.candidates), overwrite=True)
            together.append((path, target, read(path, mask_of(path, folder, mask), **reading)))
        except EXPECTED as error:
            yield Outcome(path, error=str(error))
        if not how.model or len(together) == TOGETHER or _pixels(together) > TOGETHER_PIXELS:
            yield from _complete_together(together, how)
            together = []
    yield from _complete_together(together, how)


def targets(folder: Path, output: Path, skip=()) -> dict[Path, Path]:
    """Each picture below a folder (by suffix, sorted), and where its completion goes.

    Raises
    ------
    UserError
        Where the folder holds no picture.
    """
    aside = [Path(path).resolve() for path in skip if path is not None]
    found = [p for p in sorted(folder.rglob("*")) if p.suffix.lower() in SUFFIXES and p.is_file()]
    found = [p for p in found if not any(p.resolve().is_relative_to(other) for other in aside)]
    if not found:
        raise UserError(f"no picture in {folder}: wanted files that end in {', '.join(sorted(SUFFIXES))}")
    chosen = {}
    for path in found:
        target = output / path.relative_to(folder).with_suffix(".png")
        chosen[path] = target if target not in chosen.values() else target.with_name(f"{path.name}.png")
    return chosen


def mask_of(path: Path, folder: Path, mask):
    """The mask of one picture of a folder: the same for all, or the one of the same name in a folder of masks."""
    if mask is None or is_mask_name(mask) or not Path(mask).is_dir():
        return mask
    stem = Path(mask) / path.relative_to(folder).with_suffix("")
    near = [p for p in stem.parent.glob("*") if p.stem == stem.name and p.suffix.lower() in SUFFIXES]
    if len(near) != 1:
        found = "none" if not near else f"{len(near)}"
        raise UserError(f"wanted one mask for {path} at {stem}.png (or another suffix): found {found}")
    return near[0]


def _complete_together(together: list[tuple], how: Recipe) -> Iterator[Outcome]:
    """Complete and write a few pictures at once; if that fails, one by one, to find which."""
    if not together:
        return
    try:
        completed = complete_all([job for *_, job in together], how)
    except EXPECTED as error:
        if len(together) == 1:
            yield Outcome(together[0][0], error=str(error))
        else:
            for one in together:
                yield from _complete_together([one], how)
        return
    for (path, target, _), pictures in zip(together, completed, strict=True):
        try:
            yield _write(path, outputs_of(target, how.candidates), pictures)
        except EXPECTED as error:
            yield Outcome(path, error=str(error))


def _write(path: Path, outputs: list[Path], pictures: list) -> Outcome:
    for output, picture in zip(outputs, pictures, strict=True):
        images.write(output, picture)
    return Outcome(path, tuple(outputs))


def _pixels(together: list[tuple]) -> int:
    return sum(job.hole.size for *_, job in together)

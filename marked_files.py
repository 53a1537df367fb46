"""Removing a known logo from files: find it, make the mask of what it covers, and fill that as `holefill.files` does.

A picture that does not have the logo is left out, and its outcome says so. With `show`, what was found is written too:
`NAME-match.png`, the picture with the logos' outlines, and `NAME-mask.png`, the mask, white where pixels are filled.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from holefill import files
from holefill.automatic import Recipes
from holefill.datasets import images
from holefill.errors import UserError
from holefill.files import Outcome
from holefill.job import read
from holefill.pipeline import complete_all
from holefill.watermark import cover, search
from holefill.watermark.logo import Logo, brightness, logo_of

OUTLINE = (255, 0, 200)  # RGB: a colour that photographs seldom have


def remove_path(
    image, logo, output=None, *, overwrite=False, whole=False, grow=3, turns=(0.0,), show=None, making=None
) -> Iterator[Outcome]:
    """Remove a logo from one picture, or from each picture below a folder.

    Parameters
    ----------
    image, output : paths as in `holefill.files.complete_path`
    logo : path of the logo's picture, see `holefill.watermark.logo.logo_of`
    whole : the logo's picture is logo in all its pixels, its background too
    grow : pixels about the logo that are filled with it
    turns : degrees by which a logo that is too plain for key points may be turned
    show : folder for what was found, or None
    making : dict of `holefill.automatic.Recipes`' arguments

    Raises
    ------
    UserError
        Where the logo cannot be read or is empty, or the one picture cannot be read, has no logo or cannot be written;
        of a folder's pictures the outcomes tell.
    """
    image, how = Path(image), {"logo": read_logo(logo, whole), "choosing": Recipes(**making or {})}
    how |= {"grow": grow, "turns": tuple(np.radians(turns)), "overwrite": overwrite}
    if not image.is_dir():
        target = None if output is None else Path(output)
        yield _removed(image, target, None if show is None else Path(show) / image.stem, **how)
        return
    output = Path(output or f"{image.resolve().name}-completed")
    chosen = files.targets(image, output, aside=[output, show, logo])
    files.check_folder(output)
    for path, target in chosen.items():
        if not overwrite and files.made_before(target, how["choosing"].candidates):
            yield Outcome(path)
            continue
        shown = None if show is None else Path(show) / target.relative_to(output).with_suffix("")
        try:
            yield _removed(path, target, shown, of_many=True, **how)
        except files.EXPECTED as error:
            yield Outcome(path, error=str(error))


def read_logo(path, whole: bool = False) -> Logo:
    """A logo from its file; UserError as in `images.read` and `logo_of`, which names the file."""
    picture = images.read(path)
    alpha = None if picture.alpha is None else _shares(picture.alpha)
    try:
        return logo_of(_shares(picture.pixels), alpha, whole)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def _removed(path: Path, target, shown, *, logo, grow, turns, overwrite, choosing, of_many=False) -> Outcome:
    """One picture without the logo; `target` None: as `holefill.files` names it."""
    picture = images.read(path)
    suffix = images.suffix_for(picture)
    target = target or Path(f"{path.stem}-completed{suffix}")
    target = target.with_suffix(suffix) if of_many else target
    outputs = files.outputs_of(target, choosing.candidates)
    files.check_outputs(outputs, overwrite)
    images.check_format(target, picture)
    told = [] if shown is None else [shown.with_name(f"{shown.name}-{what}.png") for what in ("match", "mask")]
    if told:
        files.check_outputs(told, overwrite)
    grey = brightness(_shares(picture.pixels))
    finds = search.find(grey, logo, turns)
    if not finds:
        raise UserError(f"{path}: the logo was not found in it")
    hole = cover.hole(finds, logo, grey, grow)
    job = dataclasses.replace(read(picture, hole), name=str(path))
    _write(dict(zip(outputs, complete_all([job], choosing(job))[0], strict=True)))
    if told:
        shown = outlined(picture.pixels, finds), (hole * 255).astype(np.uint8)
        _write({place: images.Picture(pixels) for place, pixels in zip(told, shown, strict=True)})
    return Outcome(path, tuple(outputs))


def outlined(pixels: np.ndarray, finds: list[cover.Found]) -> np.ndarray:
    """The picture as uint8 [H, W, 3] with the outlines of what was found, a dot at each logo's first corner."""
    shown = np.rint(_shares(pixels) * 255).astype(np.uint8)
    shown = shown.repeat(3, -1) if shown.shape[-1] == 1 else shown
    width = max(1, round(max(shown.shape) / 500))
    for find in finds:
        corners = np.rint(find.quad * 8).astype(np.int32)
        cv2.polylines(shown, [corners], True, OUTLINE, width, cv2.LINE_AA, shift=3)
        cv2.circle(shown, corners[0].tolist(), 16 * (width + 1), OUTLINE, -1, cv2.LINE_AA, shift=3)
    return shown


def _write(pictures: dict[Path, images.Picture]) -> None:
    folder = next(iter(pictures)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}") from error
    images.write_all(pictures)


def _shares(pixels: np.ndarray) -> np.ndarray:
    """Samples of any type as float32 shares of white."""
    return (images.to_float(pixels) + 1) / 2

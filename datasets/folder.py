"""Any folder of pictures, its sub-folders included, as a data set: the centred square of each, resized.

Splits: where the folder has a sub-folder `train/`, the sub-folders `train/`, `validation/` (or `val/`) and `test/`,
with a tenth of `train/` held out for validation where there is no such sub-folder; otherwise 90 % train, 5 % validation
and 5 % test by a hash of each picture's name, so that a picture stays in its split when others come or go.
"""

import hashlib
import os
from pathlib import Path

from holefill.datasets.decode import Frame, decode
from holefill.datasets.image_set import ImageSet, check_request
from holefill.errors import UserError

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm", ".pbm", ".pnm")
HELD_OUT = 0.1  # of train/, where there is no validation/


def folder(
    split: str = "train", *, data_dir=None, image_size: int = 64, limit: int | None = None, channels: int = 3
) -> ImageSet:
    """One split of the pictures in `data_dir`.

    Parameters
    ----------
    split : "train", "validation" or "test"
    data_dir : the folder; links in it are followed, each folder is visited once
    image_size : side S in pixels
    limit : only the first so many pictures, in the order of their names
    channels : 3 or 1 (grey); pictures of the other kind are converted

    Returns
    -------
    ImageSet with images uint8 [N, S, S, channels]

    Raises
    ------
    UserError
        Where there is no such folder, no picture for the split, or more than 1 % of the files cannot be read.
    """
    check_request(split, image_size, limit, channels)
    if data_dir is None:
        raise UserError("the dataset folder needs --data_dir: the folder that holds the pictures")
    root = Path(data_dir).expanduser()
    if not root.is_dir():
        raise UserError(f"no folder {root}: --data_dir must name the folder that holds the pictures")
    names = split_names(root, split)
    if not names:
        raise UserError(_empty(root, split))
    return decode(root, names[:limit], Frame(image_size, channels))


def split_names(root: Path, split: str) -> list[str]:
    """Names of the pictures of one split, relative to `root`, sorted."""
    if not (root / "train").is_dir():
        bounds = {"train": (0.0, 0.9), "validation": (0.9, 0.95), "test": (0.95, 1.0)}[split]
        return [name for name in picture_names(root) if bounds[0] <= share(name) < bounds[1]]
    validation = next((name for name in ("validation", "val") if (root / name).is_dir()), None)
    if split == "test" or (split == "validation" and validation):
        part = "test" if split == "test" else validation
        return [f"{part}/{name}" for name in picture_names(root / part)]
    names = picture_names(root / "train")
    if validation is None:
        names = [name for name in names if (share(name) < HELD_OUT) == (split == "validation")]
    return [f"train/{name}" for name in names]


def picture_names(root: Path) -> list[str]:
    """Paths of all picture files below `root`, relative to it, with "/", sorted; hidden files are left out."""
    found, visited = [], set()
    for where, inside, files in os.walk(root, followlinks=True):
        stat = os.stat(where)
        if (stat.st_dev, stat.st_ino) in visited:
            inside.clear()
            continue
        visited.add((stat.st_dev, stat.st_ino))
        inside[:] = sorted(name for name in inside if not name.startswith("."))
        relative = Path(where).relative_to(root)
        found += [(relative / f).as_posix() for f in files if f.lower().endswith(ENDINGS) and not f.startswith(".")]
    return sorted(found)


def share(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(os.fsencode(name)).digest()[:6], "big") / 2**48


def _empty(root: Path, split: str) -> str:
    if not (root / "train").is_dir() and picture_names(root):
        return (
            f"none of the {len(picture_names(root))} pictures in {root} falls into the {split} split:"
            " add pictures, sort them into train/, validation/ and test/, or take another split"
        )
    return f"no pictures for the {split} split in {root}: wanted files ending in {', '.join(ENDINGS[:5])} ..."

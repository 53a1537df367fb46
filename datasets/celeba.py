"""CelebA's aligned faces (Liu et al., "Deep Learning Face Attributes in the Wild", ICCV 2015).

Read from the official layout at any stored scale: `img_align_celeba/000001.jpg …` and `list_eval_partition.txt`
(0 train, 1 validation, 2 test). The crop is the centred square of 108/178 of the picture's width, as the DCGAN
papers cut 108×108 out of 178×218, or of another share of it, resized with antialiasing to uint8 [N, S, S, C].
"""

import os
from pathlib import Path

from holefill.datasets.decode import Frame, decode
from holefill.datasets.image_set import SPLITS, ImageSet, check_request
from holefill.datasets.locate import cache_dir, places
from holefill.errors import UserError

SHARE_OF_WIDTH = 108 / 178
HOME = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
IMAGES = "img_align_celeba"
PARTITION = "list_eval_partition"


def celeba(
    split: str = "train",
    *,
    data_dir=None,
    image_size: int = 64,
    limit: int | None = None,
    channels: int = 3,
    share_of_width: float = SHARE_OF_WIDTH,
) -> ImageSet:
    """One official split of CelebA.

    Parameters
    ----------
    split : "train", "validation" or "test"
    data_dir : folder that holds `img_align_celeba/`, or a `celeba/` that does; where None, `$HOLEFILL_DATA` and the
        cache are searched, and then tensorflow-datasets, where installed, fetches the data into the cache
    image_size : side S in pixels
    limit : only the first so many pictures
    channels : 3 or 1 (grey)
    share_of_width : side of the crop ÷ the picture's width, 0.1 to 1: 1 is the whole head with its hair

    Returns
    -------
    ImageSet with images uint8 [N, S, S, channels]

    Raises
    ------
    UserError
        Where the data are not found, more than 1 % of the files cannot be read, or the crop is none.
    """
    check_request(split, image_size, limit, channels)
    number = isinstance(share_of_width, (int, float)) and not isinstance(share_of_width, bool)
    if not (number and 0.1 <= share_of_width <= 1):
        raise UserError(f"celeba: share_of_width is {share_of_width!r}: wanted a share of the width, 0.1 to 1")
    folder = find(data_dir)
    names = read_partition(partition_file(folder))[split][:limit]
    if not names:
        raise UserError(f"{partition_file(folder)} lists no pictures for the {split} split")
    return decode(folder, stored_names(folder, names), Frame(image_size, channels, float(share_of_width)))


def find(data_dir=None) -> Path:
    """The folder of the pictures; fetched where it is nowhere and can be."""
    for place in places("celeba", data_dir):
        for folder in (place / IMAGES / IMAGES, place / IMAGES, place / "Img" / IMAGES, place):
            if (folder.name == IMAGES or _partition_in(folder)) and _has_pictures(folder):
                return folder
    if data_dir is None:
        from holefill.datasets import celeba_fetch

        if celeba_fetch.available():
            return celeba_fetch.fetch(cache_dir() / "celeba") / IMAGES
    raise UserError(how_to_get(data_dir))


def how_to_get(data_dir=None) -> str:
    """One line: where CelebA was looked for, what to download and where to put it."""
    where = places("celeba", data_dir)
    for place in where:
        if (place / f"{IMAGES}.zip").is_file():
            return (
                f"CelebA is still packed: unzip {place / IMAGES}.zip in {place},"
                f" so that {place / IMAGES}/000001.jpg is there"
            )
    target = where[0] if data_dir is not None else where[-1]
    return (
        f"CelebA not found in {', '.join(map(str, where))}: download {IMAGES}.zip and {PARTITION}.txt from {HOME}"
        " (Align&Cropped Images; Train/Val/Test Partitions), unzip the first, and put both as"
        f" {target / IMAGES}/000001.jpg ... and {target / PARTITION}.txt; or name another such folder with --data_dir"
        " or HOLEFILL_DATA; or pip install tensorflow-datasets, which tries to fetch them"
    )


def partition_file(folder: Path) -> Path:
    """The official split file beside the pictures' folder, one level up, in it, or in an `Eval/` there."""
    for place in (folder.parent, folder.parent.parent, folder):
        found = _partition_in(place)
        if found is not None:
            return found
    raise UserError(
        f"found pictures in {folder} but no {PARTITION}.txt: download it from {HOME} (Train/Val/Test Partitions)"
        f" and put it at {folder.parent / PARTITION}.txt"
    )


def _partition_in(place: Path) -> Path | None:
    for name in (f"{PARTITION}.txt", f"Eval/{PARTITION}.txt", f"{PARTITION}.csv"):
        if (place / name).is_file():
            return place / name
    return None


def read_partition(path: Path) -> dict[str, list[str]]:
    """File names of each split, from lines "000001.jpg 0" (or "000001.jpg,0", after a header)."""
    names = {split: [] for split in SPLITS}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        parts = line.replace(",", " ").split()
        if len(parts) == 2 and parts[1] in ("0", "1", "2"):
            names[SPLITS[int(parts[1])]].append(parts[0])
        elif parts and number > 1:
            raise UserError(f"cannot read line {number} of {path}: {line[:60]!r}; wanted a file name and 0, 1 or 2")
    return names


def stored_names(folder: Path, names: list[str]) -> list[str]:
    """The names as stored: `000001.png` where the lossless pictures were downloaded in place of `000001.jpg`."""
    stored = set(os.listdir(folder))
    lossless = {name: os.path.splitext(name)[0] + ".png" for name in names}
    return [lossless[name] if name not in stored and lossless[name] in stored else name for name in names]


def _has_pictures(folder: Path) -> bool:
    """Whether there is a .jpg or .png right in the folder; stops at the first."""
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith((".jpg", ".png")) for entry in entries)
    except OSError:
        return False

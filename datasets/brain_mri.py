"""Slices of brain MRI without tumour, grey (Kaggle brain-tumor-mri-dataset, M. Nickparvar, class "notumor").

In: a folder `brain_mri/` with `train/` and `test/` of grey pictures. Out: uint8 [N, S, S, 1]. Validation is a
`validation/` where there is one, and otherwise a tenth of `train/`, chosen by a hash of the names.

The data hold many slices twice: nine in ten of those in `Testing/notumor` are in `Training/notumor` too, the same or
mirrored, and half of what is in train is in another split. So a slice that is in the test split is left out of the
others, and one that is in validation out of train.
"""

from pathlib import Path

import numpy as np

from holefill.datasets.decode import Frame, decode
from holefill.datasets.duplicates import unlike
from holefill.datasets.folder import split_names
from holefill.datasets.image_set import ImageSet, check_request
from holefill.datasets.locate import places
from holefill.errors import UserError

COMPARED = 64  # side at which slices are compared
BEFORE = {"test": (), "validation": ("test",), "train": ("test", "validation")}  # whose slices a split must not have
HOME = "https://www.kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset"


def brain_mri(
    split: str = "train",
    *,
    data_dir=None,
    image_size: int = 64,
    limit: int | None = None,
    channels: int = 1,
    duplicates: bool = False,
) -> ImageSet:
    """One split of the slices; parameters as in `folder`, found as CelebA is.

    duplicates : keep the slices that a split tested later has too, as the data come

    Raises
    ------
    UserError
        Where the data are in none of the places, or more than 1 % of the files cannot be read.
    """
    check_request(split, image_size, limit, channels)
    where = places("brain_mri", data_dir)
    for place in where:
        if (place / "train").is_dir() and (place / "test").is_dir():
            names = _split(place, split, duplicates)[:limit]
            return decode(place, names, Frame(image_size, channels))
    target = where[0] if data_dir is not None else where[-1]
    raise UserError(
        f"brain_mri not found in {', '.join(map(str, where))}: download the data from {HOME} and put the pictures of"
        f" Training/notumor in {target / 'train'} and those of Testing/notumor in {target / 'test'}; or name another"
        " such folder with --data_dir or HOLEFILL_DATA"
    )


def _split(place: Path, split: str, duplicates: bool) -> list[str]:
    """Names of one split's pictures, without those that a split before it has too; unreadable ones are still named."""
    names = split_names(place, split)
    others = [name for other in BEFORE[split] for name in split_names(place, other)]
    if duplicates or not others:
        return names
    frame = Frame(COMPARED, 1)
    own, theirs = decode(place, names, frame), decode(place, others, frame)
    twice = set(np.array(own.names)[~unlike(own.images, theirs.images)])
    kept = [name for name in names if name not in twice]
    if names and not kept:
        raise UserError(
            f"every picture of the {split} split in {place} is in another split too: duplicates=True keeps them"
        )
    return kept

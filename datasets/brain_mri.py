"""Slices of brain MRI without tumour, grey (Kaggle brain-tumor-mri-dataset, M. Nickparvar, class "notumor").

In: a folder `brain_mri/` with `train/` and `test/` of grey pictures. Out: uint8 [N, S, S, 1]. Validation is a
`validation/` where there is one, and otherwise a tenth of `train/`, chosen by a hash of the names.
"""

from holefill.datasets.folder import folder
from holefill.datasets.image_set import ImageSet
from holefill.datasets.locate import places
from holefill.errors import UserError

HOME = "https://www.kaggle.com/datasets/masoudnickparvar/brain-tumor-mri-dataset"


def brain_mri(
    split: str = "train", *, data_dir=None, image_size: int = 64, limit: int | None = None, channels: int = 1
) -> ImageSet:
    """One split of the slices; parameters as in `folder`, found as CelebA is.

    Raises
    ------
    UserError
        Where the data are in none of the places, or more than 1 % of the files cannot be read.
    """
    where = places("brain_mri", data_dir)
    for place in where:
        if (place / "train").is_dir() and (place / "test").is_dir():
            return folder(split, data_dir=place, image_size=image_size, limit=limit, channels=channels)
    target = where[0] if data_dir is not None else where[-1]
    raise UserError(
        f"brain_mri not found in {', '.join(map(str, where))}: download the data from {HOME} and put the pictures of"
        f" Training/notumor in {target / 'train'} and those of Testing/notumor in {target / 'test'}; or name another"
        " such folder with --data_dir or HOLEFILL_DATA"
    )

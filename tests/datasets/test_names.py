"""Every data set by name answers the same questions."""

import numpy as np
import pytest

from holefill import datasets
from holefill.datasets.image_set import SPLITS, ImageSet
from holefill.errors import UserError


@pytest.fixture
def data_dir(write_celeba, write_pictures, write_slices, request):
    """A folder that holds a little of the data set named, or None where it needs no files."""
    name = request.getfixturevalue("name")
    if name == "shapes":
        return None
    if name == "celeba":
        return write_celeba()
    if name == "brain_mri":
        return write_slices()
    return write_pictures(*(f"{part}/{i:03d}.png" for part in ("train", "test") for i in range(30)))


@pytest.mark.parametrize("name", datasets.names())
def test_each_split_is_uint8_named_and_the_same_again(name, data_dir):
    load, options = datasets.get(name)
    for split in SPLITS:
        found = load(split, data_dir=data_dir, image_size=16, limit=2, **options)
        assert isinstance(found, ImageSet) and 1 <= len(found) <= 2
        assert found.images.dtype == np.uint8 and found.images.shape[1:3] == (16, 16)
        assert found.images.shape[3] == (1 if name == "brain_mri" else 3)
        assert len(found.names) == len(found.images) and found.skipped == []
        again = load(split, data_dir=data_dir, image_size=16, limit=2, **options)
        assert np.array_equal(again.images, found.images)


@pytest.mark.parametrize("name", datasets.names())
def test_channels_is_an_option_of_each(name, data_dir):
    load, options = datasets.get(f"{name}(channels=1)")
    assert load("train", data_dir=data_dir, image_size=8, limit=1, **options).images.shape == (1, 8, 8, 1)


def test_unknown_name_lists_the_nearest():
    with pytest.raises(UserError, match="unknown dataset 'celebs': did you mean 'celeba'"):
        datasets.get("celebs")

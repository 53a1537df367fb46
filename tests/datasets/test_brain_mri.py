"""Brain MRI: found as CelebA is, grey, a tenth of train held out for validation, no slice in two splits."""

import numpy as np
import pytest

from holefill.datasets.brain_mri import brain_mri
from holefill.datasets.duplicates import unlike
from holefill.errors import UserError

NAMES = [f"train/{i:03d}.png" for i in range(60)] + ["test/a.png", "test/b.png"]  # what `write_slices` writes


def test_splits_and_grey_pixels(write_slices):
    root = write_slices()
    parts = {split: brain_mri(split, data_dir=root, image_size=8) for split in ("train", "validation", "test")}
    assert parts["train"].images.shape[1:] == (8, 8, 1) and parts["train"].images.dtype == np.uint8
    assert sorted(sum((part.names for part in parts.values()), [])) == sorted(NAMES)
    assert parts["test"].names == ["test/a.png", "test/b.png"] and 1 <= len(parts["validation"]) <= 15


def test_found_through_the_environment(write_slices, monkeypatch):
    monkeypatch.setenv("HOLEFILL_DATA", str(write_slices("data/brain_mri").parent))
    assert len(brain_mri("test")) == 2


def test_nowhere_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="brain_mri not found in .*kaggle.com"):
        brain_mri("train", data_dir=tmp_path)


def test_what_is_tested_is_not_trained_on(write_slices):
    """A slice of the test split, and its mirror image, are left out of the others, and validation's out of train."""
    held_out = brain_mri("validation", data_dir=write_slices("plain")).names
    trained = [name for name in NAMES if name.startswith("train") and name not in held_out]
    again = [(trained[0], "test/a.png", False), (trained[1], "test/b.png", True), (held_out[0], "test/a.png", True)]
    root = write_slices("twice", [*again, (trained[2], held_out[1], True)])
    assert brain_mri("train", data_dir=root).names == trained[3:]
    assert brain_mri("validation", data_dir=root).names == held_out[1:]
    assert brain_mri("test", data_dir=root).names == ["test/a.png", "test/b.png"]
    assert brain_mri("train", data_dir=root, duplicates=True).names == trained
    assert brain_mri("train", data_dir=root, limit=2).names == trained[3:5]


def test_pictures_are_alike_within_eight_grey_levels():
    flat = np.full((1, 4, 4, 1), 100, np.uint8)
    assert unlike(flat, flat + 9).tolist() == [True] and unlike(flat, flat + 7).tolist() == [False]
    assert unlike(flat, flat[:0]).tolist() == [True]


def test_a_split_that_has_nothing_of_its_own_says_so(write_slices):
    again = [(name, "test/a.png", False) for name in NAMES if name.startswith("train")]
    with pytest.raises(UserError, match="every picture of the train split .* duplicates=True"):
        brain_mri("train", data_dir=write_slices(again=again))

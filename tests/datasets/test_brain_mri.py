"""Brain MRI: found as CelebA is, grey, a tenth of train held out for validation."""

import numpy as np
import pytest

from holefill.datasets.brain_mri import brain_mri
from holefill.errors import UserError

NAMES = [f"train/{i:03d}.png" for i in range(60)] + ["test/a.png", "test/b.png"]


def test_splits_and_grey_pixels(write_pictures):
    root = write_pictures(*NAMES)
    parts = {split: brain_mri(split, data_dir=root, image_size=8) for split in ("train", "validation", "test")}
    assert parts["train"].images.shape[1:] == (8, 8, 1) and parts["train"].images.dtype == np.uint8
    assert sorted(sum((part.names for part in parts.values()), [])) == sorted(NAMES)
    assert parts["test"].names == ["test/a.png", "test/b.png"] and 1 <= len(parts["validation"]) <= 15


def test_found_through_the_environment(write_pictures, monkeypatch):
    monkeypatch.setenv("HOLEFILL_DATA", str(write_pictures(*NAMES, home="data/brain_mri").parent))
    assert len(brain_mri("test")) == 2


def test_nowhere_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match="brain_mri not found in .*kaggle.com"):
        brain_mri("train", data_dir=tmp_path)

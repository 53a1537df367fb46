"""Drawn faces: seeded, independent of how many are asked for, and such that a hole can be told from the rest."""

import numpy as np
import pytest

from holefill.datasets.shapes import shapes
from holefill.errors import UserError


def test_default_counts_and_range():
    sets = {split: shapes(split, image_size=16).images for split in ("train", "validation", "test")}
    assert {split: images.shape for split, images in sets.items()} == {
        "train": (2000, 16, 16, 3),
        "validation": (200, 16, 16, 3),
        "test": (200, 16, 16, 3),
    }
    assert all(images.dtype == np.uint8 for images in sets.values())
    assert sets["train"].min() < 30 and sets["train"].max() > 225


def test_a_picture_depends_on_seed_split_and_number_alone():
    first = shapes("train", limit=40).images
    assert np.array_equal(shapes("train", limit=5).images, first[:5])
    assert np.array_equal(shapes("train", train=7).images, first[:7])
    assert np.array_equal(shapes("train", limit=40, train=2500).images, first)
    assert not np.array_equal(shapes("train", limit=40, seed=1).images, first)
    assert not np.array_equal(shapes("validation", limit=40).images, first)
    assert len({picture.tobytes() for picture in first}) == 40


def test_faces_are_nearly_symmetric_and_differ():
    images = shapes("train", limit=64).images.astype(float)
    mirrored = np.abs(images - images[:, :, ::-1]).mean()
    others = np.abs(images - np.roll(images, 1, axis=0)).mean()
    assert mirrored < 0.45 * others


def test_the_centre_holds_detail_that_its_border_does_not_show():
    centre = shapes("train", limit=64).images[:, 16:48, 16:48].astype(float)
    assert centre.std(axis=(1, 2)).mean() > 20


def test_grey_is_the_luma_of_the_colours():
    colour, grey = (shapes("test", limit=4, channels=c).images.astype(float) for c in (3, 1))
    assert np.abs(colour @ [0.299, 0.587, 0.114] - grey[..., 0]).max() <= 1


def test_another_size_shows_the_same_face():
    small, large = (shapes("test", limit=8, image_size=size).images.astype(float) for size in (32, 64))
    shrunk = large.reshape(8, 32, 2, 32, 2, 3).mean(axis=(2, 4))
    assert np.abs(shrunk - small).mean() < 4


def test_empty_split_is_an_error():
    with pytest.raises(UserError, match="test split"):
        shapes("test", test=0)

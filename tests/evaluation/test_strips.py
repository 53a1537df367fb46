"""Completions on the disk: the same pixels back, or none."""

import numpy as np
import pytest

from holefill.evaluation import strips


@pytest.fixture
def strip(tmp_path):
    """A strip of three pictures: its path, the pictures, their digests."""
    completed = np.random.default_rng(0).integers(0, 256, (3, 8, 10, 3), np.uint8)
    strips.write(tmp_path / "a" / "b.png", completed)
    return tmp_path / "a" / "b.png", completed, [strips.digest_of(picture) for picture in completed]


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_written_is_read(tmp_path, channels):
    completed = np.random.default_rng(1).integers(0, 256, (2, 8, 8, channels), np.uint8)
    strips.write(tmp_path / "a.png", completed)
    digests = [strips.digest_of(picture) for picture in completed]
    np.testing.assert_array_equal(strips.read(tmp_path / "a.png", completed.shape, digests), completed)
    np.testing.assert_array_equal(strips.first([tmp_path / "a.png"] * 2, completed.shape[1:]), [*completed, *completed])


def test_damaged_strips_are_none(strip):
    path, completed, digests = strip
    whole = path.read_bytes()
    assert strips.read(path, completed.shape, digests) is not None
    for broken in (b"", b"junk\n", whole[:40], whole[:-200], whole[:60] + b"\0" * 40 + whole[100:]):
        path.write_bytes(broken)
        assert strips.read(path, completed.shape, digests) is None


def test_other_strips_are_none(strip, tmp_path):
    path, completed, digests = strip
    assert strips.read(tmp_path / "nowhere.png", completed.shape, digests) is None
    assert strips.read(path, completed.shape, [*digests[:2], None]) is None
    assert strips.read(path, (3, 10, 8, 3), digests) is None
    assert strips.read(path, (3, 8, 10, 1), digests) is None
    strips.write(path, completed[::-1])
    assert strips.read(path, completed.shape, digests) is None


def test_strips_larger_than_pillow_opens_are_read(strip, monkeypatch):
    from PIL import Image

    path, completed, digests = strip
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    np.testing.assert_array_equal(strips.read(path, completed.shape, digests), completed)
    np.testing.assert_array_equal(strips.first([path], completed.shape[1:]), completed)

"""Files are decoded once; the cache is whole or absent; unreadable files are counted, named and left out."""

import json
import os
import re

import numpy as np
import pytest
from PIL import Image

from holefill.datasets import decode as module
from holefill.datasets.decode import Frame, decode, fit
from holefill.errors import UserError

FRAME = Frame(image_size=8, channels=3)


def test_second_use_maps_memory_and_reads_no_file(write_pictures, monkeypatch):
    root = write_pictures("a.png", "b.png")
    first = decode(root, ["a.png", "b.png"], FRAME)
    monkeypatch.setattr(module, "_read_one", lambda *_: pytest.fail("read again"))
    again = decode(root, ["a.png", "b.png"], FRAME)
    assert isinstance(again.images, np.memmap)
    assert np.array_equal(again.images, first.images)
    assert again.names == ["a.png", "b.png"]
    assert (again.images[1] == 1).all()


def test_what_is_written_to_the_images_stays_out_of_the_cache(write_pictures):
    root = write_pictures("a.png")
    decode(root, ["a.png"], FRAME).images[:] = 99
    assert (decode(root, ["a.png"], FRAME).images == 0).all()


def test_other_files_or_another_frame_are_decoded_anew(write_pictures):
    root = write_pictures("a.png", "b.png")
    decode(root, ["a.png"], FRAME)
    assert len(decode(root, ["a.png", "b.png"], FRAME)) == 2
    assert decode(root, ["a.png"], Frame(4, 3)).images.shape == (1, 4, 4, 3)
    assert decode(root, ["a.png"], Frame(8, 1)).images.shape == (1, 8, 8, 1)
    Image.new("RGB", (20, 12), (9, 9, 9)).save(root / "a.png")
    os.utime(root / "a.png", ns=(1, 1))
    assert (decode(root, ["a.png"], FRAME).images == 9).all()


def test_order_is_that_of_the_names_over_many_chunks(write_pictures, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 7)
    names = [f"{i:03d}.png" for i in range(40)]
    images = decode(write_pictures(*names), names, FRAME).images
    assert images[:, 0, 0, 0].tolist() == list(range(40))


def test_at_most_one_in_a_hundred_unreadable_is_left_out_and_named(write_pictures):
    names = [f"{i:03d}.png" for i in range(100)]
    root = write_pictures(*names)
    (root / "007.png").write_bytes(b"not a picture")
    for _ in range(2):  # decoded, then from the cache
        found = decode(root, names, FRAME)
        assert len(found) == 99 and "007.png" not in found.names
        assert [name for name, _ in found.skipped] == ["007.png"] and found.skipped[0][1]
        assert found.images[:, 0, 0, 0].tolist() == [i for i in range(100) if i != 7]


def test_more_unreadable_is_an_error_that_names_them(write_pictures, cache):
    names = [f"{i:03d}.png" for i in range(100)]
    root = write_pictures(*names)
    whole = (root / "007.png").read_bytes()
    (root / "007.png").write_bytes(whole[: len(whole) // 2])
    (root / "008.png").write_bytes(b"")
    with pytest.raises(UserError, match=r"2 of 100 .*007\.png.*008\.png") as caught:
        decode(root, names, FRAME)
    assert "\n" not in str(caught.value)
    assert list((cache / "decoded").iterdir()) == []


def test_no_pictures_at_all(tmp_path):
    with pytest.raises(UserError, match=re.escape(str(tmp_path))):
        decode(tmp_path, [], FRAME)


def test_interrupted_decoding_leaves_nothing(write_pictures, cache, monkeypatch):
    root = write_pictures("a.png", "b.png")

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_check_skipped", interrupt)
        with pytest.raises(KeyboardInterrupt):
            decode(root, ["a.png", "b.png"], FRAME)
    assert list((cache / "decoded").iterdir()) == []
    assert len(decode(root, ["a.png", "b.png"], FRAME)) == 2


@pytest.mark.parametrize("damage", ["images.npy", "index.json"])
def test_damaged_cache_is_made_anew(write_pictures, cache, damage):
    root = write_pictures("a.png", "b.png")
    expected = np.array(decode(root, ["a.png", "b.png"], FRAME).images)
    path = next((cache / "decoded").glob(f"*/{damage}"))
    path.write_bytes(path.read_bytes()[:-20])
    assert np.array_equal(decode(root, ["a.png", "b.png"], FRAME).images, expected)


def test_cache_that_belongs_to_other_counts_is_not_trusted(write_pictures, cache):
    root = write_pictures("a.png", "b.png")
    decode(root, ["a.png", "b.png"], FRAME)
    index = next((cache / "decoded").glob("*/index.json"))
    index.write_text(json.dumps({"names": ["a.png"], "skipped": []}))
    assert decode(root, ["a.png", "b.png"], FRAME).names == ["a.png", "b.png"]


def test_unwritable_cache_says_what_to_set(write_pictures, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOLEFILL_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match="HOLEFILL_CACHE"):
        decode(write_pictures("a.png"), ["a.png"], FRAME)


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path):
    Image.fromarray(np.full([10, 10], 200 * 257, np.uint16)).save(tmp_path / "deep.png")
    assert (decode(tmp_path, ["deep.png"], FRAME).images == 200).all()


def test_fit_keeps_the_centre_and_averages_when_it_shrinks():
    stripes = np.zeros([64, 100, 1], np.uint8)
    stripes[:, 18:82:2] = 255
    assert np.ptp(fit(stripes, Frame(8, 1))) < 20
    assert abs(fit(stripes, Frame(8, 1)).mean() - 127.5) < 4


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("given", [1, 3])
def test_fit_converts_grey_and_colour(given, channels):
    assert np.array_equal(fit(np.full([9, 5, given], 77, np.uint8), Frame(6, channels)), np.full([6, 6, channels], 77))

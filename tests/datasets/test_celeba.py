"""CelebA's official layout: where it is found, which pictures a split has, and what of each is kept."""

import sys
import types

import numpy as np
import pytest
import skimage.data
from PIL import Image

from holefill.datasets import celeba_fetch
from holefill.datasets.celeba import celeba
from holefill.errors import UserError


def test_each_split_has_the_pictures_that_the_official_file_gives_it(write_celeba):
    home = write_celeba(counts=(3, 2, 1))
    assert celeba("train", data_dir=home).names == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert celeba("validation", data_dir=home).names == ["000004.jpg", "000005.jpg"]
    assert celeba("test", data_dir=home).names == ["000006.jpg"]


def test_images_are_uint8_squares_of_the_size_asked_for(write_celeba):
    home = write_celeba(counts=(3, 1, 1))
    assert celeba("train", data_dir=home).images.shape == (3, 64, 64, 3)
    assert celeba("train", data_dir=home).images.dtype == np.uint8
    assert celeba("train", data_dir=home, image_size=32, channels=1, limit=2).images.shape == (2, 32, 32, 1)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_crop_is_108_of_178_in_the_middle_at_any_stored_scale(write_celeba, scale):
    home = write_celeba(counts=(1, 0, 0), ending=".png")
    picture = np.zeros([218 * scale, 178 * scale, 3], np.uint8)
    picture[55 * scale : 163 * scale, 35 * scale : 143 * scale] = 255
    Image.fromarray(picture).save(home / "img_align_celeba" / "000001.png")
    inside = celeba("train", data_dir=home, image_size=54).images[0]
    assert inside[2:-2, 2:-2].min() == 255 and inside.min() > 200
    picture[56 * scale : 162 * scale, 36 * scale : 142 * scale] = 0
    Image.fromarray(picture).save(home / "img_align_celeba" / "000001.png")
    ring = celeba("train", data_dir=home, image_size=108).images[0, ..., 0]
    assert min(ring[0].min(), ring[-1].min(), ring[:, 0].min(), ring[:, -1].min()) > 150
    assert ring[3:-3, 3:-3].max() == 0


def test_crop_of_the_whole_width_or_of_a_share_of_it(write_celeba):
    home = write_celeba(counts=(1, 0, 0), ending=".png")
    picture = np.random.default_rng(0).integers(0, 256, (218, 178, 3), np.uint8)
    Image.fromarray(picture).save(home / "img_align_celeba" / "000001.png")
    whole = celeba("train", data_dir=home, image_size=178, share_of_width=1).images[0]
    np.testing.assert_array_equal(whole, picture[20:198])
    half = celeba("train", data_dir=home, image_size=89, share_of_width=0.5).images[0]
    assert np.abs(half.astype(int) - picture[64:153, 44:133]).mean() < 60  # half a pixel beside
    for share in (0, 1.5, True, "1", None):
        with pytest.raises(UserError, match="share_of_width is .*wanted a share of the width, 0.1 to 1"):
            celeba("train", data_dir=home, share_of_width=share)


def test_half_scale_gives_nearly_the_same_face(write_celeba):
    home = write_celeba(counts=(2, 0, 0), ending=".png")
    face = Image.fromarray(skimage.data.astronaut()[:436, 50:406]).resize((178, 218), Image.Resampling.BICUBIC)
    face.save(home / "img_align_celeba" / "000001.png")
    face.resize((89, 109), Image.Resampling.BICUBIC).save(home / "img_align_celeba" / "000002.png")
    full, half = celeba("train", data_dir=home, image_size=32).images.astype(float)
    assert np.abs(full - half).mean() < 3
    assert np.abs(full[:, 1:] - half[:, :-1]).mean() > 6


@pytest.mark.parametrize("given", ["", "img_align_celeba"])
@pytest.mark.parametrize("partition", ["list_eval_partition.txt", "Eval/list_eval_partition.txt"])
def test_found_in_the_folder_given_or_the_pictures_own(write_celeba, given, partition):
    home = write_celeba(partition=partition)
    assert len(celeba("train", data_dir=home / given)) == 6


def test_found_in_a_celeba_below_and_with_the_split_file_one_level_up(write_celeba, tmp_path):
    home = write_celeba("data/celeba")
    assert len(celeba("train", data_dir=tmp_path / "data")) == 6
    (home / "list_eval_partition.txt").rename(tmp_path / "data" / "list_eval_partition.txt")
    assert len(celeba("train", data_dir=tmp_path / "data")) == 6


def test_split_file_with_commas_and_a_header(write_celeba):
    home = write_celeba(counts=(2, 1, 1))
    text = (home / "list_eval_partition.txt").read_text().replace(" ", ",")
    (home / "list_eval_partition.txt").unlink()
    (home / "list_eval_partition.csv").write_text("image_id,partition\n" + text)
    assert len(celeba("train", data_dir=home)) == 2


def test_split_file_that_is_something_else(write_celeba):
    home = write_celeba()
    (home / "list_eval_partition.txt").write_text("000001.jpg 0\n<html>\n")
    with pytest.raises(UserError, match="line 2 of .*list_eval_partition.txt"):
        celeba("train", data_dir=home)


def test_environment_before_cache_and_the_folder_given_alone(write_celeba, cache, tmp_path, monkeypatch):
    write_celeba("cache/celeba", counts=(1, 0, 0))
    assert len(celeba("train")) == 1
    monkeypatch.setenv("HOLEFILL_DATA", str(write_celeba("other/celeba", counts=(2, 0, 0)).parent))
    assert len(celeba("train")) == 2
    assert len(celeba("train", data_dir=write_celeba(counts=(3, 0, 0)))) == 3
    with pytest.raises(UserError, match="CelebA not found in .*nowhere"):
        celeba("train", data_dir=tmp_path / "nowhere")


def test_nowhere_says_in_one_line_what_to_download_and_where_to_put_it(cache, monkeypatch):
    monkeypatch.setattr(celeba_fetch, "available", lambda: False)
    with pytest.raises(UserError) as caught:
        celeba("train")
    line = str(caught.value)
    assert "\n" not in line
    for part in (
        "img_align_celeba.zip",
        "list_eval_partition.txt",
        "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
    ):
        assert part in line
    assert str(cache / "celeba" / "img_align_celeba") in line


def test_still_packed(tmp_path):
    (tmp_path / "img_align_celeba.zip").write_bytes(b"PK")
    with pytest.raises(UserError, match="unzip"):
        celeba("train", data_dir=tmp_path)


def test_no_split_file(write_celeba):
    home = write_celeba()
    (home / "list_eval_partition.txt").unlink()
    with pytest.raises(UserError, match="no list_eval_partition.txt"):
        celeba("train", data_dir=home)


def test_half_of_the_pictures_missing_is_an_error(write_celeba):
    home = write_celeba()
    for number in (1, 2, 3):
        (home / "img_align_celeba" / f"{number:06d}.jpg").unlink()
    with pytest.raises(UserError, match="3 of 6 pictures .* 000001.jpg"):
        celeba("train", data_dir=home)


@pytest.mark.parametrize("wrong", [{"split": "val"}, {"image_size": 0}, {"limit": 0}, {"channels": 4}])
def test_wrong_request(write_celeba, wrong):
    with pytest.raises(UserError, match=next(iter(wrong))):
        celeba(**{"data_dir": write_celeba(), **wrong})


def _fake_tfds(monkeypatch, prepare, records):
    class Builder:
        def download_and_prepare(self):
            prepare()

        def as_dataset(self, split, decoders):
            assert decoders == {"image": "raw"}
            return records[split]

    fake = types.ModuleType("tensorflow_datasets")
    fake.builder = lambda name, data_dir: Builder() if name == "celeb_a" else None
    fake.as_numpy = iter
    fake.decode = types.SimpleNamespace(SkipDecoding=lambda: "raw")
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", fake)
    monkeypatch.setattr(celeba_fetch, "available", lambda: True)


def test_fetched_once_through_tensorflow_datasets(write_celeba, cache, monkeypatch):
    stored = sorted((write_celeba(counts=(6, 0, 0)) / "img_align_celeba").iterdir())
    records = [{"image": path.read_bytes()} for path in stored]
    calls = []
    splits = {"train": records[:3], "validation": records[3:5], "test": records[5:]}
    _fake_tfds(monkeypatch, lambda: calls.append(1), splits)
    assert celeba("train").names == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert len(celeba("validation")) == 2
    assert len(celeba("test")) == 1
    assert (cache / "celeba/img_align_celeba/000006.jpg").read_bytes() == stored[5].read_bytes()
    assert sorted(p.name for p in (cache / "celeba").iterdir()) == ["img_align_celeba", "list_eval_partition.txt"]
    assert calls == [1]


def test_fetch_that_fails_names_google_drive_and_the_way_by_hand(cache, monkeypatch):
    def prepare():
        raise ConnectionError("Failed to get url https://drive.google.com/...\nHTTP code: 404")

    _fake_tfds(monkeypatch, prepare, {})
    with pytest.raises(UserError) as caught:
        celeba("train")
    line = str(caught.value)
    assert "\n" not in line and "Google Drive" in line and "quota" in line and "img_align_celeba.zip" in line
    assert not (cache / "celeba" / "img_align_celeba").exists()

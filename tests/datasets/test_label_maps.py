"""Faces with label maps from tiny folders laid out as the published ones are."""

import numpy as np
import pytest
from PIL import Image

from holefill.datasets import label_maps
from holefill.errors import UserError

SIZE = 32
# Rows and columns of each part in a face that fills the picture; left is left in the picture.
BOXES = {
    1: (4, 30, 6, 26), 2: (8, 10, 8, 14), 3: (8, 10, 18, 24), 4: (12, 15, 8, 14), 5: (12, 15, 18, 24),
    6: (14, 20, 14, 18), 7: (22, 24, 10, 22), 8: (24, 25, 10, 22), 9: (25, 27, 10, 22), 10: (0, 4, 4, 28),
}  # fmt: skip


def truth():
    labels = np.zeros((SIZE, SIZE), np.uint8)
    for part, (top, bottom, left, right) in BOXES.items():
        labels[top:bottom, left:right] = part
    return labels


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def helen(tmp_path):
    """Two faces to train on, one to tune on, and the folder."""
    for n, name in enumerate(("a_1", "b_1", "c_1")):
        save(tmp_path / "images" / f"{name}.jpg", np.full((SIZE, SIZE, 3), 80 * n, np.uint8))
        for i in range(11):
            sure = np.where(truth() == i, 200, 10 + 4 * i).astype(np.uint8)
            save(tmp_path / "labels" / name / f"{name}_lbl{i:02d}.png", sure)
    (tmp_path / "exemplars.txt").write_text("1 , a_1\n2 , b_1\n")
    (tmp_path / "tuning.txt").write_text("3 , c_1\n")
    (tmp_path / "testing.txt").write_text("\n")
    return tmp_path


NAMES = {1: "skin", 2: "l_brow", 3: "r_brow", 4: "l_eye", 5: "r_eye", 6: "nose", 7: "u_lip", 8: "mouth", 9: "l_lip"}


def save_masks(root, number, parts):
    """The picture and, for each part, the whole of what it covers: skin goes on below eyes."""
    save(root / "CelebA-HQ-img" / f"{number}.jpg", np.full((2 * SIZE, 2 * SIZE, 3), 100, np.uint8))
    for part, name in parts.items():
        top, bottom, left, right = BOXES[part]
        white = np.zeros((SIZE, SIZE), np.uint8)
        white[top:bottom, left:right] = 255
        save(root / "CelebAMask-HQ-mask-anno" / str(number // 2000) / f"{number:05d}_{name}.png", white)


@pytest.fixture
def celebamask(tmp_path):
    for number in (0, 1, 2003):  # by the hash of its name 2003 is for validation
        save_masks(tmp_path, number, {**NAMES, 10: "hair"})
    return tmp_path


def test_helen_by_hand(helen):
    found = label_maps.helen("train", data_dir=helen, image_size=SIZE)
    assert found.names == ["a_1", "b_1"]
    assert found.images.shape == (2, SIZE, SIZE, 3) and found.images.dtype == np.uint8
    np.testing.assert_allclose(found.images.mean((1, 2, 3)), [0, 80], atol=2)
    assert found.labels.dtype == np.uint8
    np.testing.assert_array_equal(found.labels, np.stack([truth()] * 2))
    assert label_maps.helen("validation", data_dir=helen, image_size=SIZE, channels=1).images.shape[-1] == 1


def test_limit_and_size(helen):
    found = label_maps.helen("train", data_dir=helen, image_size=16, limit=1)
    assert found.names == ["a_1"]
    np.testing.assert_array_equal(found.labels[0], truth()[1::2, 1::2])


def test_celebamask_by_hand(celebamask):
    splits = {s: label_maps.celebamask_hq(s, data_dir=celebamask, image_size=SIZE) for s in ("train", "validation")}
    assert {split: found.names for split, found in splits.items()} == {"train": ["0", "1"], "validation": ["2003"]}
    for found in splits.values():
        np.testing.assert_array_equal(found.labels, np.stack([truth()] * len(found.names)))


def test_left_is_left_in_the_picture_whatever_the_folder_calls_it(tmp_path):
    exchanged = {**NAMES, 2: "r_brow", 3: "l_brow", 4: "r_eye", 5: "l_eye"}
    save_masks(tmp_path, 0, exchanged)
    save_masks(tmp_path, 9, {1: "skin", 4: "r_eye"})  # one eye seen
    found = label_maps.celebamask_hq("train", data_dir=tmp_path, image_size=SIZE)
    faces = dict(zip(found.names, found.labels, strict=True))
    expected = np.where(truth() == 10, 0, truth())
    np.testing.assert_array_equal(faces["0"], expected)
    one = faces["9"]
    assert set(np.unique(one)) == {0, 1, 4} and (one[12:15, 8:14] == 4).all()


def test_hats_hide_and_other_parts_are_background(tmp_path):
    save_masks(tmp_path, 0, {1: "skin", 6: "nose", 10: "hat", 2: "neck", 5: "eye_g"})
    labels = label_maps.celebamask_hq("train", data_dir=tmp_path, image_size=SIZE).labels
    assert set(np.unique(labels)) == {0, 1, 6}


def test_pictures_that_are_not_square_are_cut_as_their_labels_are(helen):
    wide = np.zeros((SIZE, 2 * SIZE, 3), np.uint8)
    wide[:, SIZE // 2 : -SIZE // 2] = 200
    save(helen / "images" / "a_1.jpg", wide)
    for i in range(11):
        labels = np.full((SIZE, 2 * SIZE), 10, np.uint8)  # the class at the sides
        labels[:, SIZE // 2 : -SIZE // 2] = truth()
        save(helen / "labels" / "a_1" / f"a_1_lbl{i:02d}.png", np.where(labels == i, 255, 0).astype(np.uint8))
    found = label_maps.helen("train", data_dir=helen, image_size=SIZE, limit=1)
    assert found.images[0, :, 2:-2].min() > 180
    np.testing.assert_array_equal(found.labels[0], truth())


@pytest.mark.parametrize("missing", ["images", "labels", "exemplars.txt"])
def test_helen_without_a_part_exception_raised(helen, missing):
    (helen / missing).rename(helen / "elsewhere")
    with pytest.raises(UserError, match=rf"no labelled faces in .*{missing} missing") as raised:
        label_maps.helen("train", data_dir=helen)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "read, split", [(label_maps.helen, "test"), (label_maps.helen, "tune"), (label_maps.celebamask_hq, "train")]
)
def test_nothing_of_the_split_exception_raised(helen, read, split):
    for name in ("CelebA-HQ-img", "CelebAMask-HQ-mask-anno"):
        (helen / name).mkdir()
    with pytest.raises(UserError, match="split"):
        read(split, data_dir=helen)


def test_labels_that_do_not_fit_exception_raised(helen):
    label = helen / "labels" / "a_1" / "a_1_lbl04.png"
    save(label, np.zeros((SIZE, 2 * SIZE), np.uint8))
    with pytest.raises(UserError, match="different sizes"):
        label_maps.helen("train", data_dir=helen)
    save(label, np.zeros((SIZE, SIZE), np.uint16))
    with pytest.raises(UserError, match="wanted 8 bits"):
        label_maps.helen("train", data_dir=helen)
    label.write_bytes(b"no picture")
    with pytest.raises(UserError, match="a_1_lbl04.png"):
        label_maps.helen("train", data_dir=helen)
    label.unlink()
    with pytest.raises(UserError, match="a_1_lbl04.png"):
        label_maps.helen("train", data_dir=helen)


def test_masks_that_do_not_fit_exception_raised(celebamask):
    masks = celebamask / "CelebAMask-HQ-mask-anno"
    train = label_maps.celebamask_hq("train", data_dir=celebamask).names
    save(masks / "0" / f"{int(train[0]):05d}_nose.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(UserError, match="_nose.png is of another size"):
        label_maps.celebamask_hq("train", data_dir=celebamask)
    for path in masks.glob(f"*/{int(train[0]):05d}_*.png"):
        path.unlink()
    with pytest.raises(UserError, match=rf"no masks of {train[0]}.jpg"):
        label_maps.celebamask_hq("train", data_dir=celebamask)

"""Any folder of pictures: what counts as one, in which order, in which split."""

import pytest

from holefill.datasets.folder import folder, picture_names, split_names
from holefill.errors import UserError

MANY = [f"{i:04d}.png" for i in range(2000)]


def _touch(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def test_names_are_recursive_sorted_and_pictures_only(tmp_path):
    _touch(tmp_path, "b/2.PNG", "b/1.jpg", "a.jpeg", "notes.txt", ".hidden.png", ".git/x.png", "c/d/e.webp")
    assert picture_names(tmp_path) == ["a.jpeg", "b/1.jpg", "b/2.PNG", "c/d/e.webp"]


def test_link_to_a_folder_above_ends(tmp_path):
    _touch(tmp_path, "in/a.png", "z.png")
    (tmp_path / "in" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "in" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    assert picture_names(tmp_path) == ["in/a.png", "in/gone.png", "z.png"]


def test_link_to_pictures_elsewhere_is_followed(tmp_path):
    _touch(tmp_path, "there/a.png")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "there", target_is_directory=True)
    assert picture_names(tmp_path / "here") == ["link/a.png"]


def test_splits_share_nothing_miss_nothing_and_are_ninety_five_five(tmp_path):
    _touch(tmp_path, *MANY)
    parts = [split_names(tmp_path, split) for split in ("train", "validation", "test")]
    assert sorted(sum(parts, [])) == MANY
    assert 1740 < len(parts[0]) < 1860 and 60 < len(parts[1]) < 140 and 60 < len(parts[2]) < 140


def test_a_picture_stays_in_its_split_when_others_come(tmp_path):
    _touch(tmp_path, *MANY[::2])
    before = split_names(tmp_path, "validation")
    _touch(tmp_path, *MANY)
    assert before == [name for name in split_names(tmp_path, "validation") if name in set(MANY[::2])]


@pytest.mark.parametrize("name", ["val", "validation"])
def test_sub_folders_are_the_splits(tmp_path, name):
    _touch(tmp_path, "train/a.png", "train/b.png", f"{name}/c.png", "test/d.png", "stray.png")
    assert split_names(tmp_path, "train") == ["train/a.png", "train/b.png"]
    assert split_names(tmp_path, "validation") == [f"{name}/c.png"]
    assert split_names(tmp_path, "test") == ["test/d.png"]


def test_a_tenth_of_train_is_held_out_where_there_is_no_validation(tmp_path):
    _touch(tmp_path, *(f"train/{name}" for name in MANY))
    train, validation = split_names(tmp_path, "train"), split_names(tmp_path, "validation")
    assert sorted(train + validation) == [f"train/{name}" for name in MANY]
    assert 150 < len(validation) < 250


def test_images_are_centre_squares_and_limit_takes_the_first(write_pictures):
    names = [f"train/{i}.png" for i in range(5)]
    root = write_pictures(*names, "validation/x.png", size=(30, 20))
    found = folder("train", data_dir=root, image_size=16, limit=3, channels=1)
    assert found.images.shape == (3, 16, 16, 1) and found.names == names[:3]
    assert found.images[:, 0, 0, 0].tolist() == [0, 1, 2]


def test_errors_name_the_folder_and_the_split(tmp_path, write_pictures):
    with pytest.raises(UserError, match="--data_dir"):
        folder("train")
    with pytest.raises(UserError, match="no folder .*nowhere"):
        folder("train", data_dir=tmp_path / "nowhere")
    with pytest.raises(UserError, match="no pictures for the train split"):
        folder("train", data_dir=tmp_path)
    root = write_pictures("train/a.png")
    with pytest.raises(UserError, match="no pictures for the test split"):
        folder("test", data_dir=root)
    _touch(tmp_path / "few", "0001.png")
    with pytest.raises(UserError, match="none of the 1 pictures .* test split"):
        folder("test", data_dir=tmp_path / "few")

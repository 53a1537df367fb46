"""Scene completion: on drawn faces and on pieces of photographs, where it is plain which picture fits."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

import holefill
from holefill import methods
from holefill.datasets import images, masks, shapes
from holefill.errors import UserError
from holefill.methods import nearest, scene, scene_index

DATA = "shapes(train=60)"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache for each test, and nothing looked up before."""
    monkeypatch.setenv("HOLEFILL_CACHE", str(tmp_path / "cache"))
    nearest._pictures.cache_clear()
    return tmp_path / "cache"


@pytest.fixture
def photographs(tmp_path):
    """A folder with 12 pieces of photographs, 80 pixels wide and 64 high, of which the train split has most."""
    (tmp_path / "pieces/train").mkdir(parents=True)
    for name, photo in (("astronaut", data.astronaut()), ("chelsea", data.chelsea()), ("coffee", data.coffee())):
        for n in range(4):
            piece = photo[60 * n : 60 * n + 64, 50 * n : 50 * n + 80]
            Image.fromarray(piece).save(tmp_path / f"pieces/train/{name}{n}.png")
    (tmp_path / "pieces/validation").mkdir()
    return tmp_path / "pieces"


def faces(size=64, channels=3, rows=slice(None)):
    """Drawn faces of the train split, [N, S, S, C] in [-1, 1]."""
    drawn = shapes.shapes("train", image_size=size, channels=channels, train=60).images[rows]
    return images.to_float(drawn)


def holes(count, size=64, mask="center"):
    return np.stack([masks.make(mask, size, size, seed=n) for n in range(count)])


@pytest.mark.parametrize("mask", ["center", "left", "random(fraction=0.8)", "strokes"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_of_the_data_set_finds_itself(mask, channels):
    given = faces(channels=channels, rows=slice(10, 16))
    filled = nearest.fill(given, holes(6, mask=mask), data=DATA)
    np.testing.assert_allclose(filled.images[:, 0], given, atol=1e-6)
    np.testing.assert_allclose(filled.objective, 0, atol=1e-6)


@pytest.mark.parametrize("height, width, stored", [(32, 32, 64), (48, 100, 128), (200, 200, 256), (300, 280, 256)])
def test_a_picture_of_any_size_finds_itself(height, width, stored):
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    given = faces(side, rows=slice(7, 8))[:, top : top + height, left : left + width]
    filled = nearest.fill(given, masks.make("center", height, width)[None], data=DATA).images[0, 0]
    expected = images.fit(faces(stored, rows=slice(7, 8))[0], side)[top : top + height, left : left + width]
    np.testing.assert_allclose(filled, expected, atol=1e-6)
    assert np.abs(filled - given[0]).mean() < 0.03


def test_what_lies_in_the_hole_does_not_influence_the_choice():
    given, hole = faces(rows=slice(3, 6)), holes(3)
    other = np.where(hole > 0, faces(rows=slice(20, 23)), given)
    one, two = (nearest.fill(x, hole, data=DATA, candidates=2) for x in (given, other))
    np.testing.assert_array_equal(one.images, two.images)
    np.testing.assert_array_equal(one.objective, two.objective)


def test_a_batch_is_filled_as_one_by_one():
    given, hole = shapes.shapes("validation", limit=4).images, holes(4, mask="random")
    given = images.to_float(given)
    together = nearest.fill(given, hole, data=DATA, candidates=3)
    for n in range(4):
        alone = nearest.fill(given[n : n + 1], hole[n : n + 1], data=DATA, candidates=3)
        np.testing.assert_array_equal(together.images[n], alone.images[0])
        np.testing.assert_array_equal(together.objective[n], alone.objective[0])


def test_only_the_shortlist_is_looked_at_closely():
    """The best of all near the rim is the best of a shortlist of all, and one of the first alone is the first."""
    given, hole = images.to_float(shapes.shapes("validation", limit=6).images), holes(6)
    by_scene, by_rim = (nearest.fill(given, hole, data=DATA, shortlist=n).objective[:, 0] for n in (1, 60))
    assert (by_rim <= by_scene).all() and (by_rim < by_scene).any()


def test_candidates_differ_and_the_best_comes_first():
    given, hole = images.to_float(shapes.shapes("validation", limit=2).images), holes(2)
    found = nearest.fill(given, hole, data=DATA, candidates=4)
    assert found.images.shape == (2, 4, 64, 64, 3) and (np.diff(found.objective) >= 0).all()
    np.testing.assert_array_equal(found.images[:, :1], nearest.fill(given, hole, data=DATA).images)
    inside = found.images[:, :, hole[0, ..., 0] > 0]
    apart = np.abs(inside[:, :, None] - inside[:, None]).mean((-2, -1))
    assert (apart + np.eye(4) >= 0.05).all()


def test_an_even_tint_does_not_count():
    """The blend takes it out: a darker copy of a picture fits better than another picture."""
    given = faces(rows=slice(5, 6)) * 0.9 - 0.1
    expected = faces(rows=slice(5, 6))
    filled = nearest.fill(given + 0.05, holes(1), data=DATA).images[:, 0]
    np.testing.assert_allclose(filled, expected, atol=1e-6)


def test_only_the_train_split_is_used():
    other = images.to_float(shapes.shapes("test", limit=1).images)
    filled = nearest.fill(other, holes(1), data=DATA).images[0, 0]
    assert np.abs(filled - faces()).max((1, 2, 3)).min() < 1e-6 < np.abs(filled - other[0]).max()


def test_the_index_is_made_once(cache, monkeypatch):
    given, hole = faces(rows=slice(0, 1)), holes(1)
    before = nearest.fill(given, hole, data=DATA).images
    (kept,) = (cache / "scenes").iterdir()
    written = kept.stat().st_mtime_ns
    with monkeypatch.context() as patch:
        patch.setattr(scene_index, "_write", None)  # to build it again would fail
        np.testing.assert_array_equal(nearest.fill(given, hole, data=DATA).images, before)
    assert kept.stat().st_mtime_ns == written
    nearest.fill(given, hole, data="shapes(train=61)")
    assert len(list((cache / "scenes").iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"no array" + b[8:]])
def test_a_damaged_index_is_made_again(cache, damage):
    given, hole = faces(rows=slice(0, 1)), holes(1)
    before = nearest.fill(given, hole, data=DATA).images
    (kept,) = (cache / "scenes").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))
    np.testing.assert_array_equal(nearest.fill(given, hole, data=DATA).images, before)
    assert kept.read_bytes() == whole


def test_an_index_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOLEFILL_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match="HOLEFILL_CACHE"):
        nearest.fill(faces(rows=slice(0, 1)), holes(1), data=DATA)


def test_other_files_of_the_same_names_have_an_index_of_their_own(photographs, cache):
    def key():
        nearest._pictures.cache_clear()
        return scene_index.key(nearest._pictures("folder", str(photographs), 64, 3).images)

    before, again = key(), key()
    name = next((photographs / "train").iterdir())
    Image.fromarray(np.zeros((64, 80, 3), np.uint8)).save(name)
    assert before == again != key()


def test_describe_golden():
    """A step from 0 to 100 at the middle: upright edges of strength 50 in two columns, in direction 0 alone."""
    pixels = np.zeros((1, 64, 64, 1), np.float32)
    pixels[:, :, 32:] = 100
    features, weights = scene.describe(pixels, np.ones_like(pixels))
    first = features[0, :128].reshape(4, 4, 8)
    edge = 255 * np.sqrt(50 / 16 / scene.STRONGEST)  # one of the 16 columns of a cell
    np.testing.assert_allclose(first[:, 1:3, 0], edge, rtol=1e-5)
    assert (first[:, [0, 3]] == 0).all() and (first[..., 1:] == 0).all() and (weights == 1).all()
    np.testing.assert_array_equal(features[0, scene.edge_count() :].reshape(16, 16)[0], [0] * 8 + [100] * 8)


def test_describe_leaves_out_what_is_not_known():
    given = faces(rows=slice(0, 1)) * 127.5 + 127.5
    known = np.ones((1, 64, 64, 1), np.float32)
    known[:, :32] = 0
    whole, _ = scene.describe(given, np.ones_like(known))
    half, weights = scene.describe(given * known, known)
    small = slice(scene.edge_count(), None)
    assert (weights[0, small].reshape(16, 16, 3)[:8] == 0).all() and (
        weights[0, small].reshape(16, 16, 3)[8:] == 1
    ).all()
    certain = weights == 1
    np.testing.assert_allclose(half[certain], whole[certain], rtol=1e-4, atol=1e-3)
    assert certain[0, : scene.edge_count()].any()


def test_complete_fills_a_photograph_from_a_folder(photographs):
    """The whole picture is looked for, though the hole is small."""
    given = np.asarray(Image.open(sorted((photographs / "train").iterdir())[6]).resize((160, 128)))
    hole = np.zeros((128, 160), bool)
    hole[50:66, 72:88] = 1
    asked = {"method": "nearest", "data": "folder", "data_dir": photographs}
    completed = holefill.complete(given, hole, **asked).pixels
    assert (completed[~hole] == given[~hole]).all()
    assert np.abs(completed[hole].astype(int) - given[hole]).mean() < 8
    grey = holefill.complete(given[..., 0], hole, **asked).pixels
    assert grey.shape == (128, 160, 1) and (grey[~hole, 0] == given[~hole, 0]).all()
    first, second = holefill.complete(given, hole, candidates=2, **asked)
    assert (first.pixels == completed).all() and (second.pixels != completed).any()


@pytest.mark.parametrize(
    "options, part",
    [
        ({}, "none is given: give nearest(data='folder', data_dir='FOLDER'), or, to bin/complete, --data folder"),
        ({"data": "celebra"}, "did you mean 'celeba'"),
        ({"data": "shapes(train=0)"}, "0 pictures for the train split"),
        ({"data": "shapes(channels=1)"}, "leave them out"),
        ({"data": "shapes(trains=1)"}, "did you mean 'train'"),
        ({"data": "folder"}, "needs --data_dir"),
        ({"data": DATA, "candidates": 61}, "has 60 pictures"),
        ({"data": DATA, "largest": 100}, "must be one of 64, 128, 256"),
        ({"data": DATA, "shortlist": 0}, "must be 1 or more"),
        ({"data": DATA, "rim": 0.0}, "must be above 0"),
        ({"data": DATA, "tint": -1}, "must be 0 or more"),
    ],
)
def test_what_cannot_be_had_is_one_line(options, part):
    with pytest.raises(UserError) as raised:
        nearest.fill(faces(rows=slice(0, 1)), holes(1), **options)
    assert part in str(raised.value) and "\n" not in str(raised.value)


def test_an_empty_folder_is_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no pictures for the train split"):
        nearest.fill(faces(rows=slice(0, 1)), holes(1), data="folder", data_dir=str(tmp_path / "empty"))


@pytest.mark.parametrize(
    "options, part",
    [
        ({"method": "telea", "data": "shapes"}, "uses no data set"),
        ({"method": "telea", "data_dir": "x"}, "uses no data set"),
        ({"method": "nearest"}, "none is given"),
        ({"method": "nearest", "data": "shape"}, "did you mean 'shapes'"),
        ({"method": f"nearest(data={DATA!r})", "data": "celeba"}, "give it once"),
        ({"method": f"nearest(data={DATA!r})", "model": "celeba64"}, "uses no model"),
    ],
)
def test_a_recipe_that_cannot_be_had_is_told_before_any_work(options, part):
    from holefill import recipe

    with pytest.raises(UserError, match=part):
        recipe.recipe(**options)


def test_a_spec_says_the_data_set():
    fill, options = methods.get(f"nearest(data={DATA!r}, rim=3)")
    assert fill(faces(rows=slice(0, 2)), holes(2), **options).images.shape == (2, 1, 64, 64, 3)

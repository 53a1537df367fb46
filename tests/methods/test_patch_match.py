"""Content-aware fill: what repeats is continued exactly, what is forbidden is not copied, seams go, no picture is too
small."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image
from skimage import data

from holefill.errors import UserError
from holefill.methods import membrane, patch_match
from holefill.methods.patches import match_kernels as kernels
from holefill.methods.patches import match_levels as levels
from holefill.methods.patches.match_seams import heal
from holefill.methods.patches.match_work import Work


def photograph(size=128):
    return (data.coffee()[100 : 100 + size, 200 : 200 + size] / 127.5 - 1).astype(np.float32)


def block(height, width, top, left, tall, wide):
    hole = np.zeros((height, width, 1), np.float32)
    hole[top : top + tall, left : left + wide] = 1
    return hole


def fill(image, hole, **options):
    return patch_match.fill(image[None], hole[None], **options).images[0, 0]


def psnr(filled, image, hole):
    return -10 * np.log10(np.square(filled - image)[hole[..., 0] > 0].mean() / 4)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_pattern_that_repeats_is_continued_exactly(channels):
    rng = np.random.default_rng(0)
    image = np.tile(rng.uniform(-1, 1, (6, 5, channels)), (10, 12, 1)).astype(np.float32)
    hole = block(60, 60, 20, 24, 16, 14)
    found = patch_match.fill(image[None], hole[None])
    np.testing.assert_allclose(found.images[0, 0], image, atol=1e-4)
    assert found.objective.shape == (1, 1) and found.objective[0, 0] < 1e-3


@pytest.mark.parametrize(("name", "better"), [("brick", 0), ("grass", -3)])
def test_texture_is_kept(name, better):
    """The detail within 30 % of what was there; the membrane has none, and yet few dB less error."""
    image = (getattr(data, name)()[:160, :160, None] / 127.5 - 1).astype(np.float32)
    hole = block(160, 160, 60, 60, 40, 40)
    filled, smooth = fill(image, hole), membrane.fill(image[None], hole[None]).images[0, 0]
    inside = np.s_[62:98, 62:98, 0]
    detail = [np.abs(np.diff(array[inside], axis=1)).mean() for array in (image, filled, smooth)]
    assert 0.7 < detail[1] / detail[0] < 1.3 and detail[2] < 0.4 * detail[0]
    assert psnr(filled, image, hole) > psnr(smooth, image, hole) + better


def test_a_photograph():
    image, hole = photograph(), block(128, 128, 40, 50, 30, 30)
    filled = fill(image, hole)
    known = np.broadcast_to(hole == 0, image.shape)
    assert (filled[known] == image[known]).all()
    assert psnr(filled, image, hole) > 20


def test_the_seed_decides_and_the_number_of_cores_does_not(monkeypatch):
    image, hole = photograph(), block(128, 128, 30, 30, 60, 60)
    filled = fill(image, hole, seed=1)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert (fill(image, hole, seed=1) == filled).all()
    assert (fill(image, hole, seed=2) != filled).any()


def test_candidates_come_best_first_and_differ():
    image, hole = photograph(), block(128, 128, 40, 40, 50, 50)
    found = patch_match.fill(image[None], hole[None], candidates=3)
    assert found.images.shape == (1, 3, 128, 128, 3)
    assert (np.diff(found.objective[0]) >= 0).all()
    assert (found.images[0, 0] != found.images[0, 1]).any()


def test_only_the_candidates_are_held_whole(monkeypatch):
    """Twice as many are tried: at most two pictures' worth of memory beside the eight that are given back."""

    class Tried(Work):
        def complete(self, image, missing, usable, guess):
            completed = image.copy()
            completed[missing] = int(self.seed) % 1000 / 500 - 1
            return completed, int(self.seed) % 7

    monkeypatch.setattr(patch_match, "Work", Tried)
    image, hole = np.zeros((1, 300, 300, 3), np.float32), block(300, 300, 20, 20, 20, 20)[None]
    patch_match.fill(image, hole, candidates=8)
    tracemalloc.start()
    found = patch_match.fill(image, hole, candidates=8)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (np.diff(found.objective[0]) >= 0).all() and len(np.unique(found.images[:, :, 30, 30])) == 8
    assert peak < 10 * image.nbytes


def two_halves():
    """Black above, white below, and a hole on their border."""
    image = np.where(np.arange(40)[:, None, None] < 20, -1, 1) * np.ones((40, 40, 1), np.float32)
    forbidden = (image > 0).astype(np.float32)
    return image.astype(np.float32), block(40, 40, 15, 15, 10, 10), forbidden


@pytest.mark.parametrize("grey", [-1, 1])
def test_what_is_guessed_tells_which_of_two_halves_goes_on(grey, monkeypatch):
    """Black on the left, white on the right, and between them a stripe in which the border may lie anywhere."""
    image = np.where(np.arange(60)[:, None] < 30, -1, 1) * np.ones((60, 60, 1), np.float32)
    hole = block(60, 60, 0, 18, 60, 24)
    monkeypatch.setattr("holefill.methods.feed_forward.guess", lambda images, holes, name: np.full_like(images, grey))
    filled = {pull: fill(image, hole, guess="a model", pull=pull) for pull in (0.0, 0.3, 0.9)}
    way = [grey * one[:, 18:42].mean() for one in filled.values()]
    assert way[0] <= way[1] < way[2] and way[2] > 0.5
    assert set(np.unique(np.rint(100 * filled[0.9]))) == {-100, 100}  # copies, not a mean of both
    np.testing.assert_array_equal(filled[0.0], fill(image, hole))


def test_a_network_guesses_of_grey_and_colour():
    for picture in (photograph(48), photograph(48).mean(-1, keepdims=True)):
        hole = block(48, 48, 18, 18, 12, 12)
        filled, alone = (fill(picture, hole, **more) for more in ({"guess": "fill64"}, {}))
        assert filled.shape == picture.shape and np.any(filled != alone)


@pytest.mark.parametrize("options, part", [({"pull": 1.5}, "pull is 1.5"), ({"guess": "nothing"}, "unknown guess")])
def test_guess_exception_raised(options, part):
    image, hole, _ = two_halves()
    with pytest.raises(UserError, match=part):
        fill(image, hole, **options)


def test_nothing_forbidden_is_as_none_given(tmp_path):
    image, hole, _ = two_halves()
    Image.fromarray(np.zeros(image.shape[:2], np.uint8)).save(tmp_path / "black.png")
    filled = [fill(image, hole, forbidden=one) for one in (None, str(tmp_path / "black.png"))]
    np.testing.assert_array_equal(filled[0], filled[1])


@pytest.mark.parametrize("given", ["array", "batch", "file"])
def test_forbidden_is_not_copied(given, tmp_path):
    image, hole, forbidden = two_halves()
    assert fill(image, hole)[20:25, 15:25].max() > 0.9
    if given == "file":
        Image.fromarray((forbidden[..., 0] * 255).astype(np.uint8)).save(tmp_path / "forbidden.png")
    options = {"array": forbidden, "batch": forbidden[None], "file": str(tmp_path / "forbidden.png")}
    filled = fill(image, hole, forbidden=options[given])
    np.testing.assert_allclose(filled[15:25, 15:25], -1, atol=0.02)


def test_matches_are_those_of_an_exhaustive_search():
    """PatchMatch is not exact: after twenty passes nine of ten patches are within 10 % of the best there is."""
    rng = np.random.default_rng(0)
    missing = block(40, 40, 15, 15, 9, 9)[..., 0] > 0
    pixels = np.pad((photograph(40) + 1) * 127.5, ((0, 0), (0, 0), (0, 1)))
    level = levels.level(levels.Scale(pixels, missing, ~missing), 5)
    nearest = levels.on_grid(level, rng.choice(np.flatnonzero(level.valid), len(level.places)), -1, np.int32)
    distance = np.zeros(len(nearest), np.int64)
    work = Work(None, None, 5, 1, 0)
    work._search(level, nearest, distance, 0, 20, 40, 1.0)
    layers = level.picture.reshape(-1, level.stride, kernels.CHANNELS).astype(np.int64)
    at = {place: layers[place // level.stride :, place % level.stride :][:5, :5] for place in range(len(level.valid))}
    best = [min(np.square(at[s] - at[t]).sum() for s in np.flatnonzero(level.valid)) for t in level.places]
    found = distance[level.cells] / levels.KNOWN**2
    assert (found >= best).all() and (found <= 1.1 * np.array(best) + 1).mean() > 0.9
    assert found[7] == np.square(at[level.places[7]] - at[nearest[level.cells[7]]]).sum()


def test_the_source_pixel_that_most_patches_name_is_elected():
    """2×2 patches over one pixel: three name pixel 37 of a picture of stride 10, one another, in vain or by weight."""
    nearest, chosen = np.array([26, 27, 36, 70], np.int32), np.zeros(1, np.int64)
    cells = np.array([3])  # of a grid of 2×2: the patches lie above left, above, left and here
    kernels.elect(10, 2, cells, 2, nearest, np.ones(4, np.float32), chosen, 0, 1)
    assert chosen[0] == 37
    kernels.elect(10, 2, cells, 2, nearest, np.array([1, 1, 1, 4], np.float32), chosen, 0, 1)
    assert chosen[0] == 70


def test_a_copy_that_is_a_little_too_bright_loses_its_seam():
    """A ramp, copied from eight columns on: v is the ramp's own step, so the ramp is restored."""
    ramp = np.linspace(-0.5, 0.5, 40, dtype=np.float32)
    image = np.repeat(np.repeat(ramp[None, :, None], 20, 0), 1, 2)
    missing = block(20, 40, 8, 12, 4, 4)[..., 0] > 0
    rows, columns = np.nonzero(missing)
    copied = image[rows, columns + 8]
    healed = heal(image, missing, ~missing, rows, columns + 8)
    assert np.abs(copied - image[missing]).mean() > 0.2
    assert np.abs(healed - image[missing]).max() < 0.02


def test_an_object_s_edge_is_no_seam():
    """White, copied into black: the pieces are not alike, so black does not run into it."""
    image = np.full((20, 40, 1), -1, np.float32)
    image[:, 25:] = 1
    missing = block(20, 40, 8, 8, 4, 4)[..., 0] > 0
    rows, columns = np.nonzero(missing)
    assert heal(image, missing, ~missing, rows, columns + 22).min() > 0.5


def test_without_a_whole_patch_the_membrane():
    image = photograph(32)
    hole = (np.arange(32)[:, None, None] % 2 + np.zeros((32, 32, 1))).astype(np.float32)
    assert (fill(image, hole) == membrane.fill(image[None], hole[None]).images[0, 0]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patch": 2}, "patch is 2; it must be from 3 to 15"),
        ({"patch": 16}, "patch is 16"),
        ({"iterations": 0}, "iterations is 0"),
        ({"candidates": 0}, "0 candidates wanted"),
        ({"forbidden": np.zeros((5, 5, 1))}, r"forbidden has the shape \[5, 5, 1\]; it must be \[40, 40, 1\]"),
        ({"forbidden": np.ones((40, 40, 1))}, "forbidden leaves nothing to copy from"),
        ({"forbidden": "nowhere.png"}, "nowhere.png"),
    ],
)
def test_bad_option_exception_raised(options, message):
    image, hole, _ = two_halves()
    with pytest.raises(UserError, match=message) as raised:
        fill(image, hole, **options)
    assert "\n" not in str(raised.value)


def test_where_nothing_is_missing_nothing_need_be_copied():
    image, hole, _ = two_halves()
    holes = np.stack([hole, np.zeros_like(hole)])
    forbidden = np.stack([np.zeros_like(hole), np.ones_like(hole)])
    found = patch_match.fill(np.stack([image, image]), holes, forbidden=forbidden).images[:, 0]
    np.testing.assert_array_equal(found[1], image)
    np.testing.assert_array_equal(found[0], fill(image, hole))


def tiny(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 41, 2)
    image = rng.uniform(-1, 1, (height, width, rng.choice([1, 3]))).astype(np.float32)
    hole = np.zeros((height, width, 1), np.float32)
    if seed % 3 == 0:
        hole[..., 0] = rng.random((height, width)) < rng.random()
    for _ in range(0 if seed % 3 == 0 else 3):
        top, left, tall, wide = rng.integers((0, 0, 1, 1), (height, width, height + 1, width + 1))
        hole[top : top + tall, left : left + wide] = 1
    hole[rng.integers(height), rng.integers(width)] = 0
    return image, hole


@pytest.mark.parametrize("seeds", [range(40), pytest.param(range(500), marks=pytest.mark.slow)], ids=["40", "500"])
def test_tiny_pictures(seeds):
    for seed in seeds:
        image, hole = tiny(seed)
        filled = fill(image, hole)
        known = np.broadcast_to(hole == 0, image.shape)
        assert np.isfinite(filled).all() and np.abs(filled).max() <= 1 and (filled[known] == image[known]).all()

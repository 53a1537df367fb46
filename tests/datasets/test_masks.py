"""Holes by name, from files and from transparency."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from holefill.datasets import images, masks
from holefill.errors import UserError

HALF_WHITE = np.repeat([[0, 255]], 8, 0).repeat([6, 6], 1).astype(np.uint8)  # [8, 12], right half white


def rows(hole):
    return ["".join(".#"[int(v)] for v in row) for row in hole[..., 0]]


def save(path, array, mode=None, **options):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


GOLDEN = {
    "center": ["........", "..####..", "..####..", "........"],
    "center(fraction=0.0625)": ["........", "...##...", "........", "........"],
    "left": ["####...."] * 4,
    "right": ["....####"] * 4,
    "right(fraction=0.25)": ["......##"] * 4,
    "top": ["########"] * 2 + ["........"] * 2,
    "bottom": ["........"] * 2 + ["########"] * 2,
}


@pytest.mark.parametrize("spec", GOLDEN)
def test_golden(spec):
    assert rows(masks.make(spec, 4, 8)) == GOLDEN[spec]


def test_center_of_64_is_rows_and_columns_16_to_48():
    hole = masks.make("center", 64, 64)
    assert hole.sum() == 32 * 32 and hole[16:48, 16:48].all()


@pytest.mark.parametrize("name", masks.names())
@pytest.mark.parametrize("size", [(64, 64), (31, 97), (2, 2), (7, 1), (1, 5)])
def test_every_name_at_every_size(name, size):
    for seed in range(5):
        if (size == (7, 1) and name in ("left", "right")) or (size == (1, 5) and name in ("top", "bottom")):
            with pytest.raises(UserError, match="leaves nothing to do"):
                masks.make(name, *size, seed=seed)
            continue
        try:
            hole = masks.make(name, *size, seed=seed)
        except UserError as error:  # half of a line may be all of it
            assert min(size) <= 2 and name in ("half", "block", "strokes", "center"), error
            continue
        assert hole.shape == (*size, 1) and hole.dtype == np.float32
        assert set(np.unique(hole)) == {0, 1}


@pytest.mark.parametrize("name", masks.names())
def test_the_same_seed_the_same_hole(name):
    holes = [masks.make(name, 48, 64, seed=seed).tobytes() for seed in (3, 3, *range(20))]
    assert holes[0] == holes[1]
    seeded = {"half": 4, "center": 1, "left": 1, "right": 1, "top": 1, "bottom": 1}
    assert len(set(holes)) == seeded.get(name, 20)


@pytest.mark.parametrize(("spec", "share"), [("random", 0.8), ("random(fraction=0.3)", 0.3), ("pattern", 0.25),
                                            ("pattern(fraction=0.5)", 0.5), ("object", 0.1),
                                            ("object(fraction=0.4)", 0.4)])  # fmt: skip
def test_shares_are_exact(spec, share):
    for seed in range(3):
        assert masks.make(spec, 50, 80, seed=seed).sum() == share * 4000


def test_block_is_a_rectangle_between_its_bounds():
    for seed in range(50):
        hole = masks.make("block", 80, 120, seed=seed)[..., 0]
        down, across = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
        assert hole.sum() == len(down) * len(across) == np.ptp(down + 1) * np.ptp(across) + len(down) + len(across) - 1
        assert 20 <= len(down) <= 40 and 30 <= len(across) <= 60


def test_strokes_reach_their_share_and_leave_something():
    for seed in range(20):
        for fraction in (0.1, 0.5, 0.9):
            share = masks.make(f"strokes(fraction={fraction})", 96, 64, seed=seed).mean()
            assert fraction <= share <= 0.95


@pytest.mark.parametrize("size", [(96, 128), (240, 60), (13, 17)])
@pytest.mark.parametrize("fraction", [0.02, 0.1, 0.3, 0.8])
def test_an_object_is_one_piece_over_one_border_at_most(size, fraction):
    touched = set()
    for seed in range(40):
        hole = masks.make(f"object(fraction={fraction})", *size, seed=seed)[..., 0]
        assert hole.sum() == round(fraction * hole.size)
        assert ndimage.label(hole)[1] == 1
        borders = [end.any() for end in (hole[0], hole[-1], hole[:, 0], hole[:, -1])]
        assert sum(borders) <= 1 or fraction == 0.8 and size == (13, 17)
        touched.add(tuple(borders))
    assert len(touched) > 1


def test_an_object_is_no_rectangle_no_dots_and_lies_anywhere():
    holes = np.stack([masks.make("object", 96, 96, seed=seed)[..., 0] for seed in range(60)])
    tall, wide = holes.any(2).sum(1), holes.any(1).sum(1)
    shares = holes.sum((1, 2)) / (tall * wide)
    assert shares.min() < 0.45 and shares.max() < 0.9
    rough = (holes[:, 1:] != holes[:, :-1]).sum((1, 2)) + (holes[:, :, 1:] != holes[:, :, :-1]).sum((1, 2))
    assert rough.max() < 5 * (tall + wide)[rough.argmax()]
    assert (holes.mean(0) > 0).mean() > 0.9


def test_pattern_is_made_of_blobs():
    """Neighbours agree far more often than in random dots of the same share (0.625)."""
    hole = masks.make("pattern", 128, 128, seed=0)[..., 0]
    assert (hole[:, 1:] == hole[:, :-1]).mean() > 0.95


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("centre", "did you mean 'center'"),
        ("random(fracton=0.5)", "did you mean 'fraction'"),
        ("random(fraction=1.5)", "between 0 and 1"),
        ("random(fraction='a')", "fraction is 'a'; wanted a number"),
        ("block(least=0.6, most=0.3)", "least ≤ most"),
        ("pattern(blobs=0)", "1 to 1000"),
        ("center(0.5)", "cannot read"),
    ],
)
def test_wrong_names_and_options(spec, words):
    with pytest.raises(UserError, match=words) as caught:
        masks.make(spec, 16, 16)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_white_is_missing_in_every_mode(tmp_path, mode):
    if mode in ("I;16", "I", "F"):
        array = (HALF_WHITE / 255 * (65535 if mode != "F" else 1)).astype(
            {"I;16": np.uint16, "I": np.int32, "F": np.float32}[mode]
        )
        path = save(tmp_path / "mask.tif", array)
    else:
        path = save(tmp_path / "mask.tif", HALF_WHITE, mode)
    hole = masks.read(path, 8, 12)
    assert hole.shape == (8, 12, 1) and hole.dtype == np.float32
    np.testing.assert_array_equal(hole[..., 0], HALF_WHITE / 255)
    np.testing.assert_array_equal(masks.read(path, 8, 12, polarity="known"), 1 - hole)


def test_jpeg_rings_are_no_grey(tmp_path):
    hole = masks.make("block", 64, 80, seed=2)
    path = save(tmp_path / "mask.jpg", (hole[..., 0] * 255).astype(np.uint8), quality=90)
    np.testing.assert_array_equal(masks.read(path, 64, 80), hole)


def test_labels_0_and_1_are_black_and_white(tmp_path):
    path = save(tmp_path / "mask.png", HALF_WHITE // 255)
    np.testing.assert_array_equal(masks.read(path, 8, 12)[..., 0], HALF_WHITE / 255)


def test_a_grey_mask_is_refused_unless_a_threshold_says_where(tmp_path):
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (4, 1))
    path = save(tmp_path / "mask.png", ramp)
    with pytest.raises(UserError, match="is grey: .*--mask_threshold 128"):
        masks.read(path, 4, 64)
    for threshold in (128, 0.5):
        np.testing.assert_array_equal(masks.read(path, 4, 64, threshold=threshold)[..., 0], ramp >= 128)
    assert masks.read(path, 4, 64, threshold=4).sum() == 4 * 63
    with pytest.raises(UserError, match="from 1 to 255"):
        masks.read(path, 4, 64, threshold=300)


def test_a_threshold_is_named_only_where_it_parts_a_grey_mask(tmp_path):
    with pytest.raises(
        UserError, match="is grey: 100% of its pixels are neither black nor white; make it black and white$"
    ):
        masks.read(save(tmp_path / "mask.png", np.full((8, 12), 128, np.uint8)), 8, 12)


@pytest.mark.parametrize(("dark", "bright", "level"), [(0, 76, 38), (160, 220, 190), (40, 200, 128)])
def test_the_threshold_that_is_named_parts_the_mask(tmp_path, dark, bright, level):
    array = np.full((8, 12), dark, np.uint8)
    array[2:5, 3:9] = bright
    path = save(tmp_path / "mask.png", array)
    with pytest.raises(UserError, match=f"--mask_threshold {level} "):
        masks.read(path, 8, 12)
    np.testing.assert_array_equal(masks.read(path, 8, 12, threshold=level)[..., 0], array == bright)


def test_coloured_strokes_on_nothing_are_in_the_transparency(tmp_path):
    """A red mark with a blue rim, as a paint program leaves it; where its edge is soft, a threshold is what helps."""
    marked = np.zeros((8, 12, 4), np.uint8)
    marked[2:6, 2:9] = 220, 30, 30, 255
    marked[2, 2:9] = 30, 30, 220, 255
    path = save(tmp_path / "mask.png", marked)
    with pytest.raises(UserError, match="is grey: .*--mask_channel alpha to take what is opaque as white$"):
        masks.read(path, 8, 12)
    np.testing.assert_array_equal(masks.read(path, 8, 12, channel="alpha")[..., 0], marked[..., 3] > 0)
    mostly_opaque = np.full((8, 12, 4), 40, np.uint8)
    mostly_opaque[:4, :, :3], mostly_opaque[..., 3], mostly_opaque[2:5, 3:9, 3] = 90, 255, 0
    with pytest.raises(UserError, match="is grey: ") as told:
        masks.read(save(tmp_path / "hole.png", mostly_opaque), 8, 12)
    assert "alpha" not in str(told.value)
    marked[2:6, 2:9, :3], marked[4:6, 2:9, 3] = 255, 128
    with pytest.raises(UserError, match="is grey: .*--mask_threshold 128"):
        masks.read(save(tmp_path / "soft.png", marked), 8, 12)


def test_softened_edges_are_cut_at_half(tmp_path):
    array = np.zeros((20, 100), np.uint8)
    array[:, 50:], array[:5, 49], array[5:10, 49] = 255, 127, 128  # 10 of 2000 pixels are grey
    hole = masks.read(save(tmp_path / "mask.png", array), 20, 100)[..., 0]
    assert not hole[:5, 49].any() and hole[5:10, 49].all() and hole.sum() == 1005


def test_sizes_are_both_named(tmp_path):
    with pytest.raises(UserError, match="12 x 8 and the picture 13 x 9"):
        masks.read(save(tmp_path / "mask.png", HALF_WHITE), 9, 13)


@pytest.mark.parametrize(("value", "polarity", "words"), [
    (0, "hole", "all black: nothing is missing"), (255, "hole", "all white: everything is missing"),
    (0, "known", "all black: everything is missing"), (255, "known", "all white: nothing is missing"),
])  # fmt: skip
def test_empty_and_full_masks(tmp_path, value, polarity, words):
    path = save(tmp_path / "mask.png", np.full((8, 12), value, np.uint8))
    with pytest.raises(UserError, match=words):
        masks.read(path, 8, 12, polarity=polarity)


def test_a_mask_almost_all_white_is_doubted_aloud(tmp_path, caplog):
    array = np.full((10, 20), 255, np.uint8)
    array[:, 0] = 0
    path = save(tmp_path / "mask.png", array)
    with caplog.at_level("WARNING"):
        assert masks.read(path, 10, 20).mean() == pytest.approx(0.95)
    assert "95 %" in caplog.text and "--mask_polarity known" in caplog.text
    caplog.clear()
    with caplog.at_level("WARNING"):
        masks.read(path, 10, 20, polarity="known")
    assert not caplog.records


@pytest.mark.parametrize("colour", [0, 255, 90])
def test_a_mask_in_the_transparency_is_not_guessed_at(tmp_path, colour):
    path = save(tmp_path / "mask.png", np.dstack([np.full((8, 12, 3), colour, np.uint8), HALF_WHITE]))
    with pytest.raises(UserError, match="transparency: it seems to be there; .*--mask_channel alpha"):
        masks.read(path, 8, 12)
    np.testing.assert_array_equal(masks.read(path, 8, 12, channel="alpha")[..., 0], HALF_WHITE / 255)


def test_white_strokes_on_nothing_are_white(tmp_path):
    """Transparent black round opaque white; but white under transparency may mean either."""
    path = save(tmp_path / "mask.png", np.dstack([HALF_WHITE] * 4))
    np.testing.assert_array_equal(masks.read(path, 8, 12)[..., 0], HALF_WHITE / 255)
    path = save(tmp_path / "mask.png", np.dstack([HALF_WHITE] * 3 + [255 - HALF_WHITE]))
    with pytest.raises(UserError, match="under its transparency"):
        masks.read(path, 8, 12)


def test_a_polarity_or_a_channel_that_is_none(tmp_path):
    path = save(tmp_path / "mask.png", HALF_WHITE)
    with pytest.raises(UserError, match="'hole'"):
        masks.read(path, 8, 12, polarity="white")
    with pytest.raises(UserError, match="no transparency"):
        masks.read(path, 8, 12, channel="alpha")
    with pytest.raises(UserError, match="no such file"):
        masks.read(tmp_path / "none.png", 8, 12)


def test_transparency_is_the_hole(caplog):
    alpha = np.array([[0, 0, 255, 255, 255, 100]], np.uint8)
    picture = images.Picture(np.zeros((1, 6, 3), np.uint8), alpha)
    with caplog.at_level("WARNING"):
        assert rows(masks.from_alpha(picture)) == ["##...."]
    assert "1 half transparent pixels are taken as known" in caplog.text
    assert rows(masks.from_alpha(picture, threshold=0.5)) == ["##...#"]
    for alpha, words in ((None, "no transparency"), (np.full((1, 6), 255, np.uint8), "nothing is missing"),
                         (np.zeros((1, 6), np.uint8), "everything")):  # fmt: skip
        with pytest.raises(UserError, match=words):
            masks.from_alpha(dataclasses.replace(picture, alpha=alpha))


def test_check():
    hole = np.zeros((4, 6, 1), np.float32)
    hole[1, 1] = 1
    masks.check(hole, 4, 6)
    for wrong, words in ((hole[..., 0], r"wanted \[4, 6, 1\]"), (hole[:3], "6 x 3 and the picture 6 x 4"),
                         (hole.transpose(1, 0, 2), r"4 x 6 .* same size \(is one of them transposed\?\)"),
                         (hole / 2, "between 0 and 0.5"), (hole * 0, "nothing is missing"),
                         (hole * 0 + 1, "everything is missing"), (hole * np.nan, "wanted 0")):  # fmt: skip
        with pytest.raises(UserError, match=words):
            masks.check(wrong, 4, 6)


def test_what_is_white_may_be_nothing_and_errors_say_what_it_is_for(tmp_path):
    path = tmp_path / "marks.png"
    for value in (0, 255):
        Image.fromarray(np.full((4, 6), value, np.uint8)).save(path)
        np.testing.assert_array_equal(masks.marked(path, 4, 6, "forbidden"), np.full((4, 6, 1), value / 255))
    with pytest.raises(UserError, match=r"forbidden .*marks.png is 6 x 4 and the picture 6 x 5 pixels"):
        masks.marked(path, 5, 6, "forbidden")
    Image.fromarray(np.full((4, 6), 100, np.uint8)).save(path)
    with pytest.raises(UserError, match=r"^forbidden .*marks.png is grey: 100% .* make it black and white$"):
        masks.marked(path, 4, 6, "forbidden")

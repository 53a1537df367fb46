"""The statistics of patch offsets: their peaks, the maximum flow, the labels, and what is painted."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow
from skimage import data

from holefill.errors import UserError
from holefill.methods import membrane
from holefill.methods.offsets import covering, fill
from holefill.methods.patches import max_flow, offset_labels, offset_seams, offset_statistics


def bricks(height, width):
    """Rows of bricks 12 wide and 6 high, every other row moved by half a brick, each brick with a little shading."""
    y, x = np.indices((height, width))
    x = x + 6 * (y // 6 % 2)
    mortar = (y % 6 == 0) | (x % 12 == 0)
    shade = (y % 6) * 0.05 + (x % 12) * 0.02
    return np.where(mortar, 0.8, -0.5 + shade)[..., None].astype(np.float32)


def block(height, width, top, left, tall, wide):
    hole = np.zeros((height, width, 1), np.float32)
    hole[top : top + tall, left : left + wide] = 1
    return hole


def neighbours(height, width):
    """[n, 4] the number of each node's neighbour to the right, left, below, above; -1 where there is none."""
    numbers = np.pad(np.arange(height * width).reshape(height, width), 1, constant_values=-1)
    sides = numbers[1:-1, 2:], numbers[1:-1, :-2], numbers[2:, 1:-1], numbers[:-2, 1:-1]
    return np.stack([side.ravel() for side in sides], 1).astype(np.int32)


def energy(picture, hole, labels, offsets):
    """The energy of a labelling, written out pixel by pixel."""

    def apart(place, a, b):
        ends = [np.add(place, offset) for offset in (a, b)]
        sure = [((end >= 0) & (end < hole.shape)).all() and not hole[tuple(end)] for end in ends]
        if not all(sure):
            return offset_labels.UNKNOWN * any(sure)
        return int(np.square(np.subtract(*(picture[tuple(end)].astype(int) for end in ends))).sum())

    total = 0
    for y, x in np.argwhere(hole):
        for i, j in ((y, x + 1), (y + 1, x), (y - 1, x), (y, x - 1)):
            if not (0 <= i < hole.shape[0] and 0 <= j < hole.shape[1]):
                continue
            here = offsets[labels[y, x]]
            if hole[i, j]:
                total += apart((y, x), here, offsets[labels[i, j]])  # its other half when the neighbour has its turn
            else:
                total += apart((i, j), here, (0, 0))
    return total


@pytest.mark.parametrize("seed", range(40))
def test_flow_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 9, 2)
    n, near = height * width, neighbours(height, width)
    room = np.where(near < 0, 0, rng.integers(0, 8, (n, 4))).astype(np.int32)
    excess = rng.integers(-12, 13, n).astype(np.int32)
    capacity = np.zeros((n + 2, n + 2), np.int32)
    for node, side in np.argwhere(near >= 0):
        capacity[node, near[node, side]] = room[node, side]
    capacity[n, :n], capacity[:n, n + 1] = np.maximum(excess, 0), np.maximum(-excess, 0)
    tree = np.zeros(n, np.int8)
    total = max_flow.flow(near, room, excess, tree)
    assert total == maximum_flow(csr_matrix(capacity), n, n + 1).flow_value
    sink = np.append(tree == max_flow.SINK, [False, True])
    assert capacity[~sink][:, sink].sum() == total  # the cut has the size of the flow


def test_flow_by_hand():
    """Source -5→ a -3→ b -4→ sink: 3 pass, and b is on the sink's side."""
    near, tree = neighbours(1, 2), np.zeros(2, np.int8)
    room = np.array([[3, 0, 0, 0], [0, 0, 0, 0]], np.int32)
    assert max_flow.flow(near, room, np.array([5, -4], np.int32), tree) == 3
    assert tree.tolist() == [max_flow.SOURCE, max_flow.SINK]


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("count", [2, 3])
def test_expansion_finds_the_labelling_of_least_energy(seed, count):
    """All labellings of a hole of 3 × 3 (2 labels: always the best) or 2 × 3 (3 labels: seldom a little above it)."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 60, (9, 12, 3)).astype(np.int16)
    tall = 3 if count == 2 else 2
    hole = block(9, 12, 3, 4, tall, 3)[..., 0] > 0
    offsets = np.array([[0, 4], [3, 0], [-3, 1]][:count], np.int32)
    labels = offset_labels.valid(None, hole, offsets)
    start = energy(picture, hole, labels, offsets)
    offset_labels.expand(picture, ~hole, labels, offsets, np.argwhere(hole))
    energies = []
    for choice in itertools.product(range(count), repeat=hole.sum()):
        other = np.full(hole.shape, -1)
        other[hole] = choice
        energies.append(energy(picture, hole, other, offsets))
    found = energy(picture, hole, labels, offsets)
    assert found <= start
    assert found == min(energies) if count == 2 else found <= 1.02 * min(energies)


@pytest.mark.parametrize("period", [(6, 0), (0, 9), (7, 5)])
def test_the_period_is_the_highest_peak(period):
    rng = np.random.default_rng(0)
    cell = rng.random((period[0] or 80, period[1] or 90, 3)).astype(np.float32) * 2 - 1
    pixels = np.tile(cell, (80 // len(cell) + 1, 90 // cell.shape[1] + 1, 1))[:80, :90]
    known = block(80, 90, 30, 30, 20, 20)[..., 0] == 0
    peaks = offset_statistics.dominant(pixels, known, 8, 5, 60)
    first = tuple(np.abs(peaks[0]))
    assert first in {(period[0], period[1]), (period[0], 0), (0, period[1])} - {(0, 0)}
    for down, across in peaks[:4]:
        assert all(
            move == 0 if not side else move % side == 0 for move, side in zip((down, across), period, strict=True)
        )


def test_matches_are_alike_and_no_nearer_than_wanted():
    pixels = data.brick()[:96, :96, None].astype(np.float32) / 127.5 - 1
    matches, width = offset_statistics.matched(pixels, np.ones((96, 96), bool), 8, 12)
    assert (matches >= 0).all()
    at = np.arange(len(matches))
    assert np.hypot(matches // width - at // width, matches % width - at % width).min() >= 12
    windows = np.lib.stride_tricks.sliding_window_view(pixels[..., 0], (8, 8)).reshape(len(matches), -1)
    apart = np.square(windows[matches] - windows).sum(1)
    others = np.square(windows[np.random.default_rng(0).permutation(len(matches))] - windows).sum(1)
    assert np.median(apart) < np.median(others) / 4


def test_peaks_by_hand():
    offsets = np.array([[5, 0]] * 9 + [[6, 1]] * 2 + [[0, -8]] * 5 + [[0, 12]])
    np.testing.assert_array_equal(offset_statistics.peaks(offsets, (20, 20), 3), [[5, 0], [0, -8], [0, 12]])
    np.testing.assert_array_equal(offset_statistics.peaks(offsets, (20, 20), 9), [[0, 12]])


@pytest.mark.parametrize("size", [(72, 96), (61, 83)])
def test_bricks_are_completed_exactly(size):
    picture = bricks(*size).repeat(3, 2)
    hole = block(*size, 22, 30, 25, 31)
    filled = fill(picture[None], hole[None]).images[0, 0]
    np.testing.assert_allclose(filled, picture, atol=2e-3)


def test_a_checkerboard_at_a_smaller_scale(monkeypatch):
    """Found coarse to fine, the labels still fit to the pixel."""
    monkeypatch.setattr(offset_labels, "NODES", 150)
    y, x = np.indices((90, 90))
    picture = np.where((y // 8 + x // 8) % 2, 0.7, -0.6)[..., None].astype(np.float32)
    hole = block(90, 90, 25, 25, 37, 37)
    np.testing.assert_allclose(fill(picture[None], hole[None]).images[0, 0], picture, atol=2e-3)


def test_offsets_found_at_a_smaller_scale_are_exact(monkeypatch):
    monkeypatch.setattr(offset_statistics, "PATCHES", 72 * 96 / 3)
    rng = np.random.default_rng(1)
    cell = rng.random((13, 17, 1)).astype(np.float32)
    pixels = np.tile(cell, (8, 8, 1))[:100, :130]
    peaks = offset_statistics.dominant(pixels, np.ones((100, 130), bool), 8, 8, 60)
    assert (peaks[:4] % (13, 17) == 0).all()


def test_a_seam_is_spread():
    """Two labels that differ by a constant alone leave no step behind."""
    ramp = np.tile(np.linspace(-0.5, 0.5, 30, dtype=np.float32), (20, 1))[..., None]
    pixels = ramp.copy()
    pixels[:8] += 0.2
    hole = block(20, 30, 9, 10, 2, 12)[..., 0] > 0
    labels = np.where(hole, np.int16(0), np.int16(-1))
    labels[10, hole[10]] = 1
    offsets = np.array([[-4, 0], [4, 0]], np.int32)
    montage = offset_seams.montage(pixels, hole, labels, offsets)
    steps = np.diff(montage[9:11, 10:22, 0], axis=0)
    assert np.abs(steps).max() < 1e-3
    np.testing.assert_allclose(np.diff(montage[9, 10:22, 0]), ramp[0, 1, 0] - ramp[0, 0, 0], atol=1e-3)


def test_every_pixel_is_reached_where_it_can_be():
    hole = block(40, 50, 0, 0, 40, 45)[..., 0] > 0  # a strip of 5 columns is known
    offsets = covering(np.array([[3, 2], [0, 7]], np.int32), hole, 2, 8)
    labels = offset_labels.valid(None, hole, offsets)
    assert (labels[hole] >= 0).all() and (labels[~hole] == -1).all()
    places = np.argwhere(hole)
    assert not hole[tuple((places + offsets[labels[hole]]).T)].any()


@pytest.mark.parametrize("name", ["gravel", "grass"])
def test_textures_are_continued(name):
    """The fill has the texture's own contrast, which a membrane has not."""
    picture = getattr(data, name)()[:160, :160, None].astype(np.float32) / 127.5 - 1
    hole = block(160, 160, 50, 60, 48, 48)
    inside = hole[..., 0] > 0
    filled = fill(picture[None], hole[None]).images[0, 0]
    smooth = membrane.fill(picture[None], hole[None]).images[0, 0]
    assert 0.6 < filled[inside].std() / picture[inside].std() < 1.4

    def roughness(values):
        return np.abs(np.diff(values[..., 0], axis=0))[inside[1:]].mean()

    assert 0.6 < roughness(filled) / roughness(picture) < 1.4
    assert roughness(smooth) / roughness(picture) < 0.5


@pytest.mark.parametrize(("size", "hole_share"), [((1, 30), 0.3), ((30, 1), 0.3), ((5, 6), 0.5), ((20, 20), 0.97)])
def test_where_no_patch_is_whole_a_membrane(size, hole_share):
    rng = np.random.default_rng(0)
    picture = rng.uniform(-1, 1, (1, *size, 3)).astype(np.float32)
    hole = (rng.random((1, *size, 1)) < hole_share).astype(np.float32)
    filled, smooth = fill(picture, hole).images, membrane.fill(picture, hole).images
    np.testing.assert_allclose(filled, smooth, atol=1e-5)


def test_tiny_pictures_and_holes_of_all_kinds():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        height, width = rng.integers(1, 41, 2)
        picture = rng.uniform(-1, 1, (1, height, width, rng.choice([1, 3]))).astype(np.float32)
        if seed % 2:
            hole = rng.random((1, height, width, 1)) < rng.random()
        else:
            ends = [np.sort(rng.integers(0, side + 1, 2)) for side in (height, width)]
            hole = block(height, width, ends[0][0], ends[1][0], np.ptp(ends[0]), np.ptp(ends[1]))[None] > 0
        if hole.all():
            continue
        filled = fill(picture, hole.astype(np.float32)).images[:, 0]
        assert np.isfinite(filled).all() and np.abs(filled).max() <= 1
        known = np.broadcast_to(~hole, picture.shape)
        np.testing.assert_array_equal(filled[known], picture[known])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": 0}, "labels is 0; it must be from 1 to 1000"),
        ({"patch": 7}, "patch is 7; it must be 4, 8 or 16"),
        ({"apart": 0.7}, "apart is 0.7; it must be from 0 to 0.5"),
        ({"region": 1.0}, "region is 1.0; it must be above 1"),
    ],
)
def test_options_exception_raised(options, words):
    with pytest.raises(UserError, match=words):
        fill(np.zeros((1, 8, 8, 3), np.float32), block(8, 8, 2, 2, 3, 3)[None], **options)


def test_a_peak_between_its_offsets_stays_where_it_is():
    """Four offsets in a ring of radius 2 have their peak in the middle, where no patch has voted."""
    ring = np.array([[2, 0], [-2, 0], [0, 2], [0, -2]]) + 20
    pixels, known = np.zeros((80, 80, 3), np.float32), np.ones((80, 80), bool)
    at = np.full((4, 2), 5)
    found = offset_statistics._refined(pixels, known, 4, 2, at, ring, np.array([20, 20]))
    np.testing.assert_array_equal(found, [40, 40])

"""Exemplar-based completion: priorities by hand, the same picture as plain NumPy, structures and textures continued."""

import numpy as np
import pytest
from skimage import data

from holefill.benchmarks import exemplar_numpy
from holefill.errors import UserError
from holefill.methods import exemplar
from holefill.methods.patches import exemplar_kernels, exemplar_steps

BOTH = (exemplar.fill, exemplar.paper)


def fill(function, image, hole, **options):
    return function(image[None], hole[None], **options).images[0, 0]


def picture(pixels):
    return (pixels / np.float32(127.5) - 1).astype(np.float32)


def square(height, width, top, bottom, left, right):
    hole = np.zeros((height, width, 1), np.float32)
    hole[top:bottom, left:right] = 1
    return hole


def blobs(random, height, width):
    """Several holes of any shape, some on the border."""
    hole = np.zeros((height, width, 1), np.float32)
    for _ in range(4):
        y, x, side = random.integers(0, height), random.integers(0, width), random.integers(3, 9)
        rows, columns = np.ogrid[:height, :width]
        hole[np.hypot(rows - y, columns - x) < side] = 1
    return hole


def test_priorities_by_hand():
    """7 × 7, patches of 5; three columns black, four of level 100; missing are rows 4 to 6 of columns 2 to 4.

    The front's pixel (4, 3) has the patch of rows 2 to 6 and columns 1 to 5. Known are 10 pixels in rows 2 and 3, and
    columns 1 and 5 of rows 4 to 6: C = 16/25. Gradients are known where all four neighbours are: in row 2, and at
    (3, 1), (3, 5), (4, 1), (4, 5), (5, 1) and (5, 5) of the columns 1 and 5. The step between columns 2 and 3 gives
    (100 - 0)/2 = 50 at (2, 2) and at (2, 3), all others are 0: ∇I = (0, 50) in (y, x), turned it is (50, 0).
    The hole's Sobel differences at (4, 3) are 1 + 2 + 1 down and 0 across: n = (1, 0), and D = 50/255.

    At the corner (4, 2) the patch is rows 2 to 6 of columns 0 to 4: known are 10 pixels and columns 0 and 1 of three
    rows, C = 16/25 again. Sobel: down 0 + 2 · 1 + 1 = 3, across the same 3, n = (1, 1)/√2, and D = 50/255/√2.

    In the middle of the left side, (5, 2), the patch is rows 3 to 6, one being outside the picture: known are row 3
    and columns 0 and 1 of rows 4 to 6, 5 + 6 of 20. No known gradient there: D = 0.
    """
    light = np.full((7, 7), 100, np.uint8)
    light[:, :3] = 0
    known = np.ones((7, 7), bool)
    known[4:, 2:5] = False
    priority, firsts = np.full((7, 7), -1.0), np.zeros(7, np.int64)
    fields = np.zeros((2, 7, 7), np.float32), known.astype(float), priority, firsts
    exemplar_kernels.refresh(light, known, *fields, (0, 7, 0, 7), 2)
    steep = 50 / 255
    assert priority[4, 3] == pytest.approx(16 / 25 * (steep + 0.001), abs=1e-12)
    assert priority[4, 2] == pytest.approx(16 / 25 * (steep / np.sqrt(2) + 0.001), abs=1e-12)
    assert priority[5, 2] == pytest.approx(11 / 20 * 0.001, abs=1e-12)
    front = [(4, 2), (4, 3), (4, 4), (5, 2), (5, 4), (6, 2), (6, 4)]
    assert [tuple(p) for p in np.argwhere(priority >= 0)] == front
    assert firsts[4] == 3


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_what_plain_numpy_gives(channels):
    """All priorities anew at each step, all patches compared to their end: the same picture, bit by bit."""
    random = np.random.default_rng(channels)
    for pixels in (data.astronaut()[:48, 200:260], data.brick()[:40, :44, None].repeat(3, -1)):
        image = picture(pixels[..., :channels])
        hole = blobs(random, *image.shape[:2])
        assert (fill(exemplar.paper, image, hole) == exemplar_numpy.complete(image, hole)).all()


def test_threads_make_no_difference(monkeypatch):
    image, hole = picture(data.coffee()[100:180, 200:300]), square(80, 100, 25, 55, 30, 60)
    alone = fill(exemplar.paper, image, hole)
    monkeypatch.setattr(exemplar_steps, "SHARED", 0)
    monkeypatch.setattr(exemplar_steps, "THREADS", 3)
    assert (fill(exemplar.paper, image, hole) == alone).all()


def test_priorities_kept_are_those_computed_anew():
    image, hole = picture(data.chelsea()[60:110, 100:160]), square(50, 60, 12, 40, 15, 45)
    missing = hole[..., 0] > 0
    completion = exemplar_steps.Completion(image, missing, exemplar_steps.barred(missing, 9), 9)
    for _ in range(8):
        row = int(np.argmax(completion.priority.max(1)))
        completion.step(row, int(completion.priority[row].argmax()))
        kept, firsts = completion.priority.copy(), completion.firsts.copy()
        completion.gradient[:], completion.priority[:] = 0, -1
        completion.refresh((0, 50, 0, 60))
        assert (completion.priority == kept).all() and (completion.firsts == firsts).all() and (kept >= 0).any()


@pytest.mark.parametrize("function", BOTH)
def test_an_edge_goes_on_through_the_hole(function):
    """Two flat halves with a slanting edge between them: every missing pixel is of its half, but at the edge."""
    rows, columns = np.mgrid[:64, :64]
    away = columns - 20 - rows / 3
    image = np.where(away > 0, 0.6, -0.4)[..., None].repeat(3, -1).astype(np.float32)
    hole = square(64, 64, 20, 44, 18, 46)
    wrong = fill(function, image, hole) != image
    assert not wrong[abs(away) > 2].any()


@pytest.mark.parametrize("function", BOTH)
def test_a_texture_goes_on(function):
    """A pattern of period 6 × 8, known well beyond its period, is continued without a fault."""
    tile = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    image = picture(np.tile(tile, (10, 8, 1)))
    hole = square(60, 64, 20, 40, 22, 44)
    assert (fill(function, image, hole) == image).all()


@pytest.mark.parametrize("function", BOTH)
def test_quality_on_a_photograph(function):
    """Bricks: nearer to the picture than its mean is, and with their detail."""
    image, hole = picture(data.brick()[::2, ::2][:128, :128, None]), square(128, 128, 40, 84, 40, 84)
    filled = fill(function, image, hole)
    inside = hole[..., 0] > 0
    assert (filled[~inside] == image[~inside]).all()
    assert 0.5 < filled[inside].std() / image[inside].std() < 2
    assert np.isin(filled[inside], image[~inside]).all()


@pytest.mark.parametrize("function", BOTH)
def test_sources_lie_in_the_window(function):
    """A perfect source is far: found in the whole picture, and not within 20 pixels."""
    random = np.random.default_rng(0)
    image = random.uniform(-1, -0.5, (40, 80, 1)).astype(np.float32)
    image[:, 40:] += 1
    hole = square(40, 80, 16, 24, 10, 18)
    marked = image.copy()
    marked[10:30, 50:70] = image[10:30, 4:24]
    assert (fill(function, marked, hole)[hole > 0] == image[hole > 0]).all()
    assert (fill(function, marked, hole, window=20)[hole > 0] != image[hole > 0]).any()


def test_what_lies_beyond_the_window_makes_no_difference():
    """The part about the hole that the window reaches gives what the whole picture gives."""
    image, hole = picture(data.coffee()[:200, :300]), square(200, 300, 90, 110, 130, 150)
    whole = exemplar_steps.Completion(image, hole[..., 0] > 0, exemplar_steps.barred(hole[..., 0] > 0, 9), 9, 30).run()
    assert (fill(exemplar.paper, image, hole, window=30) == whole).all()


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 7), (8, 8), (40, 12)])
def test_pictures_without_a_whole_patch(function, shape):
    random = np.random.default_rng(1)
    for channels in (1, 3):
        image = random.uniform(-1, 1, (*shape, channels)).astype(np.float32)
        hole = (random.random((*shape, 1)) < 0.4).astype(np.float32)
        hole[0, 0] = 0
        filled = fill(function, image, hole)
        assert np.isfinite(filled).all() and np.abs(filled).max() <= 1
        assert (filled == image)[hole[..., 0] == 0].all()


def test_smaller_patches_where_no_large_one_is_known():
    """Known are three rows at the top, in stripes of period 2: patches of 3 continue them."""
    image = np.tile(np.float32([-0.5, 0.5]), (12, 6))[..., None]
    assert (fill(exemplar.paper, image, square(12, 12, 3, 12, 0, 12)) == image).all()


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"patch": 8}, "patch is 8"),
        ({"patch": 1}, "patch is 1"),
        ({"patch": 99}, "from 3 to 63"),
        ({"window": 0}, "or None"),
    ],
)
def test_options_that_are_none_exception_raised(function, options, told):
    with pytest.raises(UserError, match=told):
        fill(function, np.zeros((9, 9, 1), np.float32), square(9, 9, 2, 4, 2, 4), **options)

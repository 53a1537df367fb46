"""A logo is found where it was put, as it was put, and nowhere else."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from holefill.errors import UserError
from holefill.watermark import cover, edges, planes, points, scan, search
from holefill.watermark.logo import Logo, brightness, logo_of

SHIELD = np.array([(0.1, 0.05), (0.9, 0.05), (0.9, 0.6), (0.5, 0.95), (0.1, 0.6)])


def crest(side=160):
    """A shield with a star, a bar and letters, RGBA."""
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.polygon([tuple(corner) for corner in SHIELD * side], fill=(190, 30, 40, 255))
    star = [(0.5 + r * np.sin(a), 0.33 - r * np.cos(a)) for a, r in zip(np.arange(10) * np.pi / 5, [0.2, 0.08] * 5)]  # noqa: B905
    pen.polygon([(x * side, y * side) for x, y in star], fill=(250, 220, 70, 255))
    pen.rectangle((0.15 * side, 0.58 * side, 0.62 * side, 0.66 * side), fill=(20, 40, 120, 255))
    pen.text((0.3 * side, 0.66 * side), "A7", font=ImageFont.load_default(side // 6), fill=(255, 255, 255, 255))
    return np.asarray(image)


def words(height=40):
    """White letters on nothing, RGBA."""
    font = ImageFont.load_default(height * 3 // 4)
    image = Image.new("RGBA", (int(font.getlength("Studio Roe 9")) + 12, height), (255, 255, 255, 0))
    ImageDraw.Draw(image).text((6, 2), "Studio Roe 9", font=font, fill=(255, 255, 255, 255))
    return np.asarray(image)


def ring(side=120):
    """A white ring and nothing else, RGBA: no corner for a key point."""
    image = Image.new("RGBA", (side, side), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((6, 6, side - 7, side - 7), outline=(255, 255, 255, 255), width=side // 7)
    return np.asarray(image)


def corners(rgba):
    return logo_from(rgba).corners


def logo_from(rgba, **more):
    shares = rgba.astype(np.float32) / 255
    return logo_of(shares[..., :3], shares[..., 3], **more)


def lying(rgba, x, y, scale=1.0, degrees=0.0):
    """The matrix that puts a logo with its middle at (x, y)."""
    turn = np.radians(degrees)
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = (np.array(rgba.shape[1::-1]) - 1) / 2
    return np.vstack([np.c_[linear, (x, y) - linear @ middle], (0, 0, 1)])


def put(photo, rgba, matrix, opacity=1.0):
    """A photograph uint8 [H, W, 3] with a logo in it, four samples a pixel each way, and where it changed."""
    shares = rgba.astype(np.float32) / 255
    shares[..., :3] *= shares[..., 3:]
    height, width = photo.shape[:2]
    large = cv2.warpPerspective(shares, planes.scaling(4, 4) @ matrix, (4 * width, 4 * height), flags=cv2.INTER_LINEAR)
    mark = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA) * opacity
    marked = np.rint(photo * (1 - mark[..., 3:]) + 255 * mark[..., :3]).clip(0, 255).astype(np.uint8)
    return marked, (marked != photo).any(-1)


def grey_of(pixels):
    return brightness(pixels.astype(np.float32) / 255)


def off(find, rgba, matrix):
    """How far the farthest corner lies from where it is, in pixels."""
    return np.linalg.norm(find.quad - planes.move(corners(rgba), matrix), axis=1).max()


def perspective(rgba, quad):
    return planes.from_corners(corners(rgba), np.array(quad, float))


CREST, WORDS, RING = crest(), words(), ring()
PHOTOS = {
    "cat": data.chelsea()[40:260, 60:320],
    "cup": data.coffee()[100:320, 150:430],
    "woman": data.astronaut()[:220, 60:320],
}
PUT = {
    "opaque": ("cat", CREST, lying(CREST, 120.3, 110.6, 0.6), 1),
    "small": ("cup", CREST, lying(CREST, 60, 70, 0.3), 1),
    "large": ("woman", CREST, lying(CREST, 130, 112, 1.3), 1),
    "turned": ("woman", CREST, lying(CREST, 110, 120, 0.6, 35), 1),
    "upside down": ("cat", CREST, lying(CREST, 110, 120, 0.5, 180), 1),
    "perspective": ("cup", CREST, perspective(CREST, [(60, 50), (170, 70), (155, 190), (50, 160)]), 1),
    "60 %": ("cat", CREST, lying(CREST, 140, 100, 0.8), 0.6),
    "30 %": ("cat", CREST, lying(CREST, 140, 100, 0.8), 0.3),
    "words of 50 %": ("cup", WORDS, lying(WORDS, 130, 110, 0.8), 0.5),
    "words of 30 %": ("woman", WORDS, lying(WORDS, 130, 190, 0.9, -4), 0.3),
    "cut": ("cup", CREST, lying(CREST, 20, 120, 0.7), 1),
    "a plain ring of 60 %": ("cup", RING, lying(RING, 120, 100, 0.9), 0.6),
}


@pytest.mark.parametrize("case", PUT)
def test_a_logo_is_found_where_it_was_put_and_its_mask_covers_it(case):
    photo, rgba, matrix, opacity = PUT[case]
    marked, changed = put(PHOTOS[photo], rgba, matrix, opacity)
    logo, grey = logo_from(rgba), grey_of(marked)
    (find,) = search.find(grey, logo)
    assert off(find, rgba, matrix) < 2 or rgba is RING  # which looks the same however it is turned
    hole = cover.hole([find], logo, grey, grow=3)[..., 0] > 0
    assert hole[changed].mean() >= 0.98
    beyond = cv2.dilate(changed.astype(np.uint8), np.ones((15, 15))) == 0
    assert not hole[beyond].any()


def test_two_logos_are_both_found():
    one, other = lying(CREST, 60, 70, 0.5), lying(CREST, 190, 140, 0.6, -20)
    marked, changed = put(put(PHOTOS["cup"], CREST, one)[0], CREST, other)
    finds = search.find(grey_of(marked), logo_from(CREST))
    assert len(finds) == 2
    assert all(min(off(find, CREST, matrix) for find in finds) < 2 for matrix in (one, other))


def test_the_same_picture_gives_the_same_finds():
    marked = grey_of(put(PHOTOS["cat"], WORDS, lying(WORDS, 120, 100, 0.7), 0.5)[0])
    first, again = (search.find(marked, logo_from(WORDS)) for _ in range(2))
    assert len(first) == 1 and (first[0].matrix == again[0].matrix).all() and first[0].score == again[0].score


def test_nothing_is_found_where_nothing_is():
    sources = [
        data.astronaut(),
        data.chelsea(),
        data.coffee(),
        data.rocket(),
        data.camera(),
        data.brick(),
        data.grass(),
    ]
    logos = [logo_from(rgba) for rgba in (CREST, WORDS, RING)]
    random = np.random.default_rng(5)
    for number in range(20):
        photo = sources[number % len(sources)]
        photo = np.dstack([photo] * 3) if photo.ndim == 2 else photo
        side = 160 if number == 0 else 80
        top, left = (random.integers(0, extent - side) for extent in photo.shape[:2])
        crop = grey_of(photo[top : top + side, left : left + side])
        assert search.find(crop, logos[number % 3]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (11, 11), (16, 16), (17, 100), (40, 30)])
def test_a_picture_may_be_of_any_size_also_smaller_than_the_logo(shape):
    grey = np.random.default_rng(0).random(shape, dtype=np.float32)
    assert search.find(grey, logo_from(CREST)) == []
    assert search.find(np.full(shape, 0.5, np.float32), logo_from(CREST)) == []


@pytest.mark.parametrize("side", [20, 42])
def test_a_mark_in_a_tiny_picture_may_be_missed_but_is_looked_for(side):
    """Smaller than the coarsest scale at which marks are looked for: the picture itself is that scale."""
    marked, _ = put(PHOTOS["cup"][:side, :side], CREST, lying(CREST, side / 2, side / 2, 0.9 * side / 160))
    grey = grey_of(marked)
    assert len(scan.levels_of(grey)) == 1
    for find in search.find(grey, logo_from(CREST)):
        assert off(find, CREST, lying(CREST, side / 2, side / 2, 0.9 * side / 160)) < side / 4


def test_a_plain_logo_has_no_pose_by_key_points_and_one_by_its_edges():
    matrix = lying(RING, 120, 100, 0.9)
    grey = grey_of(put(PHOTOS["cup"], RING, matrix, 0.6)[0])
    logo = logo_from(RING)
    mark, seen = points.of_logo(logo), points.Seen(grey)
    pairs = points.matches(seen, mark, points.APART * max(logo.size) / points.DRAWN)
    assert points.proposals(seen, mark, pairs, logo, *grey.shape) == []
    best = scan.proposals(scan.levels_of(grey), logo)[0][0]
    assert np.abs(planes.move(logo.corners, best) - planes.move(logo.corners, matrix)).max() < 6


def test_a_turned_plain_logo_is_proposed_at_a_turn_that_is_named():
    bars = np.zeros((60, 120, 4), np.uint8)
    bars[8:52, 8:24] = bars[8:24, 8:112] = 255
    matrix, logo = lying(bars, 130, 110, 0.9, 30), logo_from(bars)
    levels = scan.levels_of(grey_of(put(PHOTOS["cup"], bars, matrix, 0.5)[0]))
    for turns, near in (([0.0], False), ([0.0, 30.0], True)):
        best = scan.proposals(levels, logo, np.radians(turns))[0][0]
        assert (np.abs(planes.move(logo.corners, best) - planes.move(logo.corners, matrix)).max() < 6) == near


def test_a_hole_is_the_opaque_part_and_grows_by_pixels():
    opacity = np.zeros((8, 8), np.float32)
    opacity[2:5, 3:6] = 1
    logo = Logo(np.ones((8, 8), np.float32), opacity)
    shift = np.array([[1.0, 0, 10], [0, 1, 5], [0, 0, 1]])
    find = cover.Found(shift, planes.move(logo.corners, shift), 1.0)
    grey = np.zeros((20, 30), np.float32)
    assert np.argwhere(cover.hole([find], logo, grey, 0)[..., 0]).tolist() == [
        [y, x] for y in (7, 8, 9) for x in (13, 14, 15)
    ]
    grown = cover.hole([find], logo, grey, 2)
    assert grown.shape == (20, 30, 1) and grown.dtype == np.float32
    assert np.argwhere(grown).min(0).tolist() == [5, 11, 0] and np.argwhere(grown).max(0).tolist() == [11, 17, 0]


def test_a_logo_s_background_is_covered_where_it_is_in_the_picture():
    plain = np.full((90, 90, 4), 255, np.uint8)
    plain[..., :3] = np.where(CREST[35:125, 35:125, 3:] > 0, CREST[35:125, 35:125, :3], 255)
    plain[:6] = plain[-6:] = plain[:, :6] = plain[:, -6:] = 255
    logo = logo_of(plain[..., :3].astype(np.float32) / 255)
    matrix = lying(plain, 100, 90)
    boxed, cut_out = plain, np.dstack([plain[..., :3], (logo.opacity * 255).astype(np.uint8)])
    for rgba, whole in ((boxed, True), (cut_out, False)):
        marked, changed = put(PHOTOS["cat"], rgba, matrix)
        find = cover.Found(matrix, planes.move(logo.corners, matrix), 1.0)
        hole = cover.hole([find], logo, grey_of(marked), 3)[..., 0] > 0
        assert hole[changed].mean() >= 0.98
        assert bool(hole[47:133, 57:143].all()) == whole


def test_what_is_logo_is_told_by_transparency_else_by_the_background_else_it_is_all():
    pixels = np.zeros((20, 30, 3), np.float32)
    pixels[5:15, 5:25] = (1, 0, 0)
    alpha = np.zeros((20, 30), np.float32)
    alpha[8:12, 8:20] = 0.5
    assert np.array_equal(logo_of(pixels, alpha).opacity > 0, alpha > 0) and logo_of(pixels, alpha).opacity.max() == 1
    assert np.array_equal(logo_of(pixels).opacity > 0, pixels[..., 0] > 0) and logo_of(pixels).around == 0
    assert logo_of(pixels, whole=True).opacity.min() == 1
    photo = data.chelsea()[:60, :80].astype(np.float32) / 255
    assert logo_of(photo).opacity.min() == 1 and logo_of(photo).around is None


@pytest.mark.parametrize(
    ("pixels", "alpha", "part"),
    [
        (np.ones((30, 30, 3), np.float32), None, "has one colour"),
        (np.ones((30, 30, 1), np.float32), np.zeros((30, 30), np.float32), "is transparent everywhere"),
        (np.ones((5, 30, 3), np.float32), None, "30 x 5 pixels: wanted at least 8 x 8"),
    ],
)
def test_an_empty_logo_is_told(pixels, alpha, part):
    with pytest.raises(UserError, match=part):
        logo_of(pixels, alpha)


@pytest.mark.parametrize(
    ("quad", "right"),
    [
        ([(10, 10), (60, 10), (60, 60), (10, 60)], True),
        ([(60, 10), (60, 60), (10, 60), (10, 10)], True),  # turned
        ([(60, 10), (10, 10), (10, 60), (60, 60)], False),  # mirrored
        ([(10, 10), (60, 10), (10, 60), (60, 60)], False),  # crossed
        ([(10, 10), (60, 10), (30, 20), (10, 60)], False),  # not convex
        ([(10, 10), (15, 10), (15, 15), (10, 15)], False),  # too small to be one
        ([(10, 10), (90, 10), (90, 25), (10, 25)], False),  # drawn out
        ([(10, 10), (90, 10), (60, 60), (40, 60)], False),  # tapered too much
        ([(-45, 10), (5, 10), (5, 60), (-45, 60)], False),  # hardly in the picture
    ],
)
def test_a_plane_is_plausible(quad, right):
    square = np.array([(-0.5, -0.5), (99.5, -0.5), (99.5, 99.5), (-0.5, 99.5)])
    assert planes.plausible(planes.from_corners(square, np.array(quad, float)), square, 100, 100) == right


def test_edges_agree_where_they_are_and_not_beside():
    matrix = lying(CREST, 110, 110, 0.6)
    slopes = edges.Slopes(grey_of(put(np.full((220, 220, 3), 90, np.uint8), CREST, matrix)[0]))
    drawn = edges.edges_of(logo_from(CREST), 0.6)
    beside = matrix.copy()
    beside[:2, 2] += 15
    there, elsewhere = edges.agreement([matrix, beside], drawn, slopes)
    assert there > 0.85 and abs(elsewhere) < 0.3
    moved = matrix.copy()
    moved[:2, 2] += (1.5, -1)
    settled, score = edges.settled(moved, drawn, slopes, step=2, last=0.1)
    away = planes.move(corners(CREST), settled) - planes.move(corners(CREST), matrix)
    assert score > 0.95 * there and np.abs(away).max() < 0.7

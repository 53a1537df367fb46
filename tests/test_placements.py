"""Faces in photographs: the demo's portrait, scaled and turned into a larger picture, is completed where it lies."""

import dataclasses
import functools
import logging
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

import holefill
from holefill import blending, job, methods, pipeline, placements, recipe
from holefill.datasets import images
from holefill.errors import UserError
from holefill.faces import align, detect, under_hole
from holefill.faces.template import MEAN_FACE
from holefill.methods.fill import Fill

PORTRAIT = np.asarray(Image.open(Path(__file__).parents[1] / "demo/portrait.png"))
ALIGNED = np.array([[0.955, 0.002, 2.0], [-0.002, 0.955, 6.57]])  # by dlib's points, as a crop of 128 pixels
FACE = align.move(MEAN_FACE * 128 - 0.5, align.Alignment(ALIGNED, 128).inverse)  # 68 points in the portrait
SIZE = 300, 400  # height and width of the photographs


def similarity(degrees, scale, corner):
    """From the portrait's pixels to the photograph's."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, corner])


def photograph(*places):
    """uint8 [300, 400, 3] with the portrait at each place, and the points of its faces."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    photo = np.stack([90 + x / 8, 110 + y / 8, 150 - x / 10], -1).astype(np.uint8)
    for place in places:
        cv2.warpAffine(PORTRAIT, place, SIZE[::-1], dst=photo, borderMode=cv2.BORDER_TRANSPARENT)
    return photo, [align.move(FACE, place) for place in places]


def hole_in(place, left, top, right, bottom):
    """[300, 400, 1]: a box given in shares of the portrait's side."""
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) * 128 - 0.5
    hole = np.zeros(SIZE, np.float32)
    cv2.fillPoly(hole, [np.rint(align.move(corners, place)).astype(np.int32)], 1)
    return hole[..., None]


class PaintsThePortrait:
    """Stands for a model that knows one face, cut as the models' are."""

    image_size, channels, card = 64, 3, {"crop": "face"}


def paints_the_portrait(pictures, holes, *, model, candidates, seed):
    face = align.align(images.to_float(PORTRAIT), FACE, 64)[0]
    return Fill(np.broadcast_to(face, (len(pictures), candidates, 64, 64, 3)).copy())


def how(aligned="face", blend="poisson", **more):
    blender, rest = blending.get(blend)[0], methods.get("membrane")[0]
    return recipe.Recipe(paints_the_portrait, blender, model=PaintsThePortrait(), align=aligned, rest=rest, **more)


@pytest.fixture
def dlib_sees(monkeypatch):
    """`dlib_sees(points, …)`: the detector finds faces with these points, and they are believed to the pixel."""
    monkeypatch.setattr(placements, "LOOKS", 0)

    def see(*of_faces):
        faces = [detect.Face(np.array([*p[17:].min(0), *p[17:].max(0)]), p, 1.0) for p in of_faces]
        monkeypatch.setattr(detect, "require", lambda landmarks: None)
        monkeypatch.setattr(under_hole, "detect", lambda photo, landmarks, least: faces)

    return see


def complete(photo, hole, recipe):
    hidden = np.where(hole > 0, np.iinfo(photo.dtype).max // 3, photo).astype(photo.dtype)
    ((after,),) = pipeline.complete_all([job.read(hidden, hole)], recipe)
    known = hole[..., 0] == 0
    assert after.pixels.dtype == photo.dtype and (after.pixels[known] == photo[known]).all()
    return after.pixels


def off(found, photo, hole):
    """Mean distance in the hole, of 255."""
    return np.abs(found.astype(float) - photo)[hole[..., 0] > 0].mean()


PLACES = {
    "upright": similarity(0, 1.3, (120, 70)),
    "turned": similarity(30, 1.2, (180, 40)),
    "turned back, small": similarity(-25, 0.6, (60, 150)),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_face_is_completed_where_it_lies(dlib_sees, place):
    photo, points = photograph(place)
    hole = hole_in(place, 0.25, 0.45, 0.75, 0.95)
    dlib_sees(*points)
    aligned, unaligned = (off(complete(photo, hole, how(a)), photo, hole) for a in ("face", "off"))
    assert aligned < 7 and aligned < unaligned / 2


@pytest.mark.parametrize("blend", ["poisson", "overlay", "seamless"])
@pytest.mark.parametrize("kind", ["grey", "16 bit"])
def test_known_pixels_stay_whatever_the_picture_and_the_blend(dlib_sees, kind, blend):
    photo, points = photograph(PLACES["turned"])
    photo = photo[..., 1:2] if kind == "grey" else photo.astype(np.uint16) * 257 + 3
    hole = hole_in(PLACES["turned"], 0.3, 0.4, 0.7, 0.9)
    dlib_sees(*points)
    found = complete(photo, hole, how(blend=blend))
    assert off(found, photo, hole) < 12 * (1 if kind == "grey" else 257)


def test_transparency_is_a_hole_in_a_face(dlib_sees):
    photo, points = photograph(PLACES["turned"])
    hole = hole_in(PLACES["turned"], 0.3, 0.4, 0.7, 0.9)[..., 0] > 0
    dlib_sees(*points)
    picture = images.Picture(np.where(hole[..., None], 0, photo).astype(np.uint8), np.where(hole, 0, 255).astype("u1"))
    ((after,),) = pipeline.complete_all([job.read(picture)], how())
    assert (after.alpha == 255).all() and (after.pixels[~hole] == photo[~hole]).all()
    assert np.abs(after.pixels.astype(float) - photo)[hole].mean() < 7


def test_what_the_crop_does_not_cover_is_filled_from_the_face_and_the_rim(dlib_sees):
    photo, points = photograph(PLACES["upright"])
    hole = hole_in(PLACES["upright"], 0.3, 0.6, 0.7, 1.2)
    dlib_sees(*points)
    found = complete(photo, hole, how())
    crop = hole_in(PLACES["upright"], 0, 0, 1, 1)
    below = hole * (1 - crop)
    assert off(found, photo, hole * crop) < 8 and below.sum() > 500
    ends = photo[hole[..., 0] == 0]
    assert (found[below[..., 0] > 0] >= np.minimum(ends.min(0), PORTRAIT.min((0, 1)))).all()
    assert np.ptp(found[below[..., 0] > 0].astype(float), 0).min() > 3  # no flat patch: the colour of neither alone


def test_two_faces_and_two_candidates(dlib_sees):
    places = similarity(10, 1, (40, 60)), similarity(-15, 1.1, (220, 100))
    photo, points = photograph(*places)
    hole = np.maximum(*(hole_in(place, 0.25, 0.45, 0.75, 0.9) for place in places))
    dlib_sees(*points)
    assert len(placements.windows(job.read(photo, hole), images.to_float(photo), how())) == 2
    ((*both,),) = pipeline.complete_all([job.read(photo, hole)], how(candidates=2))
    assert len(both) == 2 and all(off(one.pixels, photo, hole) < 7 for one in both)


def test_auto_leaves_small_pictures_and_pictures_without_a_face_as_they_were(dlib_sees, caplog):
    photo, points = photograph(PLACES["upright"])
    hole, beside = hole_in(PLACES["upright"], 0.3, 0.4, 0.7, 0.9), np.zeros((*SIZE, 1), np.float32)
    beside[270:290, 10:40] = 1
    dlib_sees(*points)
    small = slice(0, 250), slice(0, 300)
    for picture, missing, said in ((photo[small], hole[small], ""), (photo, beside, "none of the 1 face")):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            found = complete(picture, missing, how("auto"))
        assert (found == complete(picture, missing, how("off"))).all()
        assert said in caplog.text and bool(said) == bool(caplog.records)
    for whole in (photo, hole), (photo[:250], hole[:250]):  # as small as a crop, and not as square
        assert (complete(*whole, how("auto")) == complete(*whole, how("face"))).all()
    with pytest.raises(UserError, match="none of the 1 face"):
        complete(photo, beside, how("face"))


def test_a_hole_at_no_face_is_filled_and_said(dlib_sees, caplog):
    photo, points = photograph(PLACES["upright"])
    hole = hole_in(PLACES["upright"], 0.3, 0.4, 0.7, 0.9)
    hole[270:290, 10:40] = 1
    dlib_sees(*points)
    with caplog.at_level(logging.WARNING):
        found = complete(photo, hole, how("auto"))
    assert "lies at no face" in caplog.text
    assert off(found[260:], photo[260:], hole[260:]) < 2  # a ramp, which the membrane continues


def test_without_dlib_auto_says_what_to_install_once_and_face_refuses(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "dlib", None)
    placements._say_once.cache_clear()
    photo, _ = photograph(PLACES["upright"])
    hole = hole_in(PLACES["upright"], 0.3, 0.4, 0.7, 0.9)
    with caplog.at_level(logging.WARNING):
        found = [complete(photo, hole, how("auto")) for _ in range(2)]
    assert (found[0] == complete(photo, hole, how("off"))).all() and len(caplog.records) == 1
    assert '".[faces]"' in caplog.text
    for refuse in (lambda: complete(photo, hole, how("face")), functools.partial(recipe.recipe, align="face")):
        with pytest.raises(UserError, match=r"\.\[faces\]"):
            refuse()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"align": "faces"}, "did you mean 'face'"),
        ({"align": "face", "method": "telea"}, "aligns no face"),
        ({"landmarks": "nowhere.dat"}, "no face landmark predictor at nowhere.dat"),
    ],
)
def test_align_exception_raised(options, part):
    with pytest.raises(UserError) as raised:
        recipe.recipe(**options)
    assert part in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("card", "paints"),
    [({"crop": "face"}, True), ({"dataset": "celeba"}, True), ({"dataset": "shapes"}, False), ({}, False)],
)
def test_which_models_paint_faces_is_on_their_cards(card, paints):
    model = PaintsThePortrait()
    model.card = card
    assert recipe.paints_faces(model) == paints
    assert recipe.recipe(model=model).align == ("auto" if paints else "off")


def test_how_much_of_a_head_a_model_paints_is_on_its_card():
    model = PaintsThePortrait()
    assert recipe.recipe(model=model).share_of_width == pytest.approx(108 / 178)
    model.card = {"share_of_width": 1.0}
    assert recipe.recipe(model=model).share_of_width == 1
    for wrong in (0, "wide", True):
        model.card = {"share_of_width": wrong}
        with pytest.raises(UserError, match="card says share_of_width .*wanted a number"):
            recipe.recipe(model=model).share_of_width  # noqa: B018


def test_a_model_of_the_whole_head_is_given_wider_crops(dlib_sees):
    photo, points = photograph(PLACES["upright"])
    hole = hole_in(PLACES["upright"], 0.3, -0.3, 0.7, -0.05)  # above what is usually cut
    dlib_sees(*points)
    asked, usual = (job.read(photo, hole), images.to_float(photo)), how()
    with pytest.raises(UserError, match="lies in none"):
        placements.windows(*asked, usual)
    model = PaintsThePortrait()
    model.card = {"crop": "face", "share_of_width": 2 * 108 / 178 * 0.8}
    (lies,) = placements.windows(*asked, dataclasses.replace(usual, model=model))
    assert lies.scale == pytest.approx(align.alignment(points[0]).scale / 1.6)
    part = lies.inside(*SIZE)
    assert (hole[part][..., 0] * lies.covered(*SIZE)).sum() == hole.sum()


@pytest.fixture
def astronaut():
    """A photograph uint8 [512, 512, 3] of a face turned by 25°, and the points that dlib finds."""
    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))
    turn = cv2.getRotationMatrix2D((225, 110), 25, 1)
    turn[:, 2] += (31, 130)
    photo = cv2.warpAffine(data.astronaut(), turn, (512, 512), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return photo, detect.detect(photo)[0].points


def eyes_of(points):
    hole = np.zeros((512, 512), np.float32)
    middle = points[36:48].mean(0)
    cv2.fillPoly(hole, [np.rint(1.5 * (points[[17, 26, 45, 36]] - middle) + middle).astype(np.int32)], 1)
    return hole[..., None]


def test_a_guess_beside_the_face_is_mended(astronaut):
    photo, points = astronaut
    corners = np.array([(8, 8), (56, 8), (8, 56), (56, 56)])
    truth, guess = align.alignment(points), points + (5, -5)
    found = placements._lies(images.to_float(photo), eyes_of(points), guess, 64)
    before, after = (
        np.linalg.norm(align.move(align.move(corners, truth.inverse), lies.matrix) - corners, axis=1).mean()
        for lies in (align.alignment(guess), found)
    )
    assert before > 3 and after < before / 2


@pytest.mark.slow
def test_the_shipped_model_completes_a_turned_face_that_dlib_finds(astronaut):
    photo, points = astronaut
    hole = eyes_of(points)
    hidden = np.where(hole > 0, 0, photo).astype(np.uint8)
    aligned, unaligned = (holefill.complete(hidden, hole, align=a).pixels for a in ("auto", "off"))
    assert (aligned[hole[..., 0] == 0] == photo[hole[..., 0] == 0]).all()
    assert off(aligned, photo, hole) < 0.9 * off(unaligned, photo, hole)


@pytest.mark.parametrize(
    ("height", "width", "size", "crop"),
    [
        (128, 128, 64, True),
        (256, 320, 64, True),
        (257, 257, 64, False),
        (200, 300, 64, False),
        (128, 160, 128, True),
        (400, 500, 128, False),
        (512, 512, 512, True),
        (80, 80, 16, False),
    ],
)
def test_a_small_and_about_square_picture_is_taken_for_a_crop(height, width, size, crop):
    assert placements.is_crop(height, width, size) == placements.is_crop(width, height, size) == crop

"""The way through: known pixels stay to the bit, for every size, kind of picture, method and blend."""

import functools

import numpy as np
import pytest
from PIL import Image
from skimage import data

import holefill
from holefill import blending, job, pipeline, recipe
from holefill.datasets import images, masks
from holefill.errors import UserError
from holefill.methods.fill import Fill

CLASSICAL = ["telea", "navier_stokes", "membrane"]
MASKS = ["center", "random(fraction=0.5)", "strokes", "left"]


def picture(kind, height, width):
    """A part of a photograph as a Picture of this kind."""
    rgb = data.astronaut()[:height, 100 : 100 + width]
    kinds = {
        "RGB": rgb,
        "grey": rgb[..., :1],
        "16 bit": rgb.astype(np.uint16) * 257 + 3,
        "16 bit grey": rgb[..., :1].astype(np.uint16) * 200,
    }
    if kind == "RGBA":
        return images.Picture(rgb, rgb[..., 1])
    return images.Picture(kinds[kind])


class PaintsRed:
    """Stands for a model of 16×16 colour pictures."""

    image_size, channels = 16, 3


def paints_red(pictures, holes, *, model, candidates, seed, seen=None):
    """Red, brighter with each candidate, whatever is around it."""
    if seen is not None:
        seen.append((pictures.shape, holes.shape))
    fills = np.zeros((len(pictures), candidates, *pictures.shape[1:]), np.float32) - 1
    fills[..., 0] = np.linspace(1, 0, candidates)[:, None, None]
    return Fill(fills)


def red(seen=None, **more):
    return recipe.Recipe(
        functools.partial(paints_red, seen=seen), blending.get("overlay")[0], model=PaintsRed(), **more
    )


@pytest.mark.parametrize("blend", ["poisson", "overlay", "seamless", "tension"])
@pytest.mark.parametrize("method", CLASSICAL)
@pytest.mark.parametrize("kind", ["RGB", "grey", "16 bit", "16 bit grey", "RGBA"])
def test_known_pixels_are_the_same_to_the_bit(kind, method, blend):
    before = picture(kind, 50, 41)
    hole = masks.make("strokes", 50, 41, seed=1)[..., 0] > 0
    after = holefill.complete(before, hole, method=method, blend=blend)
    assert after.pixels.dtype == before.pixels.dtype and after.pixels.shape == before.pixels.shape
    assert (after.pixels[~hole] == before.pixels[~hole]).all()
    assert (after.pixels[hole] != before.pixels[hole]).any()
    assert before.alpha is None or (after.alpha == before.alpha).all()


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("size", [(8, 8), (3, 40), (64, 64), (131, 77), (200, 150)])
def test_any_size_and_hole(size, mask):
    before = picture("RGB", *size)
    hole = masks.make(mask, *size, seed=0)[..., 0] > 0
    for how in (recipe.recipe("telea"), red()):
        ((after,),) = pipeline.complete_all([job.read(before, hole)], how)
        assert after.pixels.shape == before.pixels.shape and (after.pixels[~hole] == before.pixels[~hole]).all()


@pytest.mark.parametrize("method", CLASSICAL)
def test_what_lies_under_the_hole_does_not_matter(method):
    before = data.chelsea()[:60, 100:180]
    hole = masks.make("block", 60, 80, seed=3)
    other = np.where(hole > 0, 255 - before, before).astype(np.uint8)
    assert (
        holefill.complete(before, hole, method=method).pixels == holefill.complete(other, hole, method=method).pixels
    ).all()


@pytest.mark.parametrize("method", CLASSICAL)
def test_a_cut_out_hole_is_filled_as_in_the_whole_picture(method):
    before, hole = data.chelsea(), np.zeros((300, 451), bool)
    hole[100:112, 200:214] = 1
    apart = hole.copy()
    apart[290:300, 0:5] = 1
    one, two = (holefill.complete(before, h, method=method).pixels for h in (hole, apart))
    assert (one[:200] == two[:200]).all()


def test_a_linear_ramp_is_continued_exactly_by_the_membrane():
    ramp = np.broadcast_to(np.arange(40, dtype=np.uint8)[:, None] * 5, (40, 40))
    assert (holefill.complete(ramp, "center", method="membrane").pixels[..., 0] == ramp).all()


def test_the_fill_of_a_model_comes_back_where_the_hole_was():
    before, hole = data.astronaut()[:100, :120], np.zeros((100, 120), bool)
    hole[30:60, 40:90] = 1
    ((after,),) = pipeline.complete_all([job.read(before, hole)], red())
    assert (after.pixels[hole] == [255, 0, 0]).all() and (after.pixels[~hole] == before[~hole]).all()


def test_windows_of_many_pictures_share_a_batch():
    seen = []
    jobs = [job.read(data.astronaut()[:40, :50], "center"), job.read(data.camera()[:16, :16], "left")]
    color, grey = pipeline.complete_all(jobs, red(seen))
    assert seen == [((2, 16, 16, 3), (2, 16, 16, 1))]
    assert color[0].pixels.shape == (40, 50, 3) and grey[0].pixels.shape == (16, 16, 1)
    assert (grey[0].pixels[:, :8] == 85).all()  # the mean of red, in grey


def test_candidates_come_best_first_and_differ():
    ((*found,),) = pipeline.complete_all([job.read(data.astronaut()[:32, :32], "center")], red(candidates=3))
    assert [p.pixels[16, 16, 0] for p in found] == [255, 191, 128]


def test_colour_does_not_go_through_a_grey_model():
    grey_model = PaintsRed()
    grey_model.channels = 1
    how = recipe.Recipe(paints_red, blending.get("overlay")[0], model=grey_model)
    with pytest.raises(UserError, match="paints grey"):
        pipeline.complete_all([job.read(data.astronaut()[:32, :32], "center")], how)


def test_transparency_is_the_hole_and_is_opaque_once_filled():
    rgb, alpha = data.astronaut()[:30, :30], np.full((30, 30), 255, np.uint8)
    alpha[10:20, 10:20], alpha[0, 0] = 0, 77
    after = holefill.complete(images.Picture(rgb, alpha), method="telea")
    assert (after.alpha[10:20, 10:20] == 255).all() and after.alpha[0, 0] == 77
    assert (after.pixels[alpha > 0] == rgb[alpha > 0]).all()


def test_what_a_mask_fills_under_transparency_stays_transparent_and_is_told(caplog):
    rgb, alpha = data.astronaut()[:30, :30], np.full((30, 30), 255, np.uint8)
    alpha[10:20, 10:20] = 0
    for mask, told in ((alpha == 0, True), (alpha > 0, False)):
        caplog.clear()
        mask = mask & (np.arange(30) < 15)
        after = holefill.complete(images.Picture(rgb, alpha), mask.astype(float), method="telea")
        assert (after.alpha == alpha).all() and ("stay transparent" in caplog.text) == told


def test_polarity_of_an_array():
    before, hole = data.camera()[:30, :30], masks.make("left", 30, 30)
    one = holefill.complete(before, hole, method="telea")
    two = holefill.complete(before, 1 - hole, method="telea", mask_polarity="known")
    assert (one.pixels == two.pixels).all()


def test_a_path_is_read(tmp_path):
    Image.fromarray(data.camera()[:30, :30]).save(tmp_path / "a.png")
    Image.fromarray((masks.make("left", 30, 30)[..., 0] * 255).astype(np.uint8)).save(tmp_path / "m.png")
    after = holefill.complete(tmp_path / "a.png", tmp_path / "m.png", method="telea")
    assert (after.pixels == holefill.complete(data.camera()[:30, :30], "left", method="telea").pixels).all()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"method": "telae"}, "did you mean 'telea'"),
        ({"method": "telea(radios=3)"}, "has no option 'radios': did you mean 'radius'? it has radius"),
        ({"method": "telea(radius='x')"}, "option radius is 'x'; wanted a number"),
        ({"method": "telea(seed=3)"}, "has no option 'seed'"),
        ({"method": "telea", "blend": "overlay(clip=2)"}, "option clip is 2; wanted True or False"),
        ({"method": "telea", "steps": 5}, "has no option 'steps'"),
        ({"method": "telea", "model": "celeba64"}, "uses no model"),
        ({"method": "telea", "candidates": 2}, "2 candidates wanted"),
        ({"method": "telea", "candidates": 0}, "0 candidates wanted"),
        ({"method": "telea", "blend": "poison"}, "did you mean 'poisson'"),
        ({"method": "telea", "blend": "poisson(solver='x')"}, "unknown Poisson solver"),
        ({"method": "telea", "mask_polarity": "white"}, "mask polarity 'white'"),
        ({"method": "telea", "image": np.zeros((8, 8, 4), np.uint8)}, "uint8 [8, 8, 4]"),
        ({"method": "telea", "image": np.zeros((8, 8, 3))}, "float64 [8, 8, 3]"),
        ({"method": "telea", "mask": np.zeros((30, 30))}, "nothing is missing"),
        ({"method": "telea", "mask": np.ones((30, 30))}, "everything is missing"),
        ({"method": "telea", "mask": np.ones((8, 30))}, "wanted the same size (draw it over the picture"),
        ({"method": "telea", "mask": np.ones((30, 0))}, "wanted the same size (draw it over the picture"),
        ({"method": "telea", "mask": np.ones((60, 60))}, "wanted the same size (enlarge or shrink it to that by its"),
        ({"method": "telea", "mask": np.ones((30, 30, 3))}, "[30, 30, 3]"),
        ({"method": "telea", "mask": "centre"}, "did you mean 'center'"),
        ({"method": "telea", "mask": None}, "no transparency"),
        ({"method": "telea", "mask": None, "mask_polarity": "known"}, "the mask is the picture's transparency: leave"),
        ({"method": "telea", "mask": "center", "mask_polarity": "known"}, "is 'center': leave mask_polarity out"),
        ({"method": "telea", "mask": "center", "mask_threshold": 9}, "the mask is 'center': leave mask_threshold out"),
        ({"method": "telea", "mask_channel": "alpha"}, "the mask is an array: leave mask_channel out"),
        ({"method": "telea", "landmarks": "a.dat"}, "looks for no face, but landmarks 'a.dat' is given"),
        ({"method": "fill", "model": "photo128", "landmarks": __file__}, "no face is looked for"),
        ({"method": "fill", "model": "fill64", "align": "off", "landmarks": __file__}, "no face is looked for"),
        ({"method": "semantic(steps=2)", "steps": 5}, "says steps, and steps 5 is given too: give it once"),
    ],
)
def test_what_cannot_be_had_raises_one_line(options, part):
    options = {"image": data.camera()[:30, :30], "mask": np.eye(30), **options}
    with pytest.raises(UserError) as raised:
        holefill.complete(options.pop("image"), options.pop("mask"), **options)
    assert part in str(raised.value) and "\n" not in str(raised.value)

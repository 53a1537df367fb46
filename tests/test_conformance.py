"""The same questions to everything that has a name.

`NAMED` lists every registered name; a name that is registered and not listed here fails `test_every_name_is_listed`,
so that nothing new gets in without being asked.
"""

import functools
import importlib
import inspect

import numpy as np
import pytest
from skimage import data

from holefill.errors import UserError

NAMED = {
    "blending": {"glcic", "overlay", "poisson", "seamless", "tension"},
    "datasets": {"brain_mri", "celeba", "folder", "shapes"},
    "losses": {
        "context",
        "prior_saturating",
        "prior_non_saturating",
        "prior_latent",
        "adversarial_discriminator",
        "adversarial_generator",
        "minimax_generator",
        "hinge_discriminator",
        "hinge_generator",
        "wasserstein_critic",
        "wasserstein_generator",
        "hole_l1",
        "hole_l2",
        "hole_log_l2",
        "weighted_l2",
        "overlap_l1",
        "overlap_l2",
        "reconstruction",
        "kl",
        "discounted_l1",
        "patch_discriminator",
        "patch_generator",
        "patch_features",
        "symmetry",
        "landmark_step",
        "landmark_smooth",
        "parsing",
        "texture",
        "total_variation",
    },
    "methods": {
        "semantic",
        "semantic@encoder",
        "semantic@paper",
        "semantic@code",
        "semantic@symmetry",
        "semantic@landmarks",
        "vae",
        "one_pass",
        "fill",
        "glcic",
        "context_encoder",
        "telea",
        "navier_stokes",
        "membrane",
        "nearest",
        "patch_match",
        "exemplar",
        "exemplar@paper",
        "offsets",
        "shiftmap",
        "planar",
        "melding",
        "patch_synthesis",
        "patch_synthesis@paper",
        "patch_synthesis@code",
        "low_rank",
        "fsr",
        "biharmonic",
        "total_variation",
        "face_completion",
        "contextual_attention",
        "parallel_attention",
    },
    "metrics": {
        "psnr",
        "hole_psnr",
        "ssim",
        "hole_ssim",
        "ms_ssim",
        "hole_ms_ssim",
        "vif",
        "hole_vif",
        "l1",
        "hole_l1",
        "detail_ratio",
        "landmark_error",
    },
    "models": {
        "context_encoder",
        "context_encoder@sharp",
        "context_encoder@paper",
        "context_encoder@code",
        "glcic",
        "glcic@sharp",
        "glcic@paper",
        "face_completion",
        "face_completion@sharp",
        "face_completion@paper",
        "face_completion@code",
        "dcgan",
        "dcgan@paper",
        "vae",
        "vae@paper",
        "fill",
        "fill@sharp",
        "contextual_attention",
        "contextual_attention@sharp",
        "contextual_attention@paper",
        "contextual_attention@code",
        "parallel_attention",
        "parallel_attention@sharp",
        "parallel_attention@paper",
    },
    "datasets.masks": {
        "center",
        "left",
        "right",
        "top",
        "bottom",
        "half",
        "random",
        "pattern",
        "block",
        "strokes",
        "object",
    },
}
EVERY = [(folder, name) for folder, names in NAMED.items() for name in sorted(names)]
FULL_HOLE = {  # what is given back where every pixel is missing: a refusal, or the source as it came
    ("blending", "glcic"): "refused",
    ("blending", "overlay"): "source",
    ("blending", "poisson"): "refused",
    ("blending", "seamless"): "refused",
    ("blending", "tension"): "refused",
}
PAINTED = {"glcic"}  # blends that paint a little by themselves, glcic's beside the rim
# A metric's value of the truth, where it is not 1; where it is 0, more is worse.
BEST = {"psnr": np.inf, "hole_psnr": np.inf, "l1": 0, "hole_l1": 0, "landmark_error": 0}
SYNTHESIS = {"vgg": "random", "layers": ("relu2_1",), "steps": 2, "content": "telea"}
OPTIONS = {  # what an object does not answer without, or not soon
    ("methods", "nearest"): {"data": "shapes(train=40)"},
    **{("methods", f"patch_synthesis{of}"): SYNTHESIS for of in ("", "@paper", "@code")},
}
MANY_ANSWERS = {"nearest", "patch_match"}  # methods without a model that have more than one
DISTANCES = (("hole", "l1"), ("hole", "l2"), ("hole", "log_l2"), ("overlap", "l1"), ("overlap", "l2"))
STEP = 1.01 / 255  # half a grey level of [-1, 1], and rounding


def registry(folder):
    return importlib.import_module(f"holefill.{folder}")


def get(folder, name):
    """The named object with the spec's options bound; skips where an optional dependency is missing, and says so."""
    try:
        found, options = registry(folder).get(name)
    except UserError as error:
        if "install" not in str(error):
            raise
        pytest.skip(str(error))
    return functools.partial(found, **options, **OPTIONS.get((folder, name), {}))


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache that all these tests share, and nobody else."""
    monkeypatch.setenv("HOLEFILL_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def picture(channels):
    """[32, 32, C] float32 of 8-bit values in [-1, 1], with edges and texture."""
    pixels = data.astronaut()[60:124:2, 190:254:2] / np.float32(127.5) - 1
    return pixels[..., :channels].astype(np.float32)


def different_holes():
    """[3, 32, 32, 1]: one at the picture's corner, scattered pixels, one pixel."""
    holes = np.zeros((3, 32, 32, 1), np.float32)
    holes[0, :20, 18:] = 1
    holes[1] = np.random.default_rng(0).random((32, 32, 1)) < 0.6
    holes[2, 10, 10] = 1
    return holes


def batch(channels=3):
    image = picture(channels)
    return np.stack([image, image[::-1], image[:, ::-1]]), different_holes()


def faces():
    """Three crops of one face, [3, 120, 120, 3], with a hole [3, 120, 120, 1] beside the eyes; skips without dlib."""
    from holefill.faces import detect

    try:
        detect.require()
    except UserError as error:
        pytest.skip(str(error))
    photo = data.astronaut() / np.float32(127.5) - 1
    crops = [photo[40 - n : 280 - n : 2, 100 + 8 * n : 340 + 8 * n : 2] for n in (0, 1, 2)]
    holes = np.zeros((3, 120, 120, 1), np.float32)
    holes[:, 60:70, 45:60] = 1
    return np.stack(crops), holes


@pytest.mark.parametrize("folder", NAMED)
def test_every_name_is_listed(folder):
    assert set(registry(folder).names()) == NAMED[folder]


@pytest.mark.parametrize("folder", NAMED)
def test_unknown_name_exception_raised(folder):
    name = min(NAMED[folder])
    ask = registry(folder).make if folder == "datasets.masks" else registry(folder).get
    with pytest.raises(UserError, match=rf"did you mean .*'{name}'.* known: ") as raised:
        ask(name + "x", *(8, 8) if folder == "datasets.masks" else ())
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("folder, name", EVERY)
def test_named_object_is_documented(folder, name):
    module, _, attribute = registry(folder).TABLE[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    assert callable(found)
    assert len(inspect.getdoc(found) or "") > 10
    assert len(inspect.getmodule(found).__doc__ or "") > 60


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", sorted(NAMED["blending"]))
def test_blend_answers(name, channels):
    blend = get("blending", name)
    source = np.clip(0.6 * picture(channels)[::-1] + 0.2, -1, 1)
    target = picture(channels)
    for hole in different_holes():
        before = target.copy(), source.copy(), hole.copy()
        blended = blend(target, source, hole)
        assert blended.shape == target.shape and blended.dtype == np.float32
        assert blended.min() >= -1 and blended.max() <= 1
        known = np.broadcast_to(hole == 0, target.shape)
        np.testing.assert_array_equal(blended[known], target[known])
        assert np.any(blended != target)
        np.testing.assert_array_equal(blend(target, source, hole), blended)
        for given, kept in zip((target, source, hole), before, strict=True):
            np.testing.assert_array_equal(given, kept)


@pytest.mark.parametrize("name", sorted(NAMED["blending"] - PAINTED))
def test_blend_of_the_picture_itself_changes_nothing(name):
    blend, target = get("blending", name), picture(3)
    for hole in different_holes():
        np.testing.assert_allclose(blend(target, target, hole), target, atol=2 * STEP)


@pytest.mark.parametrize("name", sorted(NAMED["blending"]))
def test_blend_empty_and_full_hole(name):
    blend, target, source = get("blending", name), picture(3), picture(3)[::-1]
    np.testing.assert_array_equal(blend(target, source, np.zeros((32, 32, 1), np.float32)), target)
    full = np.ones((32, 32, 1), np.float32)
    if FULL_HOLE["blending", name] == "source":
        np.testing.assert_array_equal(blend(target, source, full), source)
    else:
        with pytest.raises(UserError, match="whole picture"):
            blend(target, source, full)


@pytest.mark.parametrize("name", sorted(NAMED["methods"]))
def test_method_is_called_as_all_are(name):
    parameters = inspect.signature(get("methods", name)).parameters
    assert list(parameters)[:2] == ["images", "holes"]
    defaults = {key: parameters[key].default for key in ("model", "candidates", "seed")}
    assert defaults == {"model": None, "candidates": 1, "seed": 0}
    assert all(parameters[key].kind is inspect.Parameter.KEYWORD_ONLY for key in defaults)


def without_model():
    from holefill import methods

    return [name for name in sorted(NAMED["methods"]) if not methods.needs_model(name)]


@pytest.mark.parametrize("name", sorted(NAMED["methods"] - set(without_model())))
def test_method_without_the_model_it_needs_exception_raised(name):
    with pytest.raises(UserError, match="model"):
        get("methods", name)(*batch())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", without_model())
def test_method_answers(name, channels):
    fill = get("methods", name)
    images, holes = batch(channels)
    before = images.copy(), holes.copy()
    filled = fill(images, holes, seed=3).images
    assert filled.shape == (3, 1, 32, 32, channels) and filled.dtype == np.float32
    assert np.isfinite(filled).all() and filled.min() >= -1 and filled.max() <= 1
    np.testing.assert_array_equal(fill(images, holes, seed=3).images, filled)
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(holes, before[1])
    for i in range(3):  # each example by itself gives the same, whatever the holes of the others
        np.testing.assert_array_equal(fill(images[i : i + 1], holes[i : i + 1], seed=3).images[0], filled[i])


@pytest.mark.parametrize("name", without_model())
def test_method_does_not_look_under_the_hole(name):
    fill, (images, holes) = get("methods", name), batch()
    inside = np.broadcast_to(holes == 1, images.shape)
    filled = fill(images, holes).images[:, 0][inside]
    for hidden in (-1, 0, 1):
        painted_over = np.where(inside, np.float32(hidden), images)
        np.testing.assert_array_equal(fill(painted_over, holes).images[:, 0][inside], filled)


@pytest.mark.parametrize("blend_name", sorted(NAMED["blending"]))
@pytest.mark.parametrize("name", without_model())
def test_method_known_pixels_identical_after_compositing(name, blend_name):
    images, holes = batch()
    filled, blend = get("methods", name)(images, holes).images[:, 0], get("blending", blend_name)
    for image, source, hole in zip(images, filled, holes, strict=True):
        known = np.broadcast_to(hole == 0, image.shape)
        np.testing.assert_array_equal(blend(image, source, hole)[known], image[known])


@pytest.mark.parametrize("name", without_model())
def test_method_empty_and_full_hole(name):
    fill, (images, holes) = get("methods", name), batch()
    unchanged = fill(images, np.zeros_like(holes)).images[:, 0]
    np.testing.assert_allclose(unchanged, images, atol=STEP)
    holes[1] = 1  # one of the batch is enough
    with pytest.raises(UserError, match="whole picture"):
        fill(images, holes)


@pytest.mark.parametrize("name", sorted(set(without_model()) - MANY_ANSWERS))
def test_method_with_one_answer_refuses_more_candidates(name):
    with pytest.raises(UserError, match="2 candidates"):
        get("methods", name)(*batch(), candidates=2)


@pytest.mark.parametrize("name", sorted(NAMED["datasets.masks"]))
def test_mask_answers(name):
    make = registry("datasets.masks").make
    hole = make(name, 48, 64, seed=1)
    assert hole.shape == (48, 64, 1) and hole.dtype == np.float32
    assert set(np.unique(hole)) == {0, 1}  # something is missing, and something is known
    np.testing.assert_array_equal(make(name, 48, 64, seed=1), hole)


@pytest.mark.parametrize("name", sorted(NAMED["datasets"]))
def test_dataset_is_called_as_all_are(name, tmp_path):
    loader = get("datasets", name)
    parameters = inspect.signature(loader).parameters
    assert list(parameters)[:4] == ["split", "data_dir", "image_size", "limit"]
    assert (parameters["image_size"].default, parameters["limit"].default) == (64, None)
    if name == "shapes":
        found = loader("validation", image_size=32, limit=3)
        assert found.images.shape == (3, 32, 32, 3) and found.images.dtype == np.uint8 and len(found.names) == 3
        with pytest.raises(UserError, match="validation"):
            loader("valid")
    else:
        with pytest.raises(UserError, match=str(tmp_path)) as raised:
            loader("train", data_dir=tmp_path)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", sorted(NAMED["metrics"]))
def test_metric_answers(name):
    metric, best = get("metrics", name), BEST.get(name, 1)
    truths, holes = (x.repeat(6, axis=1).repeat(6, axis=2) for x in batch())  # as large as MS-SSIM needs
    if name == "landmark_error":
        truths, holes = faces()
    images = truths * (1 - 0.5 * holes)
    values = metric(images, truths, holes)
    assert values.shape == (3,) and values.dtype == np.float64
    assert np.all(values != best if name == "detail_ratio" else values > best if best == 0 else values < best)
    np.testing.assert_allclose(metric(images[::-1], truths[::-1], holes[::-1]), values[::-1])
    np.testing.assert_allclose(metric(truths, truths, holes), best)


@pytest.mark.parametrize("name", sorted(NAMED["losses"]))
def test_loss_gives_each_example_its_own_value(name):
    loss, random = get("losses", name), np.random.default_rng(1)
    images, holes = batch()
    logits = random.normal(size=(2, 3, 1)).astype(np.float32)
    points = (random.normal(size=(3, 68, 2)) * [[[2]], [[4]], [[8]]]).astype(np.float32)
    given = {
        "context": (images * np.float32(0.5), images, 1 - holes),
        "adversarial_discriminator": tuple(logits),
        "hinge_discriminator": tuple(logits),
        "wasserstein_critic": tuple(logits),
        **{f"{where}_{kind}": (images * np.float32(0.5), images, holes) for where, kind in DISTANCES},
        "prior_latent": (random.normal(size=(3, 5)).astype(np.float32),),
        "reconstruction": (images * np.float32([0.1, 0.5, 0.9])[:, None, None, None], images),
        "kl": tuple(random.normal(size=(2, 3, 5)).astype(np.float32)),
        "weighted_l2": (images * np.float32(0.5), images, holes),
        "discounted_l1": (images * np.float32(0.5), images, holes),
        "patch_discriminator": (*random.normal(size=(2, 3, 4, 4, 1)).astype(np.float32), holes),
        "patch_generator": (random.normal(size=(3, 4, 4, 1)).astype(np.float32), holes),
        "patch_features": tuple(random.normal(size=(2, 3, 4, 4, 5)).astype(np.float32)),
        "symmetry": (images * np.float32(0.5), images, 1 - holes),
        "landmark_step": (points, 0 * points),
        "landmark_smooth": (points, 0 * points),
        "parsing": (images, (images[..., 0] > 0).astype(np.int32), holes),
        "texture": (images, images[::-1], holes),
        "total_variation": (images * np.float32([0.1, 0.5, 0.9])[:, None, None, None],),
    }.get(name, (logits[0],))
    values = np.asarray(loss(*given))
    assert values.shape == (3,) and values.dtype == np.float32 and np.isfinite(values).all()
    assert len(set(values.tolist())) == 3
    np.testing.assert_allclose(np.asarray(loss(*(x[::-1].copy() for x in given))), values[::-1], rtol=1e-5)


def latent_models():
    from holefill import models

    return sorted(name for name in NAMED["models"] if models.parse_family(name) not in models.ONE_PASS)


@pytest.mark.parametrize("name", latent_models())
def test_model_answers_and_survives_saving(name, tmp_path):
    from holefill.models import stored

    model = get("models", name)(image_size=32, channels=1, width=4, latent_size=6)
    assert (model.image_size, model.channels, model.latent_size, model.family) == (32, 1, 6, name)
    latents = np.random.default_rng(0).uniform(-1, 1, (2, 6)).astype(np.float32)
    images = np.asarray(model.generator(latents, training=False))
    assert images.shape == (2, 32, 32, 1) and np.abs(images).max() <= 1 and np.any(images[0] != images[1])
    if model.discriminator is not None:
        assert model.discriminator(images, training=False).shape == (2, 1)
    stored.save(model, tmp_path)
    again = stored.load(tmp_path)
    assert again.options == model.options and set(again.networks()) == set(model.networks())
    np.testing.assert_allclose(np.asarray(again.generator(latents, training=False)), images, atol=1e-3)

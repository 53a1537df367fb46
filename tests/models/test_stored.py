"""Models on disk: round trip, names, damaged files."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from holefill import methods
from holefill.datasets import masks
from holefill.errors import UserError
from holefill.models import presets, stored


@pytest.fixture(scope="module")
def tiny():
    return stored.build("dcgan", image_size=32, width=4, latent_size=5)


def test_round_trip_keeps_every_weight_to_float16(tiny, tmp_path):
    tiny.card = {"dataset": "none"}
    again = stored.load(stored.save(tiny, tmp_path / "model"))
    assert again.options == tiny.options and again.card == {"dataset": "none"}
    for name, network in tiny.networks().items():
        for a, b in zip(network.variables, again.networks()[name].variables, strict=True):
            np.testing.assert_array_equal(np.asarray(a).astype("float16"), np.asarray(b).astype("float16"))


def test_a_run_folder_names_its_model(tiny, tmp_path):
    stored.save(tiny, tmp_path / "run" / "model")
    assert stored.find(tmp_path / "run") == tmp_path / "run" / "model"


def test_a_folder_without_a_model_says_what_it_is(tmp_path):
    with pytest.raises(UserError, match=r"holds no model \(model.json\)"):
        stored.load(tmp_path)
    (tmp_path / "checkpoints").mkdir()
    for name in ("config.json", "checkpoints/ckpt-90.index", "checkpoints/ckpt-282.index"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=f"282 steps of which are done: .*--run_dir {tmp_path} --steps 282"):
        stored.load(tmp_path)


def test_unknown_name_lists_what_ships():
    with pytest.raises(UserError, match="unknown model 'celeba63'"):
        stored.load("celeba63")


def test_unknown_family_suggests_the_nearest():
    with pytest.raises(UserError, match="did you mean 'dcgan'"):
        stored.build("dcgam")


def test_damaged_weights(tiny, tmp_path):
    folder = stored.save(tiny, tmp_path)
    whole = (folder / "weights.npz").read_bytes()
    (folder / "weights.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="cannot read the model.*weights.npz is missing or damaged"):
        stored.load(folder)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("[]", "a family's name and its options"),
        ('{"options": {}}', "a family's name and its options"),
        ('{"family": 3, "options": {}}', "a family's name and its options"),
        ('{"family": "dcgan", "options": []}', "a family's name and its options"),
        ('{"family": "dcgam", "options": {}}', "did you mean 'dcgan'"),
        ('{"family": "dcgan", "options": {"width": "x"}}', "option width is 'x'"),
        ('{"family": "dcgan", "options": {"spec": 1}}', "spec"),
        ('{"family": "dcgan", "options": {"precision": "float3"}}', "float3"),
        ("[" * 100_000, "recursion"),
        ("{", "model.json is damaged: Expecting"),
        ("", "Expecting"),
    ],
)
def test_damaged_description(tiny, tmp_path, about, words):
    folder = stored.save(tiny, tmp_path)
    (folder / "model.json").write_text(about)
    with pytest.raises(UserError, match=words) as raised:
        stored.load(folder)
    assert str(raised.value).startswith(f"cannot read the model in {folder}: ") and "\n" not in str(raised.value)


@pytest.mark.parametrize("seed", range(20))
def test_weights_with_wrong_bytes(tiny, tmp_path, seed):
    folder, random = stored.save(tiny, tmp_path), np.random.default_rng(seed)
    whole = np.frombuffer((folder / "weights.npz").read_bytes(), np.uint8).copy()
    whole[random.integers(len(whole), size=200)] = random.integers(256, size=200)
    (folder / "weights.npz").write_bytes(whole.tobytes())
    with pytest.raises(UserError, match="cannot read the model") as raised:
        stored.load(folder)
    assert "\n" not in str(raised.value)


def test_weights_of_another_shape(tiny, tmp_path):
    folder = stored.save(tiny, tmp_path)
    about = json.loads((folder / "model.json").read_text())
    about["options"]["width"] = 8
    (folder / "model.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="is wanted"):
        stored.load(folder)


def test_pickled_weights_are_refused(tiny, tmp_path):
    folder = stored.save(tiny, tmp_path)
    np.savez(folder / "weights.npz", **{"generator/project/kernel": np.array([{"code": "runs"}], dtype=object)})
    with pytest.raises(UserError, match="cannot read the model"):
        stored.load(folder)


def test_weights_that_are_not_finite_are_not_saved(tiny, tmp_path):
    broken = stored.build("dcgan", image_size=32, width=4, latent_size=5)
    broken.generator.trainable_variables[0].assign(np.full(broken.generator.trainable_variables[0].shape, np.nan))
    with pytest.raises(UserError, match="not finite"):
        stored.save(broken, tmp_path / "broken")
    assert not (tmp_path / "broken" / "weights.npz").exists()


@pytest.mark.parametrize("name", presets.names())
def test_shipped_model_has_its_card_and_paints_pictures(name):
    assert "licence" in (presets.folder(name) / "card.md").read_text().lower()
    model = stored.load(name)
    if "painter" in model.networks():
        return  # what it paints is in the next test
    z = np.random.default_rng(0).uniform(-1, 1, (8, model.latent_size)).astype("float32")
    images = np.asarray(model.generator(z))
    assert images.std() > 0.2 and np.abs(images[0] - images[1]).mean() > 0.05


def test_the_networks_that_methods_paint_with_by_themselves_ship():
    assert set(methods.MODELS.values()) <= set(presets.names())


@pytest.mark.parametrize("size", [64, 128])
def test_fill64_and_fill128_paint_a_face_better_than_a_membrane_does(size):
    """A portrait, cut as CelebA's faces are, with its middle missing."""
    portrait = Image.open(Path(__file__).parents[2] / "demo" / "portrait.png").convert("RGB").resize((size, size))
    truth = (np.asarray(portrait, np.float32) / 127.5 - 1)[None]
    holes = np.zeros((1, size, size, 1), np.float32)
    holes[:, size // 4 : -size // 4, size // 4 : -size // 4] = 1
    errors = {}
    for name, more in (("fill", {"model": f"fill{size}"}), ("membrane", {})):
        fill, _ = methods.get(name)
        painted = fill(truth * (1 - holes), holes, **more).images[:, 0]
        errors[name] = np.square(holes * (painted - truth)).mean()
    assert errors["fill"] < 0.5 * errors["membrane"]


def test_photo128_is_as_near_as_the_membrane_and_leads_patches_nearer():
    """Six holes in photographs of scikit-image, none of which it was trained on."""
    photos = [data.coffee()[:256, i : i + 256] for i in (0, 150, 300)] + [data.chelsea()[:256, 100:356]]
    photos += [data.astronaut()[200:456, i : i + 256] for i in (0, 128)]
    images = np.stack(photos).astype(np.float32) / 127.5 - 1
    holes = np.stack([masks.make("object", 256, 256, seed=seed) for seed in range(len(images))])
    asked = {"fill": {"model": "photo128"}, "membrane": {}, "patch_match": {}, "led": {"guess": "photo128"}}
    errors = {}
    for name, more in asked.items():
        fill, _ = methods.get("patch_match" if name == "led" else name)
        painted = fill(images * (1 - holes), holes, **more).images[:, 0]
        errors[name] = np.square(holes * (painted - images)).mean((1, 2, 3)) / holes.mean((1, 2, 3))
    mean = {name: np.log10(error).mean() for name, error in errors.items()}
    assert mean["fill"] < mean["membrane"] + 0.03 and mean["led"] < mean["patch_match"]

"""What a run will do is decided, or refused, before anything is decoded or written."""

import dataclasses
import json

import pytest

from holefill import training
from holefill.errors import UserError
from holefill.training import loop, plan
from holefill.training.options import TrainOptions, settle
from holefill.training.run_folder import write_run

SMALL = "dcgan@paper(width=4, latent_size=8)"


@pytest.mark.parametrize(
    "asked, wanted",
    [
        ({"model": "dcgan(image_size=128)"}, {"image_size": 128}),
        ({"dataset": "celeba(channels=1)"}, {"channels": 1}),
        ({"model": "dcgan(channels=1)", "dataset": "folder(channels=1)", "channels": 1}, {"channels": 1}),
        ({"model": "dcgan(width=8)", "image_size": 32}, {"image_size": 32}),
    ],
)
def test_sizes_are_taken_from_where_they_are_named(asked, wanted):
    settled = settle(asked)
    assert {name: settled.get(name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "asked",
    [
        {"model": "dcgan(image_size=128)", "image_size": 64},
        {"model": "dcgan(channels=1)", "dataset": "celeba(channels=3)"},
        {"dataset": "shapes(image_size=32)", "model": "dcgan(image_size=64)"},
    ],
)
def test_sizes_named_twice_must_agree(asked):
    with pytest.raises(UserError, match="disagree about"):
        settle(asked)


@pytest.mark.parametrize(
    "typo",
    [
        {"model": "dcgam"},
        {"model": "dcgan(widht=4)"},
        {"dataset": "shape"},
        {"dataset": "shapes(trian=64)"},
        {"recipe": {"lerning_rate": 1}},
        {"recipe": {"learning_rate": "fast"}},
        {"precision": "bfloat17"},
        {"strategy": "multi_worker"},
        {"batch_size": 65},
    ],
)
def test_a_typo_decodes_nothing_and_leaves_no_run_folder(tmp_path, monkeypatch, typo):
    decoded = []
    real = plan.load
    monkeypatch.setattr(loop, "load", lambda plan: decoded.append(plan) or real(plan))
    asked = {"dataset": "shapes(train=64, validation=8, test=8)", "model": SMALL, "image_size": 32, "batch_size": 8}
    with pytest.raises(UserError):
        loop.train(**{**asked, "steps": 1, "run_dir": str(tmp_path / "run"), **typo})
    assert not (tmp_path / "run").exists()
    assert bool(decoded) == ("batch_size" in typo)  # only this cannot be told before


def test_a_resumed_run_keeps_what_auto_was(monkeypatch):
    monkeypatch.setattr(plan.precision, "policy", lambda *_: pytest.fail("decided again"))
    recipe = {**dataclasses.asdict(training.get("dcgan").options_class()), "learning_rate": 5e-4, "ema": 0.9}
    kept = {"precision": "mixed_bfloat16", "channels": 1, "recipe": recipe}
    plans = plan.make_plan(TrainOptions(model="dcgan", recipe={"ema": 0.9}), kept)
    assert (plans.policy, plans.channels, plans.recipe.learning_rate) == ("mixed_bfloat16", 1, 5e-4)
    assert plan.make_plan(plans.options, plans.resolved()) == plans


def test_a_run_that_does_not_name_its_optimiser_goes_on_by_adam():
    resolved = plan.make_plan(TrainOptions(model="fill", image_size=32)).resolved()
    assert resolved["recipe"].pop("optimiser") == "muon"
    assert plan.make_plan(TrainOptions(model="fill", image_size=32), resolved).recipe.optimiser == "adam"


@pytest.mark.parametrize("change", [lambda recipe: recipe.pop("r1"), lambda recipe: recipe.update(gone=1)])
def test_a_run_of_another_version_s_recipe_exception_raised(tmp_path, change):
    """It would go on otherwise than it began; nothing of it is touched."""
    asked = {"model": "glcic", "run_dir": str(tmp_path / "run"), "image_size": 32, "dataset": "shapes"}
    options = TrainOptions(**asked)
    resolved = plan.make_plan(options).resolved()
    change(resolved["recipe"])
    write_run(tmp_path / "run", options, resolved)
    config = (tmp_path / "run" / "config.json").read_bytes()
    with pytest.raises(UserError, match=r"run was begun by another version.*glcic was another \((r1|gone)\).*--start"):
        loop.train(run_dir=asked["run_dir"])
    assert (tmp_path / "run" / "config.json").read_bytes() == config


def test_a_run_of_networks_with_another_layer_of_the_same_shape_exception_raised(tmp_path):
    """A layer of pixels is no layer of bands, though their numbers fit; nothing of the run is touched."""
    asked = {"dataset": "shapes(train=16, validation=8, test=8)", "image_size": 16, "batch_size": 8, "steps": 1}
    spec = "fill(width=8, blocks=1, mirror=False, bands=%s)"
    run = loop.train(**asked, model=spec % False, run_dir=str(tmp_path / "run"))
    config = run / "config.json"
    config.write_text(config.read_text().replace(spec % False, spec % True))
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=r"run was begun by another version.*none named bands/bias"):
        loop.train(run_dir=str(run), steps=2)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_a_share_is_from_0_to_1(value):
    with pytest.raises(UserError, match="0 to 1"):
        plan.make_plan(TrainOptions(recipe={"samples": value}))


def test_a_configuration_without_resolved_options_still_resumes(tmp_path):
    asked = {"dataset": "shapes(train=64, validation=8, test=8)", "model": SMALL, "image_size": 32, "batch_size": 8}
    asked |= {"sample_every": 1000, "run_dir": str(tmp_path / "run")}
    config = loop.train(**asked, steps=2) / "config.json"
    about = json.loads(config.read_text())
    assert about["resolved"]["precision"] in ("float32", "mixed_bfloat16", "mixed_float16")
    assert about["resolved"]["channels"] == 3 and about["resolved"]["recipe"]["beta_1"] == 0.5
    resolved = about.pop("resolved")
    config.write_text(json.dumps(about))
    loop.train(**asked, steps=3)
    assert json.loads(config.read_text())["resolved"] == resolved
    assert json.loads((tmp_path / "run" / "result.json").read_text())["step"] == 3


def test_a_longer_run_goes_on_in_its_last_phase():
    """GLCIC's phases are shares of the steps that the run was begun with; the rates fall towards the new end."""
    asked = {"model": "glcic(width=8)", "image_size": 32, "steps": 100, "recipe": {"alone": 0.3, "judging": 0.1}}
    first = plan.make_plan(TrainOptions(**asked), None)
    longer = plan.make_plan(TrainOptions(**{**asked, "steps": 1000}), first.resolved())
    steps = [plan.build(one) for one in (first, longer)]
    assert [step.bounds() for step in steps] == [(30, 40), (30, 40)]
    assert [step.phase(200).split()[0] for step in steps] == ["joint", "joint"]
    assert steps[1].steps == 1000

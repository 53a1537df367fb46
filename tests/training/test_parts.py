"""The parts of training that stand alone: holes, augmentation, guard, options, run folder."""

import json

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.training import guard, precision
from holefill.training.diff_augment import diff_augment
from holefill.training.random_holes import SHARES, random_holes
from holefill.training.run_folder import find_run, write_run
from holefill.training.step import LinearDecay


def test_random_holes_are_binary_seeded_and_of_every_kind():
    holes = random_holes(400, 32, (1, 2)).numpy()
    assert holes.shape == (400, 32, 32, 1) and set(np.unique(holes)) == {0.0, 1.0}
    np.testing.assert_array_equal(holes, random_holes(400, 32, (1, 2)).numpy())
    assert (holes != random_holes(400, 32, (1, 3)).numpy()).any()
    share = holes.mean(axis=(1, 2, 3))
    assert abs((share == 0).mean() - SHARES[0]) < 0.06
    assert 0.08 < (share == 0.5).mean() < 0.25
    assert share.max() < 0.95


def test_diff_augment_changes_pictures_by_seed_and_lets_gradients_through():
    images = tf.constant(np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        changed = diff_augment(images, (3, 4))
        total = tf.reduce_sum(changed**2)
    assert changed.shape == images.shape
    np.testing.assert_array_equal(changed, diff_augment(images, (3, 4)))
    assert np.abs(tape.gradient(total, images)).sum() > 0
    assert np.abs(changed[0] - images[0]).mean() > 0.01


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e6])
def test_guard_sees_losses_go_astray(bad):
    watch = guard.Guard()
    assert all(watch.healthy({"loss": 1.0 + 0.1 * i}) for i in range(30))
    assert not watch.healthy({"loss": bad})
    assert watch.healthy({"loss": 5.0})


def test_linear_decay():
    rate = LinearDecay(1.0, start=50, steps=100, floor=0.0)
    np.testing.assert_allclose([float(rate(s)) for s in (0, 50, 75, 100, 200)], [1, 1, 0.5, 0, 0])


def write(asked, resolved):
    """Make or update a run folder as training does; what the run in it, if any, was resolved to before."""
    folder, options, before = find_run(asked)
    write_run(folder, options, resolved)
    return before


def test_run_folder_takes_what_is_not_said_from_its_configuration(tmp_path):
    folder = str(tmp_path / "run")
    assert write({"run_dir": folder, "dataset": "shapes", "seed": 3}, {"channels": 3}) is None
    _, options, resolved = find_run({"run_dir": folder, "steps": 77})
    assert resolved == {"channels": 3, "scheduled": 10_000}  # what its phases are shares of stays
    assert (options.seed, options.dataset, options.steps) == (3, "shapes", 77)
    with pytest.raises(UserError, match="--model='dcgan', not 'dcgan@paper'"):
        find_run({"run_dir": folder, "model": "dcgan@paper"})


def test_fewer_steps_than_a_run_has_exception_raised(tmp_path):
    folder = tmp_path / "run"
    write({"run_dir": str(folder), "steps": 30}, {})
    for step in (8, 24):
        (folder / "checkpoints" / f"ckpt-{step}.index").touch()
    with pytest.raises(UserError, match="run has 24 steps already: --steps 10 leaves nothing to train"):
        find_run({"run_dir": str(folder), "steps": 10})
    assert find_run({"run_dir": str(folder), "steps": 24})[1].steps == 24


def test_a_run_that_lost_its_checkpoints_keeps_its_model(tmp_path):
    folder = tmp_path / "run"
    write({"run_dir": str(folder), "steps": 30}, {})
    find_run({"run_dir": str(folder)})  # one that has neither begins
    (folder / "model").mkdir()
    (folder / "model" / "model.json").touch()
    with pytest.raises(UserError, match="has a model and no checkpoints to go on from.*with --start"):
        find_run({"run_dir": str(folder)})


def test_a_resumed_run_may_be_asked_for_what_its_options_were_resolved_to(tmp_path):
    folder = str(tmp_path / "run")
    recipe = {"learning_rate": 1e-3, "ema": 0.9}
    resolved = {"precision": "mixed_bfloat16", "channels": 1, "recipe": recipe, "scheduled": 10_000}
    write({"run_dir": folder, "recipe": {"learning_rate": 1e-3}}, resolved)
    for same in ({"precision": "auto"}, {"precision": "bfloat16"}, {"channels": 1}, {"recipe": recipe}):
        assert find_run({"run_dir": folder, **same})[2] == resolved
    for other in ({"precision": "float32"}, {"channels": 3}, {"recipe": {"ema": 0.5}}, {"recipe": {}}):
        with pytest.raises(UserError, match="is a run with"):
            find_run({"run_dir": folder, **other})


def test_run_folder_of_something_else(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="no run folder"):
        find_run({"run_dir": str(tmp_path)})
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_configuration_says_options_versions_and_commit(tmp_path):
    folder = tmp_path / "run"
    write({"run_dir": str(folder)}, {})
    about = json.loads((folder / "config.json").read_text())
    assert about["versions"]["tensorflow"] == tf.__version__ and "commit" in about
    (folder / "config.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        find_run({"run_dir": str(folder)})


def test_unknown_precision_and_strategy():
    with pytest.raises(UserError, match="bfloat17"):
        precision.policy("bfloat17")
    with pytest.raises(UserError, match="mirored"):
        precision.strategy("mirored")


def test_float16_is_for_one_device():
    precision.check("mixed_float16", 1)
    precision.check("mixed_bfloat16", 2)
    with pytest.raises(UserError, match="bfloat16 or float32"):
        precision.check("mixed_float16", 2)

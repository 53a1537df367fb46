"""Training end to end on the procedural data set: resume, rollback, signals, replicas."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import holefill
from holefill.errors import UserError
from holefill.models import stored
from holefill.training import checkpoints, loop

TINY = {
    "dataset": "shapes(train=64, validation=8, test=8)",
    "image_size": 32,
    "batch_size": 8,
    "checkpoint_every": 4,
    "log_every": 2,
    "sample_every": 1000,
    "deterministic": True,
    "precision": "float32",
}
OURS = {**TINY, "model": "dcgan(width=4, latent_size=8)"}
PAPER = {**TINY, "model": "dcgan@paper(width=4, latent_size=8)"}
ONE_PASS = {**TINY, "model": "fill@sharp(width=8, blocks=1)", "recipe": {"ema": 0.9, "r1_every": 3}}
MUON = {**TINY, "model": "fill(width=16, blocks=1)"}


def result(folder):
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of 12 steps that nothing interrupted."""
    return holefill.train(**OURS, steps=12, run_dir=str(tmp_path_factory.mktemp("runs") / "whole"))


def test_a_run_leaves_what_it_promises(whole):
    assert {"config.json", "result.json", "history.jsonl", "model", "saved_model"} <= {p.name for p in whole.iterdir()}
    assert result(whole)["epochs"] == 12 * 8 / 64
    assert any((whole / "logs").iterdir()) and len(list((whole / "samples").glob("*.png"))) == 2
    assert stored.load(whole).latent_size == 8


def test_training_changes_every_network(whole):
    before = stored.build("dcgan(width=4, latent_size=8)", image_size=32)
    after = stored.load(whole)
    for name, network in after.networks().items():
        assert not np.allclose(network.get_weights()[0], before.networks()[name].get_weights()[0])


SCRIPT = "import sys, json, holefill; holefill.train(**json.loads(sys.argv[1]))"


def start(options):
    env = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen([sys.executable, "-P", "-c", SCRIPT, json.dumps(options)], env=env, stderr=subprocess.PIPE)


def wait_for(path, seconds=240):
    end = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not appear"
        time.sleep(0.05)


def test_killed_and_resumed_is_the_run_that_was_not_killed(whole, tmp_path):
    options = {**OURS, "steps": 12, "run_dir": str(tmp_path / "killed")}
    child = start(options)
    wait_for(tmp_path / "killed" / "checkpoints" / "ckpt-4.index")
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "killed" / "result.json").exists()
    folder = holefill.train(**options)
    assert result(folder)["sha256"] == result(whole)["sha256"]


def test_sigterm_saves_the_step_it_is_at(tmp_path):
    folder = tmp_path / "stopped"
    child = start({**OURS, "steps": 100_000, "checkpoint_every": 100_000, "run_dir": str(folder)})
    wait_for(folder / "checkpoints" / "ckpt-0.index")
    time.sleep(1)
    child.send_signal(signal.SIGTERM)
    _, stderr = child.communicate(timeout=240)
    assert b"Interrupted: stopped by SIGTERM after step" in stderr and child.returncode != 0
    assert max(int(p.stem.split("-")[1]) for p in (folder / "checkpoints").glob("*.index")) > 0


def test_a_damaged_newest_checkpoint_falls_back_to_the_one_before(whole, tmp_path):
    folder = holefill.train(**OURS, steps=8, run_dir=str(tmp_path / "run"))
    newest = folder / "checkpoints" / "ckpt-8.data-00000-of-00001"
    newest.write_bytes(newest.read_bytes()[:1000])
    (folder / "result.json").unlink()
    holefill.train(**OURS, steps=12, run_dir=str(folder))
    assert result(folder)["step"] == 12
    for path in (folder / "checkpoints").glob("ckpt-*"):
        path.write_bytes(b"")
    with pytest.raises(UserError, match="none of the checkpoints"):
        holefill.train(**OURS, steps=16, run_dir=str(folder))


def test_losses_astray_roll_back_three_times_and_stop(tmp_path):
    options = {**PAPER, "steps": 40, "recipe": {"learning_rate": 1e30}, "run_dir": str(tmp_path / "astray")}
    with pytest.raises(UserError, match="went astray 3 times"):
        holefill.train(**options)
    manager = sorted((tmp_path / "astray" / "checkpoints").glob("ckpt-*.index"))
    assert [p.name for p in manager] == ["ckpt-0.index"]


def test_a_full_disk_is_one_line_and_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(28, "No space left on device")

    folder = holefill.train(**PAPER, steps=4, run_dir=str(tmp_path / "run"))
    monkeypatch.setattr(checkpoints.tf.train.CheckpointManager, "save", full)
    with pytest.raises(UserError, match="No space left"):
        holefill.train(**PAPER, steps=8, run_dir=str(folder))
    assert (folder / "checkpoints" / "ckpt-4.index").exists()


@pytest.mark.parametrize("changes", [{"recipe": {"lerning_rate": 1}}, {"batch_size": 65}, {"dataset": "shape"}])
def test_bad_options(tmp_path, changes):
    with pytest.raises(UserError):
        loop.train(**{**PAPER, "steps": 1, "run_dir": str(tmp_path / "bad"), **changes})


REPLICAS = """
import sys, json, tensorflow as tf
n = int(sys.argv[2])
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * n)
import holefill
import numpy as np
from holefill.training import loop
runs, go = [], loop._Run.go

def keep(run):
    runs.append(run)
    before.update(copies(run))
    go(run)

def copies(run):
    parts = run.step_function.checkpointed()
    variables = {f"{n}/{i}": v for n, part in parts.items() for i, v in enumerate(part.variables)}
    return {f"{n}@{r}": c.numpy() for n, v in variables.items() for r, c in enumerate(v.value.values)}

before, loop._Run.go = {}, keep
folder = holefill.train(**json.loads(sys.argv[1]))
np.savez(folder / "before.npz", **before)
np.savez(folder / "after.npz", **copies(runs[0]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("options", [OURS, PAPER, ONE_PASS, MUON])
def test_two_replicas_train_together(tmp_path, options):
    options = {**options, "steps": 6, "strategy": "mirrored", "run_dir": str(tmp_path / "mirrored")}
    subprocess.run([sys.executable, "-P", "-c", REPLICAS, json.dumps(options), "2"], check=True, timeout=500)
    assert result(tmp_path / "mirrored")["step"] == 6
    before, after = np.load(tmp_path / "mirrored" / "before.npz"), np.load(tmp_path / "mirrored" / "after.npz")
    first = [name for name in after.files if name.endswith("@0")]
    assert len(after.files) == 2 * len(first)
    for name in first:
        one, other = after[name], after[name.replace("@0", "@1")]
        assert np.isfinite(one).all(), name
        np.testing.assert_array_equal(one, other, err_msg=name)
    for part in {name.split("/")[0] for name in first}:
        moved = [not np.array_equal(before[n], after[n]) for n in first if n.startswith(f"{part}/")]
        assert np.mean(moved) > 0.9, part

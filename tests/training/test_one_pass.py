"""Training of a one-pass network end to end: what a run leaves, resume, a start from another."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from skimage import data

import holefill
from holefill.errors import UserError
from holefill.methods import feed_forward
from holefill.models import stored
from holefill.training.signals import Interrupted

TINY = {
    "dataset": "shapes(train=64, validation=8, test=8)",
    "image_size": 32,
    "batch_size": 8,
    "checkpoint_every": 4,
    "log_every": 2,
    "sample_every": 1000,
    "deterministic": True,
    "precision": "float32",
    "model": "fill@sharp(width=8, blocks=1)",
    "recipe": {"ema": 0.9, "r1_every": 3},
}


def result(folder):
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of 8 steps that nothing interrupted."""
    return holefill.train(**TINY, steps=8, run_dir=str(tmp_path_factory.mktemp("runs") / "whole"))


def test_a_run_leaves_what_it_promises(whole):
    assert {"config.json", "result.json", "history.jsonl", "model", "saved_model"} <= {p.name for p in whole.iterdir()}
    (line,) = (whole / "history.jsonl").read_text().splitlines()
    assert {"psnr", "half/psnr", "random/ssim", "pattern/detail_ratio"} <= set(json.loads(line))
    names = {path.name for path in (whole / "samples").glob("*.png")}
    assert {f"completions{kind}-0000008.png" for kind in ("", "-half", "-random", "-pattern")} <= names
    assert not any(name.startswith("samples") for name in names)
    assert not stored.load(whole).any_size
    served = (whole / "saved_model" / "saved_model.pb").read_bytes()  # by other devices too, whatever `in_order` did
    assert b"SINGLE_THREADED_EXECUTOR" not in served


def test_stopped_and_resumed_is_the_run_that_was_not_stopped(whole, tmp_path):
    """Stopped in the middle of a period of the penalty, so that the phase must be found again."""
    asked = {**TINY, "run_dir": str(tmp_path / "resumed")}
    code = (
        "import json, sys, holefill\n"
        "from holefill.training import loop\n"
        "going = loop._Run._phase\n"
        "def phase(run):\n"
        "    run.stop = run.stop or ('SIGTERM' if run.step == 4 else None)\n"
        "    return going(run)\n"
        "loop._Run._phase = phase\n"
        "holefill.train(**json.loads(sys.argv[1]))\n"
    )
    words = [sys.executable, "-P", "-c", code, json.dumps({**asked, "steps": 8})]
    done = subprocess.run(words, capture_output=True, text=True, timeout=240)
    assert done.returncode != 0 and "Interrupted" in done.stderr
    assert not (tmp_path / "resumed" / "result.json").exists()
    folder = holefill.train(run_dir=asked["run_dir"])
    assert result(folder)["sha256"] == result(whole)["sha256"]


@pytest.mark.slow
@pytest.mark.parametrize("model, recipe", [
    ("contextual_attention(width=8)", {}),
    ("contextual_attention@paper(width=4)", {"critics": 2}),  # stopped between the critics' steps and the painter's
    ("parallel_attention(width=8)", {"r1_every": 3}),
])  # fmt: skip
def test_networks_of_attention_resume_to_the_same_bits(tmp_path, stopped_at, model, recipe):
    asked = {**TINY, "model": model, "recipe": recipe, "steps": 6}
    once = holefill.train(**asked, run_dir=str(tmp_path / "once"))
    waiting = stopped_at(4)
    with pytest.raises(Interrupted):
        holefill.train(**asked, run_dir=str(tmp_path / "twice"))
    twice = holefill.train(run_dir=str(tmp_path / "twice"))
    assert not waiting and result(once)["sha256"] == result(twice)["sha256"]


def test_a_training_starts_from_a_trained_network(whole, tmp_path):
    plain = {
        **TINY,
        "model": "fill(width=8, blocks=1)",
        "recipe": {"learning_rate": 0.0, "ema": 0.0, "holes": "objects"},
    }
    folder = holefill.train(**plain, start=str(whole), steps=1, run_dir=str(tmp_path / "run"))
    before, after = stored.load(whole).painter, stored.load(folder).painter
    for old, new in zip(before.trainable_variables, after.trainable_variables, strict=True):
        np.testing.assert_array_equal(old, new)
    run = tmp_path / "run"  # it shows and scores such holes as it learned on, too
    assert (run / "samples" / "completions-objects-0000001.png").exists()
    assert "objects/psnr" in json.loads((run / "history.jsonl").read_text())


def test_a_start_that_does_not_fit_exception_raised(whole, tmp_path):
    other = {**TINY, "model": "fill(width=4, blocks=1)", "recipe": {}}
    with pytest.raises(UserError, match=r"do not fit fill's painter: it is a (fill@sharp\(.*\)) of 32") as told:
        holefill.train(**other, start=str(whole), steps=1, run_dir=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    assert "fill@sharp(blocks=1, width=8) of 32 pixels and 3 channel(s)" in str(told.value)
    with pytest.raises(UserError, match="unknown model 'nothing'"):
        holefill.train(**other, start="nothing", steps=1, run_dir=str(tmp_path / "run"))


def test_a_run_completes_pictures_of_any_size(whole):
    """Whole, as it was trained on whole pictures; grey ones as three equal channels."""
    photo = data.astronaut()[20:61, 190:223]
    hole = np.zeros(photo.shape[:2], np.uint8)
    hole[10:20, 12:20] = 255
    for picture in (photo, photo[..., 1]):
        filled = holefill.complete(picture, hole, method="fill", model=str(whole)).pixels
        filled = filled[..., 0] if picture.ndim == 2 else filled
        assert filled.shape == picture.shape
        np.testing.assert_array_equal(filled[hole == 0], picture[hole == 0])
        assert np.any(filled[hole > 0] != picture[hole > 0])


@pytest.mark.slow
def test_a_network_of_pieces_completes_photographs_at_their_own_resolution(tmp_path, monkeypatch):
    for i in range(10):
        Image.fromarray(data.astronaut()[20 * i : 20 * i + 64, 100:164]).save(tmp_path / f"{i}.png")
    asked = {**TINY, "dataset": "folder", "data_dir": str(tmp_path), "model": "fill(width=8, blocks=1, mirror=False)"}
    recipe = {"crop": 16}
    folder = holefill.train(**{**asked, "recipe": recipe}, steps=1, run_dir=str(tmp_path / "run"))
    assert stored.load(folder).any_size
    seen, paint = [], feed_forward.paint
    monkeypatch.setattr(feed_forward, "paint", lambda model, *pair: seen.append(pair[0].shape) or paint(model, *pair))
    photo, hole = data.astronaut()[:200, :300], np.zeros((200, 300), np.uint8)
    hole[20:60, 30:80], hole[150:160, 250:260] = 1, 1
    filled = holefill.complete(photo, hole, method="fill", model=str(folder)).pixels
    np.testing.assert_array_equal(filled[hole == 0], photo[hole == 0])
    assert len(seen) == 2 and all(shape[1] < 200 and shape[2] < 300 for shape in seen)

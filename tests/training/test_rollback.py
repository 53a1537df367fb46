"""Losses and weights that are no numbers: never saved, never drawn; the run goes back and on."""

import json
import signal

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.training import guard, loop, summaries

TINY = {
    "dataset": "shapes(train=64, validation=8, test=8)",
    "model": "dcgan@paper(width=4, latent_size=8)",
    "image_size": 32,
    "batch_size": 8,
    "checkpoint_every": 4,
    "log_every": 2,
    "sample_every": 1000,
    "precision": "float32",
}


def steps_saved(folder):
    return sorted(int(path.stem.split("-")[1]) for path in (folder / "checkpoints").glob("ckpt-*.index"))


def rollbacks(folder):
    return json.loads((folder / "checkpoints" / "rollbacks.json").read_text())["rollbacks"]


@pytest.fixture
def spoil_at(monkeypatch):
    """Call with a step: the update that ends there also makes a weight NaN, once, and a signal may come with it."""

    def arm(step, stop=None):
        compiled, done = loop._Run._compile, []

        def compile_spoiled(run):
            update = compiled(run)

            def spoiled(images, at, seed):
                scalars = update(images, at, seed)
                if int(at) + 1 == step and not done:
                    done.append(step)
                    variable = run.step_function.model.generator.trainable_variables[0]
                    variable.assign(variable * float("nan"))
                    run.stop = stop
                return scalars

            return spoiled

        monkeypatch.setattr(loop._Run, "_compile", compile_spoiled)

    return arm


def test_training_goes_on_after_a_loss_that_is_no_number(tmp_path, monkeypatch):
    healthy, looks = guard.Guard.healthy, []

    def once(self, losses):
        looks.append(losses)
        return healthy(self, dict.fromkeys(losses, float("nan")) if len(looks) == 6 else losses)

    monkeypatch.setattr(guard.Guard, "healthy", once)
    folder = loop.train(**TINY, steps=12, run_dir=str(tmp_path / "run"))
    assert json.loads((folder / "result.json").read_text())["step"] == 12
    assert len(looks) == 6 + (12 - 4)  # back from 6 to the checkpoint of step 4
    assert rollbacks(folder) == 1 and steps_saved(folder)[-1] == 12
    weights = np.load(folder / "model" / "weights.npz")
    assert all(np.isfinite(weights[name]).all() for name in weights.files)


def test_weights_that_are_no_numbers_are_never_drawn(tmp_path, spoil_at):
    spoil_at(6)
    folder = loop.train(**{**TINY, "sample_every": 6}, steps=12, run_dir=str(tmp_path / "run"))
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [6, 12] and rollbacks(folder) == 1
    assert all(np.isfinite(line["psnr"]) for line in lines)


def test_a_stop_does_not_save_weights_that_are_no_numbers(tmp_path, spoil_at):
    spoil_at(7, stop=signal.SIGTERM)  # a step that is neither logged nor saved nor drawn
    with pytest.raises(loop.Interrupted, match="after step 4"):
        loop.train(**TINY, steps=12, run_dir=str(tmp_path / "run"))
    assert steps_saved(tmp_path / "run") == [0, 4] and rollbacks(tmp_path / "run") == 1
    loop.train(**TINY, steps=12, run_dir=str(tmp_path / "run"))
    assert json.loads((tmp_path / "run" / "result.json").read_text())["step"] == 12


def test_scores_beyond_the_step_returned_to_are_dropped(tmp_path):
    folder = loop.train(**{**TINY, "sample_every": 2}, steps=4, run_dir=str(tmp_path / "run"))
    history = folder / "history.jsonl"
    kept = history.read_text()
    history.write_text(kept + '{"step": 6}\n{"step": 4, "ps')
    loop.train(**{**TINY, "sample_every": 2}, steps=8, run_dir=str(folder))
    text = history.read_text()
    assert text.startswith(kept)
    assert [json.loads(line)["step"] for line in text.splitlines()] == [2, 4, 6, 8]


def full(*args, **kwargs):
    raise tf.errors.ResourceExhaustedError(None, None, "events.out; No space left on device\nmore")


@pytest.mark.parametrize(
    "where",
    [(summaries.tf.summary, "scalar"), (summaries, "_write_png"), ("holefill.methods.saved_model", "export")],
    ids=lambda where: where[1],
)
def test_a_full_disk_is_one_line_whatever_was_being_written(tmp_path, monkeypatch, where):
    if isinstance(where[0], str):
        monkeypatch.setattr(".".join(where), full)
    else:
        monkeypatch.setattr(*where, full)
    with pytest.raises(UserError, match="cannot write .* No space left on device") as caught:
        loop.train(**TINY, steps=4, run_dir=str(tmp_path / "run"))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run" / "result.json").exists()

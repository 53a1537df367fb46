"""Run folders that a comparison finds there: kept where they are what is asked for, refused where they are not."""

import json

import pytest

from holefill.benchmarks import trained
from holefill.errors import UserError
from holefill.training import loop, run_folder
from holefill.training.options import TrainOptions

ASKED = {"dataset": "shapes", "data_dir": None, "model": "dcgan(width=4)", "recipe": {}, "steps": 8, "seed": 0}


@pytest.fixture
def calls(monkeypatch):
    """Trainings that were asked for, which are not done."""
    calls = []
    monkeypatch.setattr(loop, "train", lambda **asked: calls.append(asked))
    return calls


def run(folder, done=None):
    """A run as `ASKED` that got to step `done`, or was broken off before it had a result."""
    run_folder.write_run(folder, TrainOptions(**ASKED), {"recipe": {"beta": 3.0}})
    if done is not None:
        (folder / "result.json").write_text(json.dumps({"step": done}))
    return folder


def test_a_finished_run_is_kept(tmp_path, calls):
    folder = run(tmp_path / "run", done=8)
    assert trained.train(folder, **ASKED) == folder and not calls
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("done", [None, 4])
def test_one_that_was_broken_off_goes_on(tmp_path, calls, done):
    folder = run(tmp_path / "run", done)
    trained.train(folder, **ASKED)
    assert calls == [{**ASKED, "run_dir": str(folder), "sample_every": 8}]


def test_a_new_one_is_trained(tmp_path, calls):
    trained.train(tmp_path / "run", **ASKED)
    assert len(calls) == 1 and not (tmp_path / "run").exists()


@pytest.mark.parametrize("done", [None, 8])
@pytest.mark.parametrize(
    "changes, words",
    [
        ({"model": "dcgan(width=8)"}, "--model='dcgan.width=4.'"),
        ({"recipe": {"beta": 1.0}}, "--recipe={}"),
        ({"dataset": "celeba"}, "--dataset='shapes'"),
        ({"seed": 1}, "--seed=0"),
        ({"steps": 6}, "run of 8 steps, not 6: give another --output"),
        ({"steps": 10}, "run of 8 steps, not 10: give another --output"),
    ],
)
def test_another_run_is_refused(tmp_path, calls, changes, words, done):
    folder = run(tmp_path / "run", done)
    for do in (trained.check, trained.train):
        with pytest.raises(UserError, match=words):
            do(folder, **{**ASKED, **changes})
    assert not calls


def test_something_else_is_refused(tmp_path, calls):
    (tmp_path / "kept").write_text("")
    with pytest.raises(UserError, match="is no run folder"):
        trained.check(tmp_path, **ASKED)

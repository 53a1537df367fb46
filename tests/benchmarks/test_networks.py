"""The comparison of one-pass networks: steps by the time, a row a network, and what cannot be scored left empty."""

import json
from types import SimpleNamespace

import pytest

from holefill import models, training
from holefill.benchmarks import apart, networks
from holefill.training.step import make_options

FLAGS = {
    "dataset": "shapes(train=32, validation=8, test=4)",
    "data_dir": None,
    "image_size": 32,
    "batch_size": 4,
    "minutes": 1.0,
    "steps": 0,
    "holes": "mixture",
    "seed": 0,
    "split": "test",
    "limit": 4,
    "masks": ["center", "left"],
    "only": ["fill(width=4, blocks=1)", "context_encoder@paper(width=4, predicts='image')"],
}


@pytest.mark.parametrize("spec", networks.NETWORKS)
def test_each_network_exists_and_learns_on_the_holes(spec):
    models.get(spec)
    assert make_options(training.get(spec), {"holes": "mixture"}).holes == "mixture"


def test_every_family_is_there():
    assert {models.parse_family(spec) for spec in networks.NETWORKS} == models.ONE_PASS


@pytest.fixture
def flags(tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "call", lambda function, *arguments, **more: function(*arguments, **more))
    made = SimpleNamespace(**{**FLAGS, "output": str(tmp_path / "runs")})
    monkeypatch.setattr(networks, "FLAGS", made)
    return made


def test_steps_are_as_many_as_take_the_minutes_and_are_kept(flags, monkeypatch):
    monkeypatch.setattr(networks, "step_seconds", lambda *_: 0.25)
    assert networks._steps("fill") == 240
    monkeypatch.setattr(networks, "step_seconds", lambda *_: pytest.fail("measured again"))
    assert networks._steps("fill") == 240
    flags.steps = 7
    assert networks._steps("fill") == 7


@pytest.mark.slow
def test_a_step_takes_some_time_in_each_phase():
    assert 0 < networks.step_seconds("fill@sharp(width=4, blocks=1)", 32, 2, "mixture", repeats=1) < 30


@pytest.mark.slow
def test_a_row_a_network(flags, capsys):
    flags.steps = 2
    networks.main(None)
    text = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    assert [row[:2] for row in rows] == [[f"`{spec}`", "2"] for spec in flags.only]
    assert all(len(cell.split(" / ")) == 3 for row in rows for cell in row[2:])
    again = json.loads((networks.run_folder(flags.only[0]) / "result.json").read_text())
    assert again["steps"] == 2

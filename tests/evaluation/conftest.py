"""What tests of evaluation share: a call of it on generated pictures, and a tiny model's folder."""

import json
import sys
import types

import pytest


@pytest.fixture
def evaluate(tmp_path):
    """`evaluate(name, **options)` → the folder `name` with a report on ten small generated pictures."""
    from holefill.evaluation import run

    def call(name="report", **options):
        given = {
            "dataset": "shapes",
            "image_size": 32,
            "limit": 10,
            "batch_size": 4,
            "shown": 3,
            "methods": "telea,membrane",
        }
        page, call.failures = run.evaluate(tmp_path / name, **{**given, **options})
        return page.parent

    return call


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folders of tiny models with random weights: `a` and `b` alike, `grey` of one channel, `large` of 64 pixels."""
    from holefill.models import stored

    place, shapes = tmp_path_factory.mktemp("models"), {"a": (32, 3), "b": (32, 3), "grey": (32, 1), "large": (64, 3)}
    for name, (size, channels) in shapes.items():
        model = stored.build("dcgan", image_size=size, width=4, latent_size=6, channels=channels)
        stored.save(model, place / name)
    return place


def lines_of(folder):
    """The report's JSON lines."""
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


@pytest.fixture
def read_lines():
    return lines_of


@pytest.fixture
def filled(monkeypatch):
    """Methods that are called, in order, once for each batch."""
    from holefill.evaluation import completion

    calls, complete = [], completion.Judge.complete

    def counted(judge, method, batch):
        calls.append((method.label, batch.start))
        return complete(judge, method, batch)

    monkeypatch.setattr(completion.Judge, "complete", counted)
    return calls


@pytest.fixture
def register(monkeypatch):
    """`register(table, name, function)` adds to a table of names for one test."""
    module = types.ModuleType("holefill_test_names")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def add(table, name, function):
        setattr(module, name, function)
        monkeypatch.setitem(table, name, f"{module.__name__}:{name}")

    return add


@pytest.fixture
def paints(register, monkeypatch):
    """`paints(name, fill)` registers a method that needs no model for one test."""
    from holefill import methods

    def add(name, fill):
        register(methods.TABLE, name, fill)
        monkeypatch.setattr(methods, "WITHOUT_MODEL", methods.WITHOUT_MODEL | {name})

    return add

"""The search benchmark on a toy model: its rows, and that a broken-off comparison goes on where it was."""

import numpy as np
import pytest

from holefill.benchmarks import search_objective, search_speed
from holefill.datasets.image_set import ImageSet


@pytest.fixture
def toy_model():
    from holefill.models import stored

    return stored.build("dcgan", image_size=32, width=4, latent_size=8)


@pytest.fixture
def faces(monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), "uint8")

    def loader(split, *, data_dir, image_size, limit):
        return ImageSet(pictures[:limit], [f"{i}.jpg" for i in range(limit)], [])

    monkeypatch.setattr(search_objective.datasets, "get", lambda spec: (loader, {}))


@pytest.mark.slow
def test_step_rows_give_a_share_of_the_matmul(toy_model, monkeypatch):
    monkeypatch.setattr(search_speed, "SIZES", (64, 128))
    rows = search_speed.step_rows(toy_model, rounds=2)
    assert [row["type"] for row in rows] == ["float32", "float32", "bfloat16", "bfloat16"]
    assert all(row["GFLOP/s"] > 0 for row in rows[::2]) and {"ms", "% of matmul"} <= rows[1].keys()


def test_seconds_are_of_one_image(toy_model):
    row = search_speed.seconds_row(toy_model, "semantic", 2, repeats=1)
    assert row["what"] == "semantic, 2 images at once" and row["s/image"] > 0


def test_comparison_goes_on_where_it_was(toy_model, faces, tmp_path, monkeypatch):
    output = tmp_path / "search.jsonl"
    first = search_objective.rows(toy_model, 2, 2, 3, output=output)
    assert [row["what"].split(",")[0] for row in first[:2]] == ["semantic", "semantic@paper"]
    assert 0 <= first[2]["% of faces"] <= 100 and first[2]["times faster"] > 0
    assert len(output.read_text().splitlines()) == 4
    monkeypatch.setattr(search_objective, "_search", lambda *a: {"objective": 0.0, "seconds": 1.0})
    search_objective.rows(toy_model, 3, 2, 3, output=output)
    lines = output.read_text().splitlines()
    assert len(lines) == 6 and all('"2.jpg"' in line and '"objective": 0.0' in line for line in lines[4:])


def test_a_record_is_of_one_picture_and_says_when_it_was_made(toy_model, faces, tmp_path, monkeypatch):
    """Other pixels of the same name, another machine or other software are searched again; a commit is only told."""
    output, searches = tmp_path / "search.jsonl", []
    described = {"machine": "fast", "software": "Python 3", "commit": "a", "date": "2026-01-02", "command": "python"}
    monkeypatch.setattr(search_objective.machine, "describe", lambda: dict(described))
    monkeypatch.setattr(
        search_objective, "_search", lambda *a: searches.append(1) or {"objective": 1.0, "seconds": 1.0}
    )

    def rows(count):
        searches.clear()
        return search_objective.rows(toy_model, count, 2, 3, output=output)

    rows(1)
    described |= {"commit": "b", "date": "2026-01-03"}
    found = rows(2)
    assert len(searches) == 1 + 2  # to build the graph, and the new face by both recipes
    assert {(row["commit"], row["date"]) for row in found} == {("a, b", "2026-01-02 to 2026-01-03")}
    assert rows(1)[0]["commit"] == "a" and len(searches) == 1
    for changes in ({"machine": "slow"}, {"software": "Python 4"}):
        described |= changes
        assert rows(1)[0]["commit"] == "b" and len(searches) == 3
    loader = lambda *_, limit, **__: ImageSet(np.zeros((limit, 32, 32, 3), "uint8"), ["0.jpg"], [])  # noqa: E731
    monkeypatch.setattr(search_objective.datasets, "get", lambda spec: (loader, {}))
    rows(1)
    assert len(searches) == 3


def test_other_recipe_is_another_record(toy_model, faces, tmp_path):
    output = tmp_path / "search.jsonl"
    for steps in (1, 2):
        search_objective.rows(toy_model, 1, 2, steps, output=output)
    assert len(output.read_text().splitlines()) == 3  # ours is the same

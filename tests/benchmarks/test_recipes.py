"""The comparison of recipes: its table, what each variant is trained with, and errors of one line."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from holefill import training
from holefill.benchmarks import recipes
from holefill.training.step import make_options

ROOT = Path(__file__).resolve().parents[2]
FLAGS = {"dataset": "shapes", "data_dir": None, "steps": 8, "seed": 3, "only": []}


@pytest.mark.parametrize("name", recipes.VARIANTS)
def test_each_variant_can_be_trained(name):
    model, recipe = recipes.VARIANTS[name]
    assert make_options(training.get(model), recipe)


def test_a_row_a_variant(tmp_path, monkeypatch, capsys):
    calls = {}

    def train(folder, **asked):
        calls[folder.name] = asked
        folder.mkdir(parents=True)
        score = {"psnr": 20.0 + len(calls), "ssim": 0.5, "detail_ratio": 1.0}
        (folder / "history.jsonl").write_text(json.dumps({"psnr": 0.0}) + "\n" + json.dumps(score) + "\n")
        return folder

    monkeypatch.setattr(recipes.trained, "train", train)
    monkeypatch.setattr(recipes, "FLAGS", SimpleNamespace(**{**FLAGS, "output": str(tmp_path)}))
    recipes.main(None)
    text = capsys.readouterr().out
    rows = text.splitlines()
    assert text == (tmp_path / "table.md").read_text() and rows[0].startswith("| variant | PSNR | SSIM |")
    assert [row.split(" | ")[:2] for row in text.splitlines()[2:4]] == [
        ["| ours", "21.000"],
        ["| no adversary", "22.000"],
    ]
    assert len(calls) == len(recipes.VARIANTS) and calls["no-adversary"]["recipe"] == {"adversarial": 0.0}
    assert all((a["steps"], a["seed"], a["dataset"]) == (8, 3, "shapes") for a in calls.values())


@pytest.mark.parametrize("wrong", ["--only=nonsense", "--data_dir=/nonexistent", "--dataset=brain"])
def test_recipes_exception_is_short(tmp_path, wrong):
    command = [sys.executable, "-P", str(ROOT / "benchmarks" / "recipes.py"), wrong, f"--output={tmp_path / 'x'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "Traceback" not in done.stderr and wrong.split("=")[1] in done.stderr
    assert done.stderr.splitlines()[-1].startswith("recipes: ") and not (tmp_path / "x" / "table.md").exists()

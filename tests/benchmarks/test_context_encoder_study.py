"""The study of the Context Encoder: its variants, what is measured where, the slides' figures, a run broken off."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from holefill import models, training
from holefill.benchmarks import context_encoder_document as document
from holefill.benchmarks import context_encoder_scores as scores
from holefill.benchmarks import context_encoder_study as study
from holefill.training.step import make_options

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = {
    "dataset": "shapes(train=16, validation=8, test=8)", "data_dir": None, "image_size": 32, "width": 4,
    "batch_size": 8, "steps": 4, "precision": "float32", "split": "test", "limit": 4, "seed": 0, "only": [],
}  # fmt: skip


def choose(monkeypatch, **changes):
    monkeypatch.setattr(study, "FLAGS", SimpleNamespace(**{**CHOSEN, **changes}))


@pytest.mark.parametrize("name", study.VARIANTS)
def test_each_variant_can_be_trained(monkeypatch, name):
    choose(monkeypatch, image_size=64)
    asked = study.asked(name)
    make, options = models.get(asked["model"])
    model = make.options(**options, image_size=64)
    recipe = make_options(training.get(asked["model"]), asked["recipe"])
    assert (model.predicts == "hole") == (recipe.holes == "center")
    assert model.width == 4 and model.bottleneck_width == 250


def test_variants_differ_in_what_they_are_named_after(monkeypatch):
    choose(monkeypatch, steps=400)
    recipes = {
        name: make_options(training.get("context_encoder@code"), study.asked(name)["recipe"]) for name in study.VARIANTS
    }
    weights = [(recipes[f"L2={w}"].lambda_rec, recipes[f"L2={w}"].lambda_adv) for w in study.WEIGHTS]
    assert weights == [(0, 1), (0.5, 0.5), (0.9, 0.1), (0.999, 0.001), (0.9999, 0.0001), (1, 0)]
    assert recipes["L1"].distance == "l1" and recipes["SGD"].optimiser == "sgd"
    assert not recipes["no discriminator"].adversarial and not recipes["AlexNet"].adversarial
    schedule = recipes["step schedule"]
    assert (schedule.learning_rate, schedule.factor, schedule.every) == (0.01, 0.5, 100)
    assert set(document.TABLES) | set(document.CAPTIONS) <= set(study.VARIANTS)


@pytest.mark.parametrize("name", document.TABLES)
def test_the_slides_psnr_is_that_of_their_l2(name):
    """10 log10(4 / L2) within their rounding: what a figure copied wrongly is not."""
    for table in document.TABLES[name]:
        assert len(table) == len(document.EPOCHS)
        for l1, l2, psnr in table:
            assert psnr == pytest.approx(10 * np.log10(4 / l2), abs=0.1) and l2 < l1 * 1.01


def test_captions_stand_beside_the_tables_once():
    assert [row["PSNR 4/4"] for row in document.rows("L1")] == [18.9325, 21.2045]
    assert document.rows("SGD") == [{"PSNR 4/4": 13.9196}, {"PSNR 4/4": 16.2267}]
    assert document.rows("no discriminator") == []
    assert len(document.rows("L2=0.999")) == 2 and document.rows("L2=0.999")[0]["L2"] == 0.0365


def test_distances_by_hand():
    """Off by 1 in half of the hole and by 3 elsewhere: L1 ½, L2 ½; by 2 everywhere in the other hole: 2, 4, 0 dB."""
    truths, fills = np.zeros((2, 2, 4, 4, 3))
    holes = np.zeros((2, 4, 4, 1))
    holes[:, :2] = 1
    fills[0, 0], fills[0, 2:], fills[1, :2] = 1, 3, 2
    found = scores.distances(fills, truths, holes)
    assert (found["L1"], found["L2"], found["pictures"]) == (1.25, 2.25, 2)
    assert found["PSNR"] == pytest.approx((10 * np.log10(8) + 0) / 2)


@pytest.mark.slow
def test_a_study_is_trained_once_and_goes_on_where_it_was(tmp_path, monkeypatch, capsys):
    choose(monkeypatch, output=str(tmp_path), only=["L2=0.999"])
    study.main(None)
    text = capsys.readouterr().out
    lines = [json.loads(line) for line in (tmp_path / "scores.jsonl").read_text().splitlines()]
    assert [line["key"]["step"] for line in lines] == [1, 2, 3, 4]
    assert len({line["scores"]["L2"] for line in lines}) == 4
    assert text == (tmp_path / "table.md").read_text()
    last = lines[-1]["scores"]
    assert f"| L2=0.999 | ours | {lines[0]['scores']['PSNR']:.2f} |" in text and f"{last['L1']:.4f}" in text
    assert "| L2=0.999 | slides | 20.74 | 21.08 | 21.05 | 20.40 | 0.1381 | 0.0365 |" in text
    assert (tmp_path / "L2=0.999" / "model").is_dir() and not (tmp_path / "L2=0.999" / "checkpoints").exists()
    monkeypatch.setattr(study, "_trained", lambda *_: pytest.fail("trained again"))
    study.main(None)
    assert capsys.readouterr().out.split("- date")[0] == text.split("- date")[0]


def test_a_broken_study_trains_only_what_is_missing(tmp_path, monkeypatch):
    """Two moments are scored, then it is broken off: the third and fourth are trained, nothing else."""
    choose(monkeypatch, output=str(tmp_path), only=["SGD"], steps=400)
    asked = []

    def trained(folder, name, step):
        if step > limit[0]:
            raise KeyboardInterrupt
        asked.append((folder.name, step))
        return step

    monkeypatch.setattr(study, "_trained", trained)
    monkeypatch.setattr(scores, "score", lambda step, asked: {"L1": 1 / step, "L2": 1 / step, "PSNR": float(step)})
    limit = [200]
    with pytest.raises(KeyboardInterrupt):
        study.main(None)
    limit = [400]
    study.main(None)
    assert asked == [("SGD", 100), ("SGD", 200), ("SGD", 300), ("SGD", 400)]
    choose(monkeypatch, output=str(tmp_path), only=["SGD"], steps=400, limit=5)  # other pictures: other scores
    study.main(None)
    assert len(asked) == 8


@pytest.mark.parametrize("wrong", ["--only=nonsense", "--steps=6", "--data_dir=/nonexistent"])
def test_study_exception_is_short(tmp_path, wrong):
    command = [sys.executable, "-P", str(ROOT / "benchmarks" / "context_encoder_study.py"), wrong]
    done = subprocess.run([*command, f"--output={tmp_path / 'x'}"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "Traceback" not in done.stderr and wrong.split("=")[1] in done.stderr
    assert done.stderr.splitlines()[-1].startswith("context_encoder_study: ") and not (tmp_path / "x").exists()

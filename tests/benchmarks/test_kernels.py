"""The comparison of GAN and VAE: what it trains, how it reads its clock, and one small run, broken off and resumed."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from holefill import methods, registry
from holefill.benchmarks import kernels, kernels_scores, kernels_time
from holefill.errors import UserError
from holefill.evaluation import machine, request
from holefill.models import stored
from holefill.training import run_folder
from holefill.training.options import TrainOptions

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = {
    "dataset": "brain_mri", "data_dir": None, "models": list(kernels_time.MODELS), "preset": "paper", "image_size": 32,
    "width": 4, "batch_size": 8, "steps": 10, "rounds": 2, "precision": "float32",
}  # fmt: skip


def chosen(**changes):
    return SimpleNamespace(**{**CHOSEN, **changes})


@pytest.mark.parametrize("preset, suffix", [("paper", "@paper"), ("ours", "")])
def test_the_four_models_share_all_but_family_and_kernel(preset, suffix):
    asked = {name: kernels_time.asked(name, chosen(preset=preset)) for name in kernels_time.MODELS}
    assert [a["model"] for a in asked.values()] == [
        f"{family}{suffix}(kernel={kernel}, width=4)" for family in ("dcgan", "vae") for kernel in (3, 7)
    ]
    assert len({str({**a, "model": ""}) for a in asked.values()}) == 1 and asked["GAN3"]["channels"] == 1
    built = {name: stored.build(a["model"], image_size=32, channels=1) for name, a in asked.items()}
    for kernel in ("3", "7"):
        shapes = [[w.shape for w in built[k + kernel].generator.weights] for k in ("GAN", "VAE")]
        assert shapes[0] == shapes[1]


def test_times_are_medians_and_ratios_of_the_same_round(tmp_path, monkeypatch):
    """Rounds of 1, 2, 9 s for the GAN and .5, 1.5, 4.5 s for the VAE: medians 2 and 1.5, ratio ½ in the middle."""
    seconds = {"GAN3": [1.0, 2, 9], "VAE3": [0.5, 1.5, 4.5]}
    monkeypatch.setattr(kernels_time, "measure", lambda models, rounds: seconds)
    path, asked = tmp_path / "timing.json", chosen(models=["GAN3", "VAE3"])
    gan, vae = kernels_time.times(asked, path)
    assert (gan["ms/step"], vae["ms/step"], vae["least ms"]) == (2000, 1500, 500)
    assert (gan["time over GAN's"], vae["time over GAN's"]) == (1, 0.5)
    assert vae["pictures/s"] == pytest.approx(8 / 1.5) and vae["all steps, s"] == pytest.approx(15)
    monkeypatch.setattr(kernels_time, "measure", lambda *_: pytest.fail("measured again"))
    kept = kernels_time.times(chosen(models=["GAN3", "VAE3"], steps=20), path)
    assert kept[1]["all steps, s"] == pytest.approx(30) and kept[0]["ms/step"] == 2000
    with pytest.raises(pytest.fail.Exception):
        kernels_time.times(chosen(models=["GAN3", "VAE3"], width=8), path)


def test_times_are_those_of_this_machine_and_say_when_they_were_measured(tmp_path, monkeypatch):
    described = {"machine": "fast", "software": "Python 3", "commit": "first", "date": "Monday", "command": "python"}
    monkeypatch.setattr(kernels_time.machine, "describe", lambda: described)
    monkeypatch.setattr(kernels_time, "measure", lambda models, rounds: {"GAN3": [1.0]})
    path = tmp_path / "timing.json"
    (row,) = kernels_time.times(chosen(models=["GAN3"]), path)
    assert (row["commit"], row["date"], row["ms/step"]) == ("first", "Monday", 1000)
    described |= {"commit": "second", "date": "Tuesday"}
    monkeypatch.setattr(kernels_time, "measure", lambda models, rounds: {"GAN3": [2.0]})
    (row,) = kernels_time.times(chosen(models=["GAN3"]), path)
    assert (row["commit"], row["date"], row["ms/step"]) == ("first", "Monday", 1000)
    assert kernels_time.times(chosen(models=["GAN3"], rounds=3), path)[0]["ms/step"] == 2000
    for other in ({"machine": "slow"}, {"software": "Python 4"}):
        described |= {**other, "commit": f"at {other}"}
        assert kernels_time.times(chosen(models=["GAN3"], rounds=3), path)[0]["commit"] == f"at {other}"


def test_steps_are_measured_in_turns(monkeypatch):
    called = []
    monkeypatch.setattr(kernels_time, "_step", lambda model: lambda: called.append(model["model"]))
    found = kernels_time.measure({"a": {"model": "a"}, "b": {"model": "b"}}, 2)
    assert called == ["a", "b"] * 3 and {name: len(times) for name, times in found.items()} == {"a": 2, "b": 2}


def test_a_measured_step_trains():
    run = kernels_time._step(kernels_time.asked("VAE3", chosen()))
    assert run()["loss/mse"] > run()["loss/mse"] > 0


def test_labels_are_what_evaluate_takes(monkeypatch):
    flags = SimpleNamespace(gan_method="semantic(steps=3)", vae_method=kernels.VAE_METHOD)
    monkeypatch.setattr(kernels, "FLAGS", flags)
    named = kernels.labels({"GAN3": Path("a, b/GAN3"), "VAE3": Path("VAE3")})
    assert list(named.values()) == ["GAN3", "VAE3", "membrane"]
    assert request.split(",".join(named), "methods") == list(named)
    for label in named:
        name, options = registry.parse_spec(label)
        options.pop("model", None)
        said = ", ".join(f"{key}={value!r}" for key, value in options.items())
        assert methods.get(f"{name}({said})")


def test_means_count_an_exact_picture_as_a_report_does():
    """PSNR None of the third: half a grey level in one of 1024 values, 10 log10(255² · 1024 / 0.25) = 84.25 dB."""
    scores = {"psnr": 20.0, "ssim": 0.5, "hole_psnr": 10.0, "hole_ssim": 0.25, "detail_ratio": 1.0}
    about = {"commit": "a", "processor": machine.processor()}
    about |= {"mask": "block", "missing": 0.25}
    pairs = ((20.0, 1.0), (22.0, 2.0), (None, 9.0))
    lines = [{"scores": {**scores, "psnr": p}, "seconds": s, "name": str(s), **about} for p, s in pairs]
    found = kernels_scores.means(lines, 1024)
    assert (found["PSNR"], found["SSIM"], found["s/picture"]) == ("42.08 ± 21.09", "0.500 ± 0.000", 2.0)
    assert kernels_scores.means(lines[:2], 1024)["PSNR"] == "21.00 ± 1.00"
    lines[2] |= {"commit": "b", "processor": "another"}
    found = kernels_scores.means(lines, 1024)
    assert (found["commit"], found["s/picture"]) == ("a, b", 1.5)
    assert kernels_scores.means(lines[2:], 1024)["s/picture"] is None


SCORED = {
    "dataset": "shapes", "data_dir": None, "split": "validation", "limit": 6, "seed": 0, "image_size": 32,
    "small": "block(least=0.2, most=0.3)", "large": "block(least=0.5, most=0.7)",
}  # fmt: skip


def scores(output, methods=("membrane",), **changes):
    chosen = SimpleNamespace(**{**SCORED, "output": str(output), **changes})
    rows = kernels_scores.evaluate(chosen, "overlay", {name: name for name in methods})
    return [{key: value for key, value in row.items() if key != "s/picture"} for row in rows]


@pytest.mark.parametrize(
    "changes",
    [{"split": "test", "limit": 3}, {"dataset": "shapes(seed=1)"}, {"image_size": 64}, {"limit": 3}],
    ids=str,
)
def test_what_another_run_judged_in_the_same_folder_does_not_count(tmp_path, changes):
    scores(tmp_path / "same", **changes)
    scores(tmp_path / "same")
    rows = scores(tmp_path / "same", **changes)
    assert rows == scores(tmp_path / "fresh", **changes)
    assert [row["pictures"] for row in rows] == 2 * [changes.get("limit", 6)] and rows[0]["hole"][:6] == "small,"


def test_what_could_not_be_judged_is_told_and_left_out(tmp_path, monkeypatch, capsys):
    judge = kernels_scores.completion.Judge.judge

    def fails(self, mask, method, batch):
        if "least=0.5" in mask and method.label == "telea":
            raise UserError("too large")
        judge(self, mask, method, batch)

    monkeypatch.setattr(kernels_scores.completion.Judge, "judge", fails)
    found = [(row["hole"].split(",")[0], row["model"]) for row in scores(tmp_path, ("membrane", "telea"))]
    assert found == [("small", "membrane"), ("small", "telea"), ("large", "membrane")]
    assert "too large" in capsys.readouterr().err


def run(output, *more):
    command = [sys.executable, "-P", str(ROOT / "benchmarks" / "kernels.py"), "--dataset=shapes", "--image_size=32"]
    command += ["--width=4", "--steps=4", "--rounds=1", "--limit=6", "--batch_size=8", "--models=GAN3,VAE3"]
    search = "--{}_method=semantic(steps=3, restarts=2, keep=1)"
    command += [search.format("gan"), search.format("vae"), f"--output={output}", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_kernels_run_resumes(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ") and " | 6 |" in line]
    assert len(rows) == 2 * 2 * 3  # small and large, with and without blending; two models and the membrane
    assert "VAE3 | vae@paper(kernel=3, width=4)" in done.stdout and "commit" in done.stdout
    assert (tmp_path / "table.md").read_text() == done.stdout
    kept = {p: p.read_bytes() for p in (tmp_path / "timing.json", tmp_path / "GAN3" / "result.json")}
    lines = (tmp_path / "report-poisson" / "results.jsonl").read_text()
    (tmp_path / "VAE3" / "result.json").unlink()  # as where it was broken off in training
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert all(path.read_bytes() == before for path, before in kept.items())
    assert (tmp_path / "report-poisson" / "results.jsonl").read_text() == lines
    assert json.loads((tmp_path / "VAE3" / "result.json").read_text())["step"] == 4


def test_models_of_other_options_are_refused_before_any_work(tmp_path):
    asked = kernels_time.asked("GAN3", chosen(dataset="shapes"))
    run_folder.write_run(tmp_path / "GAN3", TrainOptions(**asked, steps=4), {})
    done = run(tmp_path, "--precision=float32", "--width=8")
    assert done.returncode == 1 and "kernels: " in done.stderr and "width=4" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "timing.json").exists()


@pytest.mark.parametrize("wrong", ["--models=GAN5", "--preset=best", "--dataset=brain"])
def test_kernels_exception_is_short(tmp_path, wrong):
    command = [sys.executable, "-P", str(ROOT / "benchmarks" / "kernels.py"), wrong, f"--output={tmp_path / 'x'}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "Traceback" not in done.stderr and wrong.split("=")[1] in done.stderr
    assert not (tmp_path / "x" / "table.md").exists()

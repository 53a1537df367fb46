"""bin/evaluate as a user meets it: one line for an error, and a run that was killed goes on where it was."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from holefill.errors import UserError
from holefill.evaluation import records

COMMAND = [sys.executable, "-P", "-m", "holefill.commands.evaluate", "--dataset=shapes", "--image_size=32"]


def run(folder, *words):
    """Run the program in a folder: exit code, lines of stdout, lines of stderr."""
    done = subprocess.run([*COMMAND, *words], cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def table(folder):
    """table.csv without the seconds, which no two runs share."""
    with open(folder / "table.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if row["metric"] != "seconds"]


def test_a_killed_run_goes_on_and_gives_the_table_of_an_unbroken_one(tmp_path):
    words = ["--methods=telea,membrane,navier_stokes", "--masks=center,strokes", "--limit=60", "--batch_size=5"]
    assert run(tmp_path, *words, "--output=whole") == (0, ["whole/index.html"], [])
    results, whole = tmp_path / "broken" / "results.jsonl", tmp_path / "whole" / "results.jsonl"
    process = subprocess.Popen([*COMMAND, *words, "--output=broken"], cwd=tmp_path)
    while process.poll() is None and (not results.exists() or results.read_bytes().count(b"\n") < 20):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL  # it had not ended by itself
    kept = results.read_bytes()
    kept = kept[: kept.rfind(b"\n") + 1]
    assert 20 <= kept.count(b"\n") < 360 and not (tmp_path / "broken" / "table.md").exists()
    results.write_bytes(kept + b'{"method": "telea", "scores": {"ps')  # as if killed while it wrote
    assert run(tmp_path, *words, "--output=broken") == (0, ["broken/index.html"], [])
    assert results.read_bytes().startswith(kept)
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert set(Counter((line["mask"], line["method"], line["name"]) for line in lines).values()) == {1}
    assert len(lines) == len(whole.read_text().splitlines()) == 360
    assert table(tmp_path / "broken") == table(tmp_path / "whole") != []
    before = results.read_bytes()
    assert run(tmp_path, *words, "--output=broken")[0] == 0
    assert results.read_bytes() == before


def test_a_method_may_name_its_own_blend(tmp_path):
    """Judged beside the request's, and by itself as in a report with that blend."""
    words = ["--masks=center", "--limit=6", "--metrics=psnr"]
    assert run(tmp_path, *words, "--methods=telea,telea(blend='seamless')", "--output=both")[0] == 0
    assert run(tmp_path, *words, "--methods=telea", "--blend=seamless", "--output=alone")[0] == 0
    rows = {row["method"]: row["mean"] for row in table(tmp_path / "both")}
    assert rows["telea"] != rows["telea(blend='seamless')"]
    assert rows["telea(blend='seamless')"] == table(tmp_path / "alone")[0]["mean"]


CANNOT = [
    ({"methods": "telea(blend='ovrlay')"}, "did you mean 'overlay'"),
    ({"methods": "nearest(data='shaps')"}, "did you mean 'shapes'"),
    ({"methods": "telea(blend=3)"}, "option blend is 3; wanted a text in quotes"),
    ({"methods": "telae"}, "did you mean 'telea'"),
    ({"methods": "auto"}, "cannot be compared: name those to compare"),
    ({"methods": "semantic", "model": "fill64"}, "does not paint with the model fill64, a 'fill@sharp'"),
    ({"methods": "telea(radios=3)"}, "has no option 'radios'"),
    ({"methods": "telea,telea( )"}, "names one twice"),
    ({"methods": "telea,,membrane"}, "cannot read --methods"),
    ({"methods": "telea(radius=2"}, "cannot read --methods"),
    ({"methods": "telea(model='celeba64')"}, "paints without a model"),
    ({"methods": "semantic", "model": "celeba46"}, "did you mean 'celeba64'"),
    ({"methods": "semantic(model='nowhere')"}, "unknown model 'nowhere'"),
    ({"methods": "semantic(model=3)"}, "wanted a text in quotes"),
    ({"methods": "semantic"}, "completes pictures of 64 pixels, --image_size is 32"),
    ({"masks": "centre"}, "did you mean 'center'"),
    ({"masks": "center,random(fraction=2)"}, "between 0 and 1"),
    ({"metrics": "psnr,sim"}, "did you mean 'ssim'"),
    ({"metrics": ""}, "cannot read --metrics"),
    ({"metrics": "psnr,ms_ssim"}, "at least 176x176 pixels"),
    ({"dataset": "shape"}, "did you mean 'shapes'"),
    ({"dataset": "folder", "data_dir": "."}, "no picture"),
    ({"split": "tests"}, "unknown split 'tests'"),
    ({"limit": 300}, "shapes has 200 pictures in its test split; --limit is 300: give --limit 200 or less"),
    ({"blend": "poison"}, "did you mean 'poisson'"),
    ({"blend": "poisson(solver='x')"}, "unknown Poisson solver 'x'"),
    ({"methods": "semantic(restarts=0)"}, "restarts is 0; it must be a whole number from 1"),
    ({"methods": "semantic@encoder(coordinates='latent')"}, "an anchor needs coordinates='gaussian'"),
    ({"methods": "telea,semantic(optimiser='sgd')"}, "optimiser is 'sgd'; it must be one of adam, soap, nesterov"),
    ({"output": "file/report"}, "cannot make the folder file/report"),
    ({"logdir": "file/log"}, "cannot make the folder file/log"),
    ({"model": "fill64"}, "--model fill64 is given, and none of telea paints with it: leave it out"),
    ({"methods": "fill(model='fill64')", "model": "fill128"}, "none of fill(model='fill64') paints with it: leave it"),
    ({"inception": "nowhere.keras"}, "no Inception weights at nowhere.keras"),
    ({"inception": "file"}, "cannot read the network in file"),
]


@pytest.mark.parametrize(("asked", "part"), CANNOT, ids=str)
def test_what_cannot_be_done_exception_raised_and_nothing_is_made(tmp_path, monkeypatch, asked, part):
    from holefill.evaluation import run as evaluation

    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    options = {"dataset": "shapes", "image_size": 32, "limit": 4, "methods": "telea", "output": "report", **asked}
    with pytest.raises(UserError, match=re.escape(part)) as raised:
        evaluation.evaluate(**options)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("held", [["index.html"], ["table.md", "a"], ["runs"]], ids=str)
def test_a_folder_of_other_files_is_left_alone(tmp_path, held):
    from holefill.evaluation import run as evaluation

    for name in held:
        (tmp_path / name).write_text("mine")
    options = {"dataset": "shapes", "image_size": 32, "limit": 4, "methods": "telea", "metrics": "psnr"}
    with pytest.raises(UserError, match=f"holds {min(held)}.*and no report.*give a new or an empty folder") as raised:
        evaluation.evaluate(str(tmp_path), **options)
    assert "\n" not in str(raised.value)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(held, "mine")


@pytest.mark.parametrize("text", ["another tool's lines\nthe last", '{"epoch": 1}\n{"epoch": 2}\n', "[1]\n", "torn"])
def test_another_program_s_results_are_left_alone(tmp_path, text):
    from holefill.evaluation import run as evaluation

    (tmp_path / "results.jsonl").write_text(text)
    with pytest.raises(UserError, match=r"holds results.jsonl and no report \(results.jsonl\)"):
        evaluation.evaluate(str(tmp_path), dataset="shapes", image_size=32, limit=4, methods="telea", metrics="psnr")
    assert (tmp_path / "results.jsonl").read_text() == text


def test_an_empty_folder_is_taken(tmp_path):
    from holefill.evaluation import run as evaluation

    (tmp_path / ".keep").write_text("")
    options = {"dataset": "shapes", "image_size": 32, "limit": 4, "methods": "telea", "metrics": "psnr"}
    assert evaluation.evaluate(str(tmp_path), **options)[0].exists()
    assert evaluation.evaluate(str(tmp_path), **options)[0].exists()


def test_two_runs_do_not_write_to_one_folder(tmp_path):
    pytest.importorskip("fcntl")
    words = ["--methods=telea,membrane", "--limit=4", "--metrics=psnr", "--output=report"]
    assert run(tmp_path, *words)[0] == 0
    results = tmp_path / "report" / "results.jsonl"
    with records.one_writer(results):
        before = results.read_bytes()
        results.write_bytes(before + b'{"half')
        code, out, err = run(tmp_path, *words)
        assert (code, out, len(err)) == (1, [], 1) and "another run is writing to report/results.jsonl" in err[0]
        assert results.read_bytes() == before + b'{"half'
    assert run(tmp_path, *words)[0] == 0 and results.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--methods=telae"], "did you mean 'telea'"),
        (["--methods=telea,auto"], "method 'auto' takes another method for each picture"),
        (["--limit=4", "--output=/proc/nowhere"], "/proc/nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_1(tmp_path, words, part):
    code, out, err = run(tmp_path, "--methods=telea", *words)
    assert (code, out, len(err)) == (1, [], 1) and err[0].startswith("evaluate: ") and part in err[0]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["report"], ["--limit=0"], ["--split=all"]])
def test_wrong_usage_is_one_line_and_code_2(tmp_path, words):
    code, out, err = run(tmp_path, *words)
    assert (code, out, len(err)) == (2, [], 1) and "--help" in err[0]


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "results.jsonl").mkdir()
    code, out, err = run(tmp_path, "--methods=telea", "--limit=4")
    assert (code, out, len(err)) == (1, [], 1) and "results.jsonl" in err[0]

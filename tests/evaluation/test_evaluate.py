"""The quality benchmark: one small run in a process of its own, broken off and resumed; and its parts."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from holefill.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "benchmarks").is_dir(), reason="needs the checkout's benchmarks/")


def run(output, *more):
    command = [sys.executable, "-P", str(ROOT / "benchmarks" / "quality.py"), "--dataset=shapes", "--image_size=32"]
    command += ["--limit=5", "--batch_size=2", "--shown=3", f"--output={output}", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def lines(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def without_time(records):
    return sorted(str({k: v for k, v in r.items() if k not in ("seconds", "commit")}) for r in records)


def test_quality_run_resumes_without_repeating(tmp_path):
    methods = "--methods=telea(radius=2),membrane"
    done = run(tmp_path / "whole", methods)
    assert done.returncode == 0, done.stderr
    whole = lines(tmp_path / "whole")
    assert [r["method"] for r in whole] == ["telea(radius=2)"] * 5 + ["membrane"] * 5
    broken = tmp_path / "broken"
    assert run(broken, "--methods=telea(radius=2)").returncode == 0
    results = broken / "results.jsonl"
    kept = results.read_bytes().splitlines(keepends=True)[:3]
    results.write_bytes(b"".join(kept) + b'{"method": "telea')  # as a run that was killed while writing leaves it
    assert run(broken, methods).returncode == 0
    assert lines(broken)[:3] == [json.loads(line) for line in kept]
    assert without_time(lines(broken)) == without_time(whole)
    before = results.read_bytes()
    assert run(broken, methods).returncode == 0
    assert results.read_bytes() == before


def test_quality_run_writes_table_and_sheet(tmp_path):
    done = run(tmp_path, "--methods=telea,membrane", "--mask=left")
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "table.md").read_text()
    assert table in done.stdout
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    mean = np.mean([r["psnr"] for r in lines(tmp_path) if r["method"] == "telea"])
    assert len(rows) == 2 and f"{mean:.2f} ±" in rows[0]
    for told in ("commit", "machine", "command", "seed 0", "detail ratio:"):
        assert told in table
    with Image.open(tmp_path / "contact_sheet.png") as sheet:
        assert sheet.width > 3 * 64 and sheet.height > 4 * 64  # 3 pictures; input, 2 methods, truth; twice 32 pixels


@pytest.mark.parametrize("wrong", ["--methods=telae", "--mask=centre", "--blend=poison", "--methods=telea,telea"])
def test_quality_exception_is_one_line(tmp_path, wrong):
    done = run(tmp_path, wrong)
    assert done.returncode == 1
    assert done.stderr.startswith("quality: ") and done.stderr.count("\n") == 1
    assert not (tmp_path / "table.md").exists()


def test_split_specs():
    from holefill.benchmarks.completion import split_specs

    assert split_specs("telea, semantic(steps=1,clip=(2)),membrane") == [
        "telea",
        "semantic(steps=1,clip=(2))",
        "membrane",
    ]
    for wrong in ("telea,,membrane", "telea(", "", "telea,telea", "membrain", "telea(method=1)"):
        with pytest.raises(UserError, match="method"):
            split_specs(wrong)


def test_records_exception_raised_in_the_middle_and_torn_tail_cut(tmp_path):
    from holefill.benchmarks import records

    path = tmp_path / "results.jsonl"
    records.append(path, [{"a": 1}, {"a": None}])
    path.write_bytes(path.read_bytes() + b'{"a":')
    assert records.read(path) == [{"a": 1}, {"a": None}]
    records.append(path, [{"a": 3}])
    assert [r["a"] for r in records.read(path)] == [1, None, 3]
    path.write_bytes(b"oops\n" + path.read_bytes())
    with pytest.raises(UserError, match="line 1"):
        records.read(path)


def test_markdown_table_has_a_column_for_every_key():
    from holefill.benchmarks.markdown import table

    text = table([{"size": 64, "ours": 0.12345}, {"size": 128, "theirs": "1 s"}])
    assert text.splitlines() == [
        "| size | ours | theirs |",
        "| ---: | ---: | --- |",
        "| 64 | 0.1235 | – |",
        "| 128 | – | 1 s |",
    ]

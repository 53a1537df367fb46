"""Lines that outlive a broken run, and the ledger that reads them; the Markdown table of benchmarks."""

import pytest

from holefill.errors import UserError
from holefill.evaluation import records
from holefill.evaluation.ledger import KEY, Ledger


def test_records_torn_tail_is_cut_and_a_broken_middle_exception_raised(tmp_path):
    path = tmp_path / "results.jsonl"
    assert records.read(path) == []
    records.append(path, [{"a": 1}, {"a": None}])
    path.write_bytes(path.read_bytes() + b'{"a":')
    assert records.read(path) == [{"a": 1}, {"a": None}]
    records.append(path, [{"a": 3}])
    assert [r["a"] for r in records.read(path)] == [1, None, 3]
    path.write_bytes(b"oops\n" + path.read_bytes())
    with pytest.raises(UserError, match="line 1"):
        records.read(path)


def test_ledger_finds_by_every_part_of_the_key_and_adds_scores(tmp_path):
    key = {name: name for name in KEY}
    ledger = Ledger(tmp_path / "results.jsonl")
    ledger.add([{**key, "name": "a", "scores": {"psnr": 1.0}, "seconds": 2}])
    ledger.add([{**key, "name": "a", "scores": {"l1": None}}, {**key, "name": "b", "scores": {}}])
    for found in (ledger, Ledger(tmp_path / "results.jsonl")):
        lines = found.of(key)
        assert set(lines) == {"a", "b"}
        assert (lines["a"]["scores"], lines["a"]["seconds"]) == ({"psnr": 1.0, "l1": None}, 2)
        for part in KEY:
            assert found.of({**key, part: "other"}) == {}


def test_ledger_passes_over_lines_of_another_kind(tmp_path):
    records.append(tmp_path / "results.jsonl", [{"method": "telea", "psnr": 3}])
    assert Ledger(tmp_path / "results.jsonl").entries == {}


def test_markdown_table_has_a_column_for_every_key():
    from holefill.evaluation.markdown import table

    text = table([{"size": 64, "ours": 0.12345}, {"size": 128, "theirs": "1 s"}])
    assert text.splitlines() == [
        "| size | ours | theirs |",
        "| ---: | ---: | --- |",
        "| 64 | 0.1235 | – |",
        "| 128 | – | 1 s |",
    ]

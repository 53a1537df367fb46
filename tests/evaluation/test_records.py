"""Lines that outlive a broken run, and the ledger that reads them; the Markdown table of benchmarks."""

import pytest

from holefill.errors import UserError
from holefill.evaluation import records
from holefill.evaluation.ledger import KEY, Ledger

KEYS = {**{name: name for name in KEY}, "name": "a"}
FILLED = {
    **KEYS, "missing": 0.25, "seconds": 2.0, "first": True, "completion": "pixels", "commit": "A", "processor": "x"
}  # fmt: skip


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


@pytest.mark.parametrize("line", [b"[]", b"3", b"null", b"\xff\xfe", b"{'a': 1}", b'{"a":\x85}', b""])
def test_records_that_are_no_objects_exception_raised(tmp_path, line):
    path = tmp_path / "results.jsonl"
    path.write_bytes(b'{"a": 1}\n' + line + b'\n{"a": 2}\n')
    with pytest.raises(UserError, match="line 2 is n") as raised:
        records.read(path)
    assert str(path) in str(raised.value) and "another --output" in str(raised.value)


def test_ledger_finds_by_every_part_of_the_key_and_adds_scores(tmp_path):
    ledger = Ledger(tmp_path / "results.jsonl")
    ledger.add([{**FILLED, "scores": {"psnr": 1.0}}])
    ledger.add([{**KEYS, "scores": {"l1": None}}, {**FILLED, "name": "b", "scores": {}}])
    for found in (ledger, Ledger(tmp_path / "results.jsonl")):
        lines = found.of(KEYS)
        assert set(lines) == {"a", "b"}
        assert (lines["a"]["scores"], lines["a"]["seconds"]) == ({"psnr": 1.0, "l1": None}, 2.0)
        for part in KEY:
            assert found.of({**KEYS, part: "other"}) == {}


def test_ledger_forgets_the_scores_of_other_pixels(tmp_path):
    ledger = Ledger(tmp_path / "results.jsonl")
    ledger.add([{**FILLED, "scores": {"psnr": 1.0, "ssim": 0.5}}])
    ledger.add([{**FILLED, "scores": {"psnr": 1.0}, "commit": "B"}])
    assert ledger.of(KEYS)["a"]["scores"] == {"psnr": 1.0, "ssim": 0.5}
    ledger.add([{**FILLED, "scores": {"psnr": 2.0}, "commit": "C", "completion": "other"}])
    for found in (ledger, Ledger(tmp_path / "results.jsonl")):
        assert (found.of(KEYS)["a"]["scores"], found.of(KEYS)["a"]["scored"]) == ({"psnr": 2.0}, {"psnr": "C"})


def test_ledger_knows_the_commit_of_each_score(tmp_path):
    """Lines of before `scored` was written: those of a filling tell their commit, those that were added tell none."""
    ledger = Ledger(tmp_path / "results.jsonl")
    ledger.add([{**FILLED, "scores": {"psnr": 1.0}}, {**KEYS, "scores": {"l1": 2.0}}])
    ledger.add([{**KEYS, "scores": {"ssim": 0.5}, "scored": {"ssim": "B"}}])
    assert ledger.of(KEYS)["a"]["scored"] == {"psnr": "A", "l1": "unknown", "ssim": "B"}


OTHERS = [
    {"method": "telea", "psnr": 3},
    {**KEYS, "scores": {"psnr": 1.0}},  # added to a filling that is not there
    {**FILLED, "scores": 3},
    {**FILLED, "scores": {"psnr": []}},
    {**FILLED, "scores": {}, "mask": []},
    {**FILLED, "scores": {}, "missing": None},
    {**FILLED, "scores": {}, "scored": 1},
]


@pytest.mark.parametrize("line", OTHERS, ids=range(len(OTHERS)))
def test_ledger_passes_over_lines_of_another_kind(tmp_path, line):
    records.append(tmp_path / "results.jsonl", [line])
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

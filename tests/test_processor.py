"""What the processor's own description says of bfloat16."""

import os

import pytest

from holefill import processor
from holefill.processor import cpu_has_bfloat16


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ("fpu avx512f avx512_bf16", True),
        ("amx_bf16 amx_tile", True),
        ("avx2 avx512f not_avx512_bf16x", False),
        ("", False),
    ],
)
def test_flags(tmp_path, flags, has):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    assert cpu_has_bfloat16(tmp_path / "cpuinfo") is has


def test_where_nothing_is_said_there_is_none(tmp_path):
    assert cpu_has_bfloat16(tmp_path / "absent") is False


def test_one_core_an_operation_leaves_what_the_environment_says(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS", raising=False)
    processor.one_core_an_operation()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "3" and int(os.environ["TF_NUM_INTEROP_THREADS"]) >= 1
    monkeypatch.delenv("TF_NUM_INTEROP_THREADS")

"""What the processor's own description says of bfloat16."""

import os
import subprocess
import sys

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
    monkeypatch.setattr(os, "environ", {"TF_NUM_INTRAOP_THREADS": "3"})  # not the process's own, which others inherit
    processor.one_core_an_operation()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "3" and int(os.environ["TF_NUM_INTEROP_THREADS"]) >= 1


def test_tests_leave_no_setting_for_those_after_them():
    """A process that only runs the test above has the environment that it began with."""
    code = (
        "import os, sys, pytest; before = dict(os.environ);"
        f"failed = pytest.main(['-q', '-p', 'no:cacheprovider', {__file__!r}, '-k', 'one_core']);"
        "now = {k: v for k, v in os.environ.items() if k.startswith('TF_NUM')};"
        "sys.exit(failed or now != {k: v for k, v in before.items() if k.startswith('TF_NUM')})"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TF_NUM")}
    assert subprocess.run([sys.executable, "-P", "-c", code], env=kept, timeout=120).returncode == 0

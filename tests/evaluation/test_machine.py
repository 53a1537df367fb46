"""Where a number came from, also on machines that do not tell."""

import os
import subprocess

import pytest

from holefill import processor
from holefill.evaluation import machine


def test_describes_without_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert processor.cores() == 3
    assert ", 3 cores" in machine.describe()["machine"]
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert processor.cores() == 1


@pytest.mark.parametrize("error", [subprocess.TimeoutExpired("git", 30), PermissionError(13, "no")], ids=str)
def test_a_command_that_hangs_or_does_not_start_tells_nothing(monkeypatch, error):
    def run(*_, **__):
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(machine.shutil, "which", lambda name: name)
    assert machine.gpu() == "" and machine.commit() == "unknown"

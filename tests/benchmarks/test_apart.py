"""Processes of their own: their answers, their errors, and that none outlives who began it."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from holefill import models
from holefill.benchmarks import apart
from holefill.errors import UserError
from holefill.training.signals import Interrupted


def sleep(path):
    """Tells its process in a file, and in another when it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: Path(path, "told").touch() or sys.exit(0))
    Path(path, "begun").write_text(str(os.getpid()))
    time.sleep(60)


def test_the_answer_is_another_process_s():
    assert apart.call(os.getpid) != os.getpid()
    assert apart.call(divmod, 7, 2) == (3, 1)


def test_errors_are_raised_here_exception_raised():
    with pytest.raises(UserError, match="unknown model 'nothing'"):
        apart.call(models.get, "nothing")
    with pytest.raises(RuntimeError, match="_exit ended with exit code 3 and no answer"):
        apart.call(os._exit, 3)


def test_that_a_training_was_interrupted_comes_home():
    told = Interrupted(signal.SIGTERM, 7, Path("run"))
    again = pickle.loads(pickle.dumps(told))
    assert str(again) == str(told) and (again.signal, again.step, again.folder) == (signal.SIGTERM, 7, Path("run"))


def test_a_child_ends_with_its_parent(tmp_path):
    code = f"from holefill.benchmarks import apart\nfrom test_apart import sleep\napart.call(sleep, {str(tmp_path)!r})"
    folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    parent = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": folders})
    wait(tmp_path / "begun")
    parent.kill()
    wait(tmp_path / "told")


def wait(path):
    end = time.monotonic() + 50
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.05)

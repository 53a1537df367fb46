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
    """Tells its process in a file, in another each signal, and at last that it ended, as one that saves does."""

    def told(number, frame):
        with open(Path(path, "told"), "a") as file:
            file.write(f"{number}\n")

    signal.signal(signal.SIGTERM, told)
    signal.signal(signal.SIGINT, told)
    Path(path, "begun").touch()
    end = time.monotonic() + 50
    while time.monotonic() < end and not Path(path, "told").exists():
        time.sleep(0.05)
    time.sleep(0.5)
    Path(path, "ended").touch()


def test_the_answer_is_another_process_s():
    assert apart.call(os.getpid) != os.getpid()
    assert apart.call(divmod, 7, 2) == (3, 1)


def test_errors_are_raised_here_exception_raised():
    with pytest.raises(UserError, match="unknown model 'nothing'") as raised:
        apart.call(models.get, "nothing")
    assert "raise UserError" in raised.value.__notes__[0]
    with pytest.raises(RuntimeError, match="_exit ended with exit code 3 and no answer"):
        apart.call(os._exit, 3)


def test_that_a_training_was_interrupted_comes_home():
    told = Interrupted(signal.SIGTERM, 7, Path("run"))
    again = pickle.loads(pickle.dumps(told))
    assert str(again) == str(told) and (again.signal, again.step, again.folder) == (signal.SIGTERM, 7, Path("run"))


@pytest.fixture
def parent(tmp_path):
    """A process that waits for a child which has begun; alone in its group."""
    code = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a job behind the shell ignores it
    )
    code += f"from holefill.benchmarks import apart\nfrom test_apart import sleep\napart.call(sleep, {str(tmp_path)!r})"
    folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    asked = {"env": {**os.environ, "PYTHONPATH": folders}, "start_new_session": True, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **asked) as process:
        wait(tmp_path / "begun")
        yield process
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_a_child_is_told_once_and_ends_with_its_parent(parent, tmp_path, send, number):
    send(parent.pid, number)
    parent.wait(timeout=50)
    wait(tmp_path / "ended")
    assert (tmp_path / "told").read_text() == "15\n"


def wait(path):
    end = time.monotonic() + 50
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.05)

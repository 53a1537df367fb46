"""What the tests of training share."""

import signal

import pytest

from holefill.training import loop

SLOW = pytest.mark.slow


@pytest.fixture(params=[pytest.param("float32", marks=SLOW), "bfloat16", pytest.param("float16", marks=SLOW)])
def precision(request) -> str:
    """Each number format that a training may run in."""
    return request.param


@pytest.fixture
def stopped_at(monkeypatch):
    """`stopped_at(*steps)`: runs are told to stop as each of these steps begins, once; the steps still to come."""

    def stop(*steps) -> set:
        waiting, phase = set(steps), loop._Run._phase

        def watched(run):
            if run.step in waiting:
                waiting.remove(run.step)
                run.stop = signal.SIGTERM
            return phase(run)

        monkeypatch.setattr(loop._Run, "_phase", watched)
        return waiting

    return stop

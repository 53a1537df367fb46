"""What is told of slow work where stderr is no terminal."""

import time

from holefill.methods import progress


def test_lines_say_how_much_is_done(monkeypatch, caplog):
    monkeypatch.setattr(progress, "EVERY", 0.05)
    with caplog.at_level("INFO", logger="absl"), progress.bar("searching", 8) as advance:
        advance(3)
        deadline = time.monotonic() + 10
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
    assert caplog.records[0].getMessage().startswith("searching: 3 of 8 done after ")
    count = len(caplog.records)
    time.sleep(0.12)
    assert len(caplog.records) == count


def test_quick_work_is_not_told_of(caplog):
    with caplog.at_level("INFO", logger="absl"), progress.bar("searching", 8) as advance:
        advance(8)
    assert not caplog.records

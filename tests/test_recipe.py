"""How pictures are to be completed: what a recipe binds."""

from types import SimpleNamespace

import numpy as np

from holefill import recipe
from holefill.methods import search_log


def test_the_log_numbers_windows_on_from_batch_to_batch(monkeypatch, tmp_path):
    """Also where two groups of pictures are completed with one recipe."""
    starts = []
    monkeypatch.setattr(search_log, "write", lambda folder, fill, start: starts.append(start))
    log = recipe._logger("semantic", tmp_path)
    for windows in (32, 5, 1):
        log(SimpleNamespace(images=np.zeros((windows, 1, 4, 4, 3))))
    assert starts == [0, 32, 37]

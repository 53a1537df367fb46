"""How often the automatic choice is right: a row for each kind of picture and hole, whose shares sum to one."""

import numpy as np
import pytest
from skimage import data

from holefill import automatic
from holefill.benchmarks import automatic as counting
from holefill.datasets import images


def test_photographs_are_counted_by_hole(tmp_path, monkeypatch):
    monkeypatch.setattr(automatic, "_face", lambda *_: None)
    for n in range(2):
        images.write(tmp_path / f"{n}.jpg", images.Picture(np.ascontiguousarray(data.chelsea()[:160, n : n + 200])))
    rows = counting.rows(photographs=tmp_path)
    assert [row["pictures"] for row in rows] == ["photographs, 128 (2)"] * 6 + ["photographs (2)"] * 6
    for row in rows:
        assert sum(float(value.rstrip("%")) for value in list(row.values())[2:]) == pytest.approx(100)
    assert {row["hole"]: row["patch_match"] for row in rows[6:]}["center"] == "100%"
    assert {row["hole"]: row["telea"] for row in rows[6:]}["random(fraction=0.8)"] == "100%"

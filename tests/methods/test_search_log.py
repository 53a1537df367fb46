"""The log of a search: curves and fills for TensorBoard, and a folder that cannot be written."""

import numpy as np
import pytest
import tensorflow as tf

from holefill.errors import UserError
from holefill.methods import search_log
from holefill.methods.fill import Fill


def searched(windows=2, candidates=3, steps=4, snapshots=2):
    trace = {
        "losses": np.arange(windows * candidates * steps, dtype="float32").reshape(windows, candidates, steps),
        "snapshots": np.zeros((windows, candidates, snapshots, 8, 8, 3), "float32"),
    }
    return Fill(np.zeros((windows, candidates, 8, 8, 3), "float32"), None, trace)


def test_each_window_has_a_curve_for_each_candidate(tmp_path):
    search_log.write(tmp_path, searched(), start=5)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["window-005", "window-006"]
    (path,) = (tmp_path / "window-006").iterdir()
    values = [v for event in tf.compat.v1.train.summary_iterator(str(path)) for v in event.summary.value]
    curve = [float(tf.make_ndarray(v.tensor)) for v in values if v.tag == "search/loss/candidate-2"]
    assert curve == [16, 17, 18, 19]
    assert sum(v.tag == "search/fill/candidate-3" for v in values) == 2


def test_a_second_search_takes_the_place_of_the_first(tmp_path):
    search_log.write(tmp_path, searched(windows=3, steps=9))
    (tmp_path / "window-000" / "notes.txt").write_text("mine")
    search_log.write(tmp_path, searched(windows=1, steps=4))
    (path,) = (tmp_path / "window-000").glob("events*")
    values = [v for event in tf.compat.v1.train.summary_iterator(str(path)) for v in event.summary.value]
    assert sum(v.tag == "search/loss/candidate-1" for v in values) == 4
    assert (tmp_path / "window-000" / "notes.txt").exists()
    assert [len(list((tmp_path / f"window-00{i}").glob("events*"))) for i in (1, 2)] == [1, 1]


def test_a_search_without_snapshots_has_its_curve(tmp_path):
    fill = searched(windows=1, candidates=1)
    del fill.trace["snapshots"]
    search_log.write(tmp_path, fill)
    (path,) = (tmp_path / "window-000").iterdir()
    tags = [v.tag for event in tf.compat.v1.train.summary_iterator(str(path)) for v in event.summary.value]
    assert tags == ["search/loss/candidate-1"] * 4


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the log folder .*file: "):
        search_log.write(tmp_path / "file", searched())
    full = tf.errors.ResourceExhaustedError(
        None, None, "{{function_node a}} x; No space left on device\nFailed to flush"
    )
    monkeypatch.setattr(tf.summary, "scalar", lambda *_, **__: (_ for _ in ()).throw(full))
    with pytest.raises(UserError, match="x; No space left on device Failed to flush$"):
        search_log.write(tmp_path / "logs", searched())

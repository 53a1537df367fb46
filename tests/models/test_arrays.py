"""Weights in a folder: they come back, and what does not fit or cannot be kept is told, with nothing changed."""

import json

import keras
import numpy as np
import pytest

from holefill.errors import UserError
from holefill.models import arrays


def variables(*values):
    return {f"part/{i}": keras.Variable(value) for i, value in enumerate(values)}


def test_values_and_description_come_back(tmp_path):
    kept = variables(np.array([0.5, -2.0], np.float32), np.float32(3))
    folder = arrays.save(tmp_path / "new" / "folder", kept, "about.json", {"a": 1})
    assert sorted(path.name for path in folder.iterdir()) == ["about.json", "weights.npz"]
    assert json.loads((folder / "about.json").read_text()) == {"a": 1}
    found = variables(np.zeros(2, np.float32), np.float32(0))
    arrays.load(folder, found)
    for name, variable in kept.items():
        np.testing.assert_array_equal(found[name], variable)


def test_what_does_not_fit_exception_raised(tmp_path):
    arrays.save(tmp_path, variables(np.ones(2, np.float32)), "about.json", {})
    with pytest.raises(UserError, match=r"weights.npz holds \(2,\) for part/0; \(3,\) is wanted"):
        arrays.load(tmp_path, variables(np.ones(3, np.float32)))
    with pytest.raises(UserError, match=r"weights.npz holds nothing for part/1; \(\) is wanted"):
        arrays.load(tmp_path, variables(np.ones(2, np.float32), np.float32(0)))


def test_what_float16_cannot_hold_changes_nothing(tmp_path):
    arrays.save(tmp_path, variables(np.ones(2, np.float32)), "about.json", {"a": 1})
    with pytest.raises(UserError, match="part/0 is not finite in float16"):
        arrays.save(tmp_path, variables(np.array([1e6], np.float32)), "about.json", {"a": 2})
    found = variables(np.zeros(2, np.float32))
    arrays.load(tmp_path, found)
    np.testing.assert_array_equal(found["part/0"], [1, 1])
    assert json.loads((tmp_path / "about.json").read_text()) == {"a": 1}


def test_the_state_of_noise_is_not_kept():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2), keras.layers.Dropout(0.5)])
    assert [path.rpartition("/")[2] for path in arrays.by_path(network)] == ["kernel", "bias"]

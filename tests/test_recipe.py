"""How pictures are to be completed: what a recipe binds."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from holefill import recipe
from holefill.errors import UserError
from holefill.methods import search_log


def test_the_log_numbers_windows_on_from_batch_to_batch(monkeypatch, tmp_path):
    """Also where two groups of pictures are completed with one recipe."""
    starts = []
    monkeypatch.setattr(search_log, "write", lambda folder, fill, start: starts.append(start))
    log = recipe._logger("semantic", tmp_path)
    for windows in (32, 5, 1):
        log(SimpleNamespace(images=np.zeros((windows, 1, 4, 4, 3))))
    assert starts == [0, 32, 37]


def test_a_model_is_loaded_once_and_again_where_its_files_changed(tmp_path):
    from holefill.models import stored

    found = []
    for seed in (0, 1):
        keras.utils.set_random_seed(seed)
        stored.save(stored.build("fill(width=4, blocks=1)", image_size=32), tmp_path / "model")
        first = recipe.load(tmp_path)
        assert recipe.load(str(tmp_path)) is first is recipe.load(tmp_path / "model")
        found.append(first.painter.get_weights()[0])
    assert np.any(found[0] != found[1])


def test_a_network_of_photographs_aligns_no_face():
    """Its card may even say that it was trained on faces."""
    from holefill.models import stored

    model = stored.build("fill(width=4, blocks=1)", image_size=32)
    assert recipe.recipe("fill", model).size == 32
    model.card = {"dataset": "celeba", "any_size": True}
    how = recipe.recipe("fill", model)
    assert (how.align, how.size) == ("off", None)
    with pytest.raises(UserError, match="aligns no face: leave out --align"):
        recipe.recipe("fill", model, align="face")

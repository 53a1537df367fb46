"""The exported search gives, in a process that has only TensorFlow, the pixels that the library gives."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from holefill import blending
from holefill.errors import UserError
from holefill.methods import latent_search, saved_model, search_options

OPTIONS = search_options.change(search_options.OURS, {"steps": 15, "restarts": 6})

ELSEWHERE = """
import sys
import numpy as np
sys.modules["holefill"] = sys.modules["keras"] = None  # importing either fails
import tensorflow as tf
given = np.load("given.npz")
model = tf.saved_model.load("saved")
done = model.signatures["complete"](
    images=tf.constant(given["images"]), holes=tf.constant(given["holes"]), seed=tf.constant(5))["images"]
made = model.generate(given["latents"])["images"]
np.savez("done.npz", done=done, made=made)
"""


def bytes_of(images):
    return np.round((np.asarray(images) + 1) * 127.5).astype("uint8")


def library(model, images, holes, seed):
    fills = latent_search.fill(images, holes, model=model, seed=seed, options=OPTIONS).images[:, 0]
    blend, options = blending.get("poisson")
    return np.stack([blend(*example, **options) for example in zip(images, fills, holes, strict=True)])


@pytest.mark.slow
def test_same_pixels_in_a_fresh_process(toy_model, faces, tmp_path):
    images, holes = faces
    latents = np.random.default_rng(0).uniform(-1, 1, (4, 8)).astype("float32")
    saved_model.export(toy_model, tmp_path / "saved", OPTIONS)
    np.savez(tmp_path / "given.npz", images=images, holes=holes, latents=latents)
    subprocess.run([sys.executable, "-P", "-c", ELSEWHERE], cwd=tmp_path, check=True, timeout=120)
    with np.load(tmp_path / "done.npz") as found:
        done, made = found["done"], found["made"]
    np.testing.assert_array_equal(bytes_of(done), bytes_of(library(toy_model, images, holes, 5)))
    np.testing.assert_array_equal(np.where(holes > 0, 0, done), np.where(holes > 0, 0, images))
    np.testing.assert_allclose(made, toy_model.generator(latents), atol=1e-4)


def test_an_export_replaces_the_one_before_and_leaves_nothing_beside(toy_model, tmp_path):
    for _ in range(2):
        saved_model.export(toy_model, tmp_path / "saved", OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


@pytest.mark.parametrize("count", [1, 2])
def test_batches_of_any_size_and_no_foreign_operations(toy_model, faces, tmp_path, count):
    images, holes = (x[:count] for x in faces)
    completer = saved_model.Completer(toy_model, OPTIONS)
    assert completer.complete(images, holes, 1)["images"].shape == images.shape
    graph = completer.complete.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    assert not {node.op for node in nodes} & {"PyFunc", "EagerPyFunc", "ReadFile", "WriteFile"}
    assert "While" in {node.op for node in nodes} or "StatelessWhile" in {node.op for node in nodes}


def test_options_of_a_method_by_name(toy_model):
    assert saved_model.options_of("semantic@paper", toy_model).precision == "float32"
    changed = saved_model.options_of("semantic(steps=7)", toy_model, "bfloat16")
    assert (changed.steps, changed.precision) == (7, "bfloat16")
    encoder = dataclasses.replace(search_options.preferred(toy_model), precision="float32")
    assert saved_model.options_of("semantic@encoder", toy_model) == encoder
    for wrong, words in {"telea": "unknown method", "semantic(foo=1)": "foo"}.items():
        with pytest.raises(UserError, match=words):
            saved_model.options_of(wrong, toy_model)


def an_older_one(folder):
    (folder / "saved").mkdir()
    for name in ("kept", "saved_model.pb"):
        (folder / "saved" / name).write_text("")


@pytest.mark.parametrize("error", [OSError(16, "Device or resource busy"), KeyboardInterrupt()])
def test_a_renaming_that_fails_puts_back_what_was_there(toy_model, tmp_path, monkeypatch, error):
    an_older_one(tmp_path)
    replace = os.replace

    def fails(source, target):
        if Path(source).name == "new":
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails)
    monkeypatch.setattr(tf.saved_model, "save", lambda _, folder, **__: Path(folder).mkdir())
    with pytest.raises((UserError, KeyboardInterrupt)):
        saved_model.export(toy_model, tmp_path / "saved", OPTIONS)
    assert [p.name for p in tmp_path.iterdir()] == ["saved"] and (tmp_path / "saved/kept").exists()


def test_a_folder_of_something_else_is_not_replaced(toy_model, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/kept").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in ("folder", "file"):
        with pytest.raises(UserError, match=f"{place} exists and is no SavedModel"):
            saved_model.export(toy_model, tmp_path / place, OPTIONS)
    assert (tmp_path / "folder/kept").read_text() == (tmp_path / "file").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_an_empty_folder_and_where_a_link_leads_are_written(toy_model, tmp_path, monkeypatch):
    monkeypatch.setattr(tf.saved_model, "save", lambda _, folder, **__: Path(folder, "variables").mkdir(parents=True))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    saved_model.export(toy_model, tmp_path / "link", OPTIONS)
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real/variables").is_dir()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link", "real"]


def test_a_full_disk_is_one_line_and_leaves_what_was_there(toy_model, tmp_path, monkeypatch):
    an_older_one(tmp_path)
    full = tf.errors.ResourceExhaustedError(None, None, "/x/variables; No space left on device\nmore")
    for error in (full, OSError(28, "No space left on device")):
        monkeypatch.setattr(tf.saved_model, "save", lambda *_, error=error, **__: (_ for _ in ()).throw(error))
        with pytest.raises(UserError, match="saved: .*No space left on device") as raised:
            saved_model.export(toy_model, tmp_path / "saved", OPTIONS)
        assert "\n" not in str(raised.value)
    assert [p.name for p in tmp_path.iterdir()] == ["saved"] and (tmp_path / "saved/kept").exists()

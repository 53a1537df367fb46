"""Scores as arrays: what an exact picture counts as, holes of one picture, holes that all methods have."""

import numpy as np
import pytest
from PIL import Image

from holefill import metrics
from holefill.evaluation import scores


def line(name, score, mask="m", metric="psnr", missing=0.25):
    return {"mask": mask, "name": name, "scores": {metric: score}, "missing": missing}


def test_exact_counts_more_than_any_other_picture_of_8_bits():
    truth, hole = np.zeros((1, 8, 8, 3)), np.zeros((1, 8, 8, 1))
    hole[:, :4, :4] = 1
    nearly = truth.copy()
    nearly[0, 1, 1, 0] = 2 / 255  # one grey level in one value
    for metric in ("psnr", "hole_psnr"):
        most = metrics.get(metric)[0](nearly, truth, hole)[0]
        assert scores.of_exact(metric, 0.25, 192) == pytest.approx(most + 20 * np.log10(2))


def test_align_takes_lines_in_any_order_and_leaves_gaps():
    by_method = {"x": [line("a", 20.0), line("b", None)], "y": [line("b", 30.0), line("c", 31.0)]}
    tables, names = scores.align(by_method, ["psnr"], 192)
    assert names == ["a", "b", "c"]
    np.testing.assert_allclose(tables["x"][:, 0], [20, scores.of_exact("psnr", 0.25, 192), np.nan])
    np.testing.assert_allclose(tables["y"][:, 0], [np.nan, 30, 31])
    tables, _ = scores.align({"x": [line("a", None, metric="landmark_error")]}, ["landmark_error"], 192)
    assert np.isnan(tables["x"]).all()


def test_holes_of_one_picture_are_averaged():
    table = np.array([[1.0, np.nan], [5, 2], [3, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(scores.by_picture(table, ["a", "b", "a", "c"]), [[2, np.nan], [5, 2], [np.nan] * 2])


def test_shared_are_holes_that_every_method_that_has_any_has():
    nan = np.nan
    tables = {"x": [[1.0], [2], [nan]], "y": [[nan], [4.0], [5]], "none": [[nan]] * 3}
    found = scores.shared({label: np.array(table) for label, table in tables.items()})
    np.testing.assert_array_equal([found["x"][:, 0], found["y"][:, 0]], [[nan, 2, nan], [nan, 4, nan]])


def test_a_method_that_is_exact_on_most_pictures_is_the_best(evaluate, tmp_path):
    """Three flat pictures, on which membrane is exact and Telea is not quite, and one of noise."""
    for split in ("train", "test"):
        (tmp_path / "data" / split).mkdir(parents=True)
    for i, grey in enumerate((37, 90, 201)):
        _save(tmp_path, f"{i}.png", np.full((40, 40, 3), grey, np.uint8))
    _save(tmp_path, "3.png", np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    metrics_asked = "psnr,hole_psnr,detail_ratio"
    options = {"dataset": "folder", "data_dir": str(tmp_path / "data"), "image_size": 40, "limit": 4}
    text = (
        evaluate(**options, methods="membrane,telea", masks="center,pattern", metrics=metrics_asked) / "table.md"
    ).read_text()
    found = [row for row in text.splitlines() if row.startswith("| `membrane`")]  # two masks and their area
    assert len(found) == 3
    assert all(row.count("(3 exact)**") == 2 and "(1 judged)" in row for row in found)


def _save(folder, name, pixels):
    for split in ("train", "test"):
        Image.fromarray(pixels).save(folder / "data" / split / name)

"""A report's folder that met with something: damaged files, other commits, methods that crash."""

import numpy as np
import pytest
from PIL import Image

from holefill.evaluation import machine
from holefill.methods.fill import Fill


@pytest.mark.parametrize("size", [None, (32, 128), (8, 8)])  # no PNG, a PNG of the right size, one of another
def test_a_strip_that_was_damaged_is_made_again(evaluate, filled, size):
    folder = evaluate(methods="telea", metrics="psnr")
    strip = next((folder / "completions").rglob("0-3-*.png"))
    sheet, kept = (folder / "sheets" / "center.png").read_bytes(), strip.read_bytes()
    if size is None:
        strip.write_text("junk")
    else:
        Image.new("RGB", size, "red").save(strip)
    evaluate(methods="telea", metrics="psnr")
    assert filled[3:] == [("telea", 0)]
    assert strip.read_bytes() == kept and (folder / "sheets" / "center.png").read_bytes() == sheet


def test_figures_of_several_commits_are_told(evaluate, monkeypatch):
    assert "several commits" not in (evaluate(methods="telea", metrics="psnr") / "table.md").read_text()
    monkeypatch.setattr(machine, "commit", lambda: "another")
    text = (evaluate(methods="telea,membrane", metrics="psnr") / "table.md").read_text()
    assert "several commits" in text and "commit another on" in text


def test_a_score_that_is_added_carries_its_commit(evaluate, monkeypatch, filled):
    monkeypatch.setattr(machine, "commit", lambda: "A")
    evaluate(methods="telea", metrics="psnr")
    monkeypatch.setattr(machine, "commit", lambda: "B")
    text = (evaluate(methods="telea", metrics="psnr,l1") / "table.md").read_text()
    assert len(filled) == 3
    assert (
        "several commits" in text and "scored: psnr: commit A; l1: commit B" in text and "filled: commit A on" in text
    )
    assert "several commits" not in (evaluate(methods="telea", metrics="psnr") / "table.md").read_text()


def test_scores_do_not_outlive_their_pixels(evaluate, monkeypatch, paints, read_lines):
    level = [0.0]
    paints("grey", lambda images, holes, *, model=None, candidates=1, seed=0: Fill(0 * images[:, None] + level[0]))
    options = {"methods": "grey", "limit": 2, "blend": "overlay"}
    folder = evaluate(metrics="psnr,ssim", **options)
    before = [line["scores"]["ssim"] for line in read_lines(folder)]
    next((folder / "completions").rglob("0-1-*.png")).unlink()
    level[0] = 0.5
    evaluate(metrics="psnr,l1", **options)
    evaluate(metrics="ssim", **options)
    after = [line["scores"]["ssim"] for line in read_lines(folder) if "ssim" in line["scores"]][-2:]
    wanted = [line["scores"]["ssim"] for line in read_lines(evaluate("fresh", metrics="ssim", **options))]
    assert after == wanted != before
    assert f"{np.mean(wanted):.3f}" in (folder / "table.md").read_text()


def run_out(images, holes, *, model=None, candidates=1, seed=0):
    raise MemoryError("cannot hold 7 GiB")


def exhausted(images, holes, *, model=None, candidates=1, seed=0):
    import tensorflow as tf

    raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\n a tensor")


def not_numbers(images, holes, *, model=None, candidates=1, seed=0):
    return Fill(np.full_like(images, np.nan)[:, None])


def unforeseen(images, holes, *, model=None, candidates=1, seed=0):
    raise KeyError("latent")


CRASHES = [
    (run_out, "not enough memory: cannot hold 7 GiB"),
    (exhausted, "ResourceExhaustedError: OOM when allocating a tensor"),
    (not_numbers, "values that are not numbers"),
    (unforeseen, "KeyError: 'latent'"),
]


@pytest.mark.parametrize(("fill", "told"), CRASHES, ids=lambda x: getattr(x, "__name__", ""))
def test_a_method_that_crashes_costs_its_own_figures_only(evaluate, paints, fill, told):
    paints("broken", fill)
    text = (evaluate(methods="telea,broken,membrane", limit=2, metrics="psnr") / "table.md").read_text()
    (line,) = evaluate.failures
    assert line.startswith("broken on center: left out, ") and told in line and "\n" not in line
    assert "| `telea` |" in text and "| `membrane` |" in text and "| `broken` |" not in text and told in text

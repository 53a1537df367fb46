"""What an evaluation keeps, does again and never mixes; what is left out; models and channels."""

import numpy as np
import pytest

from holefill import methods, metrics
from holefill.errors import UserError
from holefill.methods.fill import Fill


def test_every_method_gets_the_same_pictures_and_holes(evaluate, read_lines):
    lines = read_lines(evaluate(masks="center,strokes"))
    assert len(lines) == 2 * 2 * 10
    telea, membrane = ([line for line in lines if line["method"] == name] for name in ("telea", "membrane"))
    same = ("name", "mask", "pictures", "missing", "batch")
    assert [[a[key] for key in same] for a in telea] == [[b[key] for key in same] for b in membrane]
    strokes = [line["missing"] for line in telea if line["mask"] == "strokes"]
    assert len(set(strokes)) > 5 and {line["missing"] for line in telea if line["mask"] == "center"} == {0.25}


def test_finished_work_is_not_done_again_and_other_work_is_not_mixed_in(evaluate, filled, read_lines):
    evaluate(methods="telea")
    assert filled == [("telea", 0), ("telea", 4), ("telea", 8)]
    evaluate(methods="telea")
    assert len(filled) == 3
    evaluate(methods="telea,membrane", masks="center")
    assert filled[3:] == [("membrane", 0), ("membrane", 4), ("membrane", 8)]
    for number, other in enumerate(({"methods": "telea(radius=2)"}, {"seed": 5}, {"blend": "overlay"}), 3):
        folder = evaluate(**{"methods": "telea", **other})
        assert len(filled) == 3 * number
        assert "| 10 |" in (folder / "table.md").read_text()
    evaluate(methods="telea", split="validation")
    assert len(filled) == 18
    assert len(read_lines(folder)) == 60


def test_pictures_that_changed_under_the_same_names_are_judged_anew(evaluate, filled, tmp_path):
    from PIL import Image

    for split in ("train", "test"):
        (tmp_path / "data" / split).mkdir(parents=True)
    options = {"dataset": "folder", "data_dir": str(tmp_path / "data"), "limit": 2, "methods": "telea"}
    for seed in (0, 1):
        for name in ("a.png", "b.png"):
            pixels = np.random.default_rng([seed, ord(name[0])]).integers(0, 256, (40, 40, 3), np.uint8)
            for split in ("train", "test"):
                Image.fromarray(pixels).save(tmp_path / "data" / split / name)
        evaluate(**options)
        assert len(filled) == seed + 1


def test_a_longer_run_keeps_whole_batches(evaluate, filled):
    evaluate(methods="telea", limit=6)
    assert filled == [("telea", 0), ("telea", 4)]
    evaluate(methods="telea", limit=10)
    assert filled[2:] == [("telea", 4), ("telea", 8)]  # 4 … 5 were judged without 6 and 7 in their batch


def test_a_metric_that_is_asked_for_later_needs_no_filling(evaluate, filled, read_lines):
    evaluate(metrics="psnr")
    count = len(filled)
    folder = evaluate(metrics="psnr,hole_l1")
    assert len(filled) == count
    again = evaluate("fresh", metrics="psnr,hole_l1")
    tables = [[r for r in (f / "table.csv").read_text().splitlines() if ",seconds," not in r] for f in (folder, again)]
    assert tables[0] == tables[1] and any(",hole_l1," in row for row in tables[0])
    strip = next((folder / "completions").rglob("0-3-*.png"))
    strip.write_bytes(next((folder / "completions").rglob("4-7-*.png")).read_bytes())  # not what was scored
    evaluate(metrics="psnr,hole_l1,l1")
    assert len(filled) == 2 * count + 1


def test_scores_are_of_the_8_bit_composite(evaluate, read_lines):
    from holefill import datasets
    from holefill.datasets import masks
    from holefill.evaluation import strips

    folder = evaluate(methods="telea", masks="pattern", metrics="psnr,hole_psnr")
    truth = datasets.get("shapes")[0]("test", image_size=32, limit=4).images
    completed = strips.first([next((folder / "completions" / "pattern" / "telea").glob("0-3-*.png"))], (32, 32, 3))
    for i, line in enumerate(read_lines(folder)[:4]):
        hole = masks.make("pattern", 32, 32, seed=i)[..., 0] > 0
        assert (completed[i][~hole] == truth[i][~hole]).all()
        error = (completed[i].astype(float) - truth[i]) ** 2
        np.testing.assert_allclose(line["scores"]["psnr"], 10 * np.log10(255**2 / error.mean()))
        np.testing.assert_allclose(line["scores"]["hole_psnr"], 10 * np.log10(255**2 / error[hole].mean()))


def test_methods_never_see_what_they_have_to_paint_and_get_the_seed_in_every_batch(evaluate, register):
    seen = []

    def spy(images, holes, *, model=None, candidates=1, seed=0):
        seen.append((np.abs(images * holes).max(), seed))
        return Fill(images[:, None])

    register(methods.TABLE, "spy", spy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(methods, "WITHOUT_MODEL", methods.WITHOUT_MODEL | {"spy"})
        evaluate(methods="spy", seed=7)
    assert seen == [(0, 7), (0, 7), (0, 7)]


def test_a_method_that_cannot_is_left_out_and_told_and_the_rest_runs(evaluate, register):
    def broken(images, holes, *, model=None, candidates=1, seed=0):
        raise UserError("dlib is missing: pip install holefill[faces]")

    register(methods.TABLE, "broken", broken)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(methods, "WITHOUT_MODEL", methods.WITHOUT_MODEL | {"broken"})
        folder = evaluate(methods="broken,telea", masks="center,left")
        told = [
            f"broken on {mask}: left out, dlib is missing: pip install holefill[faces]" for mask in ("center", "left")
        ]
        assert evaluate.failures == told
        text = (folder / "table.md").read_text()
        assert (
            told[0] in text
            and "`telea`" in text
            and "`broken`" not in text
            and "difference" not in text.split("## Def")[0]
        )
        with pytest.raises(UserError, match="no method could be judged: broken on center"):
            evaluate(methods="broken")


def test_a_metric_may_judge_some_pictures_only_or_none(evaluate, register):
    def landmarks(images, truths, holes):
        """Distance of points. More."""
        means = truths.mean(axis=(1, 2, 3)).astype(np.float64)
        return np.where(means > np.median(means), means, np.nan)

    def impossible(images, truths, holes):
        """Never."""
        raise UserError("no dlib here: pip install dlib-bin")

    register(metrics.TABLE, "landmarks", landmarks)
    register(metrics.TABLE, "impossible", impossible)
    text = (evaluate() / "table.md").read_text()
    assert "(5 judged)" in text or "(4 judged)" in text
    assert "- landmarks: Distance of points. More." in text
    assert "impossible: left out, no dlib here: pip install dlib-bin" in text
    assert "MS-SSIM needs pictures of at least 176x176 pixels" in text and "VIF needs" in text
    with pytest.raises(UserError, match="no dlib here"):
        evaluate(metrics="psnr,impossible")


def test_methods_with_models_of_their_own(evaluate, models, read_lines):
    a, b = (f"semantic(steps=2,restarts=2,model='{models / name}')" for name in "ab")
    folder = evaluate(methods=f"{a},{b},membrane", image_size=None, limit=4, metrics="psnr")
    lines = read_lines(folder)
    used = {(line["method"], line["model"]) for line in lines}
    assert len(used) == 3 and ("membrane", None) in used
    assert {method for method, model in used if model} == {"semantic(restarts=2, steps=2)"}
    scores = [
        [line["scores"]["psnr"] for line in lines if line["model"] == model] for _, model in sorted(used, key=str)
    ]
    assert scores[0] != scores[1]
    before = (folder / "results.jsonl").read_bytes()
    evaluate(
        methods=f"semantic(restarts=2, steps=2),{b}", model=str(models / "a"), image_size=None, limit=4, metrics="psnr"
    )
    assert (folder / "results.jsonl").read_bytes() == before


def test_a_model_that_does_not_fit_exception_raised(evaluate, models):
    with pytest.raises(UserError, match=r"3 channels, the model completes 1.*shapes\(channels=1\)"):
        evaluate(methods="semantic", model=str(models / "grey"))
    with pytest.raises(UserError, match=r"1 channel, the model completes 3.*another --model \(brain64 or a run"):
        evaluate(dataset="shapes(channels=1)", methods="semantic", model=str(models / "a"))
    with pytest.raises(UserError, match="completes pictures of 64 pixels, --image_size is 32"):
        evaluate(methods="semantic", model=str(models / "large"))
    with pytest.raises(UserError, match="compare models of one shape"):
        both = ",".join(f"semantic(model='{models / name}')" for name in ("a", "large"))
        evaluate(methods=both, image_size=None)
    (models / "a" / "model.json").rename(models / "a" / "kept")
    (models / "a" / "model.json").write_text("{}")
    try:
        with pytest.raises(UserError, match="its model.json tells no size"):
            evaluate(methods="semantic", model=str(models / "a"))
    finally:
        (models / "a" / "kept").rename(models / "a" / "model.json")


def test_grey_pictures(evaluate, read_lines):
    folder = evaluate(dataset="shapes(channels=1)", limit=4)
    assert len(read_lines(folder)) == 8 and (folder / "sheets" / "center.png").exists()


def test_without_a_limit_there_are_200_or_all(evaluate, read_lines):
    assert len(read_lines(evaluate("few", dataset="shapes(test=7)", limit=None, methods="telea"))) == 7
    folder = evaluate(dataset="shapes(test=230)", limit=None, methods="telea", metrics="psnr", batch_size=100)
    assert len(read_lines(folder)) == 200


def test_a_mask_on_which_no_method_can_be_judged_is_left_out(evaluate, monkeypatch):
    """The report is of the other masks, and says what was left out."""
    from holefill.evaluation import completion

    judge = completion.Judge.judge

    def failing(self, mask, method, batch):
        if mask == "strokes":
            raise UserError("the hole is too thin")
        return judge(self, mask, method, batch)

    monkeypatch.setattr(completion.Judge, "judge", failing)
    folder = evaluate(masks="center,strokes")
    table = (folder / "table.md").read_text()
    assert "## mask center" in table and "## mask strokes" not in table
    assert "telea on strokes: left out, the hole is too thin" in table and len(evaluate.failures) == 2

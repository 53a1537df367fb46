"""The report's files: the same figures in each, nothing that needs a network, links that lead somewhere."""

import csv
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from holefill.evaluation import grids, hparams, published, summary, tables
from holefill.evaluation.statistics import figure, paired_bootstrap


def csv_rows(folder):
    with open(folder / "table.csv", newline="") as file:
        return list(csv.DictReader(file))


def scores(lines, mask, method, metric):
    return np.array([line["scores"][metric] for line in lines if (line["mask"], line["method"]) == (mask, method)])


def test_tables_hold_mean_error_and_interval_of_the_lines(evaluate, read_lines):
    folder = evaluate(masks="center,pattern", metrics="psnr,l1")
    lines = read_lines(folder)
    ours, first = (scores(lines, "pattern", method, "l1") for method in ("membrane", "telea"))
    mean, low, high = (x[0] for x in paired_bootstrap((ours - first)[:, None]))
    row = next(
        row for row in csv_rows(folder) if (row["name"], row["method"], row["metric"]) == ("pattern", "membrane", "l1")
    )
    found = [float(row[name]) for name in ("mean", "error", "difference", "low", "high")]
    error = ours.std(ddof=1) / np.sqrt(10)
    np.testing.assert_allclose(found, [ours.mean(), error, (ours - first).mean(), low, high], rtol=1e-6)
    assert (row["judged"], row["pictures"], row["missing"]) == ("10", "10", "0.25")
    for name in ("table.md", "index.html"):
        text = (folder / name).read_text()
        assert f"{ours.mean():.2f} ± {error:.2f}" in text and f"{mean:+.2f} [{low:+.2f}, {high:+.2f}]" in text
    assert f"{ours.mean():.2f} $\\pm$ {error:.2f}" in (folder / "table.tex").read_text()


def test_results_by_hole_area(evaluate, read_lines):
    folder = evaluate(masks="center,random(fraction=0.8),left", metrics="psnr")
    areas = {(row["name"], row["method"]): row for row in csv_rows(folder) if row["holes"] == "area"}
    assert {name for name, _ in areas} == {"20% to 30%", "40% to 50%", "60% to 80%"}
    wanted = scores(read_lines(folder), "left", "telea", "psnr").mean()
    np.testing.assert_allclose(float(areas["40% to 50%", "telea"]["mean"]), wanted, rtol=1e-6)


def test_holes_of_several_masks_share_an_area(evaluate, read_lines):
    folder = evaluate(masks="center,pattern", metrics="psnr")
    row = next(row for row in csv_rows(folder) if (row["holes"], row["method"]) == ("area", "membrane"))
    ours, first = (
        np.mean([scores(read_lines(folder), mask, method, "psnr") for mask in ("center", "pattern")], axis=0)
        for method in ("membrane", "telea")
    )  # one picture under two masks is one draw
    wanted = [ours.mean(), ours.std(ddof=1) / np.sqrt(10), *np.ravel(paired_bootstrap((ours - first)[:, None]))]
    found = [float(row[name]) for name in ("mean", "error", "difference", "low", "high")]
    assert (row["judged"], row["pictures"]) == ("10", "10")
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_a_hole_of_one_pixel_is_in_an_area():
    line = {"mask": "dot", "name": "a", "scores": {"l1": 1.0}, "seconds": 1.0, "first": False, "missing": 1 / 64**2}
    others = [{**line, "name": name, "missing": share} for name, share in (("b", 0.0), ("c", 0.1 + 1e-8))]
    _, areas = summary.parts({"dot": {"m": [line, *others]}}, ["l1"], "m", 12288, lambda _: None)
    assert [(part.name, part.rows[0].figures["l1"].pictures) for part in areas] == [("0% to 10%", 2)]


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("href", "src")]
        self.open += [tag] * (tag not in ("img", "meta"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_offline(evaluate):
    folder = evaluate(methods="telea(radius=2),membrane", masks="center,random(fraction=0.5)")
    text = (folder / "index.html").read_text()
    links = Links(text)
    assert links.open == [] and "http" not in text and "<script" not in text
    anchors = {link[1:] for link in links.found if link.startswith("#")}
    assert anchors and all(f'id="{anchor}"' in text for anchor in anchors)
    paths = {unquote(link) for link in links.found if not link.startswith("#")}
    assert all((folder / path).is_file() for path in paths)
    assert {"table.csv", "table.tex", "sheets/center.png", "plots/psnr.png", "plots/detail_ratio.png"} <= paths
    for told in ("<code>telea(radius=2)</code>", "Wang et al. 2004", "no Inception weights", "seed 0", "commit"):
        assert told in text
    with Image.open(folder / "plots" / "psnr.png") as plot:
        assert plot.width > 400


def test_contact_sheet_shows_input_methods_and_truth(evaluate):
    from holefill import datasets

    folder = evaluate(masks="left", shown=3)
    truth = datasets.get("shapes")[0]("test", image_size=32, limit=3).images
    with Image.open(folder / "sheets" / "left.png") as opened:
        sheet = np.asarray(opened)[4:, -3 * (128 + 4) :]  # three pictures, four times their 32 pixels, margins of 4
    tiles = [[sheet[y : y + 128 : 4, x : x + 128 : 4] for x in (0, 132, 264)] for y in range(0, 4 * 132, 132)]
    assert sheet.shape[0] == 4 * 132
    for i in range(3):
        np.testing.assert_array_equal(tiles[3][i], truth[i])
        assert (tiles[0][i][:, :16] == 128).all()
        for row in range(3):
            np.testing.assert_array_equal(tiles[row][i][:, 16:], truth[i][:, 16:])
        assert (tiles[1][i] != tiles[2][i]).any()


def test_sheets_of_specs_with_one_file_name_are_two(evaluate):
    folder = evaluate(masks="random(fraction=0.5),random(fraction= 0.25)", methods="telea")
    assert len(list((folder / "sheets").iterdir())) == 2


def make(values, metric="psnr", **more):
    return summary.Row("m_1", {metric: figure(np.array(values))}, **more)


def test_grid_marks_the_best_by_each_metrics_direction():
    def best(metric, *columns):
        rows = [make(column, metric) for column in columns]
        return [cells[1].best for cells in grids.scores(summary.Part("center", 0.25, rows), [metric]).rows]

    assert best("psnr", [20, 22.0], [25, 27.0]) == [False, True]
    assert best("l1", [2.0, 2.2], [3, 2.5]) == [True, False]
    assert best("detail_ratio", [1.3, 1.3], [0.9, 0.9]) == [False, True]
    assert best("psnr", [20.0, 21]) == [False]


def test_best_is_over_the_pictures_that_all_have():
    tables = {"a": [[20.0], [30]], "b": [[21.0], [np.nan]], "none": [[np.nan]] * 2}
    lines = {
        label: [{"mask": "m", "name": str(i), "scores": {"l1": v}} for i, (v,) in enumerate(table)]
        for label, table in tables.items()
    }
    rows = summary.rows_of(lines, ["l1"], "a", 48)
    assert [row.figures["l1"].shared for row in rows[:2]] == [20, 21] and rows[0].figures["l1"].mean == 25
    grid = grids.scores(summary.Part("m", 0.25, rows), ["l1"])
    assert [(cells[1].text, cells[1].best) for cells in grid.rows] == [
        ("25.00 ± 5.00", True),
        ("21.00 (1 judged)", False),
        ("–", False),
    ]
    assert (rows[1].figures["l1"].difference, rows[1].figures["l1"].pictures) == (1, 2)


def test_grid_tells_published_figures_and_how_many_were_judged():
    part = summary.Part("center", 0.25, [make([20, np.nan, 22])], published=19.4)
    grid = grids.scores(part, ["psnr"])
    assert grid.rows[0][1].text == "21.00 ± 1.00 (2 judged)"
    assert [cell.text for cell in grid.rows[1]] == ["published", "19.4", "–"]
    assert published.psnr("celeba", "center", 64) == 19.4
    assert {published.psnr(*other) for other in (("shapes", "center", 64), ("celeba", "center", 128))} == {None}
    assert published.psnr("celeba", "random(fraction=0.5)", 64) is None


def test_latex_is_escaped_and_balanced():
    part = summary.Part("random(fraction=0.5)", 0.5, [make([20.0, 21], seconds=0.1), make([3.0, 4])])
    part.rows[1].label = "a&b%{x}~^'"
    text = tables.latex(summary.Summary("50 % of_it", "m_1", ["psnr"], [part], [], {}, []))
    assert r"\texttt{m\_1}" in text and r"a\&b\%\{x\}\textasciitilde{}\textasciicircum{}\textquotesingle{}" in text
    assert r"PSNR, dB $\uparrow$" in text and r"\textbf{20.50 $\pm$ 0.50}" in text
    body = re.sub(r"\\[{}]", "", text)
    assert body.count("{") == body.count("}") and text.count(r"\begin{") == text.count(r"\end{")
    assert len({line.count("&") - line.count(r"\&") for line in text.splitlines() if line.endswith(r"\\")}) == 1


def test_markdown_escapes_bars_and_csv_leaves_out_what_is_not_there():
    part = summary.Part("center", 0.25, [make([20.0])])
    part.rows[0].label = "a|b"
    made = summary.Summary("t", "a|b", ["psnr"], [part], [], {"seed": "0"}, ["left out: x"])
    assert "| `a\\|b` | 20.00 |" in tables.markdown(made) and "- left out: x\n" in tables.markdown(made)
    row = list(csv.DictReader(tables.as_csv(made).splitlines()))[0]
    assert (row["mean"], row["error"], row["low"]) == ("20", "", "")


def test_seconds_leave_out_a_methods_first_batch():
    lines = [{"seconds": s, "first": f} for s, f in ((9.0, True), (1.0, False), (3.0, False), (2.0, False))]
    assert summary.seconds(lines) == 2 and summary.seconds(lines[:1]) == 9


def test_hparams_are_what_tensorboard_reads(evaluate, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2
    from tensorboard.util import tensor_util

    evaluate(metrics="psnr", masks="center", logdir=str(tmp_path / "logs"))
    folder = evaluate(metrics="psnr", masks="center", logdir=str(tmp_path / "logs"))  # again: replaced, not doubled
    runs = sorted((tmp_path / "logs" / "center").iterdir())
    assert [run.name.split("-")[0] for run in runs] == ["membrane", "telea"]
    assert all(len(list(run.iterdir())) == 1 for run in runs)
    events = EventAccumulator(str(runs[1]))
    events.Reload()
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    about = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info.hparams
    assert about["method"].string_value == "telea" and about["pictures"].number_value == 10
    assert about["mask"].string_value == "center"
    row = next(row for row in csv_rows(folder) if (row["method"], row["metric"]) == ("telea", "psnr"))
    (scalar,) = events.Tensors("psnr")
    np.testing.assert_allclose(tensor_util.make_ndarray(scalar.tensor_proto), float(row["mean"]), rtol=1e-6)


def test_hparams_folder_that_cannot_be_written_exception_raised(tmp_path):
    from holefill.errors import UserError
    from holefill.evaluation.request import Method, Options, Request

    (tmp_path / "file").write_text("")
    asked = Request(Options("x"), (Method("m_1", "telea"),), ("center",), ("psnr",), 32, None)
    made = summary.Summary("t", "m_1", ["psnr"], [summary.Part("center", 0.25, [make([20.0])])], [], {}, [])
    with pytest.raises(UserError, match="cannot write the log folder"):
        hparams.write(tmp_path / "file", asked, made)

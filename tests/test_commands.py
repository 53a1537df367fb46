"""The programs as a user meets them: exit codes, one line for an error, nothing half written."""

import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

import holefill
from holefill.commands import lines

ROOT = Path(__file__).parents[1]
BOMB = b"GIF89a\xff\x7f\xff\x7f\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\x7f\xff\x7f\x00\x02\x00;"


@pytest.fixture
def folder(tmp_path):
    """An empty folder with a picture `a.png`, its mask `m.png` and what is wrong with such."""
    photo = data.astronaut()[:40, 100:150]
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, 10:30] = 255
    Image.fromarray(photo).save(tmp_path / "a.png")
    Image.fromarray(mask).save(tmp_path / "m.png")
    Image.fromarray(mask[:20]).save(tmp_path / "small.png")
    Image.fromarray(mask.T).save(tmp_path / "turned.png")
    Image.fromarray(mask * 0).save(tmp_path / "empty.png")
    Image.fromarray(mask * 0 + 255).save(tmp_path / "full.png")
    Image.fromarray(photo[..., 0]).save(tmp_path / "grey.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:2000])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "bomb.gif").write_bytes(BOMB)
    (tmp_path / "file").write_text("")
    (tmp_path / "none").mkdir()
    return tmp_path


def run(folder, *words, program="complete", **more):
    """Run a program in a folder: exit code, lines of stdout, lines of stderr."""
    command = [sys.executable, "-P", "-m", f"holefill.commands.{program}", *map(str, words)]
    usual = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}  # as a user has it
    more = {"env": usual, **more}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, **more)
    return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()


def test_a_picture_is_completed_and_its_known_pixels_are_as_before(folder):
    assert run(folder, "a.png", "m.png", "--method", "telea") == (0, ["a-completed.png"], [])
    before, after = (np.asarray(Image.open(folder / name)) for name in ("a.png", "a-completed.png"))
    known = np.asarray(Image.open(folder / "m.png")) == 0
    assert (before[known] == after[known]).all() and (before[~known] != after[~known]).any()


def test_output_is_made_with_its_folder_and_replaced_only_when_asked(folder):
    words = ["a.png", "center", "--method=telea", "--output=x/y/b.tif"]
    assert run(folder, *words)[:2] == (0, ["x/y/b.tif"])
    before = (folder / "x/y/b.tif").stat().st_mtime_ns
    code, out, err = run(folder, *words)
    assert (code, out) == (1, []) and err == [
        "complete: x/y/b.tif exists: choose another --output, or give --overwrite"
    ]
    assert (folder / "x/y/b.tif").stat().st_mtime_ns == before
    assert run(folder, *words, "--overwrite")[0] == 0
    assert (folder / "x/y/b.tif").stat().st_mtime_ns > before


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["b.png", "m.png"], "there is no such file"),
        (["text.png", "m.png"], "no picture of a known format"),
        (["cut.png", "m.png"], "cut.png"),
        (["bomb.gif", "m.png"], "pixels"),
        (["a.png", "b.png"], "there is no such file"),
        (["a.png", "text.png"], "no picture of a known format"),
        (["a.png", "small.png"], "wanted the same size"),
        (["a.png", "turned.png"], "wanted the same size (is one of them turned, by its EXIF orientation?)"),
        (["a.png", "empty.png"], "nothing is missing"),
        (["a.png", "full.png"], "everything is missing"),
        (["a.png", "grey.png"], "--mask_threshold"),
        (["a.png", "centre"], "did you mean 'center'"),
        (["a.png"], "no transparency"),
        (["a.png", "m.png", "--method=telae"], "did you mean 'telea'"),
        (["a.png", "m.png", "--method=telea(radius=)"], "cannot read the options"),
        (["a.png", "m.png", "--method=telea(radius=abc)"], "radius=abc is no number; text is in quotes: radius='abc'"),
        (["a.png", "m.png", "--blend=poison"], "did you mean 'poisson'"),
        (["a.png", "m.png", "--steps=3"], "has no option 'steps'"),
        (["a.png", "m.png", "--candidates=3"], "3 candidates wanted"),
        (["a.png", "m.png", "--output=file/b.png"], "cannot make the folder file"),
        (["a.png", "m.png", "--output=/proc/nowhere/b.png"], "cannot make the folder /proc/nowhere"),
        (["a.png", "m.png", "--output=none"], "it is a folder"),
        (["a.png", "m.png", "--output=b.xyz"], "its suffix names no format"),
        (["none", "m.png"], "no picture in none"),
        (["a.png", "m.png", "--output=new/b.png", "--blend=poison"], "did you mean 'poisson'"),
        (["a.png", "m.png", "--method=telea(radius='x')"], "option radius is 'x'; wanted a number"),
        (["a.png", "m.png", "--align=face"], "aligns no face"),
        (["a.png", "m.png", "--landmarks=nowhere.dat"], "looks for no face, but landmarks 'nowhere.dat' is given"),
        (["a.png", "m.png", "--landmarks=no.dat", "--method=semantic"], "no face landmark predictor at no.dat"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_1(folder, words, part):
    before = sorted(folder.rglob("*"))
    method = [] if any("--method" in word for word in words) else ["--method=telea"]
    code, out, err = run(folder, *words, *method)
    assert (code, out, len(err)) == (1, [], 1), err
    assert err[0].startswith("complete: ") and part in err[0]
    assert sorted(folder.rglob("*")) == before


def test_an_unknown_model_is_one_line_though_tensorflow_starts(folder):
    code, out, err = run(folder, "a.png", "m.png", "--model", "celeba46")
    assert (code, out, len(err)) == (1, [], 1) and "unknown model 'celeba46'" in err[0]


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("complete", []),
        ("complete", ["a.png", "m.png", "c.png"]),
        ("complete", ["a.png", "m.png", "--metod=telea"]),
        ("complete", ["a.png", "m.png", "--seed=x"]),
        ("complete", ["a.png", "m.png", "--seed=2147483648"]),
        ("export", ["celeba64", "--precision=float16"]),
        ("complete", ["a.png", "m.png", "--candidates=0"]),
        ("complete", ["a.png", "m.png", "--mask_polarity=black"]),
        ("complete", ["a.png", "m.png", "--align=always"]),
        ("train", ["--steps=0"]),
        ("train", ["--seed=2147483648"]),
        ("train", ["shapes"]),
        ("train", ["--precision=float8"]),
        ("export", []),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(folder, program, words):
    code, out, err = run(folder, *words, program=program)
    assert (code, out, len(err)) == (2, [], 1) and err[0].startswith(f"{program}: ") and "--help" in err[0]


@pytest.mark.parametrize(
    ("program", "words", "part"),
    [
        ("complete", ["a.png", "m.png", "--candidates=abc"], "--candidates=abc: wanted a whole number ("),
        ("export", ["a", "b"], "2 arguments given"),
        ("train", ["shapes"], "1 argument given"),
    ],
)
def test_wrong_usage_is_told_in_words(folder, program, words, part):
    assert part in run(folder, *words, program=program)[2][0]


@pytest.mark.parametrize("program", ["complete", "train", "export", "evaluate"])
def test_help_is_grouped_and_does_not_wait_for_tensorflow(folder, program):
    watch = "import sys, runpy; sys.argv = ['x', '--help']\n"
    watch += f"try: runpy.run_module('holefill.commands.{program}', run_name='__main__')\n"
    watch += "finally: assert not {'tensorflow', 'keras', 'cv2'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", watch], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Examples:" in done.stdout and "\nOther:\n  --help" in done.stdout


def test_a_full_disk_is_one_line_and_leaves_no_file(folder):
    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    before = sorted(folder.rglob("*"))
    code, out, err = run(folder, "a.png", "m.png", "--method=telea", preexec_fn=small_files_only)
    assert (code, out, len(err)) == (1, [], 1) and "a-completed.png" in err[0]
    assert sorted(folder.rglob("*")) == before


def test_an_unknown_model_does_not_wait_for_tensorflow(folder):
    watch = "import sys, runpy; program = sys.argv.pop(1)\n"
    watch += "try: runpy.run_module(f'holefill.commands.{program}', run_name='__main__')\n"
    watch += "finally: assert not {'tensorflow', 'keras'} & set(sys.modules)"
    for words in (["complete", "a.png", "m.png", "--model=celeba46", "--output=new/b.png"], ["export", "celeba46"]):
        command = [sys.executable, "-P", "-c", watch, *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
        assert "unknown model 'celeba46'" in done.stderr and not (folder / "new").exists()


def test_what_a_program_does_is_told_as_it_is(folder):
    code, _, err = run(folder, "a.png", "m.png")
    assert code == 0 and err == [
        "a.png: method patch_match: no face is seen at the hole (--align face looks harder)"
    ], err
    code, _, err = run(folder, "a.png", "m.png", "--overwrite", "--debug")
    assert code == 0 and any(line.startswith("INFO /") and ": a.png: method patch_match" in line for line in err), err


@pytest.mark.parametrize("debug", [False, True])
def test_of_what_libraries_log_only_warnings_are_shown(debug):
    code = "from absl import logging\nfrom holefill.commands import lines\n"
    code += f"lines.show('train', {debug})\nlogging.info('shards took long')\nlogging.warning('it is late')"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=60)
    if not debug:
        assert done.stderr == "train: it is late\n"
    assert ("shards took long" in done.stderr) == debug and "it is late" in done.stderr


def test_which_files_are_ours():
    assert lines.ours(ROOT / "training/loop.py") and not lines.ours(ROOT / ".venv/lib/python3.11/site-packages/x.py")
    assert not lines.ours("/usr/lib/python3/os.py") and not lines.ours(ROOT.parent / "other.py")
    assert not lines.ours(ROOT / "venv/lib/python3.11/site-packages/x.py") and not lines.ours("<string>")


def test_debug_shows_where_an_error_comes_from(folder):
    code, _, err = run(folder, "b.png", "m.png", "--debug")
    assert code == 1 and err[0].startswith("Traceback") and err[-1].startswith("complete: ")


@pytest.mark.parametrize("program", ["complete", "train", "export", "evaluate", "remove-watermark"])
def test_what_help_shows_can_be_typed(folder, program):
    done = subprocess.run([ROOT / "bin" / program, "--help"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert f"\n    bin/{program} " in done.stdout and f"\n    {program} " not in done.stdout
    installed = Path(sys.executable).with_name(f"holefill-{program}")
    done = subprocess.run([installed, "--help"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert f"\n    holefill-{program} " in done.stdout and f"\n    bin/{program} " not in done.stdout
    code, out, err = run(folder, "--version", program=program.replace("-", "_"))
    assert (code, out, err) == (0, [f"holefill {holefill.__version__}"], [])


@pytest.mark.parametrize("program", ["complete", "train", "export", "evaluate"])
def test_launchers_work_from_any_folder_and_through_a_symlink(folder, program):
    (folder / "linked").symlink_to(ROOT / "bin" / program)
    done = subprocess.run([folder / "linked", "--help"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Examples:" in done.stdout, done.stderr
    assert len((ROOT / "bin" / program).read_text().splitlines()) == 3


PYTHON = {"with holefill": '#!/bin/sh\necho "given: $*"\n', "without": "#!/bin/sh\nexit 1\n"}


@pytest.fixture
def checkout(tmp_path):
    """`checkout(own, other)`: call a launcher where `.venv`'s python is `own`, and python3 is `other`; what it did."""
    root = tmp_path / "new checkout"
    shutil.copytree(ROOT / "bin", root / "bin")

    def start(own, other):
        for place, kind in ((root / ".venv/bin/python", own), (tmp_path / "path/python3", other)):
            place.parent.mkdir(parents=True)
            if kind:
                place.write_text(PYTHON[kind])
                place.chmod(0o755)
        path = f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}"
        asked = {"env": {**os.environ, "PATH": path}, "capture_output": True, "text": True, "timeout": 60}
        return subprocess.run([root / "bin/complete", "a.png"], **asked)

    start.root = root
    return start


@pytest.mark.parametrize("own", [None, "without"])
def test_a_launcher_before_the_set_up_says_what_to_do(checkout, own):
    done = checkout(own, "without")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    said = re.fullmatch("complete: holefill is not set up yet: run '(.*)' once, or '(.*)'\n", done.stderr)
    root = str(checkout.root.resolve())
    assert [shlex.split(way) for way in said.groups()] == [["make", "-C", root, "demo"], ["pip", "install", root]]


@pytest.mark.parametrize(
    "own, other", [("with holefill", "without"), (None, "with holefill"), ("without", "with holefill")]
)
def test_a_launcher_takes_the_python_that_has_holefill(checkout, own, other):
    done = checkout(own, other)
    assert (done.returncode, done.stdout) == (0, "given: -P -m holefill.commands.complete a.png\n"), done.stderr


def test_a_launcher_whose_python_is_gone_takes_another(checkout):
    (checkout.root / ".venv").mkdir()
    (checkout.root / ".venv/.ready").touch()
    assert checkout(None, "with holefill").returncode == 0


def test_a_run_folder_without_a_run_is_told(tmp_path):
    code, out, err = run(tmp_path, "--run_dir", "nope", program="train")
    assert (code, out) == (1, []) and err == [
        "train: there is no run in nope to go on with: give --dataset too, to start one there"
    ]
    assert not (tmp_path / "nope").exists()


@pytest.fixture(scope="module")
def painter(tmp_path_factory):
    """The folder of a small one-pass model."""
    from holefill.models import stored

    return stored.save(stored.build("fill(width=4, blocks=1)", image_size=32), tmp_path_factory.mktemp("painter"))


def test_a_one_pass_model_completes_and_is_exported(folder, painter):
    assert run(folder, "a.png", "m.png", "--method=fill", f"--model={painter}")[0] == 0
    before, after = (np.asarray(Image.open(folder / name)) for name in ("a.png", "a-completed.png"))
    known = np.asarray(Image.open(folder / "m.png")) == 0
    assert (before[known] == after[known]).all() and (before[~known] != after[~known]).any()
    assert run(folder, painter, "--output=saved", program="export") == (0, ["saved"], [])
    assert (folder / "saved" / "saved_model.pb").is_file()


@pytest.mark.parametrize("words, part", [
    (["--method=fill", "--candidates=2"], "method 'fill' has one answer"),
    (["--method=telea", "--candidates=2"], "method 'telea' has one answer"),
    (["--method=fill", "--logdir=log"], "method 'fill' does not search"),
    (["--method=fill", "--steps=3"], "has no option 'steps'"),
    (["--method=semantic"], "'semantic' does not paint with the model {}, a 'fill': use method 'fill'"),
    (["--method=glcic"], "'glcic' does not paint with the model {}, a 'fill': use method 'fill'"),
])  # fmt: skip
def test_what_a_one_pass_model_cannot_do_is_one_line(folder, painter, words, part):
    model = [] if "telea" in words[0] else [f"--model={painter}"]
    code, out, err = run(folder, "a.png", "m.png", *words, *model)
    assert (code, out) == (1, []) and len(err) == 1 and part.format(painter) in err[0]
    assert not (folder / "a-completed.png").exists()


@pytest.mark.parametrize("words", [["--method=semantic"], ["--precision=auto"]])
def test_an_export_of_one_pass_has_nothing_to_choose(folder, painter, words):
    code, out, err = run(folder, painter, "--output=saved", *words, program="export")
    assert (code, out) == (1, []) and "a 'fill' completes by one pass: leave --" in err[0]
    assert not (folder / "saved").exists()


def test_remove_watermark_takes_a_mark_out_and_tells_where_there_is_none(folder):
    mark = Image.new("RGB", (60, 50), "navy")
    ImageDraw.Draw(mark).polygon([(8, 8), (52, 14), (30, 22), (40, 44), (12, 30)], fill="gold")
    mark.save(folder / "logo.png")
    Image.open(folder / "a.png").resize((160, 128)).save(folder / "none/plain.png")
    marked = Image.open(folder / "none/plain.png")
    marked.paste(mark, (50, 40))
    marked.save(folder / "none/marked.png")
    words = ["none", "logo.png", "--show=shown", "--grow=2", "--whole"]
    code, out, err = run(folder, *words, program="remove_watermark")
    assert (code, out) == (1, ["none-completed/marked.png"])
    assert "none/plain.png: the logo was not found in it" in err[0]
    assert "1 completed, 0 left as their outputs exist, 1 failed" in err[1]
    mask = np.asarray(Image.open(folder / "shown/marked-mask.png"))
    assert (mask[40:90, 50:110] == 255).all() and mask[:30].max() == 0
    code, out, err = run(folder, "a.png", "logo.png", "--turns=x", program="remove_watermark")
    assert (code, out, len(err)) == (1, [], 1) and "--turns is 'x': wanted degrees" in err[0]


def test_remove_watermark_starts_by_its_launcher_and_its_help_does_not_wait(folder):
    (folder / "linked").symlink_to(ROOT / "bin/remove-watermark")
    done = subprocess.run([folder / "linked", "--help"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Examples:" in done.stdout and "--show" in done.stdout, done.stderr
    watch = "import sys, runpy; sys.argv = ['x', '--help']\n"
    watch += "try: runpy.run_module('holefill.commands.remove_watermark', run_name='__main__')\n"
    watch += "finally: assert not {'tensorflow', 'keras', 'cv2'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-P", "-c", watch], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr

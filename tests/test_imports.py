"""Imports run one way, and only as `holefill.…`; read from the source, nothing is imported."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ANYONE = {"atomic", "compiled", "errors", "known", "processor", "registry"}
MAP = {"automatic", "files", "job", "pipeline", "placements", "recipe", "regions"}  # leading through the folders
# Methods use blending's solvers, since a membrane is a blend of nothing and an exported search blends in its graph,
# and data sets, in which one finds its fills;
# training measures what it trains for: its samples are completed, blended and scored as a user's pictures are; and the
# error of a face is measured by the landmarks that are found in it.
MAY_IMPORT = {
    "datasets": set(),
    "faces": set(),
    "models": set(),
    "losses": set(),
    "blending": set(),
    "watermark": set(),
    "metrics": {"faces"},
    "methods": {"datasets", "models", "losses", "blending"},
    "training": {"datasets", "models", "losses", "methods", "metrics", "blending"},
    "evaluation": {"datasets", "models", "blending", "metrics", "methods", "files"},
    "commands": {
        *("datasets", "faces", "models", "losses", "blending", "metrics", "methods", "training", "evaluation"),
        "marked_files",
        *MAP,
    },
    "marked_files": {"datasets", "watermark", "automatic", "files", "job", "pipeline"},
    **{module: {"datasets", "faces", "methods", "models", "blending", *MAP} for module in MAP},
    "__init__": set(),
    "atomic": set(),
    "compiled": set(),
    "errors": set(),
    "known": set(),
    "processor": set(),
    "registry": set(),
}
MAY_IMPORT["benchmarks"] = set(MAY_IMPORT)  # measure anything; nobody imports them but tests
SOURCES = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.py"), *ROOT.glob("*/**/*.py")]
    if path.relative_to(ROOT).parts[0].removesuffix(".py") in MAY_IMPORT
)


def imports(path):
    """Dotted names that a file imports; `from holefill import x` is `holefill.x`; relative ones start with a dot."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield from (f"{base}.{alias.name}" for alias in node.names) if base == "holefill" else (base,)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_imports_run_one_way(path):
    home = path.parts[0].removesuffix(".py")
    allowed = MAY_IMPORT[home] | ANYONE | {home}
    for name in imports(path):
        assert not name.startswith("."), f"{path}: relative import {name}"
        first, *rest = name.split(".")
        assert first not in MAY_IMPORT, f"{path}: import holefill.{name}, not {name}"
        if first == "holefill":
            whole = not rest and home == "benchmarks"  # `import holefill`, as a user does
            assert whole or rest and rest[0] in allowed, f"{path} must not import {name}"


def test_every_folder_of_code_has_a_rule_and_is_packaged():
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders <= set(MAY_IMPORT)
    packaged = (ROOT / "setup.py").read_text().split("FOLDERS = ")[1].split("]")[0] + "]"
    within = {path.parent for path in SOURCES if len(path.parts) > 1 and path.parts[0] != "benchmarks"}
    assert all((ROOT / folder / "__init__.py").exists() for folder in within)
    assert folders | {".".join(folder.parts) for folder in within} <= set(ast.literal_eval(packaged))


def test_every_module_at_the_root_has_a_rule():
    assert {path.stem for path in ROOT.glob("*.py")} - {"setup"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_nothing_prints(path):
    calls = [node.func for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]

"""How fast are we? Poisson blending and latent search, beside what they are measured against, in one run.

    python -P benchmarks/speed.py
    python -P benchmarks/speed.py --only search

Each part is a file of its own with `rows(**options) -> list of dicts`; this one prints them as Markdown under one
header: machine, versions, commit, date.
"""

import importlib
import json
import os
import sys
from pathlib import Path

from absl import app, flags
from holefill.benchmarks import machine, records
from holefill.errors import UserError

PARTS = {
    "poisson": ("Poisson blending", "holefill.benchmarks.poisson_speed"),
    "search": ("Latent search", "holefill.benchmarks.search_speed"),
}
ONLY = flags.DEFINE_multi_enum("only", list(PARTS), list(PARTS), "parts to run; repeat it for several")
OUTPUT = flags.DEFINE_string("output", None, "also write the tables here, and beside them the rows as .jsonl")


def table(rows: list[dict]) -> str:
    """Records → a Markdown table: a column for each key, in the order in which the keys first appear."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _cell(value) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main(argv):
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        text, lines = machine.header(), []
        for part in ONLY.value:
            title, module = PARTS[part]
            rows = importlib.import_module(module).rows()
            text += f"\n## {title}\n\n" + table(rows)
            lines += [{"part": part, **row, **machine.describe()} for row in rows]
        sys.stdout.write(text)
        if OUTPUT.value:
            records.replace(OUTPUT.value, lambda file: file.write(text.encode()))
            jsonl = "".join(json.dumps(line, default=float) + "\n" for line in lines)
            records.replace(Path(OUTPUT.value).with_suffix(".jsonl"), lambda file: file.write(jsonl.encode()))
    except (UserError, OSError) as error:
        sys.exit(f"speed: {' '.join(str(error).split())}")


if __name__ == "__main__":
    app.run(main)

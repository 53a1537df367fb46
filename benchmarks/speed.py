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

from holefill.benchmarks import machine, markdown, records
from holefill.errors import UserError

PARTS = {
    "poisson": ("Poisson blending", "holefill.benchmarks.poisson_speed"),
    "search": ("Latent search", "holefill.benchmarks.search_speed"),
}
ONLY = flags.DEFINE_multi_enum("only", list(PARTS), list(PARTS), "parts to run; repeat it for several")
OUTPUT = flags.DEFINE_string("output", None, "also write the tables here, and beside them the rows as .jsonl")


def main(argv):
    del argv
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        text, lines = machine.header(), []
        for part in ONLY.value:
            title, module = PARTS[part]
            rows = importlib.import_module(module).rows()
            text += f"\n## {title}\n\n" + markdown.table(rows)
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

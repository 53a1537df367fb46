"""What is done already: the JSON lines of a report's folder, by what a score depends on.

A line is one picture filled by one method: what it depends on (`KEY`), the picture's name, its scores with the commit
that each was made at, and what came of filling it (`FACTS`). A later line of the same key and name with scores alone
adds to an earlier one, and so does one that filled it again with the same pixels; one with other pixels takes its
place. Lines of other methods, models, options, pictures, holes or seeds stay in the file and are not read.
"""

import json
from pathlib import Path

from holefill.evaluation import records

KEY = ("dataset", "split", "image_size", "mask", "method", "model", "blend", "seed", "batch", "pictures", "version")
NUMBER = (int, float)
FACTS = {"missing": NUMBER, "seconds": NUMBER, "first": bool, "completion": str, "commit": str, "processor": str}
UNKNOWN = "unknown"  # commit of scores that were added when none was written down


class Ledger:
    """The lines of `path`, and those that are added; UserError where a line in the middle is not JSON."""

    def __init__(self, path: Path):
        self.path = path
        self.entries: dict[tuple, dict[str, dict]] = {}
        for line in records.read(path):
            self._take(line)

    def of(self, key: dict) -> dict[str, dict]:
        """The lines of one batch, by the picture's name."""
        return self.entries.get(_tuple(key), {})

    def add(self, lines: list[dict]) -> None:
        """Append lines; they are on the disk when this returns."""
        records.append(self.path, lines)
        for line in lines:
            self._take(line)

    def _take(self, line: dict) -> None:
        if not _has_scores(line):
            return
        before = self.of(line).get(line["name"])
        filled = all(isinstance(line.get(name), kind) for name, kind in FACTS.items())
        if before is None and not filled:
            return
        if before is None or filled and line["completion"] != before["completion"]:
            before = {"scores": {}, "scored": {}}
        made = dict.fromkeys(line["scores"], line.get("commit", UNKNOWN)) | line.get("scored", {})
        merged = {"scores": before["scores"] | line["scores"], "scored": before["scored"] | made}
        self.entries.setdefault(_tuple(line), {})[line["name"]] = before | line | merged


def is_ours(path: Path) -> bool:
    """Whether a file's first line, where it has a whole one, is an entry of a ledger; the file stays as it is."""
    with open(path, "rb") as file:
        first = file.readline()
    if not first.endswith(b"\n"):
        return not first or first.startswith(f'{{"{KEY[0]}"'.encode())  # torn
    try:
        line = json.loads(first)
    except ValueError:
        return False
    return isinstance(line, dict) and {*KEY, "name"} <= line.keys()


def _has_scores(line: dict) -> bool:
    """Whether this is a line of ours, and of the types it should be."""
    if not {*KEY, "name", "scores"} <= line.keys() or not isinstance(line["scores"], dict):
        return False
    if not isinstance(line.get("scored", {}), dict):
        return False
    plain = [*(line[name] for name in (*KEY, "name")), *line["scores"].values()]
    return all(value is None or isinstance(value, (str, int, float)) for value in plain)


def _tuple(key: dict) -> tuple:
    return tuple(key[name] for name in KEY)

"""What is done already: the JSON lines of a report's folder, by what a score depends on.

A line is one picture filled by one method: what it depends on (`KEY`), the picture's name, its scores, and what came
of it (seconds, commit, processor). A later line of the same key and name adds to an earlier one: scores that were
asked for later. Lines of other methods, models, options, pictures, holes or seeds stay in the file and are not read.
"""

from pathlib import Path

from holefill.evaluation import records

KEY = ("dataset", "split", "image_size", "mask", "method", "model", "blend", "seed", "batch", "pictures", "version")


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
        if not {*KEY, "name", "scores"} <= line.keys():
            return
        of_batch = self.entries.setdefault(_tuple(line), {})
        before = of_batch.get(line["name"], {})
        of_batch[line["name"]] = {**before, **line, "scores": {**before.get("scores", {}), **line["scores"]}}


def _tuple(key: dict) -> tuple:
    return tuple(key[name] for name in KEY)

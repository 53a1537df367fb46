"""Results that outlive a broken run: JSON lines, appended durably, a torn last line dropped on reading."""

import contextlib
import json
import os
from pathlib import Path

from holefill.errors import UserError


@contextlib.contextmanager
def one_writer(path):
    """Within, nobody else is within for `path`, which is made if missing; held by the system, so never left behind.

    Where the system or the disk knows no such lock there is none.

    Raises
    ------
    UserError
        Where another process, or another call, is within.
    """
    with open(path, "ab") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"another run is writing to {path}: wait until it is done, or give another --output"
            ) from error
        except (ImportError, OSError):
            pass
        yield


def read(path) -> list[dict]:
    """All whole lines of `path`, oldest first; none where there is no file. A torn last line is cut off the file.

    Raises
    ------
    UserError
        Where a line other than the last is not JSON, or not of an object.
    """
    path = Path(path)
    if not path.exists():
        return []
    whole = path.read_bytes()
    kept = whole[: whole.rfind(b"\n") + 1]
    if len(kept) < len(whole):
        os.truncate(path, len(kept))
    records = []
    for number, line in enumerate(kept.splitlines(), 1):
        try:
            records.append(json.loads(line.decode()))
        except ValueError as error:
            raise UserError(
                f"{path}, line {number} is not JSON: mend or remove it, or give another --output"
            ) from error
        if not isinstance(records[-1], dict):
            raise UserError(f"{path}, line {number} is no JSON object: mend or remove it, or give another --output")
    return records


def append(path, records: list[dict]) -> None:
    """Add one line for each record in one write, on the disk when this returns."""
    text = "".join(json.dumps(record, allow_nan=False) + "\n" for record in records)
    with open(path, "ab") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())

"""Files that are whole or absent: written beside their place, to the disk, then renamed."""

import os
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO


def write(path, content: bytes | str | Callable[[BinaryIO], object]) -> None:
    """Make or replace the file `path`.

    Parameters
    ----------
    content : its bytes, its text (UTF-8), or a function that writes them to an open binary file

    Raises
    ------
    OSError
        Where it cannot be written; what was there before is there still, and nothing beside it.
    """
    write_all({path: content})


def write_all(contents: dict) -> None:
    """Make or replace several files, path → content as in `write`: all of them are on the disk before one is renamed.

    Raises
    ------
    OSError
        Where one cannot be written; then none is, unless it is a renaming that fails.
    """
    with ExitStack() as stack:
        renamed = {}
        for path, content in contents.items():
            path = Path(path)
            beside = path.with_name(f".{path.name[:50]}.{secrets.token_hex(4)}")
            stack.callback(_remove, beside)
            _write(beside, content)
            renamed[beside] = path
        for beside, path in renamed.items():
            os.replace(beside, path)


def _write(path: Path, content) -> None:
    with open(path, "xb") as file:
        if callable(content):
            content(file)
        else:
            file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        pass  # the error that led here says more

"""Where data sets lie on this machine: the folder given, then `$HOLEFILL_DATA`, then the cache."""

import os
from pathlib import Path


def cache_dir() -> Path:
    """`$HOLEFILL_CACHE`, or `~/.cache/holefill`; it need not exist yet."""
    return Path(os.environ.get("HOLEFILL_CACHE") or Path.home() / ".cache" / "holefill").expanduser()


def places(name: str, data_dir=None) -> list[Path]:
    """Folders in which to look for the data set `name`, in order.

    A folder given is the only place: data found elsewhere would be other data than was asked for.
    """
    if data_dir is not None:
        return [Path(data_dir).expanduser(), Path(data_dir).expanduser() / name]
    found = []
    if os.environ.get("HOLEFILL_DATA"):
        root = Path(os.environ["HOLEFILL_DATA"]).expanduser()
        found += [root, root / name]
    return [*found, cache_dir() / name]

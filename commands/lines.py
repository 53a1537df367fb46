"""What a program says on stderr while it works: our own lines as they are, and warnings under the program's name.

Of what the libraries log by absl (how long the shards of a checkpoint took, …) only warnings are shown; with --debug
all of it, and where it was said.
"""

import logging
import sys
from pathlib import Path

from absl import logging as absl_logging

HOME = Path(__file__).resolve().parents[1]  # the package


def show(name: str, debug: bool = False) -> None:
    """From now on, for the program `name`."""
    absl_logging.set_verbosity(absl_logging.DEBUG if debug else absl_logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    if debug:
        handler.setFormatter(logging.Formatter("%(levelname)s %(pathname)s:%(lineno)d: %(message)s"))
    else:
        handler.addFilter(lambda record: record.levelno >= logging.WARNING or ours(record.pathname))
        handler.setFormatter(_Line(name))
    logger = absl_logging.get_absl_logger()
    logger.handlers[:], logger.propagate = [handler], False


def ours(path: str) -> bool:
    """Whether a source file is the package's, and not a library's of an environment in its folder."""
    if not Path(path).is_absolute() or not Path(path).resolve().is_relative_to(HOME):
        return False
    inside = Path(path).resolve().relative_to(HOME).parts
    return "site-packages" not in inside and not inside[0].startswith(".")


class _Line(logging.Formatter):
    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def format(self, record) -> str:
        line = super().format(record)
        return line if record.levelno < logging.WARNING else f"{self.name}: {line}"

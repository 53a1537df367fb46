"""What a program says on stderr while it works: our own lines as they are, and warnings under the program's name.

Of what the libraries log by absl (how long the shards of a checkpoint took, …) only warnings are shown.
"""

import logging
import sys
from pathlib import Path

from absl import logging as absl_logging

HOME = Path(__file__).resolve().parents[1]  # the package


def show(name: str, debug: bool = False) -> None:
    """From now on, for the program `name`; with `debug` all that is logged, by whom and from where."""
    absl_logging.set_verbosity(absl_logging.DEBUG if debug else absl_logging.INFO)
    if debug:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or ours(record.pathname))
    handler.setFormatter(_Line(name))
    logger = absl_logging.get_absl_logger()
    logger.handlers[:], logger.propagate = [handler], False


def ours(path: str) -> bool:
    """Whether a source file is the package's, and not a library's of an environment in its folder."""
    path = Path(path)
    if not path.is_absolute() or not path.resolve().is_relative_to(HOME):
        return False
    return not path.resolve().relative_to(HOME).parts[0].startswith(".")


class _Line(logging.Formatter):
    def __init__(self, name: str):
        super().__init__()
        self.name = name

    def format(self, record) -> str:
        line = super().format(record)
        return line if record.levelno < logging.WARNING else f"{self.name}: {line}"

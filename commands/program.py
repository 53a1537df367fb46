"""What every program does around its one library call: flags, help, errors in one line, exit codes.

Exit codes: 0 done; 1 the request cannot be met, one line on stderr says why; 2 wrong usage; 130 interrupted.
"""

import os
import sys
import traceback
from pathlib import Path

from absl import flags, logging

from holefill.errors import UserError


class Options(flags.FlagValues):
    """A program's flags in titled groups, apart from the flags of the libraries it uses."""

    def __init__(self):
        super().__init__()
        self.__dict__["groups"] = {}

    def group(self, title: str, *holders) -> None:
        """Put flags (what `flags.DEFINE_…` returned) under a title in the help."""
        self.groups[title] = [holder.name for holder in holders]

    def text(self) -> str:
        """The grouped help, a line a flag."""
        groups = [[f"{title}:"] + [_line(self[name]) for name in names] for title, names in self.groups.items()]
        return "\n\n".join("\n".join(lines) for lines in groups)


def run(main, options: Options, about: str, words: tuple[int, int]) -> None:
    """Parse the command line, call `main(*words)` and exit with what it returns (None: 0).

    Parameters
    ----------
    main : callable, given the words of the command line that are no flags
    options : Options
    about : the program's opening docstring; its first indented line is the usage
    words : fewest and most words
    """
    given = _parse(options, about, words)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read by TensorFlow's C++ when it is imported
    logging.set_verbosity(logging.DEBUG if options.debug else logging.INFO)
    try:
        sys.exit(main(*given) or 0)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except Exception as error:
        if options.debug:
            traceback.print_exc()
        _end(_reason(error), 1)


def say(line: str) -> None:
    """A program's result, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def warn(line: str) -> None:
    """A line about something that went wrong, on stderr, under the program's name."""
    name = Path(sys.argv[0])
    sys.stderr.write(f"{name.stem.removeprefix('holefill-')}: {line}\n")


def report(outcomes, of_many: bool) -> int:
    """Tell each outcome of `holefill.files` as it comes, of many also the sum; the exit code."""
    done = left = failed = 0
    for outcome in outcomes:
        done, left, failed = done + bool(outcome.outputs), left + outcome.left, failed + bool(outcome.error)
        for path in outcome.outputs:
            say(str(path))
        if outcome.error:
            warn(f"{outcome.path}: {' '.join(outcome.error.split())}")
    if of_many:
        warn(f"{done} completed, {left} left as they exist, {failed} failed")
    return 1 if failed else 0


def _parse(options: Options, about: str, words: tuple[int, int]) -> list[str]:
    """The words that are no flags; ends the program for --help and for wrong usage."""
    debug = flags.DEFINE_bool("debug", False, "show where an error comes from", flag_values=options)
    help_ = flags.DEFINE_bool("help", False, "show this", short_name="h", flag_values=options)
    options.group("Other", help_, debug)
    try:
        given = options(sys.argv)[1:]
    except flags.Error as error:
        _end(f"{_one_line(error)} (--help shows all options)", 2)
    if options.help:
        say(f"{about.strip()}\n\n{options.text()}")
        sys.exit(0)
    if not words[0] <= len(given) <= words[1]:
        usage = next(line for line in about.splitlines() if line.startswith("    ")).strip()
        _end(f"{len(given)} arguments given; usage: {usage} (--help shows all options)", 2)
    return given


def _line(flag) -> str:
    default = "" if flag.default in (None, False) else f" [{flag.default}]"
    return f"  --{flag.name:<16} {flag.help}{default}"


def _reason(error: Exception) -> str:
    """One line for an error; one that nobody foresaw carries its type and the way to see more."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, UserError):
        return _one_line(error)
    if isinstance(error, MemoryError):
        return f"not enough memory: {_one_line(error)}"
    return f"unforeseen {type(error).__name__}: {_one_line(error)[:300]} (--debug shows where)"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _end(line: str, code: int) -> None:
    warn(line)
    sys.exit(code)

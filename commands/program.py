"""What every program does around its one library call: flags, help, errors in one line, exit codes.

Exit codes: 0 done; 1 the request cannot be met, one line on stderr says why; 2 wrong usage; 130 interrupted.
"""

import re
import sys
import traceback
from pathlib import Path

from absl import flags

from holefill.commands import lines, quiet
from holefill.errors import UserError
from holefill.evaluation import machine

_NUMBER = re.compile(r"(?:(invalid literal for int)|could not convert string to float).*$")
SEEDS = (0, 2**31 - 1)  # what TensorFlow takes as a seed


class Options(flags.FlagValues):
    """A program's flags in titled groups, apart from the flags of the libraries it uses.

    `shown` are defaults that the help tells, while a flag that is not given stays None.
    """

    def __init__(self, shown: dict | None = None):
        super().__init__()
        self.__dict__["groups"], self.__dict__["shown"] = {}, shown or {}

    def group(self, title: str, *entries: tuple) -> None:
        """Define flags under a title: each (name, kind, help) or (name, kind, help, default).

        A kind is `str`, `bool`, the fewest of a whole number, `(fewest, most)`, or a list of choices.
        """
        self.groups[title] = [entry[0] for entry in entries]
        for name, kind, text, *default in entries:
            default, here = default[0] if default else None, {"flag_values": self}
            if kind is str:
                flags.DEFINE_string(name, default, text, **here)
            elif kind is bool:
                flags.DEFINE_bool(name, default, text, **here)
            elif isinstance(kind, list):
                flags.DEFINE_enum(name, default, kind, text, **here)
            else:
                fewest, most = kind if isinstance(kind, tuple) else (kind, None)
                flags.DEFINE_integer(name, default, text, fewest, most, **here)

    def given(self, *names: str) -> dict:
        """The flags of these names (all, where none is named) that have a value."""
        names = names or [name for group in self.groups.values() for name in group]
        return {name: self[name].value for name in names if self[name].value is not None}

    def help(self) -> str:
        """The grouped help, a line a flag."""
        groups = [[f"{title}:", *map(self._line, names)] for title, names in self.groups.items()]
        return "\n\n".join("\n".join(lines) for lines in groups)

    def _line(self, name: str) -> str:
        default = self.shown.get(name, self[name].default)
        told = default is not None and default is not False and default != {}
        return f"  --{name:<16} {self[name].help}" + (f" [{default}]" if told else "")


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
    if not options["debug"].value:
        quiet.tensorflow_starts_quietly()
    lines.show(_name(), options["debug"].value)
    try:
        sys.exit(main(*given) or 0)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except Exception as error:
        if options["debug"].value:
            traceback.print_exc()
        _end(_reason(error), 1)


def say(line: str) -> None:
    """A program's result, on stdout."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def warn(line: str) -> None:
    """A line about something that went wrong, on stderr, under the program's name."""
    sys.stderr.write(f"{_name()}: {line}\n")


def _name() -> str:
    return Path(sys.argv[0]).stem.removeprefix("holefill-").replace("_", "-")


def _called() -> str:
    """How the program was called: by its launcher in bin/, or, where it is installed, by its name there."""
    name = Path(sys.argv[0]).name
    return name if name.startswith("holefill-") else f"bin/{_name()}"


def report(outcomes, of_many: bool) -> int:
    """Tell each of `holefill.files`' outcomes as it comes, of many also the sum; the exit code."""
    done = left = failed = 0
    for outcome in outcomes:
        for path in outcome.outputs:
            say(str(path))
        if outcome.error:
            line, name = " ".join(outcome.error.split()), str(outcome.path)
            warn(line if name in line else f"{name}: {line}")
        done, failed = done + bool(outcome.outputs), failed + bool(outcome.error)
        left += not outcome.outputs and not outcome.error
    if of_many:
        warn(f"{done} completed, {left} left as their outputs exist, {failed} failed")
    return 1 if failed else 0


def _parse(options: Options, about: str, words: tuple[int, int]) -> list[str]:
    """The words that are no flags; ends the program for --help and for wrong usage."""
    options.group(
        "Other",
        ("help", bool, "show this"),
        ("version", bool, "show the version"),
        ("debug", bool, "show where an error comes from"),
    )
    try:
        given = options(sys.argv)[1:]
    except flags.Error as error:
        _end(f"{_NUMBER.sub(_wanted, _one_line(error))} (--help shows all options)", 2)
    about = re.sub(rf"^    {_name()} ", f"    {_called()} ", about, flags=re.MULTILINE)
    if options["help"].value:
        say(f"{about.strip()}\n\n{options.help()}")
        sys.exit(0)
    if options["version"].value:
        say(f"holefill {machine.version()}")
        sys.exit(0)
    if not words[0] <= len(given) <= words[1]:
        usage = next(line for line in about.splitlines() if line.startswith("    ")).strip()
        count = f"{len(given)} argument{'s' * (len(given) != 1)}"
        _end(f"{count} given; usage: {usage} (--help shows all options)", 2)
    return given


def _wanted(told: re.Match) -> str:
    """What Python says of a text that is no number, in words."""
    return "wanted a whole number" if told[1] else "wanted a number"


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

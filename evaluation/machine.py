"""Where a number came from: machine, versions, commit, date and command, as a few lines above every table."""

import datetime
import importlib.metadata
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from holefill.processor import cores

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "scipy", "opencv-contrib-python-headless", "tensorflow", "keras", "numba")


def describe(command: str | None = None) -> dict[str, str]:
    """Processor, cores this process may use, GPU where there is one, versions, commit, UTC time and command.

    `command` : the program as it was called; without it that of a benchmark's file.
    """
    return {
        "machine": f"{processor()}, {cores()} cores" + (f", {gpu()}" if gpu() else ""),
        "software": f"Python {platform.python_version()}, " + ", ".join(versions()),
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": command or shlex.join(["python", "-P", *sys.argv]),
    }


def header() -> str:
    """`describe()` as a Markdown list."""
    return "".join(f"- {name}: {value}\n" for name, value in describe().items())


def processor() -> str:
    """The processor's name as Linux gives it, elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    named = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def gpu() -> str:
    """Names of the NVIDIA GPUs; empty where there is none."""
    return ", ".join(_output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader").splitlines())


def versions() -> list[str]:
    """`name version` of each package in `PACKAGES` that is installed."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES if _installed(name)}
    return [f"{name} {version}" for name, version in found.items()]


def commit() -> str:
    """The checkout's commit, with `-dirty` where tracked files differ from it; `unknown` where this is no checkout."""
    if not (ROOT / ".git").exists():
        return "unknown"
    return _output("git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*") or "unknown"


def version() -> str:
    """holefill's own version."""
    return importlib.metadata.version("holefill") if _installed("holefill") else "unknown"


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _output(*command: str) -> str:
    """What a command prints; empty where it is not there, fails, or takes too long."""
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.SubprocessError):  # it cannot be started, or hangs
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

"""TensorFlow starts without its C++ libraries' remarks on stderr, of which no setting rids all.

They write to the file descriptor before logging is set up ("All log messages before absl::InitializeLog() …"), so it
is turned aside while `tensorflow` is imported, whoever imports it. What was said is told after all if the import fails.
"""

import importlib.util
import os
import sys
import tempfile
from contextlib import contextmanager


def tensorflow_starts_quietly() -> None:
    """From now on; without effect where the environment's TF_CPP_MIN_LOG_LEVEL says what is wanted."""
    if "TF_CPP_MIN_LOG_LEVEL" not in os.environ and "tensorflow" not in sys.modules:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        sys.meta_path.insert(0, _Finder())


class _Finder:
    """Finds `tensorflow` as Python would, once, and has it run with stderr turned aside."""

    def find_spec(self, name, path=None, target=None):
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            execute = spec.loader.exec_module

            def quietly(module):
                with stderr_aside():
                    execute(module)

            spec.loader.exec_module = quietly
        return spec


@contextmanager
def stderr_aside():
    """Keep what is written to file descriptor 2, and write it there after all if an error ends the block."""
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(before, kept.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)

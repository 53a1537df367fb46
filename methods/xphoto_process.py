"""The side of `holefill.methods.xphoto_worker` that asks: one process for a batch, or one for each picture."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from holefill.errors import UserError
from holefill.methods.xphoto_worker import receive, send

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("xphoto_worker.py")))
SAME_MEMORY = {
    "PYTHONHASHSEED": "0",
    "MALLOC_PERTURB_": "165",
    "MALLOC_MMAP_THRESHOLD_": "4096",
    "MALLOC_ARENA_MAX": "1",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0",
}
"""What a new process finds in memory that nothing was written to: the same each time (glibc)."""


class Worker:
    """OpenCV's xphoto.inpaint in a process that may crash; a context manager, which starts it when first asked.

    `method` is what the user called, `instead` what to use where it fails; both are for the error. `fresh`: a process
    for each picture, where an earlier picture in memory would change what is painted.
    """

    def __init__(self, method: str, instead: str, fresh: bool = False, command=COMMAND):
        self.method, self.instead, self.fresh, self.command, self.process = method, instead, fresh, command, None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()

    def paint(self, algorithm: str, seed: int, picture: np.ndarray, missing: np.ndarray, seconds: float) -> np.ndarray:
        """The picture [H, W, C] painted where `missing`, [H, W] bool; the same picture and seed give the same.

        Raises
        ------
        UserError
            Where the process dies, has not answered after `seconds`, or says that OpenCV refuses.
        """
        size = f"this picture of {picture.shape[1]}×{picture.shape[0]} pixels"
        instead = f"use --method {self.instead}"
        self._start()
        late, process = threading.Event(), self.process
        timer = threading.Timer(seconds, lambda: (late.set(), process.kill()))
        timer.daemon = True
        timer.start()
        try:
            send(self.process.stdin, algorithm=algorithm, seed=seed % 2**31, picture=picture, missing=missing)
            answer = receive(self.process.stdout)
        except (OSError, EOFError) as error:  # the pipe is closed
            timer.cancel()
            self._stop()
            did = f"took more than {seconds:.0f} seconds" if late.is_set() else "crashed in OpenCV"
            raise UserError(f"{self.method} {did} on {size}; {instead}") from error
        finally:
            timer.cancel()
        if late.is_set():  # it was killed as it answered
            self._stop()
        if answer["trouble"]:
            raise UserError(f"{self.method}: OpenCV refuses {size}: {str(answer['trouble'])[:200]}; {instead}")
        return answer["picture"]

    def _start(self):
        if self.fresh:
            self._stop()
        if self.process is None:
            pipe, surroundings = subprocess.PIPE, {**os.environ, **SAME_MEMORY}
            self.process = subprocess.Popen(
                self.command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=surroundings
            )

    def _stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                try:
                    stream.close()
                except OSError:  # what could not be sent
                    pass
            self.process = None

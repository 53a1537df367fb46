"""The process in which OpenCV's xphoto module works: reads pictures, writes what it painted, until its input ends.

OpenCV's code reads past its arrays on some inputs, which ends the process it runs in: so it gets one of its own. Run as
a file, by `holefill.methods.xphoto_process`; it imports nothing but NumPy and OpenCV. A message is arrays as `np.savez`
writes them, its length in 8 bytes before it. A request: algorithm, its name; seed; picture, uint8 or float32 [H, W] or
[H, W, C]; missing, bool [H, W]. An answer: trouble, a text, empty where it went well; picture.
"""

import io
import os
import sys

import cv2
import numpy as np


def answer(algorithm: str, seed: int, picture: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The picture painted, uint8 [H, W, C]; OpenCV marks with non-zero what is known."""
    cv2.setRNGSeed(seed)
    painted = np.zeros_like(picture)
    cv2.xphoto.inpaint(picture, np.where(missing, 0, 255).astype(np.uint8), painted, getattr(cv2.xphoto, algorithm))
    return painted


def send(stream, **arrays) -> None:
    """Write a message."""
    message = io.BytesIO()
    np.savez(message, **arrays)
    stream.write(len(message.getvalue()).to_bytes(8, "little") + message.getvalue())
    stream.flush()


def receive(stream) -> dict:
    """The next message; EOFError where the stream ended."""
    length = int.from_bytes(stream.read(8), "little")
    message = stream.read(length)
    if not length or len(message) < length:
        raise EOFError
    with np.load(io.BytesIO(message)) as arrays:
        return dict(arrays)


def serve(given, taken) -> None:
    """Answer the requests of one stream in the other, until it ends."""
    while given.peek(1):
        request = receive(given)
        try:
            picture = answer(str(request["algorithm"]), int(request["seed"]), request["picture"], request["missing"])
            send(taken, trouble="", picture=picture)
        except (cv2.error, AttributeError, MemoryError) as error:
            trouble = " ".join(str(error).split()) or type(error).__name__
            send(taken, trouble=trouble, picture=request["picture"])


if __name__ == "__main__":
    cv2.setNumThreads(1)  # its results must not depend on how many cores there are
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # what a library prints goes elsewhere
        serve(sys.stdin.buffer, answers)

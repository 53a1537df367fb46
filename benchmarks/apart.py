"""A function's result from a process of its own.

That process gives back all its memory, has TensorFlow use the cores in its own way, and does not outlive the one that
began it: where that one ends, or is interrupted, it is sent SIGTERM, once, at which a training saves its state.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback


def call(function, *arguments, **options):
    """What `function(*arguments, **options)` returns, all of which are pickled; what it raises is raised here."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, function, arguments, options))
    child.start()
    theirs.close()
    error, value = _heard(ours, child, function.__name__)
    child.join()
    if error is not None:
        raise error
    return value


def _heard(pipe, child, name: str):
    """What the child sends; at Ctrl-C it is told to end, and still heard."""
    interrupted = False
    while True:
        try:
            return pipe.recv()
        except KeyboardInterrupt:
            interrupted = True
            child.terminate()
        except EOFError:
            child.join()
            if interrupted:
                raise KeyboardInterrupt from None
            raise RuntimeError(f"{name} ended with exit code {child.exitcode} and no answer") from None


def _answer(pipe, function, arguments, options):
    os.setpgid(0, 0)  # signals to the group are its parent's, which passes on one
    threading.Thread(target=_follow_parent, daemon=True).start()
    error = value = None
    try:
        value = function(*arguments, **options)
    except Exception as raised:
        error = _portable(raised)
    try:
        pipe.send((error, value))
    except BrokenPipeError:
        sys.stderr.write(f"{function.__name__}: {error or 'done'}, but nobody waits for it\n")


def _portable(error: Exception) -> Exception:
    """The error, or where it cannot be sent one that says the same, with where it was raised."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # what its class raises
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(traceback.format_exc())
    return error


def _follow_parent():
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)

"""A function's result from a process of its own.

That process gives back all its memory, has TensorFlow use the cores in its own way, and does not outlive the one that
began it, however that one ends: it is sent SIGTERM then, at which a training saves its state.
"""

import multiprocessing
import os
import signal
import threading


def call(function, *arguments, **options):
    """What `function(*arguments, **options)` returns, all of which are pickled; what it raises is raised here."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(theirs, function, arguments, options))
    child.start()
    theirs.close()
    try:
        error, value = ours.recv()
    except EOFError:
        child.join()
        raise RuntimeError(f"{function.__name__} ended with exit code {child.exitcode} and no answer") from None
    child.join()
    if error is not None:
        raise error
    return value


def _answer(pipe, function, arguments, options):
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        answer = None, function(*arguments, **options)
    except Exception as error:
        answer = error, None
    pipe.send(answer)


def _follow_parent():
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)

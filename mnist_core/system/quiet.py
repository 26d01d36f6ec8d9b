"""Keeps start-up logs of native libraries off the screen."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_open = 0  # how many blocks are open, in all threads
_stderr = -1  # a duplicate of the standard error, while any is


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Nothing written to the process's standard error is shown while this is open.

    TensorFlow and LiteRT log their start-up there from C++, and no setting of theirs turns all
    of it off. Python's exceptions are not affected. The descriptor belongs to the whole process,
    so the first block to open swaps it and the last one to close puts it back, in whatever
    threads they are.
    """
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _open, _stderr
    with _lock:
        _open += 1
        if _open > 1:
            return
        sys.stderr.flush()
        _stderr = os.dup(2)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        os.close(null)


def _leave() -> None:
    global _open
    with _lock:
        _open -= 1
        if _open:
            return
        os.dup2(_stderr, 2)
        os.close(_stderr)

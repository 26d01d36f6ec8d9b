"""Keeps start-up logs of native libraries off the screen."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Nothing written to the process's standard error is shown while this is open.

    TensorFlow and LiteRT log their start-up there from C++, and no setting of theirs turns all
    of it off. Python's exceptions are not affected.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)

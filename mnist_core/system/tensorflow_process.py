"""Work for a process beside this one: what needs TensorFlow, asked for by what must not import it.

    future = outside.ask(explain.saliency, model, images, classes)
    ... future.done() ... future.result()

All who ask share one process. It starts with the first question, keeps the networks that it
loaded, ends by itself after some minutes without a question, and is replaced when it breaks.
"""

import functools
import hashlib
import os
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from importlib import import_module
from typing import Any

from mnist_core.errors import MnistCoreError, ModelError
from mnist_core.i18n import Text
from mnist_core.system.processes import light_keras_import

IDLE = 300.0  # seconds without a question after which the process ends
KEPT = 24  # answers that are remembered, some of which are files of megabytes
WATCH = 1.0  # seconds between two looks at whether who asks is still there
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}  # whose memory is for training; few images need none

_lock = threading.Lock()
_executor: Any = None
_asked: "OrderedDict[bytes, Future[Any]]" = OrderedDict()


def ask(function: Callable[..., Any], *args: Any) -> "Future[Any]":
    """Have a function called in the other process; the answer, or its error, comes later.

    The same question once more gives the same future, so a page may ask at each of its runs; an
    answer that failed or was cancelled is not remembered.

    Args:
        function: of a module that can be imported; what it takes and gives can be pickled.
    """
    question = hashlib.sha256(
        pickle.dumps((function.__module__, function.__qualname__, args))
    ).digest()
    with _lock:
        future = _asked.pop(question, None)
        if future is None or _failed(future):
            future = _submit(function, args)
        _asked[question] = future  # the newest is last
        while len(_asked) > KEPT:
            _asked.popitem(last=False)
        return future


def trouble(future: "Future[Any]") -> str | None:
    """Why an answer that is done failed, in words for a person; None where it didn't."""
    from loky.process_executor import BrokenProcessPool

    if future.cancelled():
        return Text("This was given up for a newer question.")
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        return Text(
            "The process that worked this out has died, perhaps for want of memory. "
            "The next question starts a new one."
        )
    return None if error is None else in_words(error)


def in_words(error: BaseException) -> str:
    """An error of this project as it says itself; another one with what it is."""
    if isinstance(error, MnistCoreError) and error.args:
        message: str = error.args[0]
        return message
    return Text("This broke off: {reason}.", reason=repr(error))


def close() -> None:
    """End the process, whatever it does, and forget the answers; the next question starts anew."""
    global _executor
    with _lock:
        if _executor is not None:
            _executor.shutdown(wait=True, kill_workers=True)
        _executor = None
        _asked.clear()


def _submit(function: Callable[..., Any], args: tuple[Any, ...]) -> "Future[Any]":
    # loky: what concurrent.futures has for this never ends an idle process, and would start it by
    # running this one's main script again.
    from loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    global _executor
    for _ in range(2):
        if _executor is None:
            _executor = ProcessPoolExecutor(
                1, timeout=IDLE, env=NO_GPU, initializer=_begin, initargs=(os.getpid(),)
            )
        try:
            future: Future[Any] = _executor.submit(function, *args)
            _register_end()  # after loky's own, so that it is called before that one, which waits
            return future
        except BrokenProcessPool:  # it died since the last question
            _executor = None
        except OSError as error:
            _executor = None
            raise ModelError(
                Text(
                    "No process could be started to work this out ({reason}). Free some memory and "
                    "try again.",
                    reason=error.strerror,
                )
            ) from error
    raise ModelError(Text("The process that works this out dies at once. Free some memory."))


@functools.cache
def _register_end() -> None:
    """Have what is still being worked out given up when Python ends, rather than waited for."""
    # Only this comes before Python waits for its threads; concurrent.futures uses it too.
    register = getattr(threading, "_register_atexit", None)
    if register is not None:
        register(close)


def _begin(parent: int) -> None:
    """In the other process: watch the one that asks, and end when it was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
    with light_keras_import():
        import_module("mnist_core.training.loop")


def _failed(future: "Future[Any]") -> bool:
    if not future.done():
        return False
    try:
        return future.exception() is not None
    except CancelledError:
        return True

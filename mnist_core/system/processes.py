"""Processes of their own that outlive whoever started them: start one, tell whether it lives."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_core.errors import MnistCoreError
from mnist_core.i18n import Text

LOG = "log.txt"


def start_process(
    module: str, argument: str, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Run `python -m MODULE ARGUMENT` by itself; what it prints goes to the folder's log.

    Raises:
        OSError: the log can't be written, or no process can be started.
    """
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder / LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", module, argument],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
        )


@contextmanager
def light_keras_import() -> Iterator[None]:
    """Open this around the first import of Keras in a process that gives it arrays only.

    Keras imports pandas and scikit-learn where they are, to know their types when it meets them:
    2 of the 6 seconds that it takes with TensorFlow. In here they seem not to be installed, which
    Keras is made for.
    """
    hidden = {"pandas", "sklearn"} - sys.modules.keys()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            sys.modules.pop(name)


def failure_message(work: Callable[[], None]) -> str:
    """Do a process's work; why it failed, in words for people, or "" if it didn't."""
    try:
        work()
    except MnistCoreError as error:
        return str(error) if not error.args else error.args[0]
    except MemoryError:
        return Text("This machine ran out of memory. Try a smaller batch size or network.")
    except Exception as error:
        traceback.print_exc()
        return Text("Failed unexpectedly: {reason}. The log says more.", reason=repr(error))
    return ""


def log_tail(folder: Path, lines: int = 12) -> str:
    """The end of what a folder's processes printed; "" if nothing."""
    try:
        text = (folder / LOG).read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def is_held(lock: Path) -> bool:
    """Whether a living process holds a lock file: one that dies lets go of it."""
    if not lock.exists():
        return False
    try:
        with FileLock(lock).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # its folder has just gone
        return False

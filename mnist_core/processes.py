"""Processes of their own that outlive whoever started them: start one, tell whether it lives."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_core.errors import MnistCoreError

LOG = "log.txt"


def start_process(
    module: str, argument: str, folder: Path, environment: Mapping[str, str] | None = None
) -> None:
    """Run `python -m MODULE ARGUMENT` by itself; what it prints goes to the folder's log.

    Raises:
        OSError: the log can't be written, or no process can be started.
    """
    package = Path(__file__).resolve().parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder / LOG).open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", module, argument],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
        )  # fmt: skip


def why_it_failed(work: Callable[[], None]) -> str:
    """Do a process's work; what went wrong, in words for people, or "" where nothing did."""
    try:
        work()
    except MnistCoreError as error:
        return str(error)
    except MemoryError:
        return "The memory of this machine was not enough. Try a smaller batch size or network."
    except Exception as error:
        traceback.print_exc()
        return f"The work broke off: {error!r}. Its log says more."
    return ""


def last_words(folder: Path, lines: int = 12) -> str:
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

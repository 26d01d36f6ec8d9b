"""Processes of their own that outlive whoever started them: start one, tell whether it lives."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock, Timeout

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

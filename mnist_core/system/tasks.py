"""Work that is done once, in a process of its own, and kept: a folder for each piece of work.

    runs/maps/1a2b3c4d5e6f7a8b/
      starting        there, and fresh: a process was asked for and has no lock yet
      lock            held by the process that works on it
      status.json     how far it is
      message.txt     why it ended, if it could not go on
      log.txt         what the process printed
      result.npz      there: it is done (or, with a share below 1 in the status, what is there yet)

The folder's name is made from what the work is about, so the same question finds the same answer,
whoever asks. What the process needs is put into the folder before it is started.
"""

import hashlib
import io
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.errors import JobError
from mnist_core.system.files import READ_ERRORS, write_file
from mnist_core.system.processes import is_held, start_process, why_it_failed

SPAWNING = 20.0  # seconds within which a new process takes its lock
RESULT = "result.npz"
Report = Callable[..., None]  # (share 0..1, words, arrays so far)


@dataclass(frozen=True)
class JobState:
    """Where a piece of work is, as it was when it was looked at.

    Attributes:
        working: a process is at it, or about to be.
        share: how much is done, 0 to 1; 1 only when it is finished.
        words: what is being done, or "".
        arrays: the result by name; before the end, what there is of it yet; {} for none.
        message: why it ended, if it could not go on; else "".
    """

    working: bool
    share: float
    words: str
    arrays: Mapping[str, NDArray[Any]]
    message: str

    @property
    def finished(self) -> bool:
        """Whether the result is whole."""
        return self.share >= 1 and bool(self.arrays)


def job_folder(kind: str, about: bytes) -> Path:
    """Where the work of a kind on something is kept, whether it is there or not."""
    return settings.runs_dir() / kind / hashlib.sha256(about).hexdigest()[:16]


def look_at_job(folder: Path) -> JobState:
    """Where the work is now."""
    held = is_held(folder / "lock")
    status: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        status = dict(json.loads((folder / "status.json").read_text("utf-8")))
    arrays = read_arrays(folder / RESULT)
    message, starting = "", False
    with suppress(OSError):
        message = (folder / "message.txt").read_text("utf-8").strip()
    with suppress(OSError):
        starting = time.time() - (folder / "starting").stat().st_mtime < SPAWNING
    share = float(status.get("share", 0.0))
    if share >= 1 and not arrays:  # the result was lost
        share = 0.0
    words = str(status.get("words", "")) if held else ""
    return JobState((held or starting) and share < 1, share, words, arrays, message)


def start_job(module: str, folder: Path, inputs: Mapping[str, bytes]) -> None:
    """Start `python -m MODULE FOLDER` unless the work is done, or somebody is at it.

    Args:
        inputs: file name -> content, put into the folder first.

    Raises:
        JobError: the folder can't be written, or no process can be started.
    """
    state = look_at_job(folder)
    if state.working or state.finished:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "message.txt").unlink(missing_ok=True)
        for name, content in inputs.items():
            write_file(folder / name, content, durable=False)
        (folder / "starting").touch()
        start_process(module, str(folder.absolute()), folder)
    except OSError as error:
        raise JobError(
            f"The work could not be started in {folder} ({error.strerror}). Free some space, or "
            "set MNIST_CORE_RUNS to a folder that can be written."
        ) from error


def run_job(folder: Path, work: Callable[[Report], Mapping[str, NDArray[Any]]]) -> None:
    """The process's side: do the work under the folder's lock and keep what it gives.

    One piece of work of a kind at a time; the others wait. What goes wrong is left for others to
    read.

    Args:
        work: called with `report(share, words, arrays)`, which it may call at any time, the last
            two left out as it likes; gives the arrays to keep.
    """
    if hasattr(os, "nice"):
        os.nice(10)  # whoever draws comes first
    try:  # whoever only looks holds it for a moment
        lock = FileLock(folder / "lock").acquire(timeout=SPAWNING)
    except Timeout:
        return  # another process is at it
    message = ""
    with lock:

        def report(
            share: float, words: str = "", arrays: Mapping[str, NDArray[Any]] | None = None
        ) -> None:
            if arrays:
                _write(folder / RESULT, arrays)
            status = json.dumps({"share": share, "words": words, "updated": time.time()})
            write_file(folder / "status.json", status.encode(), durable=False)

        def attempt() -> None:
            if look_at_job(folder).finished:
                return
            report(0.0, "waits for its turn")
            with FileLock(folder.parent / ".turn"):
                report(0.0)
                report(1.0, arrays=work(report))

        try:
            message = why_it_failed(attempt)
        finally:
            with suppress(OSError):
                (folder / "starting").unlink(missing_ok=True)
                if message:
                    write_file(folder / "message.txt", message.encode(), durable=False)


def _write(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    content = io.BytesIO()
    np.savez(content, **dict(arrays))  # type: ignore[arg-type]
    write_file(path, content.getvalue(), durable=False)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file; {} where it is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except READ_ERRORS:
        return {}

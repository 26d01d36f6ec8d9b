"""Computations done once, by a process of their own, whose result is kept: a folder for each.

    runs/maps/1a2b3c4d5e6f7a8b/       a `TaskFolder`, and
      status.json     how far it is
      result.npz      the result; with a share below 1 in the status, what there is of it so far

The folder's name is a digest of what the computation is about, so the same question finds the same
result, whoever asks. What the process needs is put into the folder before it is launched.
"""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from mnist_core import settings
from mnist_core.i18n import Text, from_line, to_line
from mnist_core.system.files import READ_ERRORS, write_file
from mnist_core.system.records import Record, read_record, write_record
from mnist_core.system.tasks import Launcher, TaskFolder, run_task, writing

RESULT, STATUS = "result.npz", "status.json"
Arrays = Mapping[str, NDArray[Any]]


class Report(Protocol):
    """What a computation calls to say how far it is."""

    def __call__(self, share: float, words: str = "", arrays: Arrays | None = None) -> None:
        """Say the share that is done, 0 to 1, what is being done, and the result so far."""


class _Status(Record, frozen=True):
    share: float = 0.0
    words: str = ""
    waiting: bool = False


@dataclass(frozen=True)
class Computation:
    """A computation as it was when it was looked at.

    Attributes:
        working: a process is at it, or about to be.
        waiting: that process waits until another computation of the kind is done.
        share: how much is done, 0 to 1; 1 only when it is finished.
        words: what is being done, or "".
        arrays: the result by name; before the end, what there is of it yet; {} for none.
        message: why it ended, if it could not go on; else "".
    """

    working: bool
    waiting: bool
    share: float
    words: str
    arrays: Arrays
    message: str

    @property
    def finished(self) -> bool:
        """Whether the result is whole."""
        return self.share >= 1 and bool(self.arrays)


def computation_folder(kind: str, about: bytes) -> Path:
    """Where the computation of a kind on something is kept, whether it is there or not."""
    return settings.runs_dir() / kind / hashlib.sha256(about).hexdigest()[:16]


def read_computation(folder: Path) -> Computation:
    """The computation in a folder as it is now."""
    task = TaskFolder(folder)
    starting, held = task.starting, task.held  # in this order, as in `TaskFolder.active`
    status = read_record(_Status, folder / STATUS)
    arrays = read_arrays(folder / RESULT)
    share = min(max(status.share, 0.0), 1.0)
    if share >= 1 and not arrays:  # the result was lost
        share = 0.0
    return Computation(
        working=(held or starting) and share < 1,
        waiting=held and status.waiting,
        share=share,
        words=from_line(status.words) if held else "",
        arrays=arrays,
        message=task.message,
    )


def start_computation(
    module: str, folder: Path, inputs: Mapping[str, bytes], launch: Launcher | None = None
) -> None:
    """Launch `python -m MODULE FOLDER` unless it is done, or somebody is at it.

    Args:
        inputs: file name -> content, put into the folder first.
        launch: see `TaskFolder.launch`.

    Raises:
        TaskError: the folder can't be written, or no process can be started.
    """
    computation = read_computation(folder)
    if computation.working or computation.finished:
        return
    with writing(folder, Text("The work could not be started")):
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in inputs.items():
            write_file(folder / name, content, durable=False)
        TaskFolder(folder).launch(module, str(folder.absolute()), launch=launch)


def run_computation(folder: Path, compute: Callable[[Report], Arrays]) -> None:
    """The process's side: compute under the folder's lock and keep the result.

    One computation of a kind runs at a time; the others wait.

    Args:
        compute: called with a `Report`, which it may call at any time; gives the arrays to keep.
    """

    def report(share: float, words: str = "", arrays: Arrays | None = None) -> None:
        if arrays:
            _write_arrays(folder / RESULT, arrays)
        write_record(_Status(share=share, words=to_line(words)), folder / STATUS)

    def work() -> None:
        if read_computation(folder).finished:
            return
        write_record(_Status(words=to_line(Text("Queued")), waiting=True), folder / STATUS)
        with FileLock(folder.parent / ".turn"):
            report(0.0)
            report(1.0, arrays=compute(report))

    run_task(TaskFolder(folder), work)


def _write_arrays(path: Path, arrays: Arrays) -> None:
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

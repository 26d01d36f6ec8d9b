"""Work done by a process in a folder: started, watched and stopped by whoever sees the folder.

    FOLDER/
      queued          there: it waits until a worker, perhaps on another machine, takes it
      starting        fresh: a process was launched and has not taken its lock yet
      lock            held by the process that works here; a process that dies lets go of it
      stop            there: the process is asked to stop
      message.txt     why the last process ended, if it could not go on
      log.txt         what the processes printed

Training runs (`mnist_core.runs`), workers on a study (`mnist_core.studies.workers`) and
computations whose result is kept (`mnist_core.system.computations`) are such work. The process
outlives whoever started it, and nothing is ever sent to it: the folder is all that the two sides
share.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from filelock import AcquireReturnProxy, FileLock, Timeout

from mnist_core.errors import MnistCoreError, TaskError
from mnist_core.i18n import Text, from_line, to_line
from mnist_core.system import processes
from mnist_core.system.files import write_file

LAUNCH = 20.0  # seconds within which a launched process takes its lock
LOCK, QUEUED, STARTING, STOP = "lock", "queued", "starting", "stop"
MESSAGE = "message.txt"


class Launcher(Protocol):
    """What starts `python -m MODULE ARGUMENT` now or later.

    `processes.start_process` is one, `mnist_core.runs.workers.enqueue` another.
    """

    def __call__(
        self,
        module: str,
        argument: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> object:
        """Start the process; its output goes to the folder's log."""


@dataclass(frozen=True)
class TaskFolder:
    """The folder of one piece of work, whether it is there or not."""

    path: Path

    # --- looking ---

    @property
    def held(self) -> bool:
        """Whether a living process works here."""
        return processes.is_held(self.path / LOCK)

    @property
    def starting(self) -> bool:
        """Whether a process was launched just now and has not taken its lock yet."""
        try:
            age = time.time() - (self.path / STARTING).stat().st_mtime
        except OSError:
            return False
        return -1 < age < LAUNCH  # a clock that was set back makes it old, not new forever

    @property
    def queued(self) -> bool:
        """Whether it waits in a queue until a worker takes it."""
        return (self.path / QUEUED).exists()

    @property
    def active(self) -> bool:
        """Whether a process works here, or is about to.

        A process takes the lock before it says that it has started, so the lock is looked at last.
        """
        return self.starting or self.queued or self.held

    @property
    def message(self) -> str:
        """Why the last process ended, if it could not go on; else ""."""
        try:
            return from_line((self.path / MESSAGE).read_text("utf-8", errors="replace").strip())
        except OSError:
            return ""

    @property
    def stopping(self) -> bool:
        """Whether the process is asked to stop."""
        return (self.path / STOP).exists()

    def log_tail(self, lines: int = 12) -> str:
        """The end of what the processes printed; "" if nothing."""
        return processes.log_tail(self.path, lines)

    # --- asking ---

    def launch(
        self,
        module: str,
        argument: str,
        *,
        launch: Launcher | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Launch `python -m MODULE ARGUMENT`; an old message and an old request to stop are gone.

        Args:
            launch: what starts the process; default: `processes.start_process`.

        Raises:
            OSError: the folder can't be written, or no process can be started.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.clear_stop()
        (self.path / MESSAGE).unlink(missing_ok=True)
        (self.path / STARTING).touch()
        (launch or processes.start_process)(module, argument, self.path, environment)

    def request_stop(self) -> None:
        """Ask the process to stop.

        Raises:
            OSError: the folder can't be written.
        """
        (self.path / STOP).touch()

    def clear_stop(self) -> None:
        """Forget a request to stop."""
        (self.path / STOP).unlink(missing_ok=True)

    # --- working ---

    def hold(self, lock: str = LOCK, timeout: float = 0) -> AcquireReturnProxy[Any] | None:
        """Take a lock of the folder; None if another process keeps it.

        Args:
            timeout: seconds to wait for it. Whoever only looks holds it for a moment.
        """
        try:
            return FileLock(self.path / lock).acquire(timeout=timeout)
        except Timeout:
            return None

    def started(self) -> None:
        """Say that the launched process has its lock."""
        for name in (QUEUED, STARTING):
            with suppress(OSError):
                (self.path / name).unlink(missing_ok=True)

    def end(self, message: str) -> None:
        """Leave the reason why this process ends; "" leaves none."""
        with suppress(OSError):
            if message:
                write_file(self.path / MESSAGE, to_line(message).encode(), durable=False)


def run_task(
    folder: TaskFolder, work: Callable[[], None], end: Callable[[str], None] | None = None
) -> None:
    """The process's side: do the work under the folder's lock.

    Nothing is done while another process holds the lock.

    Args:
        end: gets the reason when the work fails, in words for people, and "" when it doesn't;
            default: `TaskFolder.end`.
    """
    lock = folder.hold(timeout=LAUNCH)
    if lock is None:
        print("Another process works here.", file=sys.stderr)
        return
    with lock:
        folder.started()
        give_way()
        (end or folder.end)(processes.failure_message(work))


def give_way() -> None:
    """Let other processes have the processor first: whoever draws must not wait for this one."""
    if hasattr(os, "nice"):
        os.nice(10)


@contextmanager
def writing(folder: Path, what: str, error: type[MnistCoreError] = TaskError) -> Iterator[None]:
    """Turn a failure to write into an error of this package.

    Args:
        folder: that is written.
        what: what could not be done, such as `The run could not be started`.

    Raises:
        MnistCoreError: of the given kind.
    """
    try:
        yield
    except OSError as reason:
        raise error(
            Text(
                "{what} in {folder} ({reason}). Free some space, or set MNIST_CORE_RUNS to a "
                "folder that can be written.",
                what=what,
                folder=folder,
                reason=reason.strerror or str(reason),
            )
        ) from reason

"""The queue of what wants to train: so many at a time, in order of arrival."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import AcquireReturnProxy, FileLock, Timeout

from mnist_core import settings
from mnist_core.runs.preferences import read_preferences
from mnist_core.runs.runs import WAITING, Run, list_runs

POLL = 0.3  # seconds between two looks
Ticket = tuple[float, str]  # (since when it waits, in seconds since the epoch; its id)


def take_slot(
    ticket: Ticket, should_stop: Callable[[], bool], folder: Path | None = None
) -> AcquireReturnProxy[Any] | None:
    """Wait for one of the slots; it is held until released.

    Args:
        ticket: of the one that waits. Runs that came before it go first.
        should_stop: asked all the while.
        folder: of runs; default: `settings.runs_dir()`.

    Returns:
        None if asked to stop meanwhile.
    """
    folder = folder or settings.runs_dir()
    slots = folder / ".places"
    slots.mkdir(parents=True, exist_ok=True)
    while not should_stop():
        if not runs_ahead(ticket, folder):
            for number in range(read_preferences(folder).at_once):
                with suppress(Timeout):
                    return FileLock(slots / str(number)).acquire(timeout=0)
        time.sleep(POLL)
    return None


def runs_ahead(ticket: Ticket, folder: Path | None = None) -> list[Run]:
    """The waiting runs that came before a ticket."""
    return [
        run
        for run in list_runs(folder)
        if run.state == WAITING and run.id != ticket[1] and (run.status.queued, run.id) < ticket
    ]

"""Studies worked on in the background: started, watched and stopped by whoever sees the folder.

    runs/studies/crossval-dense_512-1a2b3c4d-5e6f7a8b/      one study, as this machine knows it
      starting            see `mnist_core.system.tasks`
      worker-0.lock       held by a worker of this machine; the second one has worker-1.lock
      worker-0.json       where that worker is
      stop, message.txt, log.txt

The study itself is in its database (`mnist_core.studies.study`). A worker is a process of its own,
`python -m mnist_core.studies.workers STUDY`, which outlives whoever started it; or the command
line's `crossval`, `tune` and `work`. A process that dies lets go of its lock.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

from filelock import AcquireReturnProxy

from mnist_core import settings
from mnist_core.data.collection import load_data
from mnist_core.data.dataset import Dataset
from mnist_core.errors import StudyError
from mnist_core.i18n import Text, _
from mnist_core.runs.queue import take_slot
from mnist_core.studies.state import CROSSVAL, StudyProgress, StudyState, StudyTrial
from mnist_core.studies.study import delete_study, list_studies, read_study, work
from mnist_core.system.processes import failure_message, is_held, light_keras_import
from mnist_core.system.records import Record, read_record, write_record
from mnist_core.system.tasks import Launcher, TaskFolder, give_way, writing

REPORT = 0.3  # seconds between two reports
WAITING: Final = "waiting"
LOADING: Final = "loading"
TRAINING: Final = "training"
OTHERS: Final = "others"


class WorkerStatus(Record, frozen=True):
    """What a worker last said of itself.

    Attributes:
        state: `waiting` in the queue, `loading` TensorFlow, `training`, or `others` while it waits
            for workers on other machines.
        place: the slot whose trial it trains, from 0.
        epoch, epochs: of that trial.
        share: of that trial that is done, 0 to 1.
        accuracy: of the epoch so far.
        pid: of the process.
    """

    state: Literal["waiting", "loading", "training", "others"] = LOADING
    place: int | None = None
    epoch: int = 0
    epochs: int = 0
    share: float = 0.0
    accuracy: float | None = None
    pid: int | None = None


@dataclass(frozen=True)
class StudyWorkers:
    """Who of this machine works on a study, as it was when it was looked at.

    Attributes:
        workers: the status of each living worker.
        starting: a process was launched and hasn't begun.
        stopping: the workers are asked to stop.
        message: why the last one ended, if it could not go on; else "".
    """

    folder: Path
    workers: list[WorkerStatus]
    starting: bool
    stopping: bool
    message: str

    @property
    def alive(self) -> bool:
        """Whether anybody of this machine works on it, or is about to."""
        return bool(self.workers) or self.starting

    def log_tail(self) -> str:
        """The end of what its processes printed."""
        return TaskFolder(self.folder).log_tail()


# --- looking ------------------------------------------------------------------------------


def study_folder(name: str, storage: str | None = None) -> Path:
    """Where this machine keeps what it knows of a study's workers."""
    storage = storage or settings.study_storage()
    digest = hashlib.sha256(json.dumps([storage, name]).encode()).hexdigest()[:8]
    readable = re.sub(r"[^\w-]+", "-", name)[:60]
    return settings.runs_dir() / "studies" / f"{readable}-{digest}"


def read_workers(name: str, storage: str | None = None) -> StudyWorkers:
    """Who of this machine works on a study now."""
    task = TaskFolder(study_folder(name, storage))
    workers = [
        read_record(WorkerStatus, lock.with_suffix(".json"))
        for lock in sorted(task.path.glob("worker-*.lock"))
        if is_held(lock)
    ]
    return StudyWorkers(
        task.path, workers, task.starting and not workers, task.stopping, task.message
    )


def study_state(state: StudyState, workers: StudyWorkers) -> str:
    """Where a study is, in a word: `working`, `finished` or `stopped`."""
    if workers.alive:
        return "working"
    return "finished" if state.finished else "stopped"


def describe_progress(state: StudyState, workers: StudyWorkers) -> str:
    """Where a study is, in a line, in the reader's language."""
    counts = {"filled": state.filled, "slots": state.slots}
    if state.kind == CROSSVAL:
        parts = [_("{filled} of {slots} folds done", **counts)]
    else:
        parts = [_("{filled} of {slots} trials done", **counts)]
    if state.finished:
        return parts[0]
    if workers.starting:
        parts.append(_("starting"))
    parts += [_(_describe_worker(state, worker)) for worker in workers.workers]
    if workers.alive and workers.stopping:
        parts.append(_("stopping …"))
    if not workers.alive:
        parts.append(_("no process of this machine is working on it"))
    return " · ".join(parts)


def _describe_worker(state: StudyState, worker: WorkerStatus) -> str:
    fold = state.kind == CROSSVAL
    if trial := _trial_of(state, worker):
        if fold:
            name = Text("fold {number}", number=trial.slot + 1)
        else:
            name = Text("trial {number}", number=trial.number)
        return Text("{trial}: {progress}", trial=name, progress=_describe_epoch(worker))
    if worker.state == OTHERS:
        if fold:
            return Text("waiting for folds of other workers")
        return Text("waiting for trials of other workers")
    if worker.state == TRAINING:
        return Text("going on to the next fold") if fold else Text("going on to the next trial")
    if worker.state == WAITING:
        return Text("queued behind a training run")
    return Text("loading TensorFlow, some 5 to 10 seconds")


def _describe_epoch(worker: WorkerStatus) -> str:
    epochs = {"epoch": worker.epoch, "epochs": worker.epochs}
    if worker.accuracy is None:
        return Text("epoch {epoch} of {epochs}", **epochs)
    return Text(
        "epoch {epoch} of {epochs}, accuracy so far {accuracy:.1%}",
        **epochs,
        accuracy=worker.accuracy,
    )


def _trial_of(state: StudyState, worker: WorkerStatus) -> StudyTrial | None:
    """The trial that a worker trains; None if it has just ended, or not begun."""
    if worker.state != TRAINING:
        return None
    return next((trial for trial in state.running if trial.slot == worker.place), None)


def trials_in_progress(state: StudyState, workers: StudyWorkers) -> float:
    """How much of the trials that are running here is done: 1.5 for one and a half."""
    return sum(worker.share for worker in workers.workers if _trial_of(state, worker))


def share_done(state: StudyState, workers: StudyWorkers) -> float:
    """Share of a study that is done, 0 to 1, with what is running on this machine."""
    done = state.filled + state.given_up + trials_in_progress(state, workers)
    return min(1.0, done / state.slots)


def known_studies(storage: str | None = None) -> list[StudyState]:
    """All studies, the newest first; without a look into a database that was never made.

    Raises:
        StudyError: the database can't be used.
    """
    storage, file = storage or settings.study_storage(), settings.studies_file()
    if storage == f"sqlite:///{file}" and not file.exists():
        return []
    return sorted(list_studies(storage), key=lambda study: study.created, reverse=True)


# --- asking -------------------------------------------------------------------------------


def start_work(name: str, storage: str | None = None, launch: Launcher | None = None) -> None:
    """Start a process of its own that works on a study until nothing of it is left.

    Args:
        launch: what starts the process; see `TaskFolder.launch`.

    Raises:
        StudyError: there is no such study, it is finished, or a worker of this machine is at it.
    """
    state = read_study(name, storage)
    if state.finished:
        raise StudyError(
            Text("The study {name!r} is finished: there is nothing to continue.", name=name)
        )
    if read_workers(name, storage).alive:
        raise StudyError(Text("A process of this machine already works on {name!r}.", name=name))
    folder = study_folder(name, storage)
    # The address of the database may hold a password, which a command line would show.
    environment = {
        "MNIST_CORE_STORAGE": storage or settings.study_storage(),
        "MNIST_CORE_RUNS": str(settings.runs_dir().absolute()),
    }
    with writing(folder, Text("The study could not be started"), StudyError):
        TaskFolder(folder).launch(
            "mnist_core.studies.workers", name, launch=launch, environment=environment
        )


def stop_work(name: str, storage: str | None = None) -> None:
    """Ask the workers of this machine to stop within ten batches; nothing that is done is lost.

    Raises:
        StudyError: none works on it.
    """
    workers = read_workers(name, storage)
    if not workers.alive:
        raise StudyError(
            Text(
                "No process of this machine works on {name!r}: there is nothing to stop.",
                name=name,
            )
        )
    with writing(workers.folder, Text("The request to stop could not be left"), StudyError):
        TaskFolder(workers.folder).request_stop()


def remove_study(name: str, storage: str | None = None) -> None:
    """Delete a study with all its trials, and what this machine knows of it.

    Raises:
        StudyError: there is none, a worker of this machine is at it, or the database can't be used.
    """
    if read_workers(name, storage).alive:
        raise StudyError(
            Text("A process of this machine works on {name!r}: stop it first.", name=name)
        )
    delete_study(name, storage)
    shutil.rmtree(study_folder(name, storage), ignore_errors=True)


# --- working ------------------------------------------------------------------------------


def attend(
    name: str,
    dataset: Dataset,
    *,
    storage: str | None = None,
    on_progress: Callable[[StudyProgress], None] = lambda progress: None,
    should_stop: Callable[[], bool] = lambda: False,
    in_background: bool = False,
) -> StudyState:
    """`mnist_core.studies.study.work`, so that this machine knows of it and can stop it.

    Args:
        in_background: take turns with the training runs: before each trial it waits for a place.

    Raises:
        See `mnist_core.studies.study.work`.
    """
    with _worker(study_folder(name, storage), in_background) as worker:

        def stop_asked() -> bool:
            return should_stop() or worker.should_stop()

        def report(progress: StudyProgress) -> None:
            worker.report(progress)
            on_progress(progress)

        @contextmanager
        def turn() -> Iterator[bool]:
            if not in_background:
                worker.update(WorkerStatus(state=LOADING))
                yield True
                return
            worker.update(WorkerStatus(state=WAITING))
            slot = take_slot((time.time(), name), stop_asked)
            if slot is None:
                yield False
                return
            with slot:
                worker.update(WorkerStatus(state=LOADING))
                yield True

        return work(
            name, dataset, storage=storage, on_progress=report, should_stop=stop_asked, turn=turn
        )


class _Worker:
    """What a worker leaves for others to see; it does without where nothing can be written."""

    def __init__(self, folder: Path, status: Path | None) -> None:
        self.task, self.status = TaskFolder(folder), status
        self.reported = 0.0
        self.stopping = False

    def should_stop(self) -> bool:
        """Whether somebody wants it to stop; once so, always so."""
        self.stopping = self.stopping or self.task.stopping
        return self.stopping

    def update(self, status: WorkerStatus) -> None:
        """Change the status that everybody reads."""
        if self.status:
            with suppress(OSError):
                write_record(status.changed(pid=os.getpid()), self.status)

    def report(self, progress: StudyProgress) -> None:
        """Say where the training is, at times."""
        now = time.time()
        if now - self.reported < REPORT:
            return
        self.reported = now
        training = progress.training
        if training is None:
            self.update(WorkerStatus(state=OTHERS))
            return
        self.update(
            WorkerStatus(
                state=TRAINING,
                place=progress.slot,
                epoch=training.epoch,
                epochs=training.epochs,
                share=training.share,
                accuracy=training.metrics.get("accuracy"),
            )
        )


@contextmanager
def _worker(folder: Path, keep_stop: bool) -> Iterator[_Worker]:
    """Hold the first free lock of a study's folder.

    Args:
        keep_stop: whether a request to stop that is there is meant for this worker.
    """
    if not settings.runs_dir().exists():  # a machine that only lends its processor
        yield _Worker(folder, None)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock, path = _first_free(folder)
        TaskFolder(folder).started()
        if not keep_stop:
            _clear_stop(folder, path)
    except OSError:
        yield _Worker(folder, None)
        return
    with lock:
        yield _Worker(folder, path.with_suffix(".json"))
        with suppress(OSError):
            path.with_suffix(".json").unlink(missing_ok=True)
            _clear_stop(folder, path)


def _first_free(folder: Path) -> tuple[AcquireReturnProxy[Any], Path]:
    for number in count():
        name = f"worker-{number}.lock"
        lock = TaskFolder(folder).hold(name)
        if lock is not None:
            return lock, folder / name
    raise AssertionError  # never


def _clear_stop(folder: Path, mine: Path) -> None:
    """Forget the request to stop, unless other workers have yet to see it."""
    if not any(is_held(lock) for lock in folder.glob("worker-*.lock") if lock != mine):
        TaskFolder(folder).clear_stop()


def main(name: str) -> None:
    """Work on a study in the background; the reason of a failure is left for others to read."""
    give_way()
    signals: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: signals.append(number))

    def attend_in_background() -> None:
        with light_keras_import():
            import mnist_core.training.loop  # noqa: F401
        dataset = load_data(read_study(name).data_name)
        attend(name, dataset, should_stop=lambda: bool(signals), in_background=True)

    task = TaskFolder(study_folder(name))
    message = failure_message(attend_in_background)
    task.started()
    task.end(message)


if __name__ == "__main__":
    main(sys.argv[1])

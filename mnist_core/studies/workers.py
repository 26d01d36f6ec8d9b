"""Studies worked on in the background: started, watched and stopped by whoever sees the folder.

    runs/studies/crossval-dense_512-1a2b3c4d-5e6f7a8b/      one study, as this machine knows it
      starting            there, and fresh: a process was asked for and has no lock yet
      worker-0.lock       held by a worker of this machine; the second one has worker-1.lock
      worker-0.json       where that worker is
      stop                there: the workers of this machine are asked to stop
      message.txt         why the last worker ended, if it could not go on
      log.txt             what the processes printed

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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from filelock import AcquireReturnProxy, FileLock, Timeout

from mnist_core import settings
from mnist_core.data.collection import load_data
from mnist_core.data.dataset import Dataset
from mnist_core.errors import StudyError
from mnist_core.runs.runs import take_place
from mnist_core.studies.state import CROSSVAL, StudyProgress, StudyState, StudyTrial
from mnist_core.studies.study import delete_study, list_studies, read_study, work
from mnist_core.system.files import write_file
from mnist_core.system.processes import (
    is_held,
    last_words,
    lighter_keras,
    start_process,
    why_it_failed,
)

SPAWNING = 20.0  # seconds within which a new process takes its lock
REPORT = 0.3  # seconds between two reports
WAITING, LOADING, TRAINING, OTHERS = "waiting", "loading", "training", "others"


@dataclass(frozen=True)
class Attendance:
    """Who of this machine works on a study, as it was when it was looked at.

    Attributes:
        workers: what each living worker last said: `state` (`waiting` for its turn, `loading`
            TensorFlow, `training`, or `others` while it waits for other machines), and when
            training `place`, `epoch`, `epochs`, `share` of this trial, 0 to 1, `accuracy` so far.
        starting: a process was asked for and hasn't begun.
        stopping: the workers are asked to stop.
        message: why the last one ended, if it could not go on; else "".
    """

    folder: Path
    workers: list[Mapping[str, Any]]
    starting: bool
    stopping: bool
    message: str

    @property
    def alive(self) -> bool:
        """Whether anybody of this machine works on it, or is about to."""
        return bool(self.workers) or self.starting

    def last_words(self) -> str:
        """The end of what its processes printed."""
        return last_words(self.folder)


# --- looking ------------------------------------------------------------------------------


def study_folder(name: str, storage: str | None = None) -> Path:
    """Where this machine keeps what it knows of a study's workers."""
    storage = storage or settings.study_storage()
    digest = hashlib.sha256(json.dumps([storage, name]).encode()).hexdigest()[:8]
    readable = re.sub(r"[^\w-]+", "-", name)[:60]
    return settings.runs_dir() / "studies" / f"{readable}-{digest}"


def look(name: str, storage: str | None = None) -> Attendance:
    """Who of this machine works on a study now."""
    folder = study_folder(name, storage)
    workers = [
        _said(lock.with_suffix(".json"))
        for lock in sorted(folder.glob("worker-*.lock"))
        if is_held(lock)
    ]
    try:
        starting = time.time() - (folder / "starting").stat().st_mtime < SPAWNING
    except OSError:
        starting = False
    try:
        message = (folder / "message.txt").read_text("utf-8").strip()
    except OSError:
        message = ""
    return Attendance(
        folder, workers, starting and not workers, (folder / "stop").exists(), message
    )


def _said(path: Path) -> Mapping[str, Any]:
    try:
        status = json.loads(path.read_text("utf-8"))
        return status if isinstance(status, dict) else {}
    except (OSError, ValueError):
        return {}


def state_word(state: StudyState, now: Attendance) -> str:
    """Where a study is, in a word: `working`, `finished` or `stopped`."""
    if now.alive:
        return "working"
    return "finished" if state.finished else "stopped"


def where(state: StudyState, now: Attendance) -> str:
    """Where a study is, in a line."""
    part = "fold" if state.kind == CROSSVAL else "trial"
    words = [f"{state.filled} of {state.places} {part}s are done"]
    if state.finished:
        return words[0]
    if now.starting:
        words.append("a process is starting")
    for worker in now.workers:
        words.append(_worker_words(state, part, worker))
    if now.alive and now.stopping:
        words.append("stopping …")
    if not now.alive:
        words.append("nobody of this machine works on it now")
    return " · ".join(words)


def _worker_words(state: StudyState, part: str, worker: Mapping[str, Any]) -> str:
    said, running = worker.get("state"), _training(state, worker)
    if running:
        number = running.place + 1 if state.kind == CROSSVAL else running.number
        accuracy = worker.get("accuracy")
        told = "" if accuracy is None else f", accuracy so far {accuracy:.1%}"
        return f"{part} {number}: epoch {worker['epoch']} of {worker['epochs']}{told}"
    return {
        WAITING: "waits until a training run leaves it a place",
        OTHERS: f"waits for {part}s that other workers are at",
        TRAINING: f"goes on to the next {part}",
    }.get(str(said), "is starting: TensorFlow is being loaded, some 5 to 10 seconds")


def _training(state: StudyState, worker: Mapping[str, Any]) -> StudyTrial | None:
    """The trial that a worker trains; None if it has just ended, or not begun."""
    if worker.get("state") != TRAINING:
        return None
    return next((one for one in state.running if one.place == worker["place"]), None)


def begun(state: StudyState, now: Attendance) -> float:
    """How much of the trials that are running here is done: 1.5 for one and a half."""
    return sum(float(one["share"]) for one in now.workers if _training(state, one))


def share_done(state: StudyState, now: Attendance) -> float:
    """Share of a study that is done, 0 to 1, with what is running on this machine."""
    return min(1.0, (state.filled + state.given_up + begun(state, now)) / state.places)


def known_studies(storage: str | None = None) -> list[StudyState]:
    """All studies, the newest first; without a look into a database that was never made.

    Raises:
        StudyError: the database can't be used.
    """
    storage, file = storage or settings.study_storage(), settings.studies_file()
    if storage == f"sqlite:///{file}" and not file.exists():
        return []
    return sorted(list_studies(storage), key=lambda one: one.created, reverse=True)


# --- asking -------------------------------------------------------------------------------


def start_work(name: str, storage: str | None = None) -> None:
    """Start a process of its own that works on a study until nothing of it is left.

    Raises:
        StudyError: there is no such study, it is finished, or a worker of this machine is at it.
    """
    state = read_study(name, storage)
    if state.finished:
        raise StudyError(f"The study {name!r} is finished: there is nothing to go on with.")
    if look(name, storage).alive:
        raise StudyError(f"A process of this machine works on {name!r} already.")
    folder = study_folder(name, storage)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in ("stop", "message.txt"):
            (folder / old).unlink(missing_ok=True)
        (folder / "starting").touch()
        _spawn(name, storage or settings.study_storage(), folder)
    except OSError as error:
        raise StudyError(
            f"The study could not be started in {folder} ({error.strerror}). Free some space, or "
            "set MNIST_CORE_RUNS to a folder that can be written."
        ) from error


def _spawn(name: str, storage: str, folder: Path) -> None:
    # The address of the database may hold a password, which a command line would show.
    start_process(
        "mnist_core.studies.workers",
        name,
        folder,
        {
            "MNIST_CORE_STORAGE": storage,
            "MNIST_CORE_RUNS": str(settings.runs_dir().absolute()),
        },
    )


def stop_work(name: str, storage: str | None = None) -> None:
    """Ask the workers of this machine to stop within ten batches; nothing that is done is lost.

    Raises:
        StudyError: none works on it.
    """
    now = look(name, storage)
    if not now.alive:
        raise StudyError(f"No process of this machine works on {name!r}: there is nothing to stop.")
    (now.folder / "stop").touch()


def remove_study(name: str, storage: str | None = None) -> None:
    """Delete a study with all its trials, and what this machine knows of it.

    Raises:
        StudyError: there is none, a worker of this machine is at it, or the database can't be used.
    """
    if look(name, storage).alive:
        raise StudyError(f"A process of this machine works on {name!r}: stop it first.")
    delete_study(name, storage)
    shutil.rmtree(study_folder(name, storage), ignore_errors=True)


# --- working ------------------------------------------------------------------------------


def attend(
    name: str,
    dataset: Dataset,
    *,
    storage: str | None = None,
    on_progress: Callable[[StudyProgress], None] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
    in_background: bool = False,
) -> StudyState:
    """`mnist_core.studies.study.work`, so that this machine knows of it and can stop it.

    Args:
        in_background: take turns with the training runs: before each trial it waits for a place.

    Raises:
        See `mnist_core.studies.study.work`.
    """
    with _desk(study_folder(name, storage), in_background) as desk:

        def asked() -> bool:
            return should_stop() or desk.asked_to_stop()

        def report(progress: StudyProgress) -> None:
            desk.report(progress)
            on_progress(progress)

        @contextmanager
        def turn() -> Iterator[bool]:
            if not in_background:
                desk.say(state=LOADING)
                yield True
                return
            desk.say(state=WAITING)
            place = take_place((time.time(), name), asked)
            if place is None:
                yield False
                return
            with place:
                desk.say(state=LOADING)
                yield True

        return work(
            name, dataset, storage=storage, on_progress=report, should_stop=asked, turn=turn
        )


class _Desk:
    """What a worker leaves for others to see; it does without where nothing can be written."""

    def __init__(self, folder: Path, status: Path | None) -> None:
        self.folder, self.status = folder, status
        self.reported = 0.0
        self.stopping = False

    def asked_to_stop(self) -> bool:
        """Whether somebody wants it to stop; once so, always so."""
        self.stopping = self.stopping or (self.folder / "stop").exists()
        return self.stopping

    def say(self, **status: Any) -> None:
        """Change the status that everybody reads."""
        if self.status:
            with suppress(OSError):
                content = json.dumps({**status, "pid": os.getpid(), "updated": time.time()})
                write_file(self.status, content.encode(), durable=False)

    def report(self, progress: StudyProgress) -> None:
        """Say where the training is, at times."""
        now = time.time()
        if now - self.reported < REPORT:
            return
        self.reported = now
        training = progress.training
        if training is None:
            self.say(state=OTHERS)
            return
        self.say(
            state=TRAINING,
            place=progress.place,
            epoch=training.epoch,
            epochs=training.epochs,
            share=training.share,
            accuracy=training.metrics.get("accuracy"),
        )


@contextmanager
def _desk(folder: Path, keep_stop: bool) -> Iterator[_Desk]:
    """Hold the first free lock of a study's folder.

    Args:
        keep_stop: whether a request to stop that is there is meant for this worker.
    """
    if not settings.runs_dir().exists():  # a machine that only lends its processor
        yield _Desk(folder, None)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock, path = _first_free(folder)
        (folder / "starting").unlink(missing_ok=True)
        if not keep_stop:
            _clear(folder, path)
    except OSError:
        yield _Desk(folder, None)
        return
    with lock:
        yield _Desk(folder, path.with_suffix(".json"))
        with suppress(OSError):
            path.with_suffix(".json").unlink(missing_ok=True)
            _clear(folder, path)


def _first_free(folder: Path) -> tuple[AcquireReturnProxy[Any], Path]:
    for number in count():
        path = folder / f"worker-{number}.lock"
        with suppress(Timeout):
            return FileLock(path).acquire(timeout=0), path
    raise AssertionError  # never


def _clear(folder: Path, mine: Path) -> None:
    """Forget the request to stop, unless other workers have yet to see it."""
    if not any(is_held(lock) for lock in folder.glob("worker-*.lock") if lock != mine):
        (folder / "stop").unlink(missing_ok=True)


def main(name: str) -> None:
    """Work on a study in the background; what goes wrong is left for others to read."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever draws comes first
    asked = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.append(True))

    def attended() -> None:
        with lighter_keras():
            import mnist_core.training.loop  # noqa: F401
        dataset = load_data(read_study(name).data_name)
        attend(name, dataset, should_stop=lambda: bool(asked), in_background=True)

    message = why_it_failed(attended)
    folder = study_folder(name)
    with suppress(OSError):
        (folder / "starting").unlink(missing_ok=True)
        if message:
            write_file(folder / "message.txt", message.encode(), durable=False)


if __name__ == "__main__":
    main(sys.argv[1])

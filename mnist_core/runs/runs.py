"""Training runs on disk: started, watched, stopped and resumed by whoever sees the folder.

    runs/
      settings.json                    what all share (`mnist_core.runs.preferences`)
      20261123-021530-dropout_cnn/     one run
        run.json                       what was asked for: recipe, name, when
        status.json                    where it is: state, epoch, batch, rate, what went wrong
        queued, starting, lock, stop   see `mnist_core.system.tasks`
        batches.csv, history.csv       metrics while it trains, and after each epoch
        backup/                        what is needed to resume (`mnist_core.training.backup`)
        network.tflite, epochs/        what it answered after each epoch (`mnist_core.runs.replay`)
        tensorboard/                   `tensorboard --logdir runs` shows all runs
        log.txt                        what its process printed
        model/                         the trained network (`mnist_core.models.store`)

A run is worked on by a process of its own (`mnist_core.runs.worker`), which outlives whoever
started it. Everything here only reads and writes that folder, so the page, a second page, the
command line and a new web server see the same. A process that dies lets go of its lock: that is
how a run is known to be interrupted, whatever its status says.
"""

import csv
import datetime
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from filelock import FileLock
from msgspec import Meta

from mnist_core import settings
from mnist_core.data.collection import is_imported, open_data
from mnist_core.data.release import MNIST
from mnist_core.errors import ModelError, RecipeError, RunError
from mnist_core.i18n import Text, from_line, to_line
from mnist_core.models.store import StoredModel, copy_model, open_model
from mnist_core.recipes.builtin import display_name
from mnist_core.recipes.memory import check_memory
from mnist_core.recipes.recipe import Recipe, check_recipe, recipe_from_dict
from mnist_core.runs.preferences import save_preferences
from mnist_core.runs.workers import default_launcher
from mnist_core.system.files import READ_ERRORS, sync_folder, write_file
from mnist_core.system.names import clean_name
from mnist_core.system.records import Record, read_record, write_record
from mnist_core.system.tasks import Launcher, TaskFolder, writing

WAITING: Final = "waiting"
STARTING: Final = "starting"
TRAINING: Final = "training"
TESTING: Final = "testing"
FINISHED: Final = "finished"
STOPPED: Final = "stopped"
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"
State = Literal[
    "waiting", "starting", "training", "testing", "finished", "stopped", "failed", "interrupted"
]
STATE_NAMES: Mapping[str, Text] = {
    WAITING: Text("waiting"),
    STARTING: Text("starting"),
    TRAINING: Text("training"),
    TESTING: Text("testing"),
    FINISHED: Text("finished"),
    STOPPED: Text("stopped"),
    FAILED: Text("failed"),
    INTERRUPTED: Text("interrupted"),
}
ACTIVE = (WAITING, STARTING, TRAINING, TESTING)
NOT_BEGUN = Text("It was stopped before it began.")
STATUS, TRASH, MODEL = "status.json", ".trash", "model"
WORKER = "mnist_core.runs.worker"
KEPT_DAYS = 30  # how long a deleted run can be brought back


LONGEST_NAME = 80  # characters
MOST_BYTES = 50_000_000  # of a table of metrics

# What a damaged file must not make of a number: a negative time, or one of more digits than fit.
Number = Annotated[float, Meta(ge=0, le=1e12)]
Count = Annotated[int, Meta(ge=0, le=10**12)]


class _RunData(msgspec.Struct, frozen=True):
    """The imported data set that a run learns from."""

    name: str
    digest: str
    class_names: Annotated[tuple[str, ...], Meta(max_length=10)]


class _Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for: `run.json`."""

    name: str
    created: str
    recipe: dict[str, Any]
    data: _RunData | None = None


class RunStatus(Record, frozen=True):
    """What a run's process last said of itself; what it has not said yet is None.

    Attributes:
        state: see `Run.state`.
        queued: when it was asked for or resumed, in seconds since the epoch.
        pid: of the process.
        epoch, epochs, batch, batches: where the training is, counted from 1.
        metrics: means over this epoch so far, by Keras's names.
        share: share of the training that is done, 0 to 1.
        images_per_second: over the last few reports.
        seconds_left: until the training ends, estimated.
        seconds: that the training took.
        device: that it trained on.
        message: why it failed, as `i18n.to_line` writes it; "" if it didn't.
        diverged: whether the loss wasn't a finite number any more: there is nothing to resume.
    """

    state: State = INTERRUPTED
    queued: Number = 0.0
    pid: Count | None = None
    epoch: Count | None = None
    epochs: Count | None = None
    batch: Count | None = None
    batches: Count | None = None
    metrics: dict[str, float] | None = None
    share: Number = 0.0
    images_per_second: Number | None = None
    seconds_left: Number | None = None
    seconds: Number | None = None
    device: str | None = None
    message: str = ""
    diverged: bool = False


@dataclass(frozen=True)
class Run:
    """A run as it was when it was read.

    Attributes:
        id: name of its folder.
        name: what people call it.
        recipe: with all settings.
        created: when it was asked for, UTC, ISO 8601.
        state: `waiting` for other runs, `starting` (TensorFlow is being loaded), `training`,
            `testing`; `finished`, `stopped`, `failed`; `interrupted` if its process died.
        status: what its process last said.
        data_name: the data set that it learns from.
        data_digest: of that data set, if it was brought in; None for MNIST.
        class_names: what its answers 0, 1, 2 ... stand for; empty where they are digits.
    """

    id: str
    folder: Path
    name: str
    recipe: Recipe
    created: str
    state: State
    status: RunStatus
    data_name: str = MNIST.name
    data_digest: str | None = None
    class_names: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a process works on it or waits for its turn."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """Whether it can go on: it was stopped, or broke off, but didn't diverge."""
        return self.state in (STOPPED, FAILED, INTERRUPTED) and not self.status.diverged

    @property
    def share(self) -> float:
        """Share of the training that is done, 0 to 1."""
        return min(max(self.status.share, 0.0), 1.0)

    @property
    def message(self) -> str:
        """What went wrong, in words; "" if nothing did."""
        return from_line(self.status.message)

    @property
    def command(self) -> str:
        """The command line that trains the same without a run."""
        return self.recipe.command(self.data_name)

    def model(self) -> StoredModel | None:
        """The trained network; None before there is one, or if its files are damaged."""
        try:
            return open_model(MODEL, self.folder)
        except ModelError:
            return None

    def history(self) -> dict[str, list[float]]:
        """Metric name -> value after each finished epoch."""
        rows = _read_csv(self.folder / "history.csv")
        return {key: values for key, values in rows.items() if key != "epoch"}

    def batches(self) -> dict[str, list[float]]:
        """`epoch`, `batch` (counted from 1), `loss` and `accuracy` of the batches just seen."""
        return _read_csv(self.folder / "batches.csv")

    @property
    def steps(self) -> int:
        """How many batches an epoch has, as far as is known yet."""
        return int(self.status.batches or max(self.batches().get("batch") or [1]))

    @property
    def task(self) -> TaskFolder:
        """Its folder as that of a task."""
        return TaskFolder(self.folder)

    @property
    def stopping(self) -> bool:
        """Whether it is asked to stop and hasn't yet."""
        return self.active and self.task.stopping

    def log_tail(self) -> str:
        """The end of what its process printed."""
        return self.task.log_tail()


# --- reading ------------------------------------------------------------------------------


def list_runs(folder: Path | None = None) -> list[Run]:
    """All runs that can be read, the newest first."""
    return read_runs(folder)[0]


def read_runs(folder: Path | None = None) -> tuple[list[Run], list[RunError]]:
    """(the runs that can be read, the newest first; what is wrong with the others)."""
    folder = folder or settings.runs_dir()
    runs, errors = [], []
    for path in sorted(folder.glob("*/run.json")):
        try:
            runs.append(open_run(path.parent.name, folder))
        except RunError as error:
            if path.exists():  # else it is being deleted just now
                errors.append(error)
    return sorted(runs, key=lambda run: (run.created, run.id), reverse=True), errors


def run_networks(
    stored: Iterable[StoredModel], folder: Path | None = None
) -> list[tuple[Run, StoredModel]]:
    """The runs that have a network which isn't among the stored ones, and that network."""
    used = {model.card.get("run") for model in stored}
    networks = [(run, run.model()) for run in list_runs(folder) if run.id not in used]
    return [(run, model) for run, model in networks if model is not None]


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """The run with that id, or the only one whose id or name begins with it.

    Raises:
        RunError: there is none, or several.
    """
    folder = folder or settings.runs_dir()
    home = folder / run_id
    if Path(run_id).name != run_id or not (home / "run.json").is_file():
        fitting = (
            [
                run
                for run in list_runs(folder)
                if run.id.startswith(run_id) or run.name in (run_id, display_name(run_id))
            ]
            if run_id and "/" not in run_id
            else []
        )
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise RunError(
                Text(
                    "There is more than one run {run_id!r} in {folder}. `python -m mnist_core runs`"
                    " lists them.",
                    run_id=run_id,
                    folder=folder,
                )
            )
        raise RunError(
            Text(
                "There is no run {run_id!r} in {folder}. `python -m mnist_core runs` lists them.",
                run_id=run_id,
                folder=folder,
            )
        )
    try:
        request = _read_request(home / "run.json")
        recipe = recipe_from_dict(request.recipe)
        check_recipe(recipe)
        if not datetime.datetime.fromisoformat(request.created).tzinfo:
            raise ValueError(f"`created` has no time zone: {request.created}")
    except (*READ_ERRORS, AttributeError, RecipeError) as error:
        raise RunError(
            Text(
                "The run {run_id!r} can't be read: {path} is damaged ({reason}). Delete the folder,"
                " or bring the file back from a copy.",
                run_id=run_id,
                path=home / "run.json",
                reason=repr(error),
            )
        ) from error
    status, data = read_record(RunStatus, home / STATUS), request.data
    return Run(
        id=home.name,
        folder=home,
        name=clean_name(request.name, LONGEST_NAME) or home.name,
        recipe=recipe,
        created=request.created,
        state=_state(home, status),
        status=status,
        data_name=data.name if data else MNIST.name,
        data_digest=data.digest if data else None,
        class_names=tuple(map(clean_name, data.class_names)) if data else (),
    )


def _read_request(path: Path) -> _Request:
    return msgspec.json.decode(path.read_bytes(), type=_Request)


def _state(home: Path, status: RunStatus) -> State:
    if status.state not in ACTIVE or TaskFolder(home).active:
        return status.state
    # The process may have ended between the two looks.
    state = read_record(RunStatus, home / STATUS).state
    return INTERRUPTED if state in ACTIVE else state


def _read_csv(path: Path) -> dict[str, list[float]]:
    """Columns of numbers; damaged lines, and a last one that is being written, are left out.

    Keras's CSVLogger has columns for validation without any, too, with NA in them: they are left
    out as well.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return {}
        text = path.read_text("utf-8", errors="replace")
        rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
    except (OSError, csv.Error):
        return {}
    head, *rows = rows or [[]]
    counted = [head.index(name) for name in ("epoch", "batch") if name in head]
    columns: dict[str, list[float]] = {name: [] for name in head}
    absent = {name for row in rows for name, cell in zip(head, row, strict=False) if cell == "NA"}
    for row in rows:
        try:
            numbers = [float("nan" if cell == "NA" else cell) for cell in row]
        except ValueError:
            continue
        if len(numbers) == len(head) and all(0 <= numbers[index] < 1e9 for index in counted):
            for name, number in zip(head, numbers, strict=True):
                columns[name].append(number)
    return {name: values for name, values in columns.items() if name not in absent}


# --- asking -------------------------------------------------------------------------------


def start_run(
    recipe: Recipe,
    name: str | None = None,
    folder: Path | None = None,
    data: str | None = None,
    launch: Launcher | None = None,
) -> Run:
    """Ask for a training run; a process of its own starts on it, or waits for its turn.

    Args:
        name: what to call it; default: the recipe's display name. It gets a number where it is
            taken, and the default always has one.
        folder: of runs; default: `settings.runs_dir()`.
        data: name of an imported data set; None is MNIST.
        launch: what starts the process; default: see `mnist_core.runs.workers`.

    Raises:
        RecipeError: a setting can't work, or the network is too large for this machine.
        DataError: there is no such data set.
        RunError: the folder can't be written, or the queue can't be reached.
    """
    check_recipe(recipe)
    if not settings.run_queue():  # else a worker's machine has its own memory
        check_memory(recipe)
    folder = folder or settings.runs_dir()
    now = datetime.datetime.now(datetime.UTC)
    short = re.sub(r"[^\w-]+", "-", recipe.name)[:40]
    home = folder / f"{now:%Y%m%d-%H%M%S}-{short}-{secrets.token_hex(2)}"
    card = open_data(str(data)) if is_imported(data) else None
    with _one_writer(folder, Text("The run could not be started")):
        request = _Request(
            name=_free_name(clean_name(name or "", LONGEST_NAME), recipe, folder),
            created=now.isoformat(timespec="milliseconds"),
            recipe=recipe.to_dict(),
            data=_RunData(card.name, card.digest, card.class_names) if card else None,
        )
        home.mkdir()
        write_record(RunStatus(state=WAITING, queued=time.time()), home / STATUS)
        write_file(home / "run.json", _json(request))
        sync_folder(folder)
        try:
            TaskFolder(home).launch(
                WORKER, str(home.resolve()), launch=launch or default_launcher()
            )
        except RunError:  # it couldn't be queued
            shutil.rmtree(home, ignore_errors=True)
            raise
    return open_run(home.name, folder)


def stop_run(run: Run) -> None:
    """Ask a run to stop within ten batches; its best network so far is tested and kept.

    Raises:
        RunError: no process works on it.
    """
    if not run.active:
        raise RunError(
            Text(
                "{name} is {state}: there is nothing to stop.",
                name=run.name,
                state=STATE_NAMES[run.state],
            )
        )
    with writing(run.folder, Text("The request to stop could not be left"), RunError):
        run.task.request_stop()
        if run.task.queued:  # nobody works on it; a worker that takes it leaves it alone
            message = to_line(NOT_BEGUN)
            write_record(run.status.changed(state=STOPPED, message=message), run.folder / STATUS)
            run.task.started()


def resume_run(run: Run, launch: Launcher | None = None) -> None:
    """Resume a stopped or interrupted run from its last finished epoch.

    Args:
        launch: what starts the process; default: see `mnist_core.runs.workers`.

    Raises:
        RunError: it is finished, or running, or the queue can't be reached.
    """
    with _one_writer(run.folder.parent, Text("The run could not be resumed")):
        run = open_run(run.id, run.folder.parent)
        if not run.resumable:
            raise RunError(
                Text(
                    "{name} is {state}: there is nothing to resume.",
                    name=run.name,
                    state=STATE_NAMES[run.state],
                )
            )
        status = RunStatus(
            state=WAITING,
            queued=time.time(),
            share=run.status.share,
            epoch=run.status.epoch,
            epochs=run.status.epochs,
        )
        write_record(status, run.folder / STATUS)
        run.task.launch(WORKER, str(run.folder.resolve()), launch=launch or default_launcher())


def rename_run(run: Run, name: str) -> None:
    """Give a run another name.

    Raises:
        RunError: the name is empty or another run's, the run is gone, or can't be written.
    """
    name = clean_name(name)
    if not name:
        raise RunError(Text("A run needs a name of at least one letter."))
    if len(name) > LONGEST_NAME:
        raise RunError(
            Text("The name of a run has up to {n} characters. Choose another name.", n=LONGEST_NAME)
        )
    with _one_writer(run.folder.parent, Text("The run could not be renamed")):
        run = open_run(run.id, run.folder.parent)
        if any(other.name == name for other in list_runs(run.folder.parent) if other.id != run.id):
            raise RunError(
                Text("Another run is called {name} already. Choose another name.", name=name)
            )
        request = msgspec.structs.replace(_read_request(run.folder / "run.json"), name=name)
        write_file(run.folder / "run.json", _json(request))


def delete_run(run: Run) -> None:
    """Put a run aside. `restore_run` brings it back, for 30 days.

    Raises:
        RunError: a process works on it.
    """
    trash = run.folder.parent / TRASH
    with _one_writer(run.folder.parent, Text("The run could not be deleted")):
        run = open_run(run.id, run.folder.parent)
        if run.active:
            raise RunError(
                Text(
                    "{name} is {state}: stop it first.",
                    name=run.name,
                    state=STATE_NAMES[run.state],
                )
            )
        trash.mkdir(exist_ok=True)
        os.replace(run.folder, trash / run.id)
        os.utime(trash / run.id)
    with suppress(OSError):  # others may clear it at the same moment
        for old in trash.iterdir():
            if time.time() - old.stat().st_mtime > KEPT_DAYS * 24 * 3600:
                shutil.rmtree(old, ignore_errors=True)


def restore_run(run_id: str, folder: Path | None = None) -> Run:
    """Bring a deleted run back.

    Raises:
        RunError: it was never deleted, or too long ago.
    """
    folder = folder or settings.runs_dir()
    with _one_writer(folder, Text("The run could not be restored")):
        if Path(run_id).name != run_id or not (folder / TRASH / run_id / "run.json").is_file():
            raise RunError(Text("There is no deleted run {run_id!r} any more.", run_id=run_id))
        os.replace(folder / TRASH / run_id, folder / run_id)
    return open_run(run_id, folder)


def store_network(run: Run) -> StoredModel:
    """Copy a run's network to the stored models, where it stays when the run is deleted.

    Storing it again gives the copy that is there.

    Raises:
        RunError: the run has no network.
        ModelError: the network can't be copied.
    """
    model = run.model()
    if model is None:
        raise RunError(
            Text(
                "{name} is {state} and has no network to use yet.",
                name=run.name,
                state=STATE_NAMES[run.state],
            )
        )
    name = re.sub(r"[^\w.-]+", "-", run.name).strip(".-")[:60] or run.id
    with _one_writer(run.folder.parent, Text("The network could not be stored")):
        with suppress(ModelError):  # the name is free
            if open_model(name).card.get("run") != run.id:
                name = f"{name}-{run.id[-4:]}"
        return copy_model(model, name, {"run": run.id, "title": run.name})


def use_run(run: Run) -> StoredModel:
    """Make a run's network the default of the Draw page, for everybody.

    Who has chosen a network by hand keeps it. `save_preferences(drawing_model=None)` goes back to
    the default network.

    Raises:
        RunError: the run has no network, or the settings can't be written.
        ModelError: the network can't be copied.
    """
    stored = store_network(run)
    save_preferences(run.folder.parent, drawing_model=stored.name)
    return stored


@contextmanager
def _one_writer(folder: Path, what: str) -> Iterator[None]:
    """Hold the lock of a folder of runs, for changes that others must not make meanwhile."""
    with writing(folder, what, RunError):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".runs.lock"):
            yield


def _free_name(name: str, recipe: Recipe, folder: Path) -> str:
    """The name, or the recipe's, with the next number where a run of that name is there."""
    title = name or display_name(recipe.name)
    names = {name for run in list_runs(folder) for name in (run.name, display_name(run.name))}
    if name and name not in names:
        return name
    pattern = re.compile(re.escape(title) + r" (\d+)")
    numbers = [int(match[1]) for taken in names if (match := pattern.fullmatch(taken))]
    return f"{title} {max(numbers, default=1 if name else 0) + 1}"


def _json(request: _Request) -> bytes:
    return msgspec.json.format(msgspec.json.encode(request), indent=1) + b"\n"

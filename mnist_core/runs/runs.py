"""Training runs on disk: started, watched, stopped and resumed by whoever sees the folder.

    runs/
      settings.json                    how many train at once, which network is used for drawing
      20261123-021530-dropout_cnn/     one run
        run.json                       what was asked for: recipe, name, when
        status.json                    where it is: state, epoch, batch, rate, what went wrong
        lock                           held by the process that works on it, and by no other
        stop                           there: it is asked to stop
        batches.csv, history.csv       metrics while it trains, and after each epoch
        backup/                        what is needed to go on (`mnist_core.training.loop`)
        network.tflite, epochs/        what it answered after each epoch (`mnist_core.runs.replay`)
        tensorboard/                   `tensorboard --logdir runs` shows all runs
        log.txt                        what its process printed: its last words, if it died
        model/                         the trained network (`mnist_core.models.store`)

A run is worked on by a process of its own (`mnist_core.runs.worker`), which outlives whoever
started it. Everything here only reads and writes that folder, so the page, a second page, the
command line and a new web server see the same. A process that dies lets go of its lock: that is
how a run is known to be interrupted, whatever its status says.
"""

import csv
import datetime
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import AcquireReturnProxy, FileLock, Timeout

from mnist_core import settings
from mnist_core.data.collection import is_imported, open_data
from mnist_core.data.release import MNIST
from mnist_core.errors import ModelError, RunError
from mnist_core.models.store import StoredModel, copy_model, open_model
from mnist_core.recipes.recipe import Recipe, check_recipe, recipe_from_dict
from mnist_core.system.files import write_file
from mnist_core.system.processes import is_held, last_words, start_process

WAITING, STARTING, TRAINING, TESTING = "waiting", "starting", "training", "testing"
FINISHED, STOPPED, FAILED, INTERRUPTED = "finished", "stopped", "failed", "interrupted"
ACTIVE = (WAITING, STARTING, TRAINING, TESTING)
SPAWNING = 5.0  # seconds within which a new process takes its lock
LOOK = 0.3  # seconds between two looks at the line for a place
TRASH, MODEL = ".trash", "model"
KEPT_DAYS = 30  # how long a deleted run can be brought back


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
        status: what its process last said; see `mnist_core.runs.worker`.
        data_name: the data set that it learns from.
        data_digest: of that data set, if it was brought in; None for MNIST.
        class_names: what its answers 0, 1, 2 ... stand for; empty where they are digits.
    """

    id: str
    folder: Path
    name: str
    recipe: Recipe
    created: str
    state: str
    status: Mapping[str, Any]
    data_name: str = MNIST.name
    data_digest: str | None = None
    class_names: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a process works on it or waits for its turn."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """Whether it can go on: it was stopped, or broke off."""
        return self.state in (STOPPED, FAILED, INTERRUPTED)

    @property
    def share(self) -> float:
        """Share of the training that is done, 0 to 1."""
        return float(self.status.get("share", 0.0))

    @property
    def message(self) -> str:
        """What went wrong, in words; "" if nothing did."""
        return str(self.status.get("message", ""))

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
        return int(self.status.get("batches") or max(self.batches().get("batch") or [1]))

    def last_words(self) -> str:
        """The end of what its process printed."""
        return last_words(self.folder)


# --- reading ------------------------------------------------------------------------------


def list_runs(folder: Path | None = None) -> list[Run]:
    """All runs that can be read, the newest first."""
    folder = folder or settings.runs_dir()
    runs = []
    for path in folder.glob("*/run.json"):
        try:
            runs.append(open_run(path.parent.name, folder))
        except RunError:
            continue  # being deleted just now, or not a run
    return sorted(runs, key=lambda run: (run.created, run.id), reverse=True)


def run_networks(
    stored: Iterable[StoredModel], folder: Path | None = None
) -> list[tuple[Run, StoredModel]]:
    """The runs that have a network which isn't among the stored ones, and that network."""
    used = {model.card.get("run") for model in stored}
    found = [(run, run.model()) for run in list_runs(folder) if run.id not in used]
    return [(run, model) for run, model in found if model is not None]


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """The run with that id, or the only one whose id or name begins with it.

    Raises:
        RunError: there is none, or several.
    """
    folder = folder or settings.runs_dir()
    home = folder / run_id
    if Path(run_id).name != run_id or not (home / "run.json").is_file():
        fitting = (
            [run for run in list_runs(folder) if run.id.startswith(run_id) or run.name == run_id]
            if run_id and "/" not in run_id
            else []
        )
        if len(fitting) == 1:
            return fitting[0]
        which = "more than one" if fitting else "no"
        raise RunError(
            f"There is {which} run {run_id!r} in {folder}. `python -m mnist_core runs` lists them."
        )
    try:
        asked = json.loads((home / "run.json").read_text("utf-8"))
        status = _status(home)
        return Run(
            id=home.name,
            folder=home,
            name=str(asked["name"]),
            recipe=recipe_from_dict(asked["recipe"]),
            created=str(asked["created"]),
            state=_state(home, status),
            status=status,
            **_data(asked),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"The run {run_id!r} can't be read: {home} is damaged ({error!r})."
        ) from error


def _data(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a run's `data` says, which it has only if that was brought in."""
    if "data" not in asked:
        return {}
    data = asked["data"]
    return {
        "data_name": str(data["name"]),
        "data_digest": str(data["digest"]),
        "class_names": tuple(map(str, data["class_names"])),
    }


def _status(home: Path) -> dict[str, Any]:
    try:
        status = json.loads((home / "status.json").read_text("utf-8"))
        return status if isinstance(status, dict) else {}
    except (OSError, ValueError):
        return {}


def _state(home: Path, status: Mapping[str, Any]) -> str:
    state = str(status.get("state", INTERRUPTED))
    if state not in ACTIVE or is_held(home / "lock"):
        return state
    # The process may have ended between the two looks.
    state = str(_status(home).get("state", INTERRUPTED))
    fresh = "pid" not in status and time.time() - float(status.get("updated", 0)) < SPAWNING
    return state if state not in ACTIVE or fresh else INTERRUPTED


def _read_csv(path: Path) -> dict[str, list[float]]:
    """Columns of numbers; a last line that is being written is left out."""
    try:
        text = path.read_text("utf-8")
    except OSError:
        return {}
    rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
    head, *rows = rows or [[]]
    columns: dict[str, list[float]] = {name: [] for name in head}
    for row in rows:
        try:
            numbers = [float(cell) for cell in row]
        except ValueError:
            continue
        if len(numbers) == len(head):
            for name, number in zip(head, numbers, strict=True):
                columns[name].append(number)
    return columns


# --- asking -------------------------------------------------------------------------------


def start_run(
    recipe: Recipe,
    name: str | None = None,
    folder: Path | None = None,
    data: str | None = None,
) -> Run:
    """Ask for a training run; a process of its own starts on it, or waits for its turn.

    Args:
        name: what to call it; default: the recipe's name and a number.
        folder: of runs; default: `settings.runs_dir()`.
        data: name of a data set that was brought in; None is MNIST.

    Raises:
        RecipeError: a setting can't work.
        DataError: there is no such data set.
        RunError: the folder can't be written.
    """
    check_recipe(recipe)
    folder = folder or settings.runs_dir()
    now = datetime.datetime.now(datetime.UTC)
    short = re.sub(r"[^\w-]+", "-", recipe.name)[:40]
    home = folder / f"{now:%Y%m%d-%H%M%S}-{short}-{secrets.token_hex(2)}"
    asked: dict[str, Any] = {
        "name": name or f"{recipe.name} {_count(recipe, folder)}",
        "recipe": recipe.to_dict(),
        "created": now.isoformat(timespec="milliseconds"),
    }
    if is_imported(data):
        card = open_data(str(data))
        asked["data"] = {
            "name": card.name,
            "digest": card.digest,
            "class_names": card.class_names,
        }
    try:
        home.mkdir(parents=True)
        write_status(home, {"state": WAITING, "queued": time.time()})
        write_file(home / "run.json", _json(asked))
        _spawn(home)
    except OSError as error:
        raise RunError(
            f"The run could not be started in {folder} ({error.strerror}). Free some space, or "
            "set MNIST_CORE_RUNS to a folder that can be written."
        ) from error
    return open_run(home.name, folder)


def stop_run(run: Run) -> None:
    """Ask a run to stop within ten batches; its best network so far is tested and kept.

    Raises:
        RunError: no process works on it.
    """
    if not run.active:
        raise RunError(f"{run.name} is {run.state}: there is nothing to stop.")
    (run.folder / "stop").touch()


def resume_run(run: Run) -> None:
    """Let a stopped or broken run go on from its last finished epoch.

    Raises:
        RunError: it is finished, or running.
    """
    run = open_run(run.id, run.folder.parent)
    if not run.resumable:
        raise RunError(f"{run.name} is {run.state}: there is nothing to resume.")
    (run.folder / "stop").unlink(missing_ok=True)
    write_status(
        run.folder,
        {
            **{key: run.status[key] for key in ("share", "epoch", "epochs") if key in run.status},
            "state": WAITING,
            "queued": time.time(),
        },
    )
    _spawn(run.folder)


def rename_run(run: Run, name: str) -> None:
    """Give a run another name.

    Raises:
        RunError: the name is empty.
    """
    name = " ".join(name.split())
    if not name:
        raise RunError("A run needs a name of at least one letter.")
    asked = json.loads((run.folder / "run.json").read_text("utf-8"))
    write_file(run.folder / "run.json", _json({**asked, "name": name}))


def delete_run(run: Run) -> None:
    """Put a run aside. `restore_run` brings it back, for 30 days.

    Raises:
        RunError: a process works on it.
    """
    if open_run(run.id, run.folder.parent).active:
        raise RunError(f"{run.name} is {run.state}: stop it first.")
    trash = run.folder.parent / TRASH
    trash.mkdir(exist_ok=True)
    os.replace(run.folder, trash / run.id)
    os.utime(trash / run.id)
    for old in trash.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_DAYS * 24 * 3600:
            shutil.rmtree(old, ignore_errors=True)


def restore_run(run_id: str, folder: Path | None = None) -> Run:
    """Bring a deleted run back.

    Raises:
        RunError: it was never deleted, or too long ago.
    """
    folder = folder or settings.runs_dir()
    if Path(run_id).name != run_id or not (folder / TRASH / run_id / "run.json").is_file():
        raise RunError(f"There is no deleted run {run_id!r} any more.")
    os.replace(folder / TRASH / run_id, folder / run_id)
    return open_run(run_id, folder)


def use_run(run: Run) -> StoredModel:
    """Make a run's network the one that drawings are read with, in every open page.

    It is copied to the trained models, so it stays when the run is deleted.

    Raises:
        RunError: it has no network.
        ModelError: the network can't be copied.
    """
    model = run.model()
    if model is None:
        raise RunError(f"{run.name} is {run.state} and has no network to use yet.")
    name = re.sub(r"[^\w.-]+", "-", run.name).strip(".-")[:60] or run.id
    with suppress(ModelError):  # the name is free
        if open_model(name).card.get("run") != run.id:
            name = f"{name}-{run.id[-4:]}"
    used = copy_model(model, name, {"run": run.id})
    set_setting("drawing_model", used.name, run.folder.parent)
    return used


def _count(recipe: Recipe, folder: Path) -> int:
    """The next free number for a run of this recipe."""
    taken = [
        int(found[1])
        for run in list_runs(folder)
        if (found := re.fullmatch(re.escape(recipe.name) + r" (\d+)", run.name))
    ]
    return max(taken, default=0) + 1


def write_status(home: Path, status: Mapping[str, Any]) -> None:
    """What a run's process says of itself; see `Run.status`."""
    write_file(home / "status.json", _json({**status, "updated": time.time()}), durable=False)


def _json(plain: Mapping[str, Any]) -> bytes:
    return (json.dumps(plain, indent=1, ensure_ascii=False) + "\n").encode()


def _spawn(home: Path) -> None:
    start_process("mnist_core.runs.worker", str(home.resolve()), home)


# --- the line for a place -----------------------------------------------------------------


def take_place(
    mine: tuple[float, str], should_stop: Callable[[], bool], folder: Path | None = None
) -> AcquireReturnProxy[Any] | None:
    """Wait in line for one of the places of what may train at once; it is held until released.

    Args:
        mine: (since when this one waits, its id); runs that came before go first.
        should_stop: asked all the while.

    Returns:
        None if asked to stop meanwhile.
    """
    folder = folder or settings.runs_dir()
    places = folder / ".places"
    places.mkdir(parents=True, exist_ok=True)
    while not should_stop():
        if not others_are_first(mine, folder):
            for number in range(int(get_setting("at_once", folder))):
                with suppress(Timeout):
                    return FileLock(places / str(number)).acquire(timeout=0)
        time.sleep(LOOK)
    return None


def others_are_first(mine: tuple[float, str], folder: Path) -> bool:
    """Whether a run that came before `mine`, (since when, id), waits too."""
    return any(
        (run.status.get("queued", 0), run.id) < mine
        for run in list_runs(folder)
        if run.state == WAITING and run.id != mine[1]
    )


# --- settings that all pages share --------------------------------------------------------

DEFAULTS: dict[str, Any] = {"at_once": 1, "drawing_model": None}


def get_setting(name: str, folder: Path | None = None) -> Any:
    """`at_once`: how many runs train at a time; `drawing_model`: the network for drawings."""
    path = (folder or settings.runs_dir()) / "settings.json"
    try:
        return json.loads(path.read_text("utf-8")).get(name, DEFAULTS[name])
    except (OSError, ValueError, AttributeError):
        return DEFAULTS[name]


def set_setting(name: str, value: Any, folder: Path | None = None) -> None:
    """Keep a setting for all pages and runs.

    Raises:
        RunError: the folder can't be written, or the value can't be.
    """
    if name == "at_once" and not (isinstance(value, int) and 1 <= value <= 16):
        raise RunError(f"1 to 16 runs can train at once. Received: {value!r}")
    folder = folder or settings.runs_dir()
    now = {key: get_setting(key, folder) for key in DEFAULTS}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / "settings.json", _json({**now, name: value}))
    except OSError as error:
        raise RunError(f"{folder} can't be written ({error.strerror}).") from error

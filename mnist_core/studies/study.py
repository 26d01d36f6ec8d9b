"""Cross-validation and the search for settings: studies of independent trials, for many workers.

A study lives in a database (SQLite by itself, or a PostgreSQL or MySQL server), by Optuna. It has
a number of slots: a fold each, or a try of settings each. A trial fills a slot. `work` takes one
slot after the other until all are filled, and as many workers as like may do so at once, on this
machine or on others: all that they need is in the database, but for the data set.

Nothing is lost: a trial that was stopped, or whose worker died (it beats no more), leaves its slot
open, and the next worker puts a trial with the same settings there. Where two workers put one there
in the same moment, the trial with the lower number counts; so no slot is filled twice.
"""

import datetime
import hashlib
import json
import logging
import math
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core import settings
from mnist_core.data.dataset import Dataset
from mnist_core.data.splits import Split, k_folds
from mnist_core.errors import DataError, RecipeError, StudyError, error_text
from mnist_core.i18n import Text, from_line, to_line
from mnist_core.metrics.classification import Evaluation, evaluate_probabilities
from mnist_core.models.litert import digit_probabilities
from mnist_core.recipes.recipe import SHARE, Recipe, recipe_from_dict
from mnist_core.studies.search_space import (
    Span,
    check_space,
    default_space,
    own_settings,
    read_span,
)
from mnist_core.studies.state import (
    CROSSVAL,
    MAX_TRIES,
    SEARCH,
    StudyProgress,
    StudyState,
    StudyTrial,
)
from mnist_core.system.names import clean_name

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

    from mnist_core.training.loop import TrainedModel

LONGEST_TITLE = 80  # characters
FOLDS, TRIALS = 5, 20  # how many, unless told
BEAT, GRACE = 10, 60  # seconds between a worker's signs of life, and without one until it is dead
POLL = 0.5  # seconds between looks at the database while other workers do what is left
FOLD_SEED = 0  # of the folds, not of the recipe: recipes are compared on the same folds
VALIDATION = 0.1  # share that a search validates on where the recipe keeps none back


# --- starting, reading, removing ------------------------------------------------------------


def start_crossval(
    recipe: Recipe,
    dataset: Dataset,
    folds: int = FOLDS,
    *,
    name: str | None = None,
    storage: str | None = None,
) -> str:
    """Create a stratified K-fold cross-validation, or find the one that is there; gives its name.

    The folds are of the training images only. A recipe that stops early keeps its own validation
    share back from what it learns from, so that a fold never decides when to stop.

    Args:
        name: default: from the recipe, the data and the folds, so the same call finds it again.
        storage: address of the database; default: `settings.study_storage()`.

    Raises:
        RecipeError, DataError: it can't be cross-validated so.
        StudyError: a study of that name is another one, or the database can't be used.
    """
    labels = dataset.y_train[: recipe.train_images]
    fewest = int(np.unique(labels, return_counts=True)[1].min(initial=len(labels)))
    if not 2 <= folds <= fewest:
        raise DataError(
            Text(
                "`folds` must be from 2 to {fewest}, as {data} has no more training images of its "
                "rarest digit. Received: folds={folds}",
                fewest=fewest,
                data=dataset.name,
                folds=folds,
            )
        )
    plan = {"kind": CROSSVAL, "recipe": recipe.to_dict(), "folds": folds, "space": {}}
    return _start(plan, recipe, dataset, folds, name, storage)


def start_search(
    recipe: Recipe,
    dataset: Dataset,
    trials: int = TRIALS,
    space: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
    storage: str | None = None,
) -> str:
    """Create a search for better settings, or find the one that is there; gives its name.

    It chooses by the recipe's validation images, or by the last tenth of the training images where
    the recipe keeps none back; never by the test set. The first trial is the recipe as it is.

    Args:
        trials: how many in all; a later call may change it.
        space: setting -> `LOW..HIGH` or `a,b,c`; default: `default_space(recipe)`.
        name: default: from the recipe, the data and the space, so the same call finds it again.
        storage: address of the database; default: `settings.study_storage()`.

    Raises:
        RecipeError: a setting can't be searched, or not so.
        StudyError: a study of that name is another one, or the database can't be used.
    """
    if trials < 1:
        raise StudyError(
            Text("A search needs at least one trial. Received: trials={trials}", trials=trials)
        )
    recipe = with_validation(recipe)
    space = dict(default_space(recipe) if space is None else space)
    check_space(recipe, space)
    plan = {"kind": SEARCH, "recipe": recipe.to_dict(), "folds": None, "space": space}
    return _start(plan, recipe, dataset, trials, name, storage)


def with_validation(recipe: Recipe) -> Recipe:
    """The recipe as a search takes it: with validation images to choose by."""
    if recipe.validation_share:
        return recipe
    return recipe.with_settings({"validation": SHARE, "validation_split": VALIDATION})


def _start(
    plan: dict[str, Any],
    recipe: Recipe,
    dataset: Dataset,
    slots: int,
    name: str | None,
    storage: str | None,
) -> str:
    import optuna

    images = len(dataset.y_train[: recipe.train_images])
    plan["data"] = {"name": dataset.name, "digest": dataset.digest(), "images": images}
    plan = json.loads(json.dumps(plan))  # as it comes back from the database
    # The words of a recipe may change with the next version; the study stays the same.
    identity = [plan["kind"], recipe.digest(), plan["folds"], plan["space"], plan["data"]["digest"]]
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    name = name or f"{plan['kind']}-{recipe.name}-{digest[:8]}"
    if name != clean_name(name, LONGEST_TITLE):
        raise StudyError(
            Text(
                "A study's name is one line of up to {longest} characters. Received: {name!r}",
                longest=LONGEST_TITLE,
                name=clean_name(name, LONGEST_TITLE),
            )
        )
    with _opened(storage) as database:
        study = optuna.create_study(
            storage=database, study_name=name, direction="maximize", load_if_exists=True
        )
        known = study.user_attrs.get("identity")
        if known not in (None, digest):
            raise StudyError(
                Text(
                    "The study {name!r} is there already, with another recipe, other settings or "
                    "other data. Choose another name, or delete it first "
                    "(`python -m mnist_core studies {name} --delete`).",
                    name=name,
                )
            )
        study.set_user_attr("places", slots)
        if known is None:
            now = datetime.datetime.now(datetime.UTC)
            study.set_user_attr("created", now.isoformat(timespec="milliseconds"))
            study.set_user_attr("plan", plan)
            study.set_user_attr("identity", digest)  # last: with it, the study is whole
        _put_trials(study)
    return name


def read_study(name: str, storage: str | None = None) -> StudyState:
    """The study of that name as it is now.

    Raises:
        StudyError: there is none, or the database can't be used.
    """
    with _opened(storage) as database:
        return _state(_load(name, database))


def rename_study(name: str, title: str, storage: str | None = None) -> None:
    """Give a study a title of its own; its name, which is its identity, stays.

    Raises:
        StudyError: the title is empty, there is no such study, or the database can't be used.
    """
    title = clean_name(title, LONGEST_TITLE)
    if not title:
        raise StudyError(Text("A study needs a name of at least one letter."))
    with _opened(storage) as database:
        _load(name, database).set_user_attr("title", title)


@contextmanager
def opened_study(name: str, storage: str | None = None) -> "Iterator[Study]":
    """A study as Optuna has it, for what only Optuna can tell of it; to be read, not changed.

    Raises:
        StudyError: there is none, or the database can't be used.
    """
    with _opened(storage) as database:
        yield _load(name, database)


def list_studies(storage: str | None = None) -> list[StudyState]:
    """All studies in the database that can be read, by name.

    Raises:
        StudyError: the database can't be used.
    """
    studies = []
    with _opened(storage) as database:
        for name in _names(database):
            try:
                studies.append(_state(_load(name, database)))
            except (StudyError, KeyError, TypeError, ValueError, AttributeError) as error:
                # Deleted just now, or edited: one study must not hide the others.
                logging.getLogger(__name__).warning("The study %r can't be read: %r", name, error)
    return studies


def delete_study(name: str, storage: str | None = None) -> None:
    """Remove a study with all its trials; a worker that is at it ends with an error.

    Raises:
        StudyError: there is none, or the database can't be used.
    """
    import optuna

    with _opened(storage) as database:
        _load(name, database)
        optuna.delete_study(study_name=name, storage=database)


def _names(database: "RDBStorage") -> list[str]:
    import optuna

    studies = optuna.get_all_study_summaries(storage=database, include_best_trial=False)
    return sorted(study.study_name for study in studies if "identity" in study.user_attrs)


def _load(name: str, database: "RDBStorage") -> "Study":
    import optuna

    try:
        study = optuna.load_study(study_name=name, storage=database)
        known = "identity" in study.user_attrs
    except KeyError:
        known = False
    if not known:
        there: str = ", ".join(_names(database)) or Text("none")
        raise StudyError(
            Text(
                "There is no study {name!r} in this database. There are: {there}. "
                "`crossval` and `tune` start one; --storage names another database.",
                name=name,
                there=there,
            )
        )
    return study


@contextmanager
def _opened(storage: str | None) -> "Iterator[RDBStorage]":
    """The database, closed at the end; what goes wrong with it becomes a `StudyError`."""
    import optuna
    import sqlalchemy

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = storage or settings.study_storage()
    shown = storage
    try:
        url = sqlalchemy.make_url(storage)
        shown = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite" and url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        database = _connected(storage)
        try:
            yield database
        finally:
            database.remove_session()
            database.engine.dispose()
    except ImportError as error:
        raise StudyError(
            Text(
                "What talks to {database} isn't installed ({reason}). For PostgreSQL: "
                '`pip install "psycopg[binary]"`; for MySQL: `pip install pymysql`, and an address '
                "that starts with mysql+pymysql://",
                database=shown.partition("://")[0],
                reason=str(error),
            )
        ) from error
    except (
        OSError,
        KeyError,  # the study was deleted in the meantime
        sqlalchemy.exc.SQLAlchemyError,
        optuna.exceptions.OptunaError,
    ) as error:
        cause = error.__cause__ or error
        reason = str(getattr(cause, "orig", cause)).strip().partition("\n")[0]
        raise StudyError(
            Text(
                "The database of studies at {address} can't be used: {reason}. Expected an address "
                "such as sqlite:////folder/studies.db or postgresql://user:password@host/name; "
                "give it with --storage or in MNIST_CORE_STORAGE.",
                address=shown,
                reason=reason,
            )
        ) from error


def _connected(storage: str) -> "RDBStorage":
    import warnings

    import sqlalchemy
    from optuna.exceptions import ExperimentalWarning, StorageInternalError
    from optuna.storages import RDBStorage

    warnings.filterwarnings("ignore", category=ExperimentalWarning)  # the heartbeat
    sqlite = storage.startswith("sqlite")
    options = {"connect_args": {"timeout": 60}} if sqlite else {"pool_pre_ping": True}
    tries = 5
    for left in reversed(range(tries)):
        try:
            database = RDBStorage(
                storage, engine_kwargs=options, heartbeat_interval=BEAT, grace_period=GRACE
            )
            break
        except (sqlalchemy.exc.DBAPIError, StorageInternalError):
            if not left:
                raise
            time.sleep(0.1 * (tries - left))  # another worker may be making the same tables
    if sqlite:
        # SQLite locks no rows. Taken as its own transaction from the start, a read with the write
        # that follows from it can't be crossed by another worker's.
        # https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#pysqlite-transactions
        database.engine.dispose()

        @sqlalchemy.event.listens_for(database.engine, "connect")
        def connected(connection: Any, _: Any) -> None:
            connection.isolation_level = None

        @sqlalchemy.event.listens_for(database.engine, "begin")
        def begun(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return database


def _state(study: "Study") -> StudyState:
    plan, data = study.user_attrs["plan"], study.user_attrs["plan"]["data"]
    trials, slots = _trials(study), study.user_attrs["places"]
    return StudyState(
        name=study.study_name,
        kind=plan["kind"],
        recipe=recipe_from_dict(plan["recipe"]),
        data_name=data["name"],
        data_digest=data["digest"],
        images=data["images"],
        slots=slots,
        space=plan["space"],
        trials=[_plain(trial, plan["kind"]) for trial in trials],
        given_up=sum(_given_up(trials, slot) for slot in range(slots)),
        created=study.user_attrs.get("created", ""),
        given_title=str(study.user_attrs.get("title", "")),
    )


def _plain(trial: "FrozenTrial", kind: str) -> StudyTrial:
    known = trial.user_attrs
    words = {"COMPLETE": "done", "FAIL": "stopped" if known.get("stopped") else "failed"}
    until = trial.datetime_complete or datetime.datetime.now()
    interval = known.get("accuracy_interval")
    return StudyTrial(
        number=trial.number,
        slot=known["place"],
        state=words.get(trial.state.name, trial.state.name.lower()),
        accuracy=trial.value,
        accuracy_interval=(interval[0], interval[1]) if interval else None,
        loss=known.get("loss"),
        images=known.get("images"),
        settings=known.get("settings", {}) if kind == SEARCH else {},
        history=known.get("history", {}),
        seconds=(until - trial.datetime_start).total_seconds() if trial.datetime_start else None,
        worker=known.get("worker"),
        error=from_line(known["error"]) if known.get("error") else None,
    )


# --- slots and the trials that fill them ---------------------------------------------------


def _trials(study: "Study") -> "list[FrozenTrial]":
    """The study's trials, without those that were put aside because their slot was taken."""
    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if "place" in trial.user_attrs and "aside" not in trial.user_attrs
    ]


def _of(trials: "Sequence[FrozenTrial]", slot: int) -> "list[FrozenTrial]":
    return [trial for trial in trials if trial.user_attrs["place"] == slot]


def _alive(trial: "FrozenTrial") -> bool:
    """Whether it fills its slot or may yet do so."""
    return trial.state.name != "FAIL"


def _given_up(trials: "Sequence[FrozenTrial]", slot: int) -> bool:
    mine = _of(trials, slot)
    deaths = sum(not _alive(trial) and "stopped" not in trial.user_attrs for trial in mine)
    return deaths >= MAX_TRIES and not any(map(_alive, mine))


def _put_trials(study: "Study") -> None:
    """Put a waiting trial on each open slot: with the settings of the one that was there."""
    plan, trials = study.user_attrs["plan"], _trials(study)
    for slot in range(study.user_attrs["places"]):
        before = _of(trials, slot)
        if any(map(_alive, before)) or _given_up(trials, slot):
            continue
        if before:
            last = before[-1]
            params = {**last.system_attrs.get("fixed_params", {}), **last.params}
        elif plan["kind"] == CROSSVAL:
            params = {"fold": slot}
        else:  # the first is the recipe as it is, the others are free
            own = own_settings(recipe_from_dict(plan["recipe"]), plan["space"])
            params = own if slot == 0 else {}
        study.enqueue_trial(params, user_attrs={"place": slot})


def _has_place(study: "Study", trial: "Trial") -> bool:
    """Whether its slot is its own: no living trial with a lower number is there."""
    slot = trial.user_attrs.get("place", -1)  # none if another worker took the last waiting one
    return slot in range(study.user_attrs["places"]) and not any(
        _alive(other) and other.number < trial.number for other in _of(_trials(study), slot)
    )


# --- the work -------------------------------------------------------------------------------


class _AsideError(Exception):
    """This trial ends without a result: stopped, or its slot is another's."""


def work(
    name: str,
    dataset: Dataset,
    *,
    storage: str | None = None,
    on_progress: Callable[[StudyProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    turn: Callable[[], AbstractContextManager[bool]] | None = None,
) -> StudyState:
    """Run a study's trials until none is left to any worker; gives the study as it then is.

    Where only trials of other workers are left, it waits for them, and takes over from one that
    dies.

    Args:
        dataset: the study's own data.
        on_progress: called as often as `mnist_core.training.loop.train` does, and while waiting.
        should_stop: asked as often; True ends the work after this batch. The trial that was
            running waits for the next worker.
        turn: entered around each trial, to wait there until others have trained; False, if asked
            to stop meanwhile.

    Raises:
        StudyError: there is no such study, it is of other data, or the database can't be used.
        RecipeError, DataError: a fold can't be trained; see `mnist_core.training.loop.train`.
    """
    stop = should_stop or (lambda: False)
    report = on_progress or (lambda progress: None)
    with _opened(storage) as database:
        study = _load(name, database)
        _check_data(study, dataset)
        try:
            while not stop():
                _end_the_dead(study)
                _put_trials(study)
                states = {trial.state.name for trial in _trials(study)}
                if "WAITING" in states:
                    with turn() if turn else nullcontext(True) as my_turn:
                        if my_turn:
                            _run_one(study, dataset, report, stop)
                elif "RUNNING" in states:
                    report(StudyProgress(_state(study).filled, study.user_attrs["places"]))
                    time.sleep(POLL)
                else:
                    break
            _put_trials(study)
            return _state(study)
        except Exception as error:  # a record that is missing may show itself in many ways
            if name in _names(database):
                raise
            raise StudyError(
                Text(
                    "The study {name!r} was deleted while it was worked on; nothing of it is kept.",
                    name=name,
                )
            ) from error


def _check_data(study: "Study", dataset: Dataset) -> None:
    data = study.user_attrs["plan"]["data"]
    digest = dataset.digest()
    if digest != data["digest"]:
        raise StudyError(
            Text(
                "The study {name!r} is of other data: {expected} with the SHA-256 "
                "{expected_digest}…, but here is {data} with {digest}…. Every worker needs the "
                "same data set: MNIST_CORE_DATA says where MNIST is, and "
                "`python -m mnist_core bring` brings in other data.",
                name=study.study_name,
                expected=data["name"],
                expected_digest=data["digest"][:12],
                data=dataset.name,
                digest=digest[:12],
            )
        )


def _end_the_dead(study: "Study") -> None:
    """Fail the running trials whose worker shows no sign of life."""
    import optuna
    from optuna.trial import TrialState

    optuna.storages.fail_stale_trials(study)
    # Optuna leaves out a trial whose worker died before its first sign of life.
    for trial in _trials(study):
        state = _plain(trial, "")
        if state.state == "running" and not state.worker and (state.seconds or 0) > GRACE:
            study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)


def _run_one(
    study: "Study",
    dataset: Dataset,
    report: Callable[[StudyProgress], None],
    stop: Callable[[], bool],
) -> None:
    """Take the next waiting trial and train it."""
    from optuna.exceptions import UpdateFinishedTrialError

    import mnist_core.training.loop  # noqa: F401  TensorFlow's import is no part of a trial's time

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of networks made in a loop
    taken = False

    def objective(trial: "Trial") -> float:
        nonlocal taken
        if not _has_place(study, trial):
            trial.set_user_attr("aside", True)
            raise _AsideError
        trial.set_user_attr("worker", f"{socket.gethostname()}, process {os.getpid()}")
        try:
            return _run_trial(study, trial, dataset, report, stop)
        except UpdateFinishedTrialError:
            taken = True  # this machine slept too long, and another one has the slot now
            raise

    try:
        study.optimize(objective, n_trials=1, catch=(_AsideError,), gc_after_trial=True)
    except Exception:
        if not taken:
            raise


def _run_trial(
    study: "Study",
    trial: "Trial",
    dataset: Dataset,
    report: Callable[[StudyProgress], None],
    stop: Callable[[], bool],
) -> float:
    """Train one fold or one choice of settings; its accuracy, 0..1."""
    from optuna import TrialPruned

    fold = study.user_attrs["plan"]["kind"] == CROSSVAL
    try:
        parts = _fold(study, trial, dataset) if fold else _choice(study, trial, dataset)
        evaluation = _train_and_ask(study, trial, parts, report, stop)
    except (RecipeError, DataError) as error:
        trial.set_user_attr("error", to_line(error_text(error)))
        if fold:
            raise
        raise TrialPruned from error  # such settings can't work: a bad trial
    loss = evaluation.loss
    trial.set_user_attr("loss", loss if math.isfinite(loss) else None)
    trial.set_user_attr("images", evaluation.n)
    trial.set_user_attr("accuracy_interval", evaluation.accuracy_interval)
    return evaluation.accuracy


@dataclass(frozen=True)
class _Parts:
    """What a trial trains with: `watched` after each epoch, `asked` about at the end."""

    recipe: Recipe
    dataset: Dataset
    watched: Split | None
    asked: Split


def _fold(study: "Study", trial: "Trial", dataset: Dataset) -> _Parts:
    plan = study.user_attrs["plan"]
    recipe = recipe_from_dict(plan["recipe"])
    fold = trial.suggest_int("fold", 0, plan["folds"] - 1)
    x, y = dataset.x_train[: recipe.train_images], dataset.y_train[: recipe.train_images]
    learned, validated = list(k_folds(y, plan["folds"], FOLD_SEED))[fold]
    held = (x[validated], y[validated])
    part = replace(dataset, x_train=x[learned], y_train=y[learned])
    return _Parts(recipe, part, None if recipe.early_stopping else held, held)


def _suggested(trial: "Trial", key: str, text: str) -> Any:
    span = read_span(key, text)
    if not isinstance(span, Span):
        return trial.suggest_categorical(key, span)
    if isinstance(span.low, int) and isinstance(span.high, int):
        return trial.suggest_int(key, span.low, span.high, log=span.log)
    # Three digits are enough, and fit into a command line.
    return float(f"{trial.suggest_float(key, span.low, span.high, log=span.log):.3g}")


def _choice(study: "Study", trial: "Trial", dataset: Dataset) -> _Parts:
    from optuna.pruners import MedianPruner
    from optuna.samplers import TPESampler

    plan = study.user_attrs["plan"]
    recipe = recipe_from_dict(plan["recipe"])
    # By the slot: workers must not all choose the same, and one alone chooses the same again.
    seed = (recipe.seed + trial.user_attrs["place"]) % 2**32
    study.sampler = TPESampler(seed=seed, constant_liar=True)
    study.pruner = MedianPruner(n_warmup_steps=2)  # the first epoch says too little
    chosen = {key: _suggested(trial, key, text) for key, text in plan["space"].items()}
    trial.set_user_attr("settings", chosen)
    recipe = recipe.with_settings(chosen)
    __, rows = recipe.training_rows(len(dataset.x_train))
    return _Parts(recipe, dataset, None, (dataset.x_train[rows], dataset.y_train[rows]))


def _train_and_ask(
    study: "Study",
    trial: "Trial",
    parts: _Parts,
    report: Callable[[StudyProgress], None],
    stop: Callable[[], bool],
) -> Evaluation:
    """Train, tell the study of each epoch, and ask the network about its images."""
    import keras
    from optuna import TrialPruned

    from mnist_core.training.loop import train

    filled, slots, slot = (
        _state(study).filled,
        study.user_attrs["places"],
        trial.user_attrs["place"],
    )
    may_end = study.user_attrs["plan"]["kind"] == SEARCH
    history: dict[str, list[float | None]] = {}
    stopping = False

    def should_stop() -> bool:
        nonlocal stopping
        stopping = stopping or stop()
        return stopping

    def after_epoch(epoch: int, logs: dict[str, float]) -> None:
        if stopping:
            return  # in the middle of it
        for metric, value in logs.items():
            plain = float(value) if math.isfinite(value) else None
            history.setdefault(metric, []).append(plain)
        trial.set_user_attr("history", history)
        trial.report(float(logs["val_accuracy"]), step=epoch + 1)
        if may_end and epoch + 1 < parts.recipe.epochs and trial.should_prune():
            raise TrialPruned

    trained = train(
        parts.recipe,
        parts.dataset,
        validation=parts.watched,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=after_epoch)],
        on_progress=lambda progress: report(StudyProgress(filled, slots, slot, progress)),
        should_stop=should_stop,
    )
    if trained.stopped:
        trial.set_user_attr("stopped", True)
        raise _AsideError
    return _answers(trained, parts.asked)


def _answers(trained: "TrainedModel", held: Split) -> Evaluation:
    images, labels = held
    answers = [
        np.asarray(trained.model(images[start : start + 1000].astype(np.float32), training=False))
        for start in range(0, len(images), 1000)
    ]
    return evaluate_probabilities(digit_probabilities(np.concatenate(answers)), labels)

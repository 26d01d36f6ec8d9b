"""Commands about studies: `crossval`, `tune`, `work`, `studies`."""

import argparse

from mnist_core.cli.data import load_with_notes
from mnist_core.cli.terminal import (
    Json,
    Result,
    command,
    option,
    percent,
    print_table,
    progress_bar,
    stop_on_ctrl_c,
)
from mnist_core.cli.training import recipe_and_data, recipe_options
from mnist_core.data.dataset import Dataset
from mnist_core.errors import StudyError
from mnist_core.studies.search_space import parse_space
from mnist_core.studies.state import CROSSVAL, StudyProgress, StudyState
from mnist_core.studies.study import (
    FOLDS,
    TRIALS,
    list_studies,
    read_study,
    start_crossval,
    start_search,
)
from mnist_core.studies.workers import attend, read_workers, remove_study, start_work, stop_work

BACKGROUND = option(
    "--background",
    action="store_true",
    help="in a process of its own, which takes turns with the training runs and goes on when "
    "this window is closed",
)
STORAGE = option(
    "--storage",
    metavar="URL",
    help="the database; give the same to workers on other machines, such as "
    "postgresql://user:password@host/name (default: SQLite in the folder of runs)",
)
STUDY_OPTIONS = (
    option(
        "--study",
        metavar="NAME",
        help="its name (default: from the recipe, its settings, the data)",
    ),
    BACKGROUND,
    STORAGE,
)


@command(
    "crossval",
    recipe_options,
    option("--folds", type=int, default=FOLDS, metavar="K", help=f"how many (default: {FOLDS})"),
    *STUDY_OPTIONS,
)
def crossval(options: argparse.Namespace) -> Result:
    """Cross-validate a recipe on folds of the training images."""
    recipe, dataset = recipe_and_data(options)
    name = start_crossval(
        recipe, dataset, options.folds, name=options.study, storage=options.storage
    )
    return _work_on(name, dataset, options)


@command(
    "tune",
    recipe_options,
    option(
        "--trials",
        type=int,
        default=TRIALS,
        metavar="N",
        help=f"how many in all, those of earlier runs counted (default: {TRIALS})",
    ),
    option(
        "--search",
        action="append",
        default=[],
        metavar="KEY=LOW..HIGH",
        dest="searched",
        help="what to choose from, such as units=16..256, learning_rate=0.0001..0.01, "
        "optimizer=adam,sgd; may be repeated (default: suggested by the recipe's own settings)",
    ),
    *STUDY_OPTIONS,
)
def tune(options: argparse.Namespace) -> Result:
    """Search for better settings of a recipe, judged by validation accuracy."""
    space = parse_space(options.searched) if options.searched else None
    recipe, dataset = recipe_and_data(options)
    name = start_search(
        recipe, dataset, options.trials, space, name=options.study, storage=options.storage
    )
    return _work_on(name, dataset, options)


@command(
    "work",
    option("study", metavar="STUDY", help="its name, as `studies` lists it"),
    BACKGROUND,
    STORAGE,
)
def work(options: argparse.Namespace) -> Result:
    """Work on a study until all of its trials are done."""
    data = read_study(options.study, options.storage).data_name
    return _work_on(options.study, load_with_notes(data), options)


def _work_on(name: str, dataset: Dataset, options: argparse.Namespace) -> Result:
    storage = options.storage
    if options.background:
        if not read_study(name, storage).finished:
            start_work(name, storage)
        return _study_facts(read_study(name, storage), storage), _show_study, 0
    note = "this trial will be done again, the others are kept"
    with stop_on_ctrl_c(note) as should_stop, progress_bar(name) as update:

        def report(progress: StudyProgress) -> None:
            training = progress.training
            words = f"{progress.filled} of {progress.slots} done; "
            if training is None:
                words += "waiting for other workers"
            else:
                accuracy = training.metrics.get("accuracy", 0.0)
                words += f"epoch {training.epoch}/{training.epochs} accuracy {accuracy:.4f}"
            update(progress.share, words)

        state = attend(name, dataset, storage=storage, on_progress=report, should_stop=should_stop)
    return _study_facts(state, storage), _show_study, 0


def _study_facts(state: StudyState, storage: str | None) -> Json:
    """A study, and whether a process of this machine works on it."""
    return {**state.to_dict(), "working": read_workers(state.name, storage).alive}


def _show_study(answer: Json) -> None:
    crossval = answer["kind"] == CROSSVAL
    rows = [
        [
            str(trial["place"] + 1 if crossval else trial["number"]),
            trial["state"],
            "–" if trial["accuracy"] is None else percent(trial["accuracy"]),
            "–" if trial["seconds"] is None else f"{trial['seconds']:.0f} s",
            trial["worker"] or "–",
            *([] if crossval else ["\n".join(f"{k}={v}" for k, v in trial["settings"].items())]),
        ]
        for trial in answer["trials"]
    ]
    head = ["fold" if crossval else "trial", "state", "accuracy", "time", "worker"]
    print_table(head if crossval else [*head, "settings"], rows)
    print(answer["summary"])
    if answer["command"]:
        print(f"To train it: {answer['command']}")
    if answer["working"]:
        print(
            f"A process of this machine works on it. `python -m mnist_core studies "
            f"{answer['study']}` shows how far it is, with --stop it stops."
        )
    elif not answer["finished"]:
        print(
            f"Go on with the same command, or with `python -m mnist_core work {answer['study']}` "
            "and the same --storage, here or on any machine."
        )


@command(
    "studies",
    option("study", nargs="?", metavar="STUDY"),
    option("--delete", action="store_true", help="remove it with all its trials"),
    option(
        "--stop", action="store_true", help="stop this machine's work on it; what is done is kept"
    ),
    STORAGE,
)
def studies(options: argparse.Namespace) -> Result:
    """List cross-validations and searches, or show one."""
    name, storage = options.study, options.storage
    for act in ("delete", "stop"):
        if getattr(options, act) and not name:
            raise StudyError(f"`--{act}` needs the study's name: `studies STUDY --{act}`.")
    if options.delete:
        remove_study(name, storage)
        return {"deleted": name}, lambda _: print(f"Deleted {name}."), 0
    if options.stop:
        stop_work(name, storage)
        words = f"{name} stops after this batch; what is done is kept."
        return {"stopping": name}, lambda _: print(words), 0
    if name:
        return _study_facts(read_study(name, storage), storage), _show_study, 0
    facts = [_study_facts(state, storage) for state in list_studies(storage)]

    def show(answer: Json) -> None:
        rows = [
            [
                study["study"],
                study["recipe"]["name"],
                study["data"]["name"],
                f"{study['filled']} of {study['places']}{' (works)' * study['working']}",
                study["result"],
            ]
            for study in answer["studies"]
        ]
        print_table(["study", "recipe", "data", "done", "accuracy"], rows)

    return {"studies": facts}, show, 0

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
from mnist_core.i18n import Text, _
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

TRIAL_STATES = {
    "done": Text("done"),
    "pruned": Text("pruned"),
    "stopped": Text("stopped"),
    "running": Text("running"),
    "waiting": Text("waiting"),
    "failed": Text("failed"),
}
BACKGROUND = option(
    "--background",
    action="store_true",
    help=Text(
        "in a process of its own, which takes turns with the training runs and goes on when "
        "this window is closed"
    ),
)
STORAGE = option(
    "--storage",
    metavar="URL",
    help=Text(
        "the database; give the same to workers on other machines, such as "
        "postgresql://user:password@host/name (default: SQLite in the folder of runs)"
    ),
)
STUDY_OPTIONS = (
    option(
        "--study",
        metavar="NAME",
        help=Text("its name (default: from the recipe, its settings, the data)"),
    ),
    BACKGROUND,
    STORAGE,
)


@command(
    "crossval",
    Text("Cross-validate a recipe on folds of the training images"),
    recipe_options,
    option(
        "--folds",
        type=int,
        default=FOLDS,
        metavar="K",
        help=Text("how many (default: {n})", n=FOLDS),
    ),
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
    Text("Search for better settings of a recipe, judged by validation accuracy"),
    recipe_options,
    option(
        "--trials",
        type=int,
        default=TRIALS,
        metavar="N",
        help=Text("how many in all, those of earlier runs counted (default: {n})", n=TRIALS),
    ),
    option(
        "--search",
        action="append",
        default=[],
        metavar="KEY=LOW..HIGH",
        dest="searched",
        help=Text(
            "what to choose from, such as units=16..256, learning_rate=0.0001..0.01, "
            "optimizer=adam,sgd; may be repeated (default: suggested by the recipe's own settings)"
        ),
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
    Text("Work on a study until all of its trials are done"),
    option("study", metavar="STUDY", help=Text("its name, as `studies` lists it")),
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
    note = _("Stopping after this batch; this trial will be done again, the others are kept.")
    with stop_on_ctrl_c(note) as should_stop, progress_bar(name) as update:

        def report(progress: StudyProgress) -> None:
            training = progress.training
            done = {"n": progress.filled, "total": progress.slots}
            if training is None:
                words = _("{n} of {total} done; waiting for other workers", **done)
            else:
                words = _(
                    "{n} of {total} done; epoch {epoch}/{epochs} accuracy {accuracy:.4f}",
                    **done,
                    epoch=training.epoch,
                    epochs=training.epochs,
                    accuracy=training.metrics.get("accuracy", 0.0),
                )
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
            _(TRIAL_STATES.get(trial["state"], trial["state"])),
            "–" if trial["accuracy"] is None else percent(trial["accuracy"]),
            "–" if trial["seconds"] is None else f"{trial['seconds']:.0f} s",
            trial["worker"] or "–",
            *([] if crossval else ["\n".join(f"{k}={v}" for k, v in trial["settings"].items())]),
        ]
        for trial in answer["trials"]
    ]
    head = [
        _("fold") if crossval else _("trial"),
        _("state"),
        _("accuracy"),
        _("time"),
        _("worker"),
    ]
    print_table(head if crossval else [*head, _("settings")], rows)
    print(_(answer["summary"]))
    if answer["command"]:
        print(_("To train it: {command}", command=answer["command"]))
    if answer["working"]:
        print(
            _(
                "A process of this machine works on it. `python -m mnist_core studies {name}` "
                "shows how far it is, with --stop it stops.",
                name=answer["study"],
            )
        )
    elif not answer["finished"]:
        print(
            _(
                "Go on with the same command, or with `python -m mnist_core work {name}` and the "
                "same --storage, here or on any machine.",
                name=answer["study"],
            )
        )


@command(
    "studies",
    Text("List cross-validations and searches, or show one"),
    option("study", nargs="?", metavar="STUDY"),
    option("--delete", action="store_true", help=Text("remove it with all its trials")),
    option(
        "--stop",
        action="store_true",
        help=Text("stop this machine's work on it; what is done is kept"),
    ),
    STORAGE,
)
def studies(options: argparse.Namespace) -> Result:
    """List cross-validations and searches, or show one."""
    name, storage = options.study, options.storage
    for act in ("delete", "stop"):
        if getattr(options, act) and not name:
            raise StudyError(
                Text("`--{option}` needs the study's name: `studies STUDY --{option}`.", option=act)
            )
    if options.delete:
        remove_study(name, storage)
        return {"deleted": name}, lambda answer: print(_("Deleted {name}.", name=name)), 0
    if options.stop:
        stop_work(name, storage)
        words = _("{name} stops after this batch; what is done is kept.", name=name)
        return {"stopping": name}, lambda answer: print(words), 0
    if name:
        return _study_facts(read_study(name, storage), storage), _show_study, 0
    facts = [_study_facts(state, storage) for state in list_studies(storage)]

    def show(answer: Json) -> None:
        rows = [
            [
                study["study"],
                study["recipe"]["name"],
                study["data"]["name"],
                _("{n} of {total} (works)", n=study["filled"], total=study["places"])
                if study["working"]
                else _("{n} of {total}", n=study["filled"], total=study["places"]),
                _(study["result"]),
            ]
            for study in answer["studies"]
        ]
        print_table([_("study"), _("recipe"), _("data"), _("done"), _("accuracy")], rows)

    return {"studies": facts}, show, 0

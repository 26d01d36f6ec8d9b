"""The command line: `python -m mnist_core --help`."""

import argparse
import dataclasses
import json
import math
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_core import settings
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, Dataset, label_name
from mnist_core.data.download import download_mnist
from mnist_core.data.mnist import load_mnist
from mnist_core.data.release import MNIST
from mnist_core.drawing.normalize import REASONS, load_picture, prepare_drawing
from mnist_core.errors import (
    DataError,
    DrawingError,
    JobError,
    MnistCoreError,
    ModelError,
    RunError,
    StudyError,
)
from mnist_core.models.exports import (
    FORMS,
    TOLERANCE,
    check_export,
    export_network,
    file_name,
    model_card,
    snippet,
    snippet_name,
    test_set,
)
from mnist_core.models.store import StoredModel, list_models, open_model
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.command import parse_settings
from mnist_core.recipes.saved import get_recipe, recipe_names, save_recipe
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
from mnist_core.studies.workers import attend, look, remove_study, start_work, stop_work
from mnist_core.system.files import write_file
from mnist_core.system.quiet import quiet_stderr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mnist_core.recipes.recipe import Recipe
    from mnist_core.review.confident_learning import LabelErrors
    from mnist_core.runs.runs import Run

Json = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 it could not be done, 2 wrong usage."""
    options = build_parser().parse_args(arguments)
    # Python's own warning would show a line of code; the same is said in the command's words.
    warnings.filterwarnings("ignore", message=f".*{STAND_IN_NAME}", category=UserWarning)
    try:
        answer, show, status = options.run(options)
    except MnistCoreError as error:
        if options.json:
            print(json.dumps({"error": str(error)}, ensure_ascii=False))
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        show(answer)
    return int(status)


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core",
        description="Load MNIST, train and evaluate small networks, recognise drawn digits.",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[..., Any], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--json", action="store_true", help="print one JSON object")
        command.set_defaults(run=run)
        return command

    data = add("data", _data, "where MNIST is, or what is known of other data; which there is")
    data.add_argument("name", nargs="?", metavar="NAME", help="of data that was brought in")
    data.add_argument("--download", action="store_true", help="download MNIST first (11 MB)")
    data.add_argument(
        "--delete", action="store_true", help="delete the data of that name that was brought in"
    )

    bring = add("bring", _bring, "bring in other data of 28x28 pixels: to look at, to train on")
    bring.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="an .npz, four IDX files, or a zip or folder with these or with pictures in a folder "
        "for each label",
    )
    bring.add_argument("--name", help="what to call it (default: as the file or folder)")
    bring.add_argument(
        "--classes", metavar="A,B,...", default="", help="names of the labels from 0 on"
    )
    bring.add_argument(
        "--invert", action="store_true", help="it is dark ink on light paper; MNIST has 255 for ink"
    )

    recipes = add("recipes", _recipes, "the recipes, or the settings of one")
    recipes.add_argument("recipe", nargs="?", metavar="RECIPE")
    recipes.add_argument(
        "--save", metavar="NAME", help="keep it, with what --set changes, as a recipe of your own"
    )
    _change_options(recipes)

    train = add("train", _train, "train a recipe, or load it where it is trained already")
    _recipe_options(train)
    train.add_argument("--force", action="store_true", help="train even if it is trained")

    runs = add("runs", _runs, "training runs in the background: list, start, stop, resume ...")
    acts = runs.add_subparsers(title="actions", metavar="ACTION")

    def act(name: str, do: Callable[..., Any], text: str) -> argparse.ArgumentParser:
        action = acts.add_parser(name, help=text, description=text)
        action.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object"
        )  # else it would undo a --json that stands before it
        action.set_defaults(run=do)
        return action

    start = act("start", _start_run, "train a recipe in a process of its own")
    _recipe_options(start)
    start.add_argument("--name", help="what to call it")
    for name, do, text in (
        ("show", _show_run, "where a run is"),
        ("stop", _stop_run, "stop a run; its best network so far is kept"),
        ("resume", _resume_run, "let a stopped or broken run go on"),
        ("use", _use_run, "read drawings with a run's network"),
        ("rename", _rename_run, "give a run another name"),
        ("delete", _delete_run, "put a run aside"),
        ("restore", _restore_run, "bring a deleted run back"),
    ):
        act(name, do, text).add_argument(
            "which", metavar="RUN", help="its id, its name, or how the id begins"
        )
    acts.choices["rename"].add_argument("name", metavar="NAME")
    limit = act("limit", _limit_runs, "how many runs train at once")
    limit.add_argument("count", type=int, nargs="?", metavar="N")

    crossval = add(
        "crossval", _crossval, "a recipe's accuracy on several folds of the training images"
    )
    _recipe_options(crossval)
    crossval.add_argument(
        "--folds", type=int, default=FOLDS, metavar="K", help=f"how many (default: {FOLDS})"
    )
    _study_options(crossval)

    tune = add("tune", _tune, "search for better settings of a recipe, by its validation images")
    _recipe_options(tune)
    tune.add_argument(
        "--trials",
        type=int,
        default=TRIALS,
        metavar="N",
        help=f"how many in all, those of earlier runs counted (default: {TRIALS})",
    )
    tune.add_argument(
        "--search",
        action="append",
        default=[],
        metavar="KEY=LOW..HIGH",
        dest="searched",
        help="what to choose from, such as units=16..256, learning_rate=0.0001..0.01, "
        "optimizer=adam,sgd; may be repeated (default: what the recipe's own settings suggest)",
    )
    _study_options(tune)

    work = add("work", _work, "help with a study: run its trials until none is left")
    work.add_argument("study", metavar="STUDY", help="its name, as `studies` lists it")
    _background_option(work)
    _storage_option(work)

    studies = add("studies", _studies, "the cross-validations and searches, or the state of one")
    studies.add_argument("study", nargs="?", metavar="STUDY")
    studies.add_argument("--delete", action="store_true", help="remove it with all its trials")
    studies.add_argument(
        "--stop", action="store_true", help="stop this machine's work on it; what is done is kept"
    )
    _storage_option(studies)

    add("models", _models, "the trained models")

    evaluate = add("evaluate", _evaluate, "a trained model on the test images")
    evaluate.add_argument("model", metavar="MODEL")
    _data_option(evaluate, "its test images (default: of the data that the model learned from)")

    export = add(
        "export", _export, "a trained network as files that other programs read, with a model card"
    )
    export.add_argument("model", metavar="MODEL", help="a trained model, or a training run")
    export.add_argument(
        "--format",
        action="append",
        choices=list(FORMS),
        dest="formats",
        help="may be repeated (default: all)",
    )
    export.add_argument(
        "--output", type=Path, default=Path(), metavar="FOLDER", help="default: here"
    )

    labels = add(
        "labels",
        _labels,
        "labels that are likely wrong, by what networks say of images that "
        "they have not learned from",
    )
    labels.add_argument(
        "models",
        nargs="*",
        metavar="MODEL",
        help="whose answers to their test images (default: "
        "those of all models that learned from the data)",
    )
    labels.add_argument(
        "--crossval",
        metavar="RECIPE",
        dest="recipe",
        help="look at the training labels instead, "
        "by a cross-validation of this recipe, in a process of its own",
    )
    labels.add_argument(
        "--folds", type=int, default=FOLDS, metavar="K", help=f"of it (default: {FOLDS})"
    )
    labels.add_argument(
        "--background", action="store_true", help="start the cross-validation and don't wait"
    )
    labels.add_argument(
        "--most", type=int, default=20, metavar="N", help="of each list, 0: all (default: 20)"
    )
    _data_option(labels, "data that was brought in (default: MNIST)")
    _change_options(labels)

    predict = add("predict", _predict, "the digit in each picture")
    predict.add_argument("images", nargs="+", metavar="IMAGE", help="a file, any size, any ink")
    predict.add_argument("--model", metavar="MODEL", help=f"default: {settings.DEFAULT_MODEL}")
    return parser


def _recipe_options(command: argparse.ArgumentParser) -> None:
    """A recipe and what can be changed in it."""
    command.add_argument(
        "recipe", metavar="RECIPE", help=f"one of {', '.join(RECIPES)}, or one that was saved"
    )
    _change_options(command)
    _data_option(command, "learn from data that was brought in (default: MNIST)")


def _data_option(command: argparse.ArgumentParser, text: str) -> None:
    command.add_argument("--data", metavar="NAME", help=text)


def _change_options(command: argparse.ArgumentParser) -> None:
    """What can be changed in a recipe."""
    command.add_argument("--epochs", type=int, metavar="N", help="times through the images")
    command.add_argument("--batch-size", type=int, metavar="N", help="images per step")
    command.add_argument(
        "--validation-split", type=float, metavar="F", help="share kept to validate, 0 to 1"
    )
    command.add_argument("--seed", type=int, metavar="N", help="of weights, order, dropout")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help="any setting that `recipes RECIPE` lists, such as units=256, "
        "conv2d_1.kernel_size=5, dropout=0.3, optimizer=sgd; may be repeated",
    )


def _study_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--study",
        metavar="NAME",
        help="its name (default: from the recipe, its settings, the data)",
    )
    _background_option(command)
    _storage_option(command)


def _background_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--background",
        action="store_true",
        help="in a process of its own, which takes turns with the training runs and goes on when "
        "this window is closed",
    )


def _storage_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--storage",
        metavar="URL",
        help="the database; give the same to workers on other machines, such as "
        "postgresql://user:password@host/name (default: SQLite in the folder of runs)",
    )


# --- the commands: each gives (answer for --json, how to show it, exit status) ---------------

Result = tuple[Json, Callable[[Json], None], int]


def _data(options: argparse.Namespace) -> Result:
    from mnist_core.data.collection import delete_data, list_data

    if options.delete:
        if not options.name:
            raise DataError("`--delete` needs the data's name: `data NAME --delete`.")
        delete_data(options.name)
        words = f"Deleted {options.name}. Networks that learned from it stay."
        return {"deleted": options.name}, lambda _: print(words), 0
    if options.download:
        with _bar("Downloading MNIST") as update:
            download_mnist(progress=lambda done, total: update(done / total if total else 0))
    dataset = _named_data(options.name) or load_mnist(download=False)
    return _data_facts(dataset, [one.name for one in list_data()]), _show_data, 0


def _named_data(name: str | None) -> Dataset | None:
    """Data that was brought in, by its name; None for MNIST."""
    from mnist_core.data.collection import is_imported, load_data

    return load_data(name) if is_imported(name) else None


def _data_facts(dataset: Dataset, there: Sequence[str]) -> Json:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "verified": dataset.verified,
        "train": len(dataset.x_train),
        "test": len(dataset.x_test),
        "shapes": {name: list(getattr(dataset, name).shape) for name in ARRAYS},
        "train_per_class": np.bincount(dataset.y_train, minlength=10).tolist(),
        "test_per_class": np.bincount(dataset.y_test, minlength=10).tolist(),
        "class_names": list(dataset.class_names),
        "brought_in": list(there),
        "notes": [*dataset.notes, *_stand_in_note(dataset)],
    }


def _show_data(answer: Json) -> None:
    state = "verified" if answer["verified"] else "not MNIST"
    print(f"{answer['name']} ({state}) from {answer['source']}")
    for name, shape in answer["shapes"].items():
        print(f"  {name:<8} uint8 {tuple(shape)}")
    rows = [
        [label_name(digit, answer["class_names"]), *map(str, counts)]
        for digit, counts in enumerate(
            zip(answer["train_per_class"], answer["test_per_class"], strict=True)
        )
    ]
    _table(["digit", "train", "test"], [*rows, ["all", str(answer["train"]), str(answer["test"])]])
    for note in answer["notes"]:
        print(note)
    if answer["brought_in"]:
        print(f"Brought in: {', '.join(answer['brought_in'])}. `data NAME` shows one of them.")


def _bring(options: argparse.Namespace) -> Result:
    from mnist_core.data.collection import import_data, list_data, load_data
    from mnist_core.data.readers.source import sources_at

    sources = [source for path in options.paths for source in sources_at(path)]
    name = options.name or Path(options.paths[0]).resolve().name.split(".")[0]
    with _bar(f"Reading {name}") as update:
        kept = import_data(
            name,
            sources,
            invert=options.invert,
            on_progress=update,
            class_names=options.classes.split(",") if options.classes else (),
        )
    answer = _data_facts(load_data(kept.name), [one.name for one in list_data()])
    return {**answer, "from": kept.source}, _show_data, 0


def _stand_in_note(dataset: Dataset) -> list[str]:
    from mnist_core.data.release import DOWNLOAD_HINT

    if not dataset.stand_in:
        return []
    return [f"MNIST was not found, so {STAND_IN_NAME} stand in. {DOWNLOAD_HINT}"]


def _recipes(options: argparse.Namespace) -> Result:
    names = [options.recipe] if options.recipe else recipe_names()
    chosen = [get_recipe(name) for name in names]
    if options.save:
        chosen = [save_recipe(_changed(chosen[0], options), options.save)]
    answer: Json = {"recipes": [{**one.to_dict(), "settings": one.settings()} for one in chosen]}

    def show(_: Json) -> None:
        if options.recipe:
            recipe = chosen[0]
            if options.save:
                print(f"Saved as {recipe.name}. `python -m mnist_core train {recipe.name}`")
            print(f"{recipe.name}: {recipe.title}\nFrom: {recipe.source}")
            print(f"Published: {recipe.published or '–'}\n")
            for name, one in zip(recipe.layer_names(), recipe.layers, strict=True):
                print(f"  {name:<24}{one}")
            print()
            rows = [[key, json.dumps(value)] for key, value in sorted(recipe.settings().items())]
            _table(["--set", "value"], rows)
        else:
            rows = [[one.name, one.title, one.published or "–"] for one in chosen]
            _table(["recipe", "what", "published test accuracy"], rows)

    return answer, show, 0


def _train(options: argparse.Namespace) -> Result:
    from mnist_core.models.train_or_load import train_or_load

    recipe, dataset = _recipe_and_data(options)
    trained_now = False
    kept = "what is learned so far is kept"
    with _stop_on_ctrl_c(kept) as should_stop, _bar(f"Training {recipe.name}") as update:

        def report(progress: Any) -> None:
            nonlocal trained_now
            trained_now = True
            metrics = " ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
            update(progress.share, f"epoch {progress.epoch}/{progress.epochs} {metrics}")

        model = train_or_load(
            recipe, dataset, force=options.force, on_progress=report, should_stop=should_stop
        )
    answer = {
        **_summary(model),
        "trained": trained_now,
        "path": str(model.folder),
        "seed": recipe.seed,
        "device": model.card["device"],
        "seconds": model.card["seconds"],
        "stopped": model.card["stopped"],
        "history": model.card["history"],
    }

    def show(answer: Json) -> None:
        done = "Stopped early; trained" if answer["stopped"] else "Trained"
        how = (
            f"{done} in {answer['seconds']:.0f} s on {answer['device']}"
            if trained_now
            else "Already trained with these settings; --force trains it again"
        )
        print(f"{how}. Stored in {answer['path']}")
        low, high = answer["accuracy_interval"]
        print(
            f"{answer['model']}: accuracy {_percent(answer['accuracy'])} on the {answer['n']:,} "
            f"test images (95% interval {_percent(low)} to {_percent(high)}). "
            f"Published: {answer['published'] or '–'}"
        )

    return answer, show, 0


def _load(train: bool = True) -> Dataset:
    with _bar("Downloading MNIST") as update:
        return load_mnist(
            train=train, progress=lambda done, total: update(done / total if total else 0)
        )


def _load_with_notes(name: str | None = None) -> Dataset:
    named = _named_data(name)
    if named:  # its notes were told when it was brought in
        return named
    dataset = _load()
    for note in (*dataset.notes, *_stand_in_note(dataset)):
        print(note, file=sys.stderr)
    return dataset


def _recipe_and_data(options: argparse.Namespace) -> "tuple[Recipe, Dataset]":
    from mnist_core.runs.advice import misfit

    recipe, dataset = _changed(get_recipe(options.recipe), options), _load_with_notes(options.data)
    _print_note(misfit(recipe, dataset.class_names))
    return recipe, dataset


def _print_note(note: str) -> None:
    if note:
        print(note, file=sys.stderr)


def _changed(recipe: "Recipe", options: argparse.Namespace) -> "Recipe":
    changes = parse_settings(options.changes)
    for key in ("epochs", "batch_size", "validation_split", "seed"):
        if getattr(options, key) is not None:
            changes[key] = getattr(options, key)
    return recipe.with_settings(changes)


def _runs(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import list_runs

    return {"runs": [_run_facts(run) for run in list_runs()]}, _show_runs, 0


def _run_facts(run: "Run") -> Json:
    model = run.model()
    return {
        "run": run.id,
        "name": run.name,
        "recipe": run.recipe.name,
        "state": run.state,
        "created": run.created,
        "share": run.share,
        "data": run.data_name,
        **{
            key: run.status.get(key)
            for key in (
                "epoch",
                "epochs",
                "batch",
                "batches",
                "metrics",
                "images_per_second",
                "seconds_left",
                "seconds",
                "device",
                "message",
            )
        },
        "accuracy": model.evaluation.accuracy if model else None,
        "path": str(run.folder),
    }


def _show_runs(answer: Json) -> None:
    other = any(one["data"] != MNIST.name for one in answer["runs"])
    rows = [
        [
            one["run"],
            one["name"],
            *([one["data"]] if other else []),
            one["state"],
            f"{one['share']:.0%}",
            _percent(one["accuracy"]) if one["accuracy"] else "–",
            one["message"] or "",
        ]
        for one in answer["runs"]
    ]
    _table(["run", "name", *(["data"] if other else []), "state", "done", "test", ""], rows)


def _start_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.advice import misfit
    from mnist_core.runs.runs import start_run

    recipe = _changed(get_recipe(options.recipe), options)
    run = start_run(recipe, options.name, data=options.data)
    _print_note(misfit(recipe, run.class_names))
    return _one_run(run)


def _show_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import open_run

    return _one_run(open_run(options.which))


def _one_run(run: "Run") -> Result:
    """A run as it is now."""
    answer = {
        **_run_facts(run),
        "history": run.history(),
        "command": run.command,
        "log": run.last_words() if run.resumable else "",
    }

    def show(answer: Json) -> None:
        _show_runs({"runs": [answer]})
        if run.state == "training":
            metrics = " ".join(f"{name} {value:.4f}" for name, value in answer["metrics"].items())
            print(
                f"Epoch {answer['epoch']} of {answer['epochs']}, batch {answer['batch']} of "
                f"{answer['batches']}: {metrics}"
            )
        history = answer["history"]
        if history:
            rows = [
                [str(epoch), *(f"{value:.4f}" for value in values)]
                for epoch, values in enumerate(zip(*history.values(), strict=True), 1)
            ]
            _table(["epoch", *history], rows)
        print(f"Folder: {answer['path']}\nThe same without background: {answer['command']}")
        if answer["log"]:
            print(f"Its last words:\n{answer['log']}")

    return answer, show, 0


def _stop_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import open_run, stop_run

    run = open_run(options.which)
    stop_run(run)
    return _done(run, "is asked to stop")


def _resume_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import open_run, resume_run

    run = open_run(options.which)
    resume_run(run)
    return _done(run, "goes on")


def _use_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import open_run, use_run

    run = open_run(options.which)
    model = use_run(run)
    return _done(run, f"is used for drawing, as the model {model.name}", model=model.name)


def _rename_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import open_run, rename_run

    run = open_run(options.which)
    rename_run(run, options.name)
    return _done(run, f"is called {options.name} now")


def _delete_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import delete_run, open_run

    run = open_run(options.which)
    delete_run(run)
    return _done(run, f"is put aside; `runs restore {run.id}` brings it back")


def _restore_run(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import restore_run

    return _done(restore_run(options.which), "is back")


def _done(run: "Run", words: str, **more: Any) -> Result:
    answer = {"run": run.id, "name": run.name, "done": words, **more}
    return answer, lambda answer: print(f"{answer['name']} {answer['done']}."), 0


def _limit_runs(options: argparse.Namespace) -> Result:
    from mnist_core.runs.runs import get_setting, set_setting

    if options.count is not None:
        set_setting("at_once", options.count)
    answer = {"at_once": get_setting("at_once")}
    return answer, lambda answer: print(f"Runs that train at once: {answer['at_once']}"), 0


def _crossval(options: argparse.Namespace) -> Result:
    recipe, dataset = _recipe_and_data(options)
    name = start_crossval(
        recipe, dataset, options.folds, name=options.study, storage=options.storage
    )
    return _work_on(name, dataset, options)


def _tune(options: argparse.Namespace) -> Result:
    space = parse_space(options.searched) if options.searched else None
    recipe, dataset = _recipe_and_data(options)
    name = start_search(
        recipe, dataset, options.trials, space, name=options.study, storage=options.storage
    )
    return _work_on(name, dataset, options)


def _work(options: argparse.Namespace) -> Result:
    data = read_study(options.study, options.storage).data_name
    return _work_on(options.study, _load_with_notes(data), options)


def _work_on(name: str, dataset: Dataset, options: argparse.Namespace) -> Result:
    storage = options.storage
    if options.background:
        if not read_study(name, storage).finished:
            start_work(name, storage)
        return _study_facts(read_study(name, storage), storage), _show_study, 0
    kept = "this trial will be done again, the others are kept"
    with _stop_on_ctrl_c(kept) as should_stop, _bar(name) as update:

        def report(progress: StudyProgress) -> None:
            training = progress.training
            words = f"{progress.filled} of {progress.places} done; "
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
    return {**state.to_dict(), "working": look(state.name, storage).alive}


def _show_study(answer: Json) -> None:
    crossval = answer["kind"] == CROSSVAL
    rows = [
        [
            str(one["place"] + 1 if crossval else one["number"]),
            one["state"],
            "–" if one["accuracy"] is None else _percent(one["accuracy"]),
            "–" if one["seconds"] is None else f"{one['seconds']:.0f} s",
            one["worker"] or "–",
            *([] if crossval else ["\n".join(f"{k}={v}" for k, v in one["settings"].items())]),
        ]
        for one in answer["trials"]
    ]
    head = ["fold" if crossval else "trial", "state", "accuracy", "time", "worker"]
    _table(head if crossval else [*head, "settings"], rows)
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


def _studies(options: argparse.Namespace) -> Result:
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
    studies = [_study_facts(state, storage) for state in list_studies(storage)]

    def show(answer: Json) -> None:
        rows = [
            [
                one["study"],
                one["recipe"]["name"],
                one["data"]["name"],
                f"{one['filled']} of {one['places']}{' (works)' * one['working']}",
                one["result"],
            ]
            for one in answer["studies"]
        ]
        _table(["study", "recipe", "data", "done", "accuracy"], rows)

    return {"studies": studies}, show, 0


def _models(options: argparse.Namespace) -> Result:
    models, errors = list_models()
    answer: Json = {
        "models": [_summary(model) for model in models],
        "errors": [str(e) for e in errors],
    }
    return answer, _show_models, 0


def _summary(model: StoredModel) -> Json:
    evaluation = model.evaluation
    return {
        "model": model.name,
        "title": model.recipe.title,
        "data": model.data_name,
        "n": evaluation.n,
        "accuracy": evaluation.accuracy,
        "accuracy_interval": list(evaluation.accuracy_interval),
        "loss": evaluation.loss,
        "parameters": model.card["parameters"],
        "created": model.card["created"],
        "published": model.published,
    }


def _show_models(answer: Json) -> None:
    rows = [
        [
            one["model"],
            one["data"],
            _percent(one["accuracy"]),
            "{:.2f}–{:.2f}".format(*(100 * share for share in one["accuracy_interval"])),
            f"{one['parameters']:,}",
            one["published"] or "–",
        ]
        for one in answer["models"]
    ]
    _table(["model", "data", "test", "95% interval", "parameters", "published"], rows)
    for error in answer["errors"]:
        print(error, file=sys.stderr)


def _evaluate(options: argparse.Namespace) -> Result:
    from mnist_core.data.collection import is_imported
    from mnist_core.metrics.classification import evaluate_probabilities
    from mnist_core.models.recognizer import Recognizer

    with quiet_stderr():
        recognizer = Recognizer.load(options.model)
    model = recognizer.model
    own = model.dataset() if not options.data and is_imported(model.data_name) else None
    dataset = own or _named_data(options.data) or _load(train=False)
    with _bar(f"Evaluating {options.model}") as update:
        parts = np.array_split(dataset.x_test, 20)
        answers = []
        for count, part in enumerate(parts, 1):
            answers.append(recognizer.predict(part))
            update(count / len(parts))
    evaluation = evaluate_probabilities(np.concatenate(answers), dataset.y_test)
    notes = [] if is_imported(dataset.name) else [*dataset.notes, *_stand_in_note(dataset)]
    if model.data_name != dataset.name:
        notes.append(f"{model.name} learned from {model.data_name}, not from {dataset.name}.")
    answer = {
        "model": options.model,
        "data": dataset.name,
        "class_names": list(dataset.class_names),
        **evaluation.to_dict(),
        "notes": notes,
    }
    return answer, _show_evaluation, 0


def _show_evaluation(answer: Json) -> None:
    low, high = answer["accuracy_interval"]
    print(
        f"{answer['model']} on the {answer['n']:,} test images of {answer['data']}: accuracy "
        f"{_percent(answer['accuracy'])} (95% interval {_percent(low)} to {_percent(high)}), "
        f"loss {answer['loss']:.4f}"
    )
    rows = [
        [
            label_name(one["digit"], answer["class_names"]),
            *(_percent(one[key]) for key in ("precision", "recall", "f1")),
            str(one["support"]),
        ]
        for one in answer["per_class"]
    ]
    _table(["digit", "precision", "recall", "F1", "images"], rows)
    print("Confusion: rows are true, columns are predicted.")
    _table(
        ["", *map(str, range(10))],
        [[str(digit), *map(str, row)] for digit, row in enumerate(answer["confusion_matrix"])],
    )
    for note in answer["notes"]:
        print(note)


def _export(options: argparse.Namespace) -> Result:
    model, home = _stored(options.model), options.output
    dataset = test_set(model)
    forms = [FORMS[name] for name in options.formats or FORMS]
    written: list[Json] = []
    with _bar(f"Exporting {options.model}") as update:
        for form in dict.fromkeys(forms):
            update(len(written) / len(forms), form.title)
            content = export_network(model, form)
            check = check_export(model, form, content, dataset)
            path, program = home / file_name(model, form), home / snippet_name(model, form)
            _write(path, content)
            _write(program, snippet(model, form).encode())
            written.append(
                {
                    "format": form.name,
                    "path": str(path),
                    "bytes": len(content),
                    "example": str(program),
                    "images": check.images,
                    "data": check.data,
                    "difference": check.difference,
                    "same": check.same,
                    "words": check.words,
                }
            )
    card = home / f"{model.name}-card.md"
    _write(card, model_card(model).encode())
    answer = {"model": model.name, "tolerance": TOLERANCE, "files": written, "card": str(card)}

    def show(answer: Json) -> None:
        for one in answer["files"]:
            print(f"{one['path']} ({one['bytes']:,} bytes). {one['words']}")
            print(f"  To read a picture with it: python {one['example']} picture.png")
        print(f"{answer['card']} says what it is, what it was trained on and how good it is.")

    return answer, show, 0


def _stored(name: str) -> StoredModel:
    """A trained model, or that of a training run."""
    try:
        return open_model(name)
    except ModelError as error:
        from mnist_core.runs.runs import open_run

        try:
            run = open_run(name)
        except MnistCoreError:
            raise error from None
        model = run.model()
        if model is None:
            raise RunError(f"{run.name} is {run.state} and has no trained network yet.") from None
        return dataclasses.replace(model, name=run.id)


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, content, durable=False)
    except OSError as error:
        raise ModelError(
            f"{path} can't be written ({error.strerror}). Choose another folder with --output."
        ) from error


def _labels(options: argparse.Namespace) -> Result:
    if options.recipe:
        return _training_labels(options)
    from mnist_core.models.store import open_model
    from mnist_core.review.confident_learning import find_agreement, find_label_errors
    from mnist_core.review.confirmed_errors import describe_votes
    from mnist_core.review.label_errors import model_probabilities

    dataset = _named_data(options.data) or _load(train=False)
    models = [open_model(name) for name in options.models] or [
        model for model in list_models()[0] if model.data_name == dataset.name
    ]
    if not models:
        raise ModelError(
            f"No trained model learned from {dataset.name}. `python -m mnist_core "
            "train RECIPE` trains one."
        )
    for model in models:
        if model.data_name != dataset.name or model.evaluation.n != len(dataset.y_test):
            raise ModelError(
                f"{model.name} was tested on {model.evaluation.n:,} images of {model.data_name}, "
                f"not on the {len(dataset.y_test):,} of {dataset.name}; --data NAME names its data."
            )
    labels = dataset.y_test
    found = [find_label_errors(labels, model_probabilities(model)) for model in models]
    answer: Json = {
        "data": dataset.name,
        "split": "test",
        "class_names": list(dataset.class_names),
        "n": len(labels),
        "findings": [
            _finding(model.name, one, labels, options.most, dataset.verified)
            for model, one in zip(models, found, strict=True)
        ],
        "together": [
            {
                "image": one.row,
                "label": int(labels[one.row]),
                "networks": one.networks,
                "read_as": one.proposed,
                **({"people": describe_votes(one.row)} if dataset.verified else {}),
            }
            for one in (find_agreement(found) if len(found) > 1 else [])
        ],
    }
    return answer, _show_labels, 0


def _training_labels(options: argparse.Namespace) -> Result:
    import time

    from mnist_core.review.confident_learning import label_errors_from_arrays
    from mnist_core.review.label_errors import (
        crossval_errors_folder,
        start_crossval_errors,
        stop_crossval_errors,
    )
    from mnist_core.system.tasks import look_at_job

    recipe, dataset = _recipe_and_data(options)
    folder = crossval_errors_folder(recipe, dataset, options.folds)
    start_crossval_errors(recipe, dataset, options.folds)
    answer: Json = {
        "data": dataset.name,
        "split": "train",
        "class_names": list(dataset.class_names),
        "n": len(dataset.y_train[: recipe.train_images]),
        "findings": [],
        "together": [],
        "working": True,
        "share": 0.0,
    }
    state = look_at_job(folder)
    kept = "the folds that are done are kept"
    if not options.background:
        with _stop_on_ctrl_c(kept) as should_stop, _bar(f"Cross-validating {recipe.name}") as bar:
            while (state := look_at_job(folder)).working:
                bar(state.share, state.words)
                if should_stop():
                    stop_crossval_errors(folder)
                time.sleep(0.5)
        if not state.finished:
            raise JobError(
                state.message
                or f"The process ended before it was done; {kept}. The same command goes on."
            )
    answer |= {"working": state.working, "share": state.share}
    if state.finished:
        labels, found = (
            dataset.y_train[: recipe.train_images],
            label_errors_from_arrays(state.arrays),
        )
        answer["findings"] = [_finding(recipe.name, found, labels, options.most, False)]
    return answer, _show_labels, 0


def _finding(
    by: str, found: "LabelErrors", labels: "NDArray[np.uint8]", most: int, confirmed: bool
) -> Json:
    from mnist_core.review.confident_learning import label_errors_table
    from mnist_core.review.confirmed_errors import CONFIRMED_ERRORS

    lists = {name: getattr(found, name) for name in ("likely", "misread", "ambiguous")}
    answer: Json = {"by": by, "counts": {name: len(rows) for name, rows in lists.items()}}
    if confirmed:
        answer["confirmed"] = {
            name: sum(int(row) in CONFIRMED_ERRORS for row in rows) for name, rows in lists.items()
        }
    for name, rows in lists.items():
        answer[name] = label_errors_table(found, rows[: most or None], labels, confirmed)
    return answer


def _show_labels(answer: Json) -> None:
    names = answer["class_names"]
    split = "training" if answer["split"] == "train" else answer["split"]
    print(f"Labels of the {answer['n']:,} {split} images of {answer['data']}.")
    for found in answer["findings"]:
        counts = found["counts"]
        by_people = found.get("confirmed", {})
        told = f" ({by_people['likely']} of them confirmed by people)" if by_people else ""
        print(
            f"{found['by']}: {counts['likely']:,} likely wrong{told}, {counts['misread']:,} others "
            f"read otherwise, {counts['ambiguous']:,} between two classes."
        )
        if found["likely"] and not answer["together"]:
            head = ["image", "label", "read as", "confidence", "label's", "people"]
            _table(
                head[: 6 if by_people else 5],
                [
                    [
                        str(one["image"]),
                        label_name(one["label"], names),
                        label_name(one["read_as"], names),
                        _percent(one["confidence"]),
                        _percent(one["label_probability"]),
                        *([one["people"]] if by_people else []),
                    ]
                    for one in found["likely"]
                ],
            )
    if answer["together"]:
        print(f"{len(answer['together'])} are likely wrong to two networks or more:")
        _table(
            ["image", "label", "read as", "networks", "people"],
            [
                [
                    str(one["image"]),
                    label_name(one["label"], names),
                    label_name(one["read_as"], names),
                    str(one["networks"]),
                    one.get("people", ""),
                ]
                for one in answer["together"]
            ],
        )
    if answer.get("working"):
        print("A process works on it. The same command shows how far it is, and what it found.")


def _predict(options: argparse.Namespace) -> Result:
    from mnist_core.models.recognizer import Recognizer

    with quiet_stderr():
        recognizer = Recognizer.load(options.model)
    predictions: list[Json] = []
    unreadable = 0
    for path in options.images:
        try:
            drawing = prepare_drawing(load_picture(Path(path)))
            seen, reading = recognizer.recognize(drawing), recognizer.read(drawing)
            predictions.append(
                {
                    "path": path,
                    "digit": seen.digit,
                    "confidence": seen.confidence,
                    "probabilities": seen.probabilities.tolist(),
                    "reason": seen.reason,
                    "number": reading.text,
                    "pieces": [
                        {
                            "box": list(box),
                            "digit": one.digit,
                            "confidence": one.confidence,
                            "reason": one.reason,
                        }
                        for box, one in reading.pieces
                    ],
                }
            )
        except DrawingError as error:
            unreadable += 1
            predictions.append(
                {
                    "path": path,
                    "digit": None,
                    "confidence": 0.0,
                    "probabilities": [0.0] * 10,
                    "reason": str(error),
                    "number": "",
                    "pieces": [],
                }
            )

    def show(answer: Json) -> None:
        rows = []
        for one in answer["predictions"]:
            sure = math.prod(p["confidence"] for p in one["pieces"] if p["digit"] is not None)
            words = "" if one["number"] else REASONS.get(one["reason"], one["reason"]) or ""
            share = _percent(sure) if one["number"] else "–"
            rows.append([one["path"], one["number"] or "–", share, words])
        _table(["picture", "read as", "confidence", ""], rows)

    return {"model": recognizer.name, "predictions": predictions}, show, int(unreadable > 0)


# --- tables, bars, Ctrl-C -------------------------------------------------------------------


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table, console = Table(box=box.SIMPLE), Console()
    # A name stays in one line, unless it would leave the other columns no room.
    short = max((len(row[0]) for row in rows), default=0) <= console.width // 2
    for place, title in enumerate(head):
        table.add_column(title, no_wrap=place == 0 and short, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


@contextmanager
def _bar(text: str) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error; gives `update(share, words)`. Shown from its first use."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    task = bar.add_task(text, total=1.0, words="")

    def update(share: float, words: str = "") -> None:
        bar.start()
        bar.update(task, completed=share, words=words)

    try:
        yield update
    finally:
        bar.stop()


@contextmanager
def _stop_on_ctrl_c(then: str) -> Iterator[Callable[[], bool]]:
    """Ctrl-C asks the training to stop after this batch; a second one breaks off at once."""
    asked = False

    def ask(*_: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print(f"Stopping after this batch; {then}.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)

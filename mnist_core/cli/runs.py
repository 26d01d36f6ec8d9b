"""Commands about training runs in the background: `runs` and its actions."""

import argparse
from typing import TYPE_CHECKING, Any

from mnist_core.cli.data import print_note
from mnist_core.cli.terminal import Json, Result, command, option, percent, print_table
from mnist_core.cli.training import changed_recipe, recipe_options
from mnist_core.data.release import MNIST
from mnist_core.i18n import Text, _
from mnist_core.recipes.saved import get_recipe

if TYPE_CHECKING:
    from mnist_core.runs.runs import Run

RUN = option("which", metavar="RUN", help=Text("its id, its name, or how the id begins"))


@command("runs", Text("List and manage training runs in the background"))
def list_all(options: argparse.Namespace) -> Result:
    """List and manage training runs in the background."""
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
            key: getattr(run.status, key)
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
            )
        },
        "message": run.message,
        "accuracy": model.evaluation.accuracy if model else None,
        "path": str(run.folder),
    }


def _show_runs(answer: Json) -> None:
    from mnist_core.runs.runs import STATE_NAMES

    other = any(run["data"] != MNIST.name for run in answer["runs"])
    rows = [
        [
            run["run"],
            run["name"],
            *([run["data"]] if other else []),
            _(STATE_NAMES[run["state"]]),
            f"{run['share']:.0%}",
            percent(run["accuracy"]) if run["accuracy"] else "–",
            _(run["message"]) if run["message"] else "",
        ]
        for run in answer["runs"]
    ]
    head = [_("run"), _("name"), *([_("data")] if other else [])]
    print_table([*head, _("state"), _("done"), _("test"), ""], rows)


@command(
    "runs start",
    Text("Train a recipe in a background process"),
    recipe_options,
    option("--name", help=Text("what to call it")),
)
def start(options: argparse.Namespace) -> Result:
    """Train a recipe in a background process."""
    from mnist_core.runs.advice import misfit
    from mnist_core.runs.runs import start_run

    recipe = changed_recipe(get_recipe(options.recipe), options)
    run = start_run(recipe, options.name, data=options.data)
    print_note(misfit(recipe, run.class_names))
    return _one_run(run)


@command("runs show", Text("Show the progress and results of a run"), RUN)
def show(options: argparse.Namespace) -> Result:
    """Show the progress and results of a run."""
    from mnist_core.runs.runs import open_run

    return _one_run(open_run(options.which))


@command("runs stop", Text("Stop a run and keep its best network so far"), RUN)
def stop(options: argparse.Namespace) -> Result:
    """Stop a run and keep its best network so far."""
    from mnist_core.runs.runs import open_run, stop_run

    run = open_run(options.which)
    stop_run(run)
    return _done(run, "is asked to stop", _("{name} is asked to stop.", name=run.name))


@command("runs resume", Text("Resume a stopped or interrupted run"), RUN)
def resume(options: argparse.Namespace) -> Result:
    """Resume a stopped or interrupted run."""
    from mnist_core.runs.runs import open_run, resume_run

    run = open_run(options.which)
    resume_run(run)
    return _done(run, "goes on", _("{name} goes on.", name=run.name))


@command(
    "runs work",
    Text("Train the runs that wait in the queue `MNIST_CORE_QUEUE`, until Ctrl-C"),
    option("--name", help=Text("of this worker (default: the machine's name)")),
)
def work(options: argparse.Namespace) -> Result:
    """Train the runs that wait in the queue `MNIST_CORE_QUEUE`, until Ctrl-C."""
    from mnist_core.runs.workers import work_on_runs

    work_on_runs(options.name)
    return {"done": "stopped"}, lambda answer: None, 0


@command(
    "runs use",
    Text("Make a run's network, or a stored network, the default of the Draw page"),
    option("which", metavar="NAME"),
)
def use(options: argparse.Namespace) -> Result:
    """Make a run's network, or a stored network, the default of the Draw page."""
    from mnist_core import settings
    from mnist_core.models.store import list_models, open_model
    from mnist_core.runs.preferences import save_preferences
    from mnist_core.runs.runs import open_run, use_run

    if options.which in [model.name for model in list_models()[0]]:
        model = open_model(options.which)
        default = model.name == settings.DEFAULT_MODEL
        save_preferences(drawing_model=None if default else model.name)
        words = Text("{name} is the default network of the Draw page now.", name=Text(model.title))
        return {"model": model.name, "done": words}, lambda answer: print(_(words)), 0
    run = open_run(options.which)
    model = use_run(run)
    return _done(
        run,
        f"is the default of the Draw page, as the model {model.name}",
        _(
            "{name} is the default of the Draw page, as the model {model}.",
            name=run.name,
            model=model.name,
        ),
        model=model.name,
    )


@command("runs rename", Text("Rename a run"), RUN, option("name", metavar="NAME"))
def rename(options: argparse.Namespace) -> Result:
    """Rename a run."""
    from mnist_core.runs.runs import open_run, rename_run

    run = open_run(options.which)
    rename_run(run, options.name)
    return _done(
        run,
        f"is called {options.name} now",
        _("{name} is called {new} now.", name=run.name, new=options.name),
    )


@command("runs delete", Text("Delete a run; `runs restore` brings it back within 30 days"), RUN)
def delete(options: argparse.Namespace) -> Result:
    """Delete a run; `runs restore` brings it back within 30 days."""
    from mnist_core.runs.runs import delete_run, open_run

    run = open_run(options.which)
    delete_run(run)
    return _done(
        run,
        f"is put aside; `runs restore {run.id}` brings it back",
        _("{name} is put aside; `runs restore {id}` brings it back.", name=run.name, id=run.id),
    )


@command("runs restore", Text("Restore a deleted run"), RUN)
def restore(options: argparse.Namespace) -> Result:
    """Restore a deleted run."""
    from mnist_core.runs.runs import restore_run

    run = restore_run(options.which)
    return _done(run, "is back", _("{name} is back.", name=run.name))


@command(
    "runs limit",
    Text("Show or set how many runs train in parallel"),
    option("count", type=int, nargs="?", metavar="N"),
)
def limit(options: argparse.Namespace) -> Result:
    """Show or set how many runs train in parallel."""
    from mnist_core.runs.preferences import read_preferences, save_preferences

    if options.count is not None:
        save_preferences(at_once=options.count)
    answer = {"at_once": read_preferences().at_once}
    words = _("Runs that train at once: {n}", n=answer["at_once"])
    return answer, lambda answer: print(words), 0


def _one_run(run: "Run") -> Result:
    """A run as it is now."""
    answer = {
        **_run_facts(run),
        "history": run.history(),
        "command": run.command,
        "log": run.log_tail() if run.resumable else "",
    }

    def show(answer: Json) -> None:
        _show_runs({"runs": [answer]})
        if run.state == "training":
            metrics = " ".join(f"{name} {value:.4f}" for name, value in answer["metrics"].items())
            print(
                _(
                    "Epoch {epoch} of {epochs}, batch {batch} of {batches}: {metrics}",
                    **{key: answer[key] for key in ("epoch", "epochs", "batch", "batches")},
                    metrics=metrics,
                )
            )
        history = answer["history"]
        if history:
            rows = [
                [str(epoch), *(f"{value:.4f}" for value in values)]
                for epoch, values in enumerate(zip(*history.values(), strict=True), 1)
            ]
            print_table([_("epoch"), *history], rows)
        print(_("Folder: {path}", path=answer["path"]))
        print(_("The same without background: {command}", command=answer["command"]))
        if answer["log"]:
            print(_("Its last words:"))
            print(answer["log"])

    return answer, show, 0


def _done(run: "Run", done: str, sentence: str, **more: Any) -> Result:
    """What was done: in English for `--json`, and a sentence to print."""
    answer = {"run": run.id, "name": run.name, "done": done, **more}
    return answer, lambda answer: print(sentence), 0

"""Commands about recipes and training: `recipes`, `train`; and what the others take of a recipe."""

import argparse
import json
from typing import TYPE_CHECKING

from mnist_core import settings
from mnist_core.cli.data import data_option, load_with_notes, print_note
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
from mnist_core.data.dataset import Dataset
from mnist_core.i18n import Text, _
from mnist_core.models.store import StoredModel
from mnist_core.recipes.builtin import RECIPES
from mnist_core.recipes.command import parse_settings
from mnist_core.recipes.recipe import TEST_SET, TEST_SET_WARNING, Recipe
from mnist_core.recipes.saved import get_recipe, recipe_names, save_recipe

if TYPE_CHECKING:
    from mnist_core.training.progress import Progress


CHANGES = (
    option("--epochs", type=int, metavar="N", help=Text("times through the images")),
    option("--batch-size", type=int, metavar="N", help=Text("images per step")),
    option(
        "--validation-split", type=float, metavar="F", help=Text("share kept to validate, 0 to 1")
    ),
    option("--seed", type=int, metavar="N", help=Text("of weights, order, dropout")),
    option(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="changes",
        help=Text(
            "any setting that `recipes RECIPE` lists, such as units=256, "
            "conv2d_1.kernel_size=5, dropout=0.3, optimizer=sgd; may be repeated"
        ),
    ),
)


def change_options(parser: argparse.ArgumentParser) -> None:
    """What can be changed in a recipe."""
    for add in CHANGES:
        add(parser)


def recipe_options(parser: argparse.ArgumentParser) -> None:
    """A recipe and what can be changed in it."""
    option(
        "recipe",
        metavar="RECIPE",
        help=Text("one of {names}, or one that was saved", names=", ".join(RECIPES)),
    )(parser)
    change_options(parser)
    data_option(Text("learn from data that was brought in (default: MNIST)"))(parser)


@command(
    "recipes",
    Text("List the recipes, or show the settings of one"),
    option("recipe", nargs="?", metavar="RECIPE"),
    option(
        "--save",
        metavar="NAME",
        help=Text("keep it, with what --set changes, as a recipe of your own"),
    ),
    change_options,
)
def recipes(options: argparse.Namespace) -> Result:
    """List the recipes, or show the settings of one."""
    names = [options.recipe] if options.recipe else recipe_names()
    chosen = [get_recipe(name) for name in names]
    if options.save:
        chosen = [save_recipe(changed_recipe(chosen[0], options), options.save)]
    answer: Json = {"recipes": [{**one.to_dict(), "settings": one.settings()} for one in chosen]}

    def show(answer: Json) -> None:
        if options.recipe:
            recipe = chosen[0]
            if options.save:
                print(_("Saved as {name}. `python -m mnist_core train {name}`", name=recipe.name))
            print(_("{name}: {title}", name=recipe.name, title=Text(recipe.title)))
            print(_("From: {source}", source=Text(recipe.source)))
            published = Text(recipe.published or "–")
            print(_("Published: {published}", published=published), end="\n\n")
            for name, one in zip(recipe.layer_names(), recipe.layers, strict=True):
                print(f"  {name:<24}{one}")
            print()
            rows = [[key, json.dumps(value)] for key, value in sorted(recipe.settings().items())]
            print_table(["--set", _("value")], rows)
        else:
            rows = [[one.name, _(one.title), _(one.published or "–")] for one in chosen]
            print_table([_("recipe"), _("what"), _("published test accuracy")], rows)

    return answer, show, 0


@command(
    "train",
    Text("Train a recipe, or load the stored model if it is already trained"),
    recipe_options,
    option("--force", action="store_true", help=Text("train even if it is trained")),
)
def train(options: argparse.Namespace) -> Result:
    """Train a recipe, or load the stored model if it is already trained."""
    from mnist_core.models.train_or_load import train_or_load

    recipe, dataset = recipe_and_data(options)
    trained_now = False
    kept = _("Stopping after this batch; what is learned so far is kept.")
    title = _("Training {name}", name=recipe.name)
    with stop_on_ctrl_c(kept) as should_stop, progress_bar(title) as update:

        def report(progress: "Progress") -> None:
            nonlocal trained_now
            trained_now = True
            metrics = " ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
            words = _(
                "epoch {epoch}/{epochs} {metrics}",
                epoch=progress.epoch,
                epochs=progress.epochs,
                metrics=metrics,
            )
            update(progress.share, words)

        model = train_or_load(
            recipe, dataset, force=options.force, on_progress=report, should_stop=should_stop
        )
    answer = {
        **summary(model),
        "trained": trained_now,
        "path": str(model.folder),
        "seed": recipe.seed,
        "device": model.card["device"],
        "seconds": model.card["seconds"],
        "stopped": model.card["stopped"],
        "history": model.card["history"],
    }

    def show(answer: Json) -> None:
        facts = {key: answer[key] for key in ("seconds", "device", "path")}
        if not trained_now:
            print(
                _(
                    "Already trained with these settings; --force trains it again. "
                    "Stored in {path}",
                    path=answer["path"],
                )
            )
        elif answer["stopped"]:
            print(
                _(
                    "Stopped early; trained in {seconds:.0f} s on {device}. Stored in {path}",
                    **facts,
                )
            )
        else:
            print(_("Trained in {seconds:.0f} s on {device}. Stored in {path}", **facts))
        low, high = answer["accuracy_interval"]
        print(
            _(
                "{model}: accuracy {accuracy} on the {n:,} test images (95% interval {low} to "
                "{high}). Published: {published}",
                model=answer["model"],
                accuracy=percent(answer["accuracy"]),
                n=answer["n"],
                low=percent(low),
                high=percent(high),
                published=Text(answer["published"] or "–"),
            )
        )

    return answer, show, 0


@command(
    "train-number-reader",
    Text("Train the network that reads digits that touch. Goes on where it was interrupted"),
    option("--epochs", type=int, metavar="N", help=Text("of the training (default: as shipped)")),
    option("--numbers", type=int, metavar="N", help=Text("new numbers in each epoch")),
    option("--seed", type=int, default=0, metavar="N", help=Text("of weights and numbers")),
)
def train_number_reader(options: argparse.Namespace) -> Result:
    """Train the network that reads digits that touch. Goes on where it was interrupted."""
    import shutil

    from mnist_core.models.number_reader import write_number_reader
    from mnist_core.training import number_reader as training

    epochs = options.epochs or training.EPOCHS
    numbers = options.numbers or training.NUMBERS
    dataset = load_with_notes()
    folder = settings.runs_dir() / f"number_reader-{numbers}-{options.seed}"
    with progress_bar(_("Training the number reader")) as update:
        model = training.train_number_reader(
            dataset.x_train,
            dataset.y_train,
            folder,
            epochs=epochs,
            numbers=numbers,
            seed=options.seed,
            on_epoch=lambda epoch, loss: update(
                epoch / epochs,
                _("epoch {epoch}/{epochs} loss {loss:.3f}", epoch=epoch, epochs=epochs, loss=loss),
            ),
        )
    answer: Json = {
        "data": dataset.name,
        "parameters": int(model.count_params()),
        "epochs": epochs,
        "numbers": numbers,
        "seed": options.seed,
    }
    path = write_number_reader(training.export_number_reader(model), answer)
    shutil.rmtree(folder)
    answer["path"] = str(path)
    return answer, lambda answer: print(_("Trained. Stored in {path}", path=answer["path"])), 0


def recipe_and_data(options: argparse.Namespace) -> tuple[Recipe, Dataset]:
    """The recipe with the changes that were asked for, and the data to train on."""
    from mnist_core.runs.advice import misfit

    recipe, dataset = (
        changed_recipe(get_recipe(options.recipe), options),
        load_with_notes(options.data),
    )
    print_note(misfit(recipe, dataset.class_names))
    if recipe.validation == TEST_SET:
        print_note(TEST_SET_WARNING)
    return recipe, dataset


def changed_recipe(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """A recipe with what the options change in it."""
    changes = parse_settings(options.changes)
    for key in ("epochs", "batch_size", "validation_split", "seed"):
        if getattr(options, key) is not None:
            changes[key] = getattr(options, key)
    return recipe.with_settings(changes)


def summary(model: StoredModel) -> Json:
    """What a trained network is and how good."""
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

"""Every recipe trained with several seeds: our test accuracy beside the published one.

`python -m benchmarks.recipes [RECIPE ...] [--seeds 3] [--set KEY=VALUE ...] [--out FOLDER]`
trains each recipe with the seeds 0, 1, 2 … on the published training set and prints a Markdown
table. What is trained is kept in a folder (`benchmarks/out/models`) and not trained again.
With `--program`, the recipe's program in plain Keras is run instead of this project's training.
"""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from mnist_core import RECIPES, Dataset, Recipe, get_recipe, load_mnist, train_or_load
from mnist_core.recipes.cells import script
from mnist_core.recipes.command import parse_settings
from mnist_core.recipes.program import cells

OUT = Path(__file__).parent / "out" / "models"


def main() -> None:
    """Train what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("recipes", nargs="*", default=list(RECIPES), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    parser.add_argument("--program", action="store_true", help="run the recipe's program")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args()
    os.environ["MNIST_CORE_MODELS"] = str(options.out)
    changes = parse_settings(options.changes)
    dataset = load_mnist(stand_in=False)
    print("| recipe | published | measured, mean ± sd | range | parameters | training, s |")
    print("|---|---|---|---|---|---|")
    for name in options.recipes:
        recipe = get_recipe(name).with_settings(changes)
        if options.program:
            shares = [
                100 * program_accuracy(recipe.with_settings({"seed": seed}), dataset)
                for seed in range(options.seeds)
            ]
            print(f"| `{name}`, program | {', '.join(f'{share:.2f}%' for share in shares)} |")
            continue
        models = []
        for seed in range(options.seeds):
            models.append(train_or_load(recipe.with_settings({"seed": seed}), dataset))
            print(f"{name} {seed}: {models[-1].evaluation.accuracy:.4f}", file=sys.stderr)
        shares = [100 * model.evaluation.accuracy for model in models]
        spread = statistics.stdev(shares) if len(shares) > 1 else 0.0
        seconds = statistics.median(model.card["seconds"] for model in models)
        told = " ".join([f"`{name}`", *(f"({key}={value})" for key, value in changes.items())])
        print(
            f"| {told} | {recipe.published or '–'} | {statistics.mean(shares):.2f}% ± {spread:.2f} "
            f"| {min(shares):.2f}–{max(shares):.2f}% | {models[0].card['parameters']:,} "
            f"| {seconds:.0f} |",
            flush=True,
        )


def program_accuracy(recipe: Recipe, dataset: Dataset) -> float:
    """The test accuracy that the program of a recipe computes, on MNIST as it is here."""
    import keras
    import plotly.graph_objects as go

    arrays = (dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test)
    keras.datasets.mnist.load_data = lambda: arrays
    go.Figure.show = lambda figure: None
    names: dict[str, Any] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(sys.stderr),  # it prints as Keras does
    ):
        exec(compile(script(cells(recipe)), "program.py", "exec"), names)
    return float(names["accuracy"])


if __name__ == "__main__":
    main()

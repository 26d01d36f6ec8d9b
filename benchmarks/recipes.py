"""Every recipe trained with several seeds: our test accuracy beside the published one.

`python -m benchmarks.recipes [RECIPE ...] [--seeds 3] [--set KEY=VALUE ...] [--out FOLDER]`
trains each recipe with the seeds 0, 1, 2 … on the published training set and prints a Markdown
table. What is trained is kept in a folder (`benchmarks/out/models`) and not trained again.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from mnist_core import RECIPES, get_recipe, load_mnist, train_or_load
from mnist_core.recipes.command import parse_settings

OUT = Path(__file__).parent / "out" / "models"


def main() -> None:
    """Train what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("recipes", nargs="*", default=list(RECIPES), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="changes", metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FOLDER")
    options = parser.parse_args()
    os.environ["MNIST_CORE_MODELS"] = str(options.out)
    changes = parse_settings(options.changes)
    dataset = load_mnist(stand_in=False)
    print("| recipe | published | measured, mean ± sd | range | parameters | training, s |")
    print("|---|---|---|---|---|---|")
    for name in options.recipes:
        recipe = get_recipe(name).with_settings(changes)
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


if __name__ == "__main__":
    main()

"""How fast each recipe trains, beside plain `model.fit` on NumPy arrays in the same run.

`python -m benchmarks.loop [RECIPE ...] [--images 30000] [--rounds 3] [--start]` trains each recipe
in turn with the tutorials' own way (the same network, float arrays, `model.fit`) and with
`mnist_core.train`, and prints the median seconds of an epoch, the first one left out. A recipe that
augments has no plain way. With `--start`: from asking for a run to its first finished batch.
"""

import argparse
import dataclasses
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mnist_core import RECIPES, Recipe, build_model, get_recipe, load_mnist
from mnist_core.data.dataset import Dataset
from mnist_core.data.preprocessing import one_hot
from mnist_core.runs.runs import open_run, start_run, stop_run
from mnist_core.training.loop import train  # before Keras: it sets TensorFlow up

import keras  # isort: skip


class _Epochs(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.seconds.append(time.perf_counter() - self.started)


def plain(recipe: Recipe, dataset: Dataset) -> list[float]:
    """Seconds of each epoch with plain `model.fit`."""
    keras.utils.set_random_seed(recipe.seed)
    model, epochs = build_model(recipe), _Epochs()
    model.compile(optimizer=recipe.optimizer, loss=recipe.loss, metrics=["accuracy"])
    targets: Any = one_hot(dataset.y_train) if recipe.one_hot else dataset.y_train
    model.fit(
        dataset.x_train.astype("float32"),
        targets,
        batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        validation_split=recipe.validation_split,
        callbacks=[epochs],
        verbose=0,
    )
    return epochs.seconds[1:]


def ours(recipe: Recipe, dataset: Dataset) -> list[float]:
    """Seconds of each epoch with `mnist_core.train`."""
    epochs = _Epochs()
    train(recipe, dataset, callbacks=[epochs])
    return epochs.seconds[1:]


def start_to_batch() -> float:
    """Seconds from asking for a run to its first finished batch."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        run = start_run(get_recipe("dropout_cnn"), folder=Path(folder))
        while run.active and not run.status.batch:
            time.sleep(0.02)
            run = open_run(run.id, Path(folder))
        seconds = time.perf_counter() - started
        stop_run(run)
        while run.active:
            time.sleep(0.1)
            run = open_run(run.id, Path(folder))
    return seconds


def main() -> None:
    """Train in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("recipes", nargs="*", default=list(RECIPES), metavar="RECIPE")
    parser.add_argument("--images", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--start", action="store_true")
    options = parser.parse_args()
    dataset = load_mnist(stand_in=False)
    print(f"{'':<14}{'plain fit, s':>14}{'mnist_core, s':>15}{'ratio':>8}")
    ways: dict[str, Callable[[Recipe, Dataset], list[float]]] = {"plain": plain, "ours": ours}
    for name in options.recipes:
        changes = {"epochs": 3, "train_images": options.images}
        recipe = get_recipe(name).with_settings(changes)
        part = dataclasses.replace(
            dataset,
            x_train=dataset.x_train[: options.images],
            y_train=dataset.y_train[: options.images],
        )
        seconds: dict[str, list[float]] = {"plain": [], "ours": []}
        for _ in range(options.rounds):
            for way, run in ways.items():
                if way == "ours" or not (recipe.augment or recipe.nondigits):
                    seconds[way] += run(recipe, part)
        theirs = statistics.median(seconds["plain"]) if seconds["plain"] else None
        mine = statistics.median(seconds["ours"])
        told = (
            f"{theirs:>14.2f}{mine:>15.2f}{mine / theirs:>8.2f}"
            if theirs
            else (f"{'–':>14}{mine:>15.2f}{'–':>8}")
        )
        print(f"{name:<14}{told}", flush=True)
    if options.start:
        times = [start_to_batch() for _ in range(3)]
        print(
            f"asking for a run to its first batch: {statistics.median(times):.1f} s (median of 3)"
        )


if __name__ == "__main__":
    main()

"""How fast `fast_cnn` trains, beside `dropout_cnn` as its tutorial has it.

`python -m benchmarks.fast [--seeds 5] [--more 7] [--images N]` trains on the published training
set, or its first N images, one after the other: the tutorial's own code (plain Keras on NumPy
arrays, 5 epochs, a third of the images kept to validate) in a process of its own with TensorFlow as
it comes, the same with oneDNN's kernels as this project switches them on, `fast_cnn`, and
`fast_cnn` with more epochs. Prints wall seconds of the training loop and test accuracy: mean,
range, and the share of the tutorial's time. The tutorial's code is trained with the first seed
only, and `fast_cnn` with more epochs with every other seed, as they take longest.
"""

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import time

import numpy as np

from mnist_core import get_recipe, load_mnist
from mnist_core.data.dataset import Dataset
from mnist_core.data.preprocessing import one_hot

THEIRS = "dropout_cnn, tutorial"


def tutorial(dataset: Dataset, seed: int) -> tuple[float, float]:
    """Seconds and test accuracy of the tutorial's code: pixels 0..255, one-hot, RMSprop."""
    import keras

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    x = dataset.x_train[..., np.newaxis].astype("float32")
    y = one_hot(dataset.y_train)
    started = time.perf_counter()
    model.fit(x, y, batch_size=128, epochs=5, validation_split=0.3, verbose=0)
    seconds = time.perf_counter() - started
    x_test = dataset.x_test[..., np.newaxis].astype("float32")
    read = model.predict(x_test, batch_size=500, verbose=0).argmax(axis=1)
    return seconds, float((read == dataset.y_test).mean())


def ours(dataset: Dataset, seed: int, epochs: int) -> tuple[float, float]:
    """Seconds and test accuracy of `fast_cnn`."""
    from mnist_core.training.loop import train  # which switches oneDNN's kernels on

    recipe = get_recipe("fast_cnn").with_settings({"seed": seed, "epochs": epochs})
    trained = train(recipe, dataset)
    x_test = dataset.x_test.astype("float32")
    read = trained.model.predict(x_test, batch_size=500, verbose=0).argmax(axis=1)
    return trained.seconds, float((read == dataset.y_test).mean())


def apart(seed: int, onednn: bool, images: int | None) -> tuple[float, float]:
    """`tutorial` in a process of its own."""
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": "1" if onednn else ""}
    if not onednn:
        del environment["TF_ENABLE_ONEDNN_OPTS"]
    arguments = ["--images", str(images)] if images else []
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fast", "--tutorial", str(seed), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, share = json.loads(done.stdout.splitlines()[-1])
    return seconds, share


def main() -> None:
    """Train in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--more", type=int, default=7, metavar="EPOCHS")
    parser.add_argument("--images", type=int, metavar="N", help="only the first N")
    parser.add_argument("--tutorial", type=int, metavar="SEED", help="only that, as JSON")
    options = parser.parse_args()
    dataset = load_mnist(stand_in=False)
    few_images = slice(options.images)
    dataset = dataclasses.replace(
        dataset, x_train=dataset.x_train[few_images], y_train=dataset.y_train[few_images]
    )
    if options.tutorial is not None:
        print(json.dumps(tutorial(dataset, options.tutorial)))
        return
    few = get_recipe("fast_cnn").epochs
    runs: dict[str, list[tuple[float, float]]] = {}
    for seed in range(options.seeds):
        if seed == 0:
            runs.setdefault(THEIRS, []).append(apart(seed, False, options.images))
            runs.setdefault(f"{THEIRS}, oneDNN", []).append(apart(seed, True, options.images))
        for epochs in (few, options.more) if seed % 2 == 0 else (few,):
            name = f"fast_cnn, {epochs} epochs"
            runs.setdefault(name, []).append(ours(dataset, seed, epochs))
            print(f"{name}, seed {seed}: {runs[name][-1]}", file=sys.stderr, flush=True)
    against = [
        statistics.median(seconds for seconds, _ in runs[name])
        for name in (THEIRS, f"{THEIRS}, oneDNN")
    ]
    print(
        f"{'':<30}{'runs':>5}{'seconds':>9}{'of its time':>13}{'(oneDNN)':>10}"
        f"{'test accuracy':>15}{'range':>16}"
    )
    for name, results in runs.items():
        seconds = statistics.median(one for one, _ in results)
        shares = [100 * share for _, share in results]
        print(
            f"{name:<30}{len(results):>5}{seconds:>9.1f}{seconds / against[0]:>13.2f}"
            f"{seconds / against[1]:>10.2f}"
            f"{statistics.mean(shares):>14.2f}%{min(shares):>8.2f}–{max(shares):.2f}%"
        )


if __name__ == "__main__":
    main()

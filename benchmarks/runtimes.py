"""What answers one stroke fastest: LiteRT against Keras and TensorFlow, one image at a time.

`python -m benchmarks.runtimes [MODEL]` prints, for each way, the import's seconds and memory (each
in a process of its own) and the median time of one answer, and for LiteRT the whole way from the
canvas's pixels, and 10,000 prepared images at once.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mnist_core import settings

WAYS = ("litert", "keras model(x)", "keras predict", "tf.function")


def median_ms(work: Callable[[], Any], repeats: int) -> float:
    """Median milliseconds of a call, after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def measure(way: str, name: str) -> dict[str, float]:
    """One way's figures, in this process."""
    started = time.perf_counter()
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28)).astype(np.uint8)
    figures: dict[str, float] = {}
    if way == "litert":
        from mnist_core import Recognizer

        recognizer = Recognizer.load(name)
        figures["ready, s"] = time.perf_counter() - started
        figures["one image, ms"] = median_ms(lambda: recognizer.predict(image), 500)
        canvas = np.zeros((400, 400, 4), np.uint8)
        canvas[60:340, 150:180] = canvas[60:90, 150:280] = 255
        figures["from a 400x400 canvas, ms"] = median_ms(lambda: recognizer.recognize(canvas), 300)
        many = np.repeat(image, 10_000, axis=0)
        figures["10,000 images, s"] = median_ms(lambda: recognizer.predict(many), 3) / 1000
    else:
        import mnist_core.training.loop  # noqa: F401, I001  (sets TensorFlow up as training does)
        import keras
        import tensorflow as tf

        from mnist_core import open_model

        model = keras.models.load_model(open_model(name).path("keras"))
        pixels = image.astype(np.float32)
        compiled = tf.function(lambda x: model(x, training=False))
        tensor = tf.constant(pixels)
        figures["ready, s"] = time.perf_counter() - started
        calls: dict[str, tuple[Callable[[], Any], int]] = {
            "keras model(x)": (lambda: model(pixels, training=False), 200),
            "keras predict": (lambda: model.predict(pixels, verbose=0), 40),
            "tf.function": (lambda: compiled(tensor), 300),
        }
        figures["one image, ms"] = median_ms(*calls[way])
    figures["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def main() -> None:
    """Measure each way in a process of its own and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model", nargs="?", default=settings.DEFAULT_MODEL)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        print(json.dumps(measure(options.way, options.model)))
        return
    for way in WAYS:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.runtimes", options.model, "--way", way],
            capture_output=True,
            text=True,
            check=True,
        )
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        print(f"{way:<16}" + "  ".join(f"{name}: {value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()

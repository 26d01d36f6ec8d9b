"""What is in a data set: which images to look at, in which order, and the set as a whole.

Images are `(n, 28, 28)` uint8, 0 paper to 255 ink; labels are `(n,)` uint8, 0 to 9.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.mnist import Images, Labels, k_folds, split_validation

Order = Literal["index", "random", "typical", "unusual"]
Floats = NDArray[np.float64]
CLASSES = 10
AT_ONCE = 4096  # images whose pixels are held as floats at a time: 26 MB


def arrange(
    labels: Labels,
    classes: Sequence[int] = (),
    order: Order = "index",
    *,
    seed: int = 0,
    unusual: NDArray[np.floating] | None = None,
) -> NDArray[np.intp]:
    """The rows of the images of some classes, in an order.

    Args:
        classes: which ones; all where none is named.
        order: `random` with `seed`; `typical` and `unusual` by `unusual`, see `unusualness`.

    Returns:
        `(m,)` rows. With the same seed, leaving out a class leaves the others in their order.
    """
    wanted = np.isin(labels, classes) if len(classes) else np.ones(len(labels), bool)
    if order == "index":
        return np.flatnonzero(wanted)
    if order == "random":
        rows = np.random.default_rng(seed).permutation(len(labels))
    else:
        if unusual is None:
            raise ValueError(f"The order {order!r} needs `unusual`, see `unusualness`.")
        rows = np.argsort(unusual if order == "typical" else -unusual, kind="stable")
    return np.asarray(rows[wanted[rows]])


def unusualness(images: Images, labels: Labels) -> NDArray[np.float32]:
    """How unusual each image is among those of its class: `(n,)`, 0 the most typical to 1.

    The images of a class are ranked by their squared distance, pixel by pixel, to the mean picture
    of the class. A rank, so that no class takes all the first places: ones differ far less from
    each other than eights do.
    """
    ranks = np.zeros(len(images), np.float32)
    for digit in range(CLASSES):
        rows = np.flatnonzero(labels == digit)
        if not len(rows):
            continue
        mean = images[rows].mean(axis=0, dtype=np.float32)
        distances = np.concatenate(
            [np.square(images[some] - mean).sum(axis=(1, 2)) for some in _parts(rows)]
        )
        ranks[rows[np.argsort(distances, kind="stable")]] = np.linspace(0, 1, len(rows))
    return ranks


def _parts(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


def class_counts(labels: Labels) -> NDArray[np.intp]:
    """How many images each class has: `(10,)`."""
    return np.bincount(labels, minlength=CLASSES)


def class_pictures(images: Images, labels: Labels) -> tuple[Floats, Floats]:
    """(mean, standard deviation) of each pixel over the images of each class.

    Returns:
        Two `(10, 28, 28)` float64, 0 to 255; 0 for a class without images.
    """
    means, spreads = np.zeros((2, CLASSES, 28, 28))
    for digit in range(CLASSES):
        rows = np.flatnonzero(labels == digit)
        if len(rows):
            means[digit] = images[rows].mean(axis=0)
            squares = sum(
                np.square(images[some] - means[digit]).sum(axis=0) for some in _parts(rows)
            )
            spreads[digit] = np.sqrt(squares / len(rows))
    return means, spreads


def pixel_counts(images: Images) -> NDArray[np.intp]:
    """How many pixels have each value: `(256,)`."""
    counts = np.zeros(256, np.intp)
    for start in range(0, len(images), AT_ONCE):  # bincount makes 8 bytes of each pixel
        counts += np.bincount(images[start : start + AT_ONCE].reshape(-1), minlength=256)
    return counts


def ink_and_slant(images: Images) -> tuple[Floats, Floats]:
    """How much ink each image has, and how far its digit leans.

    The slant is that of moments: with the ink as mass, the covariance of row and column over the
    variance of the row is how many columns the digit moves per row (the skew that OpenCV's
    tutorial on digits takes out: docs.opencv.org, "OCR of Hand-written Data using SVM").

    Returns:
        `(n,)` mean pixel as a share of full ink, 0 to 1, and `(n,)` degrees from upright, positive
        to the right (/), negative to the left; 0 for an image without ink or of a single row.
    """
    row, column = np.indices((28, 28), np.float64).reshape(2, -1)
    terms = np.stack([np.ones(784), row, column, row * row, row * column], axis=1)  # (784, 5)
    flat = images.reshape(len(images), 784)
    sums = np.empty((len(images), 5))
    for start in range(0, len(images), AT_ONCE):
        sums[start : start + AT_ONCE] = flat[start : start + AT_ONCE].astype(np.float32) @ terms
    mass = np.maximum(sums[:, 0], 1e-9)
    rows, columns, squares, products = (sums[:, place] / mass for place in range(1, 5))
    spread = squares - rows**2
    upright = spread < 1e-9
    lean = np.where(upright, 0, -(products - rows * columns) / np.where(upright, 1, spread))
    return sums[:, 0] / (784 * 255), np.degrees(np.arctan(lean))


def black_and_white(images: Images, threshold: int = 128) -> Images:
    """Without grey: pixels from `threshold` up are 255, the others 0."""
    return np.where(images >= threshold, 255, 0).astype(np.uint8)


def validation_part(n: int, validation_split: float) -> NDArray[np.uint8]:
    """Of n training rows, which train (0) and which are kept back to validate (1): `(n,)`.

    As `model.fit(validation_split=...)` cuts them: the last ones.
    """
    rows = np.arange(n, dtype=np.uint32).reshape(n, 1, 1)
    (kept, _), _ = split_validation(rows, np.empty(n, np.uint8), validation_split)  # type: ignore[arg-type]
    return (np.arange(n) >= len(kept)).astype(np.uint8)


def fold_of(labels: Labels, folds: int, seed: int = 0) -> NDArray[np.uint8]:
    """In which fold each row validates: `(n,)`, 0 to folds - 1. In all others it trains."""
    parts = np.empty(len(labels), np.uint8)
    for fold, (_, rows) in enumerate(k_folds(labels, folds, seed)):
        parts[rows] = fold
    return parts


def part_picture(
    parts: NDArray[np.uint8], colors: Sequence[tuple[int, int, int]], width: int = 300
) -> NDArray[np.uint8]:
    """Each row of a data set as one pixel, line by line, coloured by its part.

    Args:
        parts: `(n,)`, an index into `colors` each.

    Returns:
        `(ceil(n / width), width, 4)` uint8, RGBA; see-through where the last line ends early.
    """
    lines = -(-len(parts) // width)
    picture = np.zeros((lines * width, 4), np.uint8)
    picture[: len(parts), :3] = np.asarray(colors, np.uint8)[parts]
    picture[: len(parts), 3] = 255
    return picture.reshape(lines, width, 4)

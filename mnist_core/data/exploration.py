"""What is in a data set: selected images in an order, and statistics of all of them.

Images are `(n, 28, 28)` uint8, 0 paper to 255 ink; labels are `(n,)` uint8, 0 to 9.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Images, Labels
from mnist_core.data.splits import k_folds, training_rows

Order = Literal["index", "random", "typical", "unusual"]
Floats = NDArray[np.float64]
CLASSES = 10
BATCH = 4096  # images whose pixels are held as floats at a time: 26 MB


def arrange_rows(
    labels: Labels,
    classes: Sequence[int] = (),
    order: Order = "index",
    *,
    seed: int = 0,
    unusual: NDArray[np.floating] | None = None,
) -> NDArray[np.intp]:
    """The rows of the images of some classes, in an order.

    Args:
        classes: the classes to include; empty for all.
        order: `random` depends on `seed`; `typical` and `unusual` on `unusual`.
        unusual: `(n,)`; see `unusualness`.

    Returns:
        `(m,)` rows. With the same seed, excluding a class leaves the order of the others as it is.
    """
    included = np.isin(labels, classes) if len(classes) else np.ones(len(labels), bool)
    if order == "index":
        return np.flatnonzero(included)
    if order == "random":
        rows = np.random.default_rng(seed).permutation(len(labels))
    else:
        if unusual is None:
            raise ValueError(f"The order {order!r} needs `unusual`, see `unusualness`.")
        rows = np.argsort(unusual if order == "typical" else -unusual, kind="stable")
    return np.asarray(rows[included[rows]])


def unusualness(images: Images, labels: Labels) -> NDArray[np.float32]:
    """How unusual each image is within its class: `(n,)`, from 0, the most typical, to 1.

    The images of a class are ranked by their squared distance, pixel by pixel, to the mean image
    of the class. Ranks make classes comparable: ones differ far less from each other than eights.
    """
    ranks = np.zeros(len(images), np.float32)
    for digit in range(CLASSES):
        rows = np.flatnonzero(labels == digit)
        if not len(rows):
            continue
        mean = images[rows].mean(axis=0, dtype=np.float32)
        distances = np.concatenate(
            [np.square(images[batch] - mean).sum(axis=(1, 2)) for batch in _batches(rows)]
        )
        ranks[rows[np.argsort(distances, kind="stable")]] = np.linspace(0, 1, len(rows))
    return ranks


def _batches(rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


def class_counts(labels: Labels) -> NDArray[np.intp]:
    """The number of images of each class: `(10,)`."""
    return np.bincount(labels, minlength=CLASSES)


def class_pictures(images: Images, labels: Labels) -> tuple[Floats, Floats]:
    """(mean, standard deviation) of each pixel over the images of each class.

    Returns:
        Two `(10, 28, 28)` float64, 0 to 255; 0 for a class without images.
    """
    means, deviations = np.zeros((2, CLASSES, 28, 28))
    for digit in range(CLASSES):
        rows = np.flatnonzero(labels == digit)
        if len(rows):
            means[digit] = images[rows].mean(axis=0)
            squares = sum(
                np.square(images[batch] - means[digit]).sum(axis=0) for batch in _batches(rows)
            )
            deviations[digit] = np.sqrt(squares / len(rows))
    return means, deviations


def pixel_counts(images: Images) -> NDArray[np.intp]:
    """The number of pixels of each value: `(256,)`."""
    counts = np.zeros(256, np.intp)
    for start in range(0, len(images), BATCH):  # bincount makes 8 bytes of each pixel
        counts += np.bincount(images[start : start + BATCH].reshape(-1), minlength=256)
    return counts


def ink_and_slant(images: Images) -> tuple[Floats, Floats]:
    """How much ink each image has, and how far its digit leans.

    The slant comes from image moments: with the ink as mass, the covariance of row and column
    over the variance of the row is how many columns the digit moves per row (the skew that
    OpenCV's tutorial on digits removes: docs.opencv.org, "OCR of Hand-written Data using SVM").

    Returns:
        `(n,)` mean pixel as a share of full ink, 0 to 1, and `(n,)` degrees from upright, positive
        to the right (/), negative to the left; 0 for an image without ink or of a single row.
    """
    row, column = np.indices((28, 28), np.float64).reshape(2, -1)
    monomials = np.stack([np.ones(784), row, column, row * row, row * column], axis=1)  # (784, 5)
    flat = images.reshape(len(images), 784)
    moments = np.empty((len(images), 5))
    for start in range(0, len(images), BATCH):
        batch = slice(start, start + BATCH)
        moments[batch] = flat[batch].astype(np.float32) @ monomials
    mass = np.maximum(moments[:, 0], 1e-9)
    mean_row, mean_column, mean_square, mean_product = (moments[:, i] / mass for i in range(1, 5))
    variance = mean_square - mean_row**2
    single_row = variance < 1e-9
    covariance = mean_product - mean_row * mean_column
    skew = np.where(single_row, 0, -covariance / np.where(single_row, 1, variance))
    return moments[:, 0] / (784 * 255), np.degrees(np.arctan(skew))


def black_and_white(images: Images, threshold: int = 128) -> Images:
    """Binarize: pixels from `threshold` up become 255, the others 0."""
    return np.where(images >= threshold, 255, 0).astype(np.uint8)


def validation_part(n: int, validation_split: float) -> NDArray[np.uint8]:
    """Of n training rows, which train (0) and which validate (1): `(n,)`.

    See `training_rows`.
    """
    parts = np.zeros(n, np.uint8)
    parts[training_rows(n, validation_split)[1]] = 1
    return parts


def fold_assignments(labels: Labels, folds: int, seed: int = 0) -> NDArray[np.uint8]:
    """The fold in which each row validates: `(n,)`, 0 to folds - 1. In all others it trains."""
    assignments = np.empty(len(labels), np.uint8)
    for fold, (_, rows) in enumerate(k_folds(labels, folds, seed)):
        assignments[rows] = fold
    return assignments


def part_image(
    parts: NDArray[np.uint8], colors: Sequence[tuple[int, int, int]], width: int = 300
) -> NDArray[np.uint8]:
    """Draw each row of a data set as one pixel, line by line, in the color of its part.

    Args:
        parts: `(n,)`, an index into `colors` for each row.

    Returns:
        `(ceil(n / width), width, 4)` uint8, RGBA; transparent after the end of the last line.
    """
    lines = -(-len(parts) // width)
    image = np.zeros((lines * width, 4), np.uint8)
    image[: len(parts), :3] = np.asarray(colors, np.uint8)[parts]
    image[: len(parts), 3] = 255
    return image.reshape(lines, width, 4)

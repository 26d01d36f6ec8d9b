"""The arrays that files hold, and the checks that each of them must pass."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.readers.source import Limits
from mnist_core.errors import DataError
from mnist_core.i18n import Sentences, Text

Arrays = Mapping[str, NDArray[np.uint8]]
PIXELS = Text("pixels from 0 to 255")
LABELS = Text("labels from 0 to 9")
NUMBERS = {
    "": Text("There are {images:,} images and {labels:,} labels for them."),
    "_train": Text("There are {images:,} training images and {labels:,} labels for them."),
    "_test": Text("There are {images:,} test images and {labels:,} labels for them."),
}


@dataclass(frozen=True)
class Contents:
    """What a set of files holds.

    Attributes:
        arrays: `x_train`, `y_train`, `x_test`, `y_test`, or only `x` and `y`: images as
            `(n, 28, 28)` uint8, labels as `(n,)` uint8 from 0 to 9.
        class_names: names of the labels from 0 on; empty where the files have none.
        notes: messages for the user.
    """

    arrays: Arrays
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def pixel_range(name: str, pixels: NDArray[Any]) -> tuple[int, int]:
    """The least and the largest of some pixels.

    Args:
        name: what they are, in a message.

    Raises:
        DataError: they aren't from 0 to 255.
    """
    low, high = int(pixels.min()), int(pixels.max())
    if low < 0 or high > 255:
        raise DataError(
            Text(
                "{name} has pixels from {low} to {high}. Expected 0 to 255.",
                name=name,
                low=low,
                high=high,
            )
        )
    return low, high


def check_array(array: NDArray[Any], key: str, name: str, limits: Limits) -> NDArray[np.uint8]:
    """Check an array and bring it to its usual shape and dtype.

    Args:
        key: `x...` for images or `y...` for labels.
        name: the array's name for errors.

    Returns:
        Images as `(n, 28, 28)` uint8, or labels as `(n,)` uint8 from 0 to 9.

    Raises:
        DataError: it can't hold images or labels.
    """
    return _check_images(array, name, limits) if key.startswith("x") else _check_labels(array, name)


def _check_images(array: NDArray[Any], name: str, limits: Limits) -> NDArray[np.uint8]:
    check_integers(array.dtype, name, PIXELS)
    if array.shape[1:] not in ((28, 28), (28, 28, 1), (784,)) or not len(array):
        raise DataError(
            Text(
                "{name} has the shape {shape}. Expected images of 28x28 pixels: "
                "(n, 28, 28), (n, 28, 28, 1) or (n, 784).",
                name=name,
                shape=array.shape,
            )
        )
    if len(array) > limits.images:
        raise DataError(
            Text(
                "{name} has {images:,} images. Expected {most:,} at most.",
                name=name,
                images=len(array),
                most=limits.images,
            )
        )
    low, high = pixel_range(name, array)
    if high <= 1:
        raise DataError(
            Text(
                "{name} has only pixels {low} to {high}. Expected 0 to 255: multiply them by 255.",
                name=name,
                low=low,
                high=high,
            )
        )
    return array.reshape(len(array), 28, 28).astype(np.uint8, copy=False)


def _check_labels(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    check_integers(array.dtype, name, LABELS)
    if array.ndim == 2 and array.shape[1] == 1:  # a column, as pandas and scikit-learn have it
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        problem = Text(
            "{name} has the shape {shape}. Expected one label for each image: (n,).",
            name=name,
            shape=array.shape,
        )
        hint = Text("For one-hot rows, use `.argmax(axis=1)`.") if array.ndim == 2 else ""
        raise DataError(Sentences(problem, hint))
    invalid = np.flatnonzero((array < 0) | (array > 9))
    if len(invalid):
        raise DataError(
            Text(
                "{name} has the label {label} at index {index}. Expected 0 to 9.",
                name=name,
                label=int(array[invalid[0]]),
                index=int(invalid[0]),
            )
        )
    return array.astype(np.uint8, copy=False)


def check_integers(dtype: np.dtype[Any], name: str, expected: str) -> None:
    """Check that an array holds integers.

    Args:
        name: the array's name for errors.
        expected: what the integers are, such as `PIXELS`.

    Raises:
        DataError: it holds something else.
    """
    if dtype.kind in "US":
        raise DataError(
            Text(
                "{name} holds text ({dtype}). Expected integers: {expected}.",
                name=name,
                dtype=dtype,
                expected=expected,
            )
        )
    if dtype.kind not in "iu":
        hint: str = ""
        if dtype.kind == "f" and expected == PIXELS:
            hint = Text("For pixels from 0 to 1, use `(x * 255).round().astype('uint8')`.")
        raise DataError(
            Sentences(
                Text(
                    "{name} holds {dtype}. Expected integers, ideally uint8: {expected}.",
                    name=name,
                    dtype=dtype,
                    expected=expected,
                ),
                hint,
            )
        )


def remaining_limits(limits: Limits, arrays: Arrays, key: str) -> Limits:
    """How much the array `key` of a data set may hold, after those that were read before it."""
    if key.startswith("y"):
        return limits
    images = sum(len(array) for name, array in arrays.items() if name.startswith("x"))
    return replace(limits, images=max(0, limits.images - images))


def check_lengths(arrays: Arrays, limits: Limits) -> None:
    """Check that there is a label for each image, and not too many images.

    Raises:
        DataError: there isn't, or there are.
    """
    for suffix, numbers in NUMBERS.items():
        x, y = arrays.get(f"x{suffix}"), arrays.get(f"y{suffix}")
        if x is not None and y is not None and len(x) != len(y):
            raise DataError(
                Sentences(
                    Text(numbers.message, images=len(x), labels=len(y)),
                    Text("Expected one label for each image."),
                )
            )
    total = sum(len(array) for key, array in arrays.items() if key.startswith("x"))
    if total > limits.images:
        raise DataError(
            Text(
                "There are {images:,} images. Expected {most:,} at most.",
                images=total,
                most=limits.images,
            )
        )

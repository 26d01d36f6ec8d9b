"""The arrays that files hold, and the checks that each of them must pass."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.readers.source import Limits
from mnist_core.errors import DataError

Arrays = Mapping[str, NDArray[np.uint8]]
PIXELS = "pixels from 0 to 255"


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
            f"{name} has the shape {array.shape}. Expected images of 28x28 pixels: (n, 28, 28), "
            "(n, 28, 28, 1) or (n, 784)."
        )
    if len(array) > limits.images:
        raise DataError(f"{name} has {len(array):,} images. Expected {limits.images:,} at most.")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise DataError(f"{name} has pixels from {low} to {high}. Expected 0 to 255.")
    if high <= 1:
        raise DataError(
            f"{name} has only pixels {low} to {high}. Expected 0 to 255: multiply them by 255."
        )
    return array.reshape(len(array), 28, 28).astype(np.uint8, copy=False)


def _check_labels(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    check_integers(array.dtype, name, "labels from 0 to 9")
    if array.ndim == 2 and array.shape[1] == 1:  # a column, as pandas and scikit-learn have it
        array = array[:, 0]
    if array.ndim != 1 or not len(array):
        hint = " For one-hot rows, use `.argmax(axis=1)`." if array.ndim == 2 else ""
        raise DataError(
            f"{name} has the shape {array.shape}. Expected one label for each image: (n,).{hint}"
        )
    invalid = np.flatnonzero((array < 0) | (array > 9))
    if len(invalid):
        raise DataError(
            f"{name} has the label {array[invalid[0]]} at index {invalid[0]}. Expected 0 to 9."
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
        raise DataError(f"{name} holds text ({dtype}). Expected integers: {expected}.")
    if dtype.kind not in "iu":
        hint = ""
        if dtype.kind == "f" and expected == PIXELS:
            hint = " For pixels from 0 to 1, use `(x * 255).round().astype('uint8')`."
        raise DataError(
            f"{name} holds {dtype}. Expected integers, ideally uint8: {expected}.{hint}"
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
    for suffix, part in (("", ""), ("_train", " training"), ("_test", " test")):
        x, y = arrays.get(f"x{suffix}"), arrays.get(f"y{suffix}")
        if x is not None and y is not None and len(x) != len(y):
            raise DataError(
                f"There are {len(x):,}{part} images and {len(y):,} labels for them. Expected one "
                "label for each image."
            )
    total = sum(len(array) for key, array in arrays.items() if key.startswith("x"))
    if total > limits.images:
        raise DataError(f"There are {total:,} images. Expected {limits.images:,} at most.")

"""The arrays that files hold, and the checks that each of them must pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.readers.source import Limits
from mnist_core.errors import DataError

Arrays = Mapping[str, NDArray[np.uint8]]


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
    _check_integers(array, name, "pixels from 0 to 255")
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
    _check_integers(array, name, "labels from 0 to 9")
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


def _check_integers(array: NDArray[Any], name: str, expected: str) -> None:
    if array.dtype.kind in "US":
        raise DataError(f"{name} holds text ({array.dtype}). Expected integers: {expected}.")
    if array.dtype.kind not in "iu":
        hint = ""
        if array.dtype.kind == "f" and "pixels" in expected:
            hint = " For pixels from 0 to 1, use `(x * 255).round().astype('uint8')`."
        raise DataError(
            f"{name} holds {array.dtype}. Expected integers, ideally uint8: {expected}.{hint}"
        )


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

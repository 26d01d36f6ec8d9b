"""Images and labels, split into a training and a test set.

Images are `uint8` arrays of shape `(n, 28, 28)`, 0 is black paper and 255 is white ink.
Labels are `uint8` arrays of shape `(n,)`, 0 to 9.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]  # (n, 28, 28)
Labels = NDArray[np.uint8]  # (n,)

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
STAND_IN_NAME = "scikit-learn's small digits"


@dataclass(frozen=True)
class Dataset:
    """Images and labels, split into a training and a test set, and where they came from.

    Attributes:
        name: `"MNIST"`, or the name of another data set.
        x_train, x_test: `uint8`, `(n, 28, 28)`, 0 black to 255 white.
        y_train, y_test: `uint8`, `(n,)`, 0 to 9.
        source: a description of where the arrays were read from.
        verified: whether every array has the published SHA-256.
        notes: messages for the user, such as which file was rejected and why.
        class_names: what the labels 0, 1, 2 ... stand for; empty where they are digits.
    """

    name: str
    x_train: Images = field(repr=False)
    y_train: Labels = field(repr=False)
    x_test: Images = field(repr=False)
    y_test: Labels = field(repr=False)
    source: str
    verified: bool
    notes: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()

    @property
    def stand_in(self) -> bool:
        """Whether this is the small built-in set instead of MNIST."""
        return self.name == STAND_IN_NAME

    def digest(self) -> str:
        """SHA-256 over all four arrays, as hex: identifies the data that a model was trained on."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for name in ARRAYS:
            digest.update(array_sha256(getattr(self, name)).encode())
        return digest.hexdigest()


def label_name(label: int, class_names: Sequence[str] = ()) -> str:
    """A label for display: `7`, or with its class name `7 Sneaker`."""
    return f"{label} {class_names[label]}" if label < len(class_names) else str(label)


def array_sha256(array: NDArray[Any]) -> str:
    """SHA-256 of an array's bytes in C order, as hex."""
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()

"""The forms that networks take images and labels in, as the tutorials show them."""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_core.data.dataset import Images, Labels

T = TypeVar("T", bound=np.generic)


def one_hot(labels: Labels, classes: int = 10) -> NDArray[np.float32]:
    """Encode labels as rows with a 1 at the label: `(n,)` -> `(n, classes)`."""
    return np.eye(classes, dtype=np.float32)[labels]


def flatten(images: NDArray[T]) -> NDArray[T]:
    """Flatten each image into one row of pixels: `(n, 28, 28)` -> `(n, 784)`."""
    return images.reshape(len(images), math.prod(images.shape[1:]))


def add_channel(images: NDArray[T]) -> NDArray[T]:
    """Add the channel axis that a convolution expects: `(n, 28, 28)` -> `(n, 28, 28, 1)`."""
    return images[..., np.newaxis]


def scale(images: Images) -> NDArray[np.float32]:
    """Scale pixels from 0..255 to 0..1."""
    return np.divide(images, 255, dtype=np.float32)

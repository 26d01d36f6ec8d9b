"""Images and kernels to start with in the sandbox."""

import numpy as np
from numpy.typing import ArrayLike

from mnist_core.i18n import Text
from mnist_core.inside.sandbox import Numbers

IMAGES = (
    Text("Textbook"),
    Text("Vertical line"),
    Text("Horizontal line"),
    Text("Diagonal"),
    Text("Edge"),
    Text("Chance"),
)
KERNELS = (
    Text("Textbook"),
    Text("Vertical edges"),
    Text("Horizontal edges"),
    Text("Blur"),
    Text("Sharpen"),
    Text("Copy"),
)
# Image and kernel of Stanford's UFLDL tutorial, http://ufldl.stanford.edu/tutorial (feature
# extraction using convolution), which most texts on convolutions show.
_TEXTBOOK_IMAGE = np.array(
    [
        [1, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1],
        [0, 0, 1, 1, 0],
        [0, 1, 1, 0, 0],
    ],
    np.float64,
)
# From Stanford's CS231n, https://cs231n.github.io/convolutional-networks/#pool
POOLING_EXAMPLE = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], np.float64)


def example_image(name: str, size: int) -> Numbers:
    """One of `IMAGES` as `(size, size)`, whole numbers 0 to 9."""
    image = np.zeros((size, size))
    if name == "Textbook":
        return resized(_TEXTBOOK_IMAGE, size)
    if name == "Vertical line":
        image[:, size // 2] = 1
    elif name == "Horizontal line":
        image[size // 2] = 1
    elif name == "Diagonal":
        np.fill_diagonal(image, 1)
    elif name == "Edge":
        image[:, (size + 1) // 2 :] = 1
    else:
        image[:] = np.random.default_rng(size).integers(0, 10, image.shape)
    return image


def example_kernel(name: str, size: int) -> Numbers:
    """One of `KERNELS` as `(size, size)`."""
    indices = np.arange(size)
    middle = (size - 1) // 2
    kernel = np.zeros((size, size))
    if name == "Textbook":
        return ((indices[:, np.newaxis] + indices) % 2 == 0).astype(np.float64)
    if name in ("Vertical edges", "Horizontal edges"):
        if size == 1:
            return np.ones((1, 1))
        kernel[:] = np.sign(indices - (size - 1) / 2)  # -1 on the left, 1 on the right
        return kernel if name == "Vertical edges" else kernel.T.copy()
    if name == "Blur":
        return np.full((size, size), 1 / size**2)
    kernel[middle, middle] = 1
    if name == "Sharpen":
        for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            row, column = middle + down, middle + right
            if 0 <= row < size and 0 <= column < size:
                kernel[row, column] = -1
                kernel[middle, middle] += 1
    return kernel


def resized(numbers: ArrayLike, size: int) -> Numbers:
    """A square cropped at the right and bottom, or padded there with zeros."""
    old = np.asarray(numbers, np.float64)
    common = min(size, len(old))
    new = np.zeros((size, size))
    new[:common, :common] = old[:common, :common]
    return new

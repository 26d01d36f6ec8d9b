"""A convolution and a pooling on a few numbers, step by step; and why dense layers don't scale.

What Keras's Conv2D and MaxPooling2D do with one map, in numbers that a page can show: each place
of the window, what is multiplied there, and the sum. Like Keras, and unlike mathematics, a
"convolution" doesn't turn its kernel round.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.errors import RecipeError
from mnist_core.recipes.shapes import conv_output_size

Numbers = NDArray[np.float64]
BYTES = 4  # a parameter is a float32


# --- a window that slides -----------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One place of the window, and the number that it gives.

    Attributes:
        row, column: of the output, from 0.
        top, left: of the window's first number in the padded input, from 0.
        value: the output there.
        arithmetic: how it comes about, such as `1·1 + 0·0 + … = 4`.
    """

    row: int
    column: int
    top: int
    left: int
    value: float
    arithmetic: str


@dataclass(frozen=True)
class Slide:
    """A window's whole way over its input.

    Attributes:
        padded: `(h, w)`, the input with `padding` rows and columns of zeros on each side.
        window: rows and columns of the window.
        output: `(h', w')`.
        steps: row by row, as many as `output` has numbers.
        size: how the output's height comes about, such as `(5 + 2·0 - 3) / 1 + 1 = 3`.
        notes: what is worth knowing of this combination, in words.
    """

    padded: Numbers
    padding: int
    window: int
    output: Numbers
    steps: tuple[Step, ...]
    size: str
    notes: tuple[str, ...]


def output_size(size: int, window: int, stride: int = 1, padding: int = 0) -> int:
    """How often a window fits on a length: floor((size + 2 padding - window) / stride) + 1.

    Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning",
    https://arxiv.org/abs/1603.07285, relationship 6.

    Raises:
        RecipeError: it fits nowhere, or a setting is out of its range.
    """
    for name, value, least in (
        ("size", size, 1),
        ("window", window, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
    ):
        if value < least:
            raise RecipeError(f"The {name} is a whole number from {least}. Received: {value}")
    if window > size + 2 * padding:
        framed = f" (with its padding {size + 2 * padding}x{size + 2 * padding})" * bool(padding)
        raise RecipeError(
            f"The {window}x{window} window is larger than the {size}x{size} input{framed}, so "
            "there is no place where it could stand. Take a smaller window, a larger input or "
            "more padding."
        )
    return conv_output_size(size, window, stride, 2 * padding)


def convolution(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    stride: int = 1,
    padding: int = 0,
    bias: float = 0.0,
    relu: bool = False,
) -> Slide:
    """A kernel slides over an image: at each place, multiply what lies on each other and add up.

    Args:
        image, kernel: square.
        padding: rows and columns of zeros on each side.
        bias: added to every sum.
        relu: whether what is below 0 becomes 0 in the end.

    Raises:
        RecipeError: the kernel fits nowhere.
    """
    image, kernel = np.asarray(image, np.float64), np.asarray(kernel, np.float64)
    _square("input", image)
    _square("kernel", kernel)
    places = output_size(len(image), len(kernel), stride, padding)
    padded = np.pad(image, padding)
    steps = []
    for row, column in np.ndindex(places, places):
        top, left = row * stride, column * stride
        patch = padded[top : top + len(kernel), left : left + len(kernel)]
        total = float((patch * kernel).sum())
        value = max(total + bias, 0.0) if relu else total + bias
        products = " + ".join(
            f"{number_text(a)}·{_signed(b)}" for a, b in zip(patch.flat, kernel.flat, strict=True)
        )
        words = f"{products} = {number_text(total)}"
        if bias:
            words += f", and the bias: {number_text(total)} + {_signed(bias)} = "
            words += number_text(total + bias)
        if relu:
            words += f", after ReLU {number_text(value)}"
        steps.append(Step(row, column, top, left, value, words))
    return _slide(padded, padding, len(kernel), places, steps, stride, "kernel")


def pooling(image: ArrayLike, *, window: int = 2, stride: int = 2, kind: str = "max") -> Slide:
    """Of the numbers in each window, only the largest is kept, or their mean.

    Args:
        image: square.
        kind: `max` or `average`.

    Raises:
        RecipeError: the window fits nowhere.
    """
    image = np.asarray(image, np.float64)
    _square("input", image)
    places = output_size(len(image), window, stride)
    steps = []
    for row, column in np.ndindex(places, places):
        top, left = row * stride, column * stride
        patch = image[top : top + window, left : left + window]
        numbers = [number_text(number) for number in patch.flat]
        if kind == "max":
            value = float(patch.max())
            words = f"the largest of {', '.join(numbers)} is {number_text(value)}"
        else:
            value = float(patch.mean())
            words = f"({' + '.join(numbers)}) / {patch.size} = {number_text(value)}"
        steps.append(Step(row, column, top, left, value, words))
    return _slide(image, 0, window, places, steps, stride, "window")


def number_text(value: float) -> str:
    """A number as short as it can be read: no more than two places after the point."""
    rounded = round(float(value), 2)
    return f"{rounded + 0.0:.10g}"  # + 0.0: minus zero is zero


def _signed(value: float) -> str:
    text = number_text(value)
    return f"({text})" if text.startswith("-") else text


def _square(name: str, numbers: Numbers) -> None:
    if numbers.ndim != 2 or numbers.shape[0] != numbers.shape[1] or not np.isfinite(numbers).all():
        raise RecipeError(
            f"The {name} is a square of numbers, such as 5x5. Received: shape {numbers.shape}"
        )


def _slide(
    padded: Numbers,
    padding: int,
    window: int,
    places: int,
    steps: list[Step],
    stride: int,
    name: str,
) -> Slide:
    size = len(padded) - 2 * padding
    frame = f" + 2·{padding}" if padding else ""
    rest = (len(padded) - window) % stride
    down = " (rounded down)" if rest else ""
    return Slide(
        padded,
        padding,
        window,
        np.array([step.value for step in steps]).reshape(places, places),
        tuple(steps),
        f"({size}{frame} - {window}) / {stride}{down} + 1 = {places}",
        _notes(size, window, stride, padding, rest, name),
    )


def _notes(
    size: int, window: int, stride: int, padding: int, rest: int, name: str
) -> tuple[str, ...]:
    """What is worth knowing of a combination that works."""
    notes = []
    if rest:
        way = ", stride or padding" if name == "kernel" else " or stride"
        which = "row and column are" if rest == 1 else f"{rest} rows and columns are"
        notes.append(
            f"The last {which} left out: after the last step of {stride} the {name} would stick "
            f"out. Networks live with that; another size{way} avoids it."
        )
    if stride > window:
        notes.append(
            f"The stride {stride} is larger than the {name} {window}x{window}: the numbers between "
            "two steps are never looked at."
        )
    if padding >= window:
        notes.append(
            f"The padding {padding} is as large as the {name} or larger: at the edges it sees "
            "padding alone, zeros that say nothing of the picture."
        )
    elif padding and stride == 1 and 2 * padding == window - 1:
        notes.append(
            f"The output is as large as the input, {size}x{size}: Keras calls this "
            '`padding="same"`; no padding is `padding="valid"`.'
        )
    return tuple(notes)


# --- numbers to begin with ----------------------------------------------------------------

# Both are those of Stanford's UFLDL tutorial, http://ufldl.stanford.edu/tutorial (feature
# extraction using convolution), which most texts on convolutions show.
_CLASSIC = np.array(
    [
        [1, 1, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 1, 1],
        [0, 0, 1, 1, 0],
        [0, 1, 1, 0, 0],
    ],
    np.float64,
)
# Of Stanford's CS231n, https://cs231n.github.io/convolutional-networks/#pool
POOLING_EXAMPLE = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]], np.float64)
IMAGES = ("Textbook", "Vertical line", "Horizontal line", "Diagonal", "Edge", "Chance")
KERNELS = ("Textbook", "Vertical edges", "Horizontal edges", "Blur", "Sharpen", "Copy")


def example_image(name: str, size: int) -> Numbers:
    """One of `IMAGES` as `(size, size)`, whole numbers 0 to 9."""
    image = np.zeros((size, size))
    if name == "Textbook":
        return resized(_CLASSIC, size)
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
    places = np.arange(size)
    middle = (size - 1) // 2
    kernel = np.zeros((size, size))
    if name == "Textbook":
        return ((places[:, np.newaxis] + places) % 2 == 0).astype(np.float64)
    if name in ("Vertical edges", "Horizontal edges"):
        if size == 1:
            return np.ones((1, 1))
        kernel[:] = np.sign(places - (size - 1) / 2)  # -1 on the left, 1 on the right
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
    """A square cut at the right and bottom, or filled up there with zeros."""
    before = np.asarray(numbers, np.float64)
    kept = min(size, len(before))
    after = np.zeros((size, size))
    after[:kept, :kept] = before[:kept, :kept]
    return after


# --- why dense layers don't scale ---------------------------------------------------------


@dataclass(frozen=True)
class FirstLayer:
    """What a network's first layer costs.

    Attributes:
        parameters: weights and biases, float32.
        arithmetic: how that number comes about.
        multiplications: for one image.
        gives: how many numbers it hands to the next layer.
    """

    parameters: int
    arithmetic: str
    multiplications: int
    gives: int

    @property
    def bytes(self) -> int:
        """Memory of the parameters alone; training takes three to four times as much."""
        return BYTES * self.parameters


PICTURES: dict[str, tuple[int, int, int]] = {  # width, height, colours
    "MNIST, 28x28 grey": (28, 28, 1),
    "CIFAR, 32x32 colour": (32, 32, 3),
    "ImageNet, 224x224 colour": (224, 224, 3),
    "Full HD, 1920x1080 colour": (1920, 1080, 3),
    "4K, 3840x2160 colour": (3840, 2160, 3),
}


def dense_layer(width: int, height: int, colors: int, units: int) -> FirstLayer:
    """A dense first layer: each unit has a weight for every number of the picture, and a bias."""
    inputs = width * height * colors
    return FirstLayer(
        inputs * units + units,
        f"{width:,} x {height:,} x {colors} x {units:,} + {units:,}",
        inputs * units,
        units,
    )


def conv_layer(width: int, height: int, colors: int, filters: int, kernel: int) -> FirstLayer:
    """A convolutional first layer: one small kernel for each filter, wherever it stands.

    Raises:
        RecipeError: the kernel is larger than the picture.
    """
    across, down = output_size(width, kernel), output_size(height, kernel)
    weights = kernel * kernel * colors
    return FirstLayer(
        (weights + 1) * filters,
        f"{kernel} x {kernel} x {colors} x {filters} + {filters}",
        across * down * weights * filters,
        across * down * filters,
    )


def bytes_text(count: int) -> str:
    """Bytes in words: `1.6 MB`; decimal units."""
    value, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{value:.3g} {unit}"

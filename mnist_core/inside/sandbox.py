"""A convolution and a pooling on a few numbers, step by step.

They do what Keras's Conv2D and MaxPooling2D do with one channel, in numbers that a page can show:
each position of the window, its products and their sum. As in Keras, and unlike in mathematics, a
convolution doesn't flip its kernel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.errors import RecipeError
from mnist_core.recipes.shapes import conv_output_size

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One position of the window, and the output there.

    Attributes:
        row, column: of the output, from 0.
        top, left: the window's first row and column in the padded input, from 0.
        value: the output.
        arithmetic: how it is computed, such as `1·1 + 0·0 + … = 4`.
    """

    row: int
    column: int
    top: int
    left: int
    value: float
    arithmetic: str


@dataclass(frozen=True)
class Slide:
    """All positions of a window over its input.

    Attributes:
        padded: `(h, w)`, the input with `padding` rows and columns of zeros on each side.
        padding: as given.
        window: the number of rows and columns of the window.
        output: `(h', w')`.
        steps: one for each number of the output, row by row.
        size: how the output's height is computed, such as `(5 + 2·0 - 3) / 1 + 1 = 3`.
        notes: what is special about this combination of sizes, in sentences.
    """

    padded: Numbers
    padding: int
    window: int
    output: Numbers
    steps: tuple[Step, ...]
    size: str
    notes: tuple[str, ...]


def output_size(size: int, window: int, stride: int = 1, padding: int = 0) -> int:
    """The number of positions of a window: floor((size + 2 padding - window) / stride) + 1.

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning",
    https://arxiv.org/abs/1603.07285, relationship 6.

    Raises:
        RecipeError: there is no position, or a setting is out of its range.
    """
    for name, value, minimum in (
        ("size", size, 1),
        ("window", window, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
    ):
        if value < minimum:
            raise RecipeError(
                f"The {name} must be a whole number of at least {minimum}. Received: {value}"
            )
    if window > size + 2 * padding:
        padded_size = size + 2 * padding
        padded = f" ({padded_size}x{padded_size} with its padding)" if padding else ""
        raise RecipeError(
            f"The {window}x{window} window is larger than the {size}x{size} input{padded}. Use a "
            "smaller window, a larger input or more padding."
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
    """Slide a kernel over an image, and sum up its products with the numbers under it.

    Args:
        image, kernel: square.
        padding: rows and columns of zeros on each side.
        bias: added to each sum.
        relu: whether negative outputs become 0.

    Raises:
        RecipeError: the kernel is larger than the padded image, or a setting is out of its range.
    """
    image, kernel = np.asarray(image, np.float64), np.asarray(kernel, np.float64)
    _check_square("input", image)
    _check_square("kernel", kernel)
    positions = output_size(len(image), len(kernel), stride, padding)
    padded = np.pad(image, padding)
    steps = []
    for row, column in np.ndindex(positions, positions):
        top, left = row * stride, column * stride
        patch = padded[top : top + len(kernel), left : left + len(kernel)]
        total = float((patch * kernel).sum())
        value = max(total + bias, 0.0) if relu else total + bias
        products = " + ".join(
            f"{format_number(a)}·{_in_brackets(b)}"
            for a, b in zip(patch.flat, kernel.flat, strict=True)
        )
        arithmetic = f"{products} = {format_number(total)}"
        if bias:
            arithmetic += f", plus the bias: {format_number(total)} + {_in_brackets(bias)} = "
            arithmetic += format_number(total + bias)
        if relu:
            arithmetic += f", after ReLU {format_number(value)}"
        steps.append(Step(row, column, top, left, value, arithmetic))
    return _slide(padded, padding, len(kernel), positions, steps, stride, "kernel")


def pooling(image: ArrayLike, *, window: int = 2, stride: int = 2, kind: str = "max") -> Slide:
    """Reduce the numbers in each window to their maximum, mean or sum.

    Args:
        image: square.
        kind: `max`, `average` or `sum`.

    Raises:
        RecipeError: the window is larger than the image, or a setting is out of its range.
    """
    image = np.asarray(image, np.float64)
    _check_square("input", image)
    positions = output_size(len(image), window, stride)
    steps = []
    for row, column in np.ndindex(positions, positions):
        top, left = row * stride, column * stride
        patch = image[top : top + window, left : left + window]
        numbers = [format_number(number) for number in patch.flat]
        if kind == "max":
            value = float(patch.max())
            arithmetic = f"the largest of {', '.join(numbers)} is {format_number(value)}"
        elif kind == "sum":
            value = float(patch.sum())
            arithmetic = f"{' + '.join(numbers)} = {format_number(value)}"
        else:
            value = float(patch.mean())
            arithmetic = f"({' + '.join(numbers)}) / {patch.size} = {format_number(value)}"
        steps.append(Step(row, column, top, left, value, arithmetic))
    return _slide(image, 0, window, positions, steps, stride, "window")


def format_number(value: float) -> str:
    """A number with at most two decimal places, and no more than it needs."""
    rounded = round(float(value), 2)
    return f"{rounded + 0.0:.10g}"  # + 0.0: minus zero is zero


def _in_brackets(value: float) -> str:
    """A number, in brackets if it is negative."""
    text = format_number(value)
    return f"({text})" if text.startswith("-") else text


def _check_square(name: str, numbers: Numbers) -> None:
    if numbers.ndim != 2 or numbers.shape[0] != numbers.shape[1] or not np.isfinite(numbers).all():
        raise RecipeError(
            f"The {name} must be a square of numbers, such as 5x5. Received: shape {numbers.shape}"
        )


def _slide(
    padded: Numbers,
    padding: int,
    window: int,
    positions: int,
    steps: list[Step],
    stride: int,
    name: str,
) -> Slide:
    size = len(padded) - 2 * padding
    padding_text = f" + 2·{padding}" if padding else ""
    rest = (len(padded) - window) % stride
    rounded = " (rounded down)" if rest else ""
    return Slide(
        padded,
        padding,
        window,
        np.array([step.value for step in steps]).reshape(positions, positions),
        tuple(steps),
        f"({size}{padding_text} - {window}) / {stride}{rounded} + 1 = {positions}",
        _notes(size, window, stride, padding, rest, name),
    )


def _notes(
    size: int, window: int, stride: int, padding: int, rest: int, name: str
) -> tuple[str, ...]:
    """What is special about a combination of sizes that works."""
    notes = []
    if rest:
        settings = "size, stride or padding" if name == "kernel" else "size or stride"
        skipped = "row and column are" if rest == 1 else f"{rest} rows and columns are"
        notes.append(
            f"The last {skipped} left out: after another step of {stride}, the {name} would reach "
            f"over the edge. Networks do the same; another {settings} avoids it."
        )
    if stride > window:
        notes.append(
            f"The stride {stride} is larger than the {name} {window}x{window}: the numbers between "
            "two steps are never used."
        )
    if padding >= window:
        notes.append(
            f"The padding {padding} is at least as large as the {name}: at the edges it covers "
            "only padding, zeros that aren't part of the image."
        )
    elif padding and stride == 1 and 2 * padding == window - 1:
        notes.append(
            f"The output is as large as the input, {size}x{size}. Keras calls this "
            '`padding="same"`, and no padding `padding="valid"`.'
        )
    return tuple(notes)

"""A convolution and a pooling on a few numbers, step by step.

They do what Keras's Conv2D and MaxPooling2D do with one channel, in numbers that a page can show:
each position of the window, its products and their sum. As in Keras, and unlike in mathematics, a
convolution doesn't flip its kernel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mnist_core.errors import RecipeError
from mnist_core.i18n import Plural, Sentences, Text
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
        (Text("size"), size, 1),
        (Text("window"), window, 1),
        (Text("stride"), stride, 1),
        (Text("padding"), padding, 0),
    ):
        if value < minimum:
            raise RecipeError(
                Text(
                    "The {name} must be a whole number of at least {minimum}. Received: {value}",
                    name=name,
                    minimum=minimum,
                    value=value,
                )
            )
    if window > size + 2 * padding:
        padded = size + 2 * padding
        raise RecipeError(
            Text(
                "The {window}x{window} window is larger than the {size}x{size} input "
                "({padded}x{padded} with its padding). Use a smaller window, a larger input or "
                "more padding.",
                window=window,
                size=size,
                padded=padded,
            )
            if padding
            else Text(
                "The {window}x{window} window is larger than the {size}x{size} input. Use a "
                "smaller window, a larger input or more padding.",
                window=window,
                size=size,
            )
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
    _check_square(Text("input"), image)
    _check_square(Text("kernel"), kernel)
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
            added = f"{format_number(total)} + {_in_brackets(bias)} = {format_number(total + bias)}"
            arithmetic = Text("{sum}, plus the bias: {added}", sum=arithmetic, added=added)
        if relu:
            arithmetic = Text(
                "{sum}, after ReLU {value}", sum=arithmetic, value=format_number(value)
            )
        steps.append(Step(row, column, top, left, value, arithmetic))
    return _slide(padded, padding, len(kernel), positions, steps, stride, Text("kernel"))


def pooling(image: ArrayLike, *, window: int = 2, stride: int = 2, kind: str = "max") -> Slide:
    """Reduce the numbers in each window to their maximum, mean or sum.

    Args:
        image: square.
        kind: `max`, `average` or `sum`.

    Raises:
        RecipeError: the window is larger than the image, or a setting is out of its range.
    """
    image = np.asarray(image, np.float64)
    _check_square(Text("input"), image)
    positions = output_size(len(image), window, stride)
    steps = []
    for row, column in np.ndindex(positions, positions):
        top, left = row * stride, column * stride
        patch = image[top : top + window, left : left + window]
        numbers = [format_number(number) for number in patch.flat]
        arithmetic: str
        if kind == "max":
            value = float(patch.max())
            arithmetic = Text(
                "the largest of {numbers} is {value}",
                numbers=", ".join(numbers),
                value=format_number(value),
            )
        elif kind == "sum":
            value = float(patch.sum())
            arithmetic = f"{' + '.join(numbers)} = {format_number(value)}"
        else:
            value = float(patch.mean())
            arithmetic = f"({' + '.join(numbers)}) / {patch.size} = {format_number(value)}"
        steps.append(Step(row, column, top, left, value, arithmetic))
    return _slide(image, 0, window, positions, steps, stride, Text("window"))


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
            Text(
                "The {name} must be a square of numbers, such as 5x5. Received: shape {shape}",
                name=name,
                shape=numbers.shape,
            )
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
    quotient = f"({size}{padding_text} - {window}) / {stride}"
    return Slide(
        padded,
        padding,
        window,
        np.array([step.value for step in steps]).reshape(positions, positions),
        tuple(steps),
        Text("{quotient} (rounded down) + 1 = {size}", quotient=quotient, size=positions)
        if rest
        else f"{quotient} + 1 = {positions}",
        _notes(size, window, stride, padding, rest, name),
    )


def _notes(
    size: int, window: int, stride: int, padding: int, rest: int, name: str
) -> tuple[str, ...]:
    """What is special about a combination of sizes that works."""
    notes: list[str] = []
    if rest:
        notes.append(
            Sentences(
                Plural(
                    "The last row and column are left out: after another step of {stride}, the "
                    "{name} would reach over the edge.",
                    "The last {n} rows and columns are left out: after another step of {stride}, "
                    "the {name} would reach over the edge.",
                    rest,
                    stride=stride,
                    name=name,
                ),
                Text("Networks do the same; another size, stride or padding avoids it.")
                if name == "kernel"
                else Text("Networks do the same; another size or stride avoids it."),
            )
        )
    if stride > window:
        notes.append(
            Text(
                "The stride {stride} is larger than the {name} {window}x{window}: the numbers "
                "between two steps are never used.",
                stride=stride,
                name=name,
                window=window,
            )
        )
    if padding >= window:
        notes.append(
            Text(
                "The padding {padding} is at least as large as the {name}: at the edges it covers "
                "only padding, zeros that aren't part of the image.",
                padding=padding,
                name=name,
            )
        )
    elif padding and stride == 1 and 2 * padding == window - 1:
        notes.append(
            Text(
                "The output is as large as the input, {size}x{size}. Keras calls this "
                '`padding="same"`, and no padding `padding="valid"`.',
                size=size,
            )
        )
    return tuple(notes)

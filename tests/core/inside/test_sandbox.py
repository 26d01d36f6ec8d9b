"""The sandbox's arithmetic against SciPy and Keras, and its notes and errors."""

import re

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from mnist_core import RecipeError
from mnist_core.inside.sandbox import convolution, format_number, output_size, pooling
from mnist_core.inside.sandbox_examples import POOLING_EXAMPLE, example_image, example_kernel

COMBINATIONS = [
    (5, 3, 1, 0),
    (5, 3, 1, 1),
    (5, 3, 2, 1),
    (6, 3, 2, 0),
    (7, 5, 3, 2),
    (4, 1, 1, 0),
    (3, 2, 4, 3),
    (10, 4, 3, 1),
]


def test_the_textbook_example():
    slide = convolution(example_image("Textbook", 5), example_kernel("Textbook", 3))
    assert slide.output.tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]
    assert slide.size == "(5 - 3) / 1 + 1 = 3"
    first = slide.steps[0].arithmetic
    assert first == "1·1 + 1·0 + 1·1 + 0·0 + 1·1 + 1·0 + 0·1 + 0·0 + 1·1 = 4"
    assert slide.notes == ()


@pytest.mark.parametrize(("size", "window", "stride", "padding"), COMBINATIONS)
def test_a_convolution_is_that_of_scipy_and_keras(size, window, stride, padding):
    rng = np.random.default_rng(size)
    image, kernel = rng.normal(size=(size, size)), rng.normal(size=(window, window))
    slide = convolution(image, kernel, stride=stride, padding=padding, bias=0.25)
    padded = np.pad(image, padding)
    expected = correlate2d(padded, kernel, "valid")[::stride, ::stride] + 0.25
    np.testing.assert_allclose(slide.output, expected)
    keras_output = keras.ops.conv(
        padded[np.newaxis, ..., np.newaxis], kernel[..., np.newaxis, np.newaxis], stride, "valid"
    )
    np.testing.assert_allclose(slide.output, np.asarray(keras_output)[0, ..., 0] + 0.25)
    assert slide.output.shape == (output_size(size, window, stride, padding),) * 2


@pytest.mark.parametrize(("size", "window", "stride"), [(4, 2, 2), (5, 2, 2), (6, 3, 1), (7, 2, 3)])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_pooling_is_that_of_keras(size, window, stride, kind):
    image = np.random.default_rng(size).normal(size=(size, size))
    pool = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    expected = np.asarray(pool(image[np.newaxis, ..., np.newaxis], window, stride, "valid"))
    output = pooling(image, window=window, stride=stride, kind=kind).output
    np.testing.assert_allclose(output, expected[0, ..., 0])


def test_each_step_has_its_position_and_arithmetic():
    rng = np.random.default_rng(1)
    image, kernel = rng.integers(-3, 9, (6, 6)), rng.integers(-2, 3, (3, 3))
    slide = convolution(image, kernel, stride=2, padding=1, bias=-2, relu=True)
    for step in slide.steps:
        patch = slide.padded[step.top : step.top + 3, step.left : step.left + 3]
        total = int((patch * kernel).sum())
        assert step.value == slide.output[step.row, step.column] == max(total - 2, 0)
        products, _, rest = step.arithmetic.partition(" = ")
        assert eval(products.replace("·", "*")) == total
        assert rest == (
            f"{total}, plus the bias: {total} + (-2) = {total - 2}, after ReLU {max(total - 2, 0)}"
        )
    assert [(step.row, step.column) for step in slide.steps] == list(np.ndindex(3, 3))


def test_pooling_has_its_arithmetic():
    slide = pooling(POOLING_EXAMPLE)
    assert slide.output.tolist() == [[6, 8], [3, 4]]
    assert slide.steps[1].arithmetic == "the largest of 2, 4, 7, 8 is 8"
    mean = pooling(POOLING_EXAMPLE, kind="average").steps[1]
    assert mean.arithmetic == "(2 + 4 + 7 + 8) / 4 = 5.25"
    total = pooling(POOLING_EXAMPLE, kind="sum").steps[1]
    assert (total.value, total.arithmetic) == (21, "2 + 4 + 7 + 8 = 21")


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ((5, 3, 1, 1), "as large as the input, 5x5"),
        ((6, 3, 2, 0), "The last row and column are left out"),
        ((7, 3, 3, 0), "The last row and column are left out"),
        ((6, 2, 3, 0), "larger than the kernel 2x2"),
        ((4, 2, 1, 2), "covers only padding"),
    ],
)
def test_special_combinations_have_a_note(settings, note):
    size, window, stride, padding = settings
    slide = convolution(
        np.ones((size, size)), np.ones((window, window)), stride=stride, padding=padding
    )
    assert any(note in text for text in slide.notes)


def test_the_numbers_left_out_are_those_of_the_note():
    image = np.ones((8, 8))
    slide = convolution(image, np.ones((3, 3)), stride=3)
    assert "The last 2 rows and columns are left out" in slide.notes[0]
    image[6:] = image[:, 6:] = 100
    np.testing.assert_array_equal(
        convolution(image, np.ones((3, 3)), stride=3).output, slide.output
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: convolution(np.ones((3, 3)), np.ones((5, 5))),
            "5x5 window is larger than the 3x3",
        ),
        (
            lambda: convolution(np.ones((2, 2)), np.ones((5, 5)), padding=1),
            "(4x4 with its padding)",
        ),
        (lambda: pooling(np.ones((1, 1))), "2x2 window is larger than the 1x1"),
        (lambda: output_size(5, 3, 0), "stride must be a whole number of at least 1. Received: 0"),
        (
            lambda: output_size(5, 3, 1, -1),
            "padding must be a whole number of at least 0. Received: -1",
        ),
        (lambda: convolution(np.ones((3, 4)), np.ones((2, 2))), "must be a square of numbers"),
        (
            lambda: convolution(np.full((3, 3), np.nan), np.ones((2, 2))),
            "must be a square of numbers",
        ),
    ],
)
def test_impossible_combinations_are_refused(call, message):
    with pytest.raises(RecipeError, match=re.escape(message)):
        call()


def test_numbers_are_short():
    numbers = (4.0, -0.001, 1 / 9, 1234567.0, -2.5)
    assert [format_number(n) for n in numbers] == ["4", "0", "0.11", "1234567", "-2.5"]

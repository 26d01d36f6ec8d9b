"""The sandbox's arithmetic against SciPy and Keras, and what it says of odd combinations."""

import re

import keras
import numpy as np
import pytest
from scipy.signal import correlate2d

from mnist_core import RecipeError
from mnist_core.inside.sandbox import (
    IMAGES,
    KERNELS,
    PICTURES,
    POOLING_EXAMPLE,
    bytes_text,
    conv_layer,
    convolution,
    dense_layer,
    example_image,
    example_kernel,
    number_text,
    output_size,
    pooling,
    resized,
)
from mnist_core.recipes.build import build_model
from mnist_core.recipes.recipe import Recipe, layer

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
def test_convolution_is_scipys_and_keras_own(size, window, stride, padding):
    rng = np.random.default_rng(size)
    image, kernel = rng.normal(size=(size, size)), rng.normal(size=(window, window))
    slide = convolution(image, kernel, stride=stride, padding=padding, bias=0.25)
    padded = np.pad(image, padding)
    expected = correlate2d(padded, kernel, "valid")[::stride, ::stride] + 0.25
    np.testing.assert_allclose(slide.output, expected)
    theirs = keras.ops.conv(
        padded[np.newaxis, ..., np.newaxis], kernel[..., np.newaxis, np.newaxis], stride, "valid"
    )
    np.testing.assert_allclose(slide.output, np.asarray(theirs)[0, ..., 0] + 0.25)
    assert slide.output.shape == (output_size(size, window, stride, padding),) * 2


@pytest.mark.parametrize(("size", "window", "stride"), [(4, 2, 2), (5, 2, 2), (6, 3, 1), (7, 2, 3)])
@pytest.mark.parametrize("kind", ["max", "average"])
def test_pooling_is_keras_own(size, window, stride, kind):
    image = np.random.default_rng(size).normal(size=(size, size))
    pool = keras.ops.max_pool if kind == "max" else keras.ops.average_pool
    expected = np.asarray(pool(image[np.newaxis, ..., np.newaxis], window, stride, "valid"))
    output = pooling(image, window=window, stride=stride, kind=kind).output
    np.testing.assert_allclose(output, expected[0, ..., 0])


def test_each_step_says_where_its_window_stands_and_what_it_gives():
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
            f"{total}, and the bias: {total} + (-2) = {total - 2}, after ReLU {max(total - 2, 0)}"
        )
    assert [(step.row, step.column) for step in slide.steps] == list(np.ndindex(3, 3))


def test_pooling_says_how():
    slide = pooling(POOLING_EXAMPLE)
    assert slide.output.tolist() == [[6, 8], [3, 4]]
    assert slide.steps[1].arithmetic == "the largest of 2, 4, 7, 8 is 8"
    mean = pooling(POOLING_EXAMPLE, kind="average").steps[1]
    assert mean.arithmetic == "(2 + 4 + 7 + 8) / 4 = 5.25"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ((5, 3, 1, 1), "as large as the input, 5x5"),
        ((6, 3, 2, 0), "The last row and column are left out"),
        ((7, 3, 3, 0), "The last row and column are left out"),
        ((6, 2, 3, 0), "larger than the kernel 2x2"),
        ((4, 2, 1, 2), "sees padding alone"),
    ],
)
def test_odd_combinations_are_explained(settings, words):
    size, window, stride, padding = settings
    slide = convolution(
        np.ones((size, size)), np.ones((window, window)), stride=stride, padding=padding
    )
    assert any(words in note for note in slide.notes)


def test_what_is_said_of_numbers_left_out_is_so():
    image = np.ones((8, 8))
    slide = convolution(image, np.ones((3, 3)), stride=3)
    assert "The last 2 rows and columns are left out" in slide.notes[0]
    image[6:] = image[:, 6:] = 100
    np.testing.assert_array_equal(
        convolution(image, np.ones((3, 3)), stride=3).output, slide.output
    )


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (
            lambda: convolution(np.ones((3, 3)), np.ones((5, 5))),
            "5x5 window is larger than the 3x3",
        ),
        (lambda: convolution(np.ones((2, 2)), np.ones((5, 5)), padding=1), "its padding 4x4"),
        (lambda: pooling(np.ones((1, 1))), "2x2 window is larger than the 1x1"),
        (lambda: output_size(5, 3, 0), "stride is a whole number from 1. Received: 0"),
        (lambda: output_size(5, 3, 1, -1), "padding is a whole number from 0. Received: -1"),
        (lambda: convolution(np.ones((3, 4)), np.ones((2, 2))), "square of numbers"),
        (lambda: convolution(np.full((3, 3), np.nan), np.ones((2, 2))), "square of numbers"),
    ],
)
def test_what_can_not_work_is_said_in_words(do, words):
    with pytest.raises(RecipeError, match=re.escape(words)):
        do()


@pytest.mark.parametrize("size", range(1, 11))
def test_every_example_has_the_size_that_is_asked_for(size):
    for name in IMAGES:
        assert example_image(name, size).shape == (size, size)
    for name in KERNELS:
        assert example_kernel(name, size).shape == (size, size)
    for name in ("Blur", "Sharpen", "Copy"):  # a flat picture stays as bright as it was
        assert example_kernel(name, size).sum() == pytest.approx(1)


def test_an_edge_kernel_finds_its_edge_and_no_other():
    image = example_image("Edge", 6)
    assert convolution(image, example_kernel("Vertical edges", 3)).output.max() == 3
    assert not convolution(image, example_kernel("Horizontal edges", 3)).output.any()


def test_growing_keeps_what_is_there():
    numbers = np.arange(9.0).reshape(3, 3)
    grown = resized(numbers, 5)
    np.testing.assert_array_equal(grown[:3, :3], numbers)
    assert not grown[3:].any() and not grown[:, 3:].any()
    np.testing.assert_array_equal(resized(grown, 2), numbers[:2, :2])


def test_numbers_are_short():
    numbers = (4.0, -0.001, 1 / 9, 1234567.0, -2.5)
    assert [number_text(n) for n in numbers] == ["4", "0", "0.11", "1234567", "-2.5"]


def test_first_layers_have_the_parameters_that_keras_counts():
    one = Recipe(
        "a",
        "",
        (layer("Flatten"), layer("Dense", units=10, activation="softmax")),
        "categorical_crossentropy",
        "adam",
        1,
        32,
    )
    assert dense_layer(28, 28, 1, 10).parameters == build_model(one).count_params()
    picture = keras.Input((40, 30, 3))
    conv = keras.Model(picture, keras.layers.Conv2D(8, 5)(picture))
    found = conv_layer(30, 40, 3, 8, 5)
    assert found.parameters == conv.count_params()
    assert found.gives == np.prod(conv.output_shape[1:])
    assert eval(found.arithmetic.replace("x", "*")) == found.parameters


def test_4k_needs_a_hundred_gigabytes_dense_and_kilobytes_as_a_convolution():
    size = PICTURES["4K, 3840x2160 colour"]
    dense, conv = dense_layer(*size, 1000), conv_layer(*size, 32, 3)
    assert dense.parameters == 3840 * 2160 * 3 * 1000 + 1000 == 24_883_201_000
    assert bytes_text(dense.bytes) == "99.5 GB"
    assert conv.parameters == 3 * 3 * 3 * 32 + 32 == 896
    assert bytes_text(conv.bytes) == "3.58 KB"
    small = PICTURES["MNIST, 28x28 grey"]
    assert conv_layer(*small[:2], 3, 32, 3).parameters == conv.parameters  # whatever the size


def test_bytes_in_words():
    assert [bytes_text(n) for n in (0, 999, 1000, 1_630_000)] == [
        "0 bytes",
        "999 bytes",
        "1 KB",
        "1.63 MB",
    ]

"""The sandbox's examples have the size that is asked for, and show what their names say."""

import numpy as np
import pytest

from mnist_core.inside.sandbox import convolution
from mnist_core.inside.sandbox_examples import (
    IMAGES,
    KERNELS,
    example_image,
    example_kernel,
    resized,
)


@pytest.mark.parametrize("size", range(1, 11))
def test_every_example_has_the_size_that_is_asked_for(size):
    for name in IMAGES:
        assert example_image(name, size).shape == (size, size)
    for name in KERNELS:
        assert example_kernel(name, size).shape == (size, size)
    for name in ("Blur", "Sharpen", "Copy"):  # a uniform image stays as bright
        assert example_kernel(name, size).sum() == pytest.approx(1)


def test_an_edge_kernel_finds_its_edge_and_no_other():
    image = example_image("Edge", 6)
    assert convolution(image, example_kernel("Vertical edges", 3)).output.max() == 3
    assert not convolution(image, example_kernel("Horizontal edges", 3)).output.any()


def test_resizing_keeps_the_numbers_at_the_top_left():
    numbers = np.arange(9.0).reshape(3, 3)
    grown = resized(numbers, 5)
    np.testing.assert_array_equal(grown[:3, :3], numbers)
    assert not grown[3:].any() and not grown[:, 3:].any()
    np.testing.assert_array_equal(resized(grown, 2), numbers[:2, :2])

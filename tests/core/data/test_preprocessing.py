"""The forms that networks take images and labels in."""

import numpy as np

from mnist_core.data.preprocessing import add_channel, flatten, one_hot, scale


def test_one_hot():
    rows = one_hot(np.array([3, 0, 9], np.uint8))
    assert rows.shape == (3, 10) and rows.dtype == np.float32
    assert rows.sum(axis=1).tolist() == [1, 1, 1]
    assert rows.argmax(axis=1).tolist() == [3, 0, 9]


def test_flatten_goes_row_by_row(tiny_arrays):
    flat = flatten(tiny_arrays["x_test"])
    assert flat.shape == (100, 784)
    assert flat[7, 28 * 5 + 3] == tiny_arrays["x_test"][7, 5, 3]


def test_flatten_of_nothing():
    assert flatten(np.zeros((0, 28, 28), np.uint8)).shape == (0, 784)


def test_add_channel(tiny_arrays):
    with_channel = add_channel(tiny_arrays["x_test"])
    assert with_channel.shape == (100, 28, 28, 1)
    np.testing.assert_array_equal(with_channel[..., 0], tiny_arrays["x_test"])


def test_scale(tiny_arrays):
    scaled = scale(tiny_arrays["x_test"])
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0, 1)
    np.testing.assert_allclose(scaled, tiny_arrays["x_test"] / 255, rtol=1e-6)

"""The small data set that stands in for MNIST."""

import numpy as np

from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME
from mnist_core.data.preprocessing import flatten
from mnist_core.data.stand_in import load_stand_in


def test_stand_in_has_mnist_s_form():
    small = load_stand_in()
    assert small.name == STAND_IN_NAME
    assert small.stand_in and not small.verified
    assert small.x_train.shape == (1500, 28, 28)
    assert small.x_test.shape == (297, 28, 28)
    assert (small.y_train.shape, small.y_test.shape) == ((1500,), (297,))
    assert {getattr(small, name).dtype for name in ARRAYS} == {np.dtype(np.uint8)}
    assert (small.x_train.min(), small.x_train.max()) == (0, 255)
    assert set(small.y_train) == set(small.y_test) == set(range(10))


def test_stand_in_keeps_the_frame_of_four_pixels_empty():
    small = load_stand_in()
    inside = np.zeros((28, 28), bool)
    inside[4:24, 4:24] = True
    assert not small.x_train[:, ~inside].any()
    assert small.x_train[:, inside].any()


def test_stand_in_is_the_same_every_time():
    assert load_stand_in().digest() == load_stand_in().digest()


def test_stand_in_pictures_show_their_labels():
    # Each test picture's nearest training picture has its label in nearly all cases.
    small = load_stand_in()
    train, test = (flatten(x).astype(np.float32) for x in (small.x_train, small.x_test))
    nearest = ((train**2).sum(axis=1) - 2 * test @ train.T).argmin(axis=1)
    assert (small.y_train[nearest] == small.y_test).mean() > 0.95

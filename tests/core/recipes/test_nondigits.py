"""Pictures of what is no digit."""

import numpy as np
import pytest

from mnist_core import normalize_drawing
from mnist_core.data.stand_in import load_stand_in
from mnist_core.recipes.augment import PenSettings
from mnist_core.recipes.nondigits import NOT_A_DIGIT, nondigits


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def batch():
    """128 pictures in MNIST's form and their labels, on every machine."""
    small = load_stand_in()
    images = np.stack([normalize_drawing(image) for image in small.x_train[:128]])
    return images, small.y_train[:128]


def test_they_are_pictures_in_mnists_form(batch):
    made = nondigits(*batch, 200, rng())
    assert made.shape == (200, 28, 28)
    assert made.dtype == np.uint8
    assert (made.max(axis=(1, 2)) > 150).all()  # none is empty
    inked = made > 60
    height = inked.any(axis=2).sum(axis=1)
    width = inked.any(axis=1).sum(axis=1)
    longer = np.maximum(height, width)
    assert 15 <= np.median(longer) <= 23  # as large as digits are


def test_the_same_chance_gives_the_same_pictures(batch):
    np.testing.assert_array_equal(nondigits(*batch, 40, rng(3)), nondigits(*batch, 40, rng(3)))
    assert (nondigits(*batch, 40, rng(3)) != nondigits(*batch, 40, rng(4))).any()


def test_no_two_are_alike(batch):
    made = nondigits(*batch, 60, rng())
    assert len(np.unique(made.reshape(60, -1), axis=0)) == 60


@pytest.mark.parametrize("count", [0, 1, 7])
def test_any_count(batch, count):
    assert nondigits(*batch, count, rng()).shape == (count, 28, 28)


def test_without_digits_there_is_nothing_to_make_them_of():
    nothing = nondigits(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8), 3, rng())
    assert nothing.shape == (3, 28, 28)


def test_a_batch_of_one_class_or_of_blank_pictures_is_enough(batch):
    images, labels = batch
    ones = np.flatnonzero(labels == labels[0])[:1]
    assert nondigits(images[ones], labels[ones], 30, rng()).any(axis=(1, 2)).all()
    blank = nondigits(np.zeros((4, 28, 28), np.uint8), np.zeros(4, np.uint8), 30, rng())
    assert np.isfinite(blank).all()


def test_the_digits_given_stay_as_they_are(batch):
    images, labels = batch
    before = images.copy()
    nondigits(images, labels, 50, rng(), PenSettings(mild=1, keep=0))
    np.testing.assert_array_equal(images, before)


def test_the_label_comes_after_the_ten_digits():
    assert NOT_A_DIGIT == 10

"""Numbers to learn from."""

from itertools import pairwise

import numpy as np
import pytest

from mnist_core.data.stand_in import load_stand_in
from mnist_core.drawing.normalize import normalize_drawing
from mnist_core.recipes.numbers import MOST, make_number


@pytest.fixture(scope="module")
def digits():
    small = load_stand_in()
    images = np.stack([normalize_drawing(image) for image in small.x_train[:128]])
    return images, small.y_train[:128]


@pytest.fixture(scope="module")
def made(digits):
    rng = np.random.default_rng(0)
    return [make_number(*digits, rng) for _ in range(150)]


def test_they_are_rows_of_one_height_with_paper_at_their_ends(made):
    for number in made:
        assert number.image.dtype == np.uint8 and number.image.shape[0] == 32
        assert number.image.max() > 150
        assert not number.image[:, [0, -1]].any()
        assert number.image[0].any() and number.image[-1].any()  # cropped to the ink


def test_the_digits_are_named_from_left_to_right(made):
    assert {len(number.digits) for number in made} == set(range(MOST + 1))  # 0: letters
    for number in made:
        assert len(number.middles) == len(number.digits)
        assert all(0 < middle < number.image.shape[1] for middle in number.middles)
        # Digits that overlap may stand in nearly the same place, but not in another order.
        assert list(number.middles) == sorted(number.middles)


def test_most_neighbours_have_no_empty_column_between_them_and_some_have(made):
    joined = []
    for number in made:
        paper = np.flatnonzero(~number.image.any(axis=0))
        for left, right in pairwise(number.middles):
            joined.append(not ((paper > left) & (paper < right)).any())
    assert 0.4 < np.mean(joined) < 0.95


def test_the_same_seed_makes_the_same_number(digits):
    first, again, other = (make_number(*digits, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(first.image, again.image) and first.digits == again.digits
    assert first.image.shape != other.image.shape or not np.array_equal(first.image, other.image)

"""From the answers of each column to the digits of a row."""

import itertools

import numpy as np
import pytest

from mnist_core.drawing.ctc import NOTHING, likeliest_texts, log_probabilities, place_digits


def frames(*answers):
    """Probabilities of columns; each is given as {answer: probability}."""
    made = np.zeros((len(answers), NOTHING + 1))
    for row, answer in zip(made, answers, strict=True):
        for digit, probability in answer.items():
            row[digit] = probability
    return made


def collapsed(way):
    """The text of one answer for each column."""
    return tuple(digit for digit, _ in itertools.groupby(way) if digit != NOTHING)


def test_the_likeliest_text_is_that_of_all_ways_together():
    rng = np.random.default_rng(0)
    for _ in range(20):
        chances = np.zeros((4, NOTHING + 1))
        chances[:, [1, 7, NOTHING]] = rng.dirichlet([1, 1, 1], 4)
        sums = {}
        for way in itertools.product((1, 7, NOTHING), repeat=4):
            text = collapsed(way)
            sums[text] = sums.get(text, 0) + chances[range(4), way].prod()
        text, probability = likeliest_texts(chances)[0]
        assert sums[text] == max(sums.values())
        assert probability == pytest.approx(sums[text], rel=0.03)  # what is unlikely is left out
        texts = list(sums)
        found = np.exp(log_probabilities(chances, texts))
        np.testing.assert_allclose(found, list(sums.values()), rtol=1e-9)


def test_a_digit_that_two_columns_share_is_read():
    # In each column "nothing" is likelier, yet a 4 is somewhere: 0.45 * 0.55 * 2 + 0.45 ** 2.
    column = {4: 0.45, NOTHING: 0.55}
    text, probability = likeliest_texts(frames(column, column))[0]
    assert text == (4,)
    assert probability == pytest.approx(0.6975)


def test_two_equal_digits_need_something_between_them():
    sure = {5: 1.0}
    assert likeliest_texts(frames(sure, sure))[0][0] == (5,)
    assert likeliest_texts(frames(sure, {NOTHING: 1.0}, sure))[0][0] == (5, 5)
    assert place_digits(frames(sure, {NOTHING: 1.0}, sure), (5, 5)) == [0, 2]


def test_each_digit_is_placed_where_it_is_likeliest():
    chances = frames(
        {NOTHING: 0.9, 3: 0.1}, {3: 0.6, NOTHING: 0.4}, {3: 0.8, NOTHING: 0.2},
        {3: 0.1, 8: 0.3, NOTHING: 0.6}, {8: 0.9, NOTHING: 0.1}, {NOTHING: 1.0},
    )  # fmt: skip
    assert place_digits(chances, (3, 8)) == [2, 4]


def test_no_ink_is_no_digit():
    assert likeliest_texts(frames({NOTHING: 1.0}, {NOTHING: 1.0})) == [((), 1.0)]


def test_a_text_of_more_digits_than_columns_is_impossible():
    chances = np.full((3, NOTHING + 1), 1 / 11)
    logs = log_probabilities(chances, [(1, 2, 3), (1, 1, 1), (1, 2, 3, 4)])
    assert logs.tolist() == [pytest.approx(-3 * np.log(11)), -np.inf, -np.inf]

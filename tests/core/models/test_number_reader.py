"""The number reader: from its answers to a text, from its file to digits that touch."""

import itertools
import json

import numpy as np
import pytest

from mnist_core import settings
from mnist_core.errors import ModelError
from mnist_core.models.number_reader import (
    NOTHING,
    NumberReader,
    find_number_reader,
    likeliest_text,
    load_number_reader,
    place_digits,
    read_number_reader,
    write_number_reader,
)


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
        text, probability = likeliest_text(chances)
        assert sums[text] == max(sums.values())
        assert probability == pytest.approx(sums[text], rel=0.03)  # what is unlikely is left out


def test_a_digit_that_two_columns_share_is_read():
    # In each column "nothing" is likelier, yet a 4 is somewhere: 0.45 * 0.55 * 2 + 0.45 ** 2.
    text, probability = likeliest_text(frames({4: 0.45, NOTHING: 0.55}, {4: 0.45, NOTHING: 0.55}))
    assert text == (4,)
    assert probability == pytest.approx(0.6975)


def test_two_equal_digits_need_something_between_them():
    sure = {5: 1.0}
    assert likeliest_text(frames(sure, sure))[0] == (5,)
    assert likeliest_text(frames(sure, {NOTHING: 1.0}, sure))[0] == (5, 5)
    assert place_digits(frames(sure, {NOTHING: 1.0}, sure), (5, 5)) == [0, 2]


def test_each_digit_is_placed_where_it_is_likeliest():
    chances = frames(
        {NOTHING: 0.9, 3: 0.1}, {3: 0.6, NOTHING: 0.4}, {3: 0.8, NOTHING: 0.2},
        {3: 0.1, 8: 0.3, NOTHING: 0.6}, {8: 0.9, NOTHING: 0.1}, {NOTHING: 1.0},
    )  # fmt: skip
    assert place_digits(chances, (3, 8)) == [2, 4]


def test_no_ink_is_no_digit():
    assert likeliest_text(frames({NOTHING: 1.0}, {NOTHING: 1.0})) == ((), 1.0)


def test_what_is_no_number_reader_is_refused():
    with pytest.raises(ModelError, match="not a number reader"):
        NumberReader(b"nonsense")


def test_it_is_stored_with_its_digest_and_a_damaged_one_is_not_used(isolated):
    shipped = read_number_reader(settings.shipped_models_dir() / "number_reader")
    assert find_number_reader().parent == settings.shipped_models_dir()
    folder = write_number_reader(shipped, {"seed": 3})
    assert find_number_reader() == folder
    assert json.loads((folder / "about.json").read_text())["seed"] == 3
    assert read_number_reader(folder) == shipped
    assert load_number_reader() is load_number_reader() is not None
    (folder / "network.tflite").write_bytes(shipped[:-10])
    with pytest.raises(ModelError, match="cut or altered"):
        read_number_reader(folder)
    assert load_number_reader() is None
    (folder / "about.json").unlink()
    with pytest.raises(ModelError, match="can't be read"):
        read_number_reader(folder)

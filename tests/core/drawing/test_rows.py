"""Rows of digits in a picture, a digit drawn over its edge, and what a person says of a picture."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from mnist_core import Recognizer, prepare_drawing
from mnist_core.drawing.normalize import crop_picture
from mnist_core.drawing.parts import connected_parts, join_parts
from mnist_core.drawing.rows import split_rows
from mnist_core.recipes.handwriting import Writer, draw


@pytest.fixture(scope="module")
def pen():
    return Recognizer.load()


def tile(digit):
    """A digit in black on white: `(80, 80)` uint8."""
    return 255 - draw(Writer(5).write(digit, np.random.default_rng(digit)), 0.1, 80)[..., 3]


def lines(*rows, gap=0):
    """Rows of digits under each other, gap pixels more between them than the tiles have."""
    widest = max(map(len, rows))
    made = []
    for row in rows:
        line = np.concatenate([tile(int(digit)) for digit in row], axis=1)
        made.append(np.pad(line, ((0, gap), (0, 80 * widest - line.shape[1])), constant_values=255))
    return np.pad(np.concatenate(made), 30, constant_values=255)


def ink(*bars, width=100):
    """Ink of horizontal bars: (top, bottom, left, right)."""
    image = np.zeros((200, width), np.float32)
    for top, bottom, left, right in bars:
        image[top:bottom, left:right] = 1
    return image


def rows_of(*bars):
    """Each row of such ink as the bar around it."""
    rows = map(join_parts, split_rows(connected_parts(ink(*bars))))
    return [(row.top, row.bottom, row.left, row.right) for row in rows]


def test_rows_are_told_apart_by_the_paper_between_them():
    three = [(10, 50, 0, 90), (70, 110, 0, 60), (130, 170, 0, 90)]
    assert rows_of(*three) == three
    assert rows_of() == []
    assert rows_of(three[0]) == three[:1]


def test_rows_may_overlap_in_height():
    falling = [
        (10 + 15 * place, 50 + 15 * place, 25 * place, 25 * place + 20) for place in range(4)
    ]
    below = [(top + 50, bottom + 50, left, right) for top, bottom, left, right in falling]
    assert rows_of(*falling, *below) == [(10, 95, 0, 95), (60, 145, 0, 95)]


def test_small_parts_belong_to_the_nearest_row():
    hat = (54, 60, 30, 55)
    rows = rows_of((10, 50, 0, 20), (10, 50, 30, 50), (62, 110, 0, 20), (62, 110, 30, 50), hat)
    assert rows == [(10, 50, 0, 50), (54, 110, 0, 55)]


def test_digits_of_two_rows_that_touch_are_cut_between_the_rows():
    upper = [(10, 50, left, left + 20) for left in (0, 30, 60)]
    lower = [(60, 100, left, left + 20) for left in (0, 30, 60)]
    rows = rows_of(*upper, *lower, (50, 60, 65, 70))
    assert [row[2:] for row in rows] == [(0, 80), (0, 80)]
    assert rows[0][0] == 10 and rows[1][1] == 100
    assert 50 <= rows[0][1] <= rows[1][0] <= 60


def test_a_wide_gap_or_a_digit_in_pieces_does_not_break_a_row():
    assert rows_of((10, 50, 0, 10), (12, 52, 85, 95)) == [(10, 52, 0, 95)]
    assert rows_of((10, 40, 0, 20), (28, 60, 24, 30), (10, 60, 40, 60)) == [(10, 60, 0, 60)]


def test_a_hat_or_two_loops_that_do_not_meet_are_one_digit():
    assert rows_of((10, 20, 0, 90), (30, 150, 0, 90)) == [(10, 150, 0, 90)]  # a five's hat
    assert rows_of((10, 80, 20, 70), (84, 154, 20, 70)) == [(10, 154, 20, 70)]  # an 8 in two rings
    dashes = [(10, 50, 20, 30), (54, 94, 20, 30), (98, 138, 20, 30)]
    assert rows_of(*dashes) == [(10, 138, 20, 30)]  # a 1 by a dry pen


def test_a_letter_in_pieces_is_no_row():
    stem, arm, leg = (10, 110, 0, 15), (10, 58, 20, 70), (64, 110, 20, 70)
    assert len(rows_of(stem, arm, leg)) == 1  # a k
    assert len(rows_of((10, 70, 0, 90), (55, 120, 20, 70))) == 1  # its pieces overlap in height


def test_noise_is_no_rows():
    dots = np.random.default_rng(0).random((200, 200)) < 0.05
    parts = connected_parts(dots.astype(np.float32))
    [row] = split_rows(parts)
    assert len(row) == len(parts) > 400


def test_three_digits_close_under_each_other_are_three():
    three = [(10, 50, 20, 45), (52, 92, 20, 45), (94, 134, 20, 45)]
    assert rows_of(*three) == three


@pytest.mark.parametrize(
    "rows", [("12", "345"), ("31", "20", "74"), ("2", "7", "4"), ("1234", "5")]
)
def test_a_picture_is_read_row_by_row(pen, rows):
    reading = pen.read(prepare_drawing(lines(*rows)))
    assert reading.lines == list(rows)
    assert reading.text == "".join(rows)
    assert reading.rows == tuple(map(len, rows))
    tops = [box[1] for box, _ in reading.pieces]
    assert tops == sorted(tops) or len(rows) == 1 or tops[0] < tops[-1]
    assert pen.reread(reading).lines == list(rows)


@pytest.mark.parametrize("angle", [-9, 9])
def test_rows_that_are_not_level_are_told_apart(pen, angle):
    picture = Image.fromarray(lines("20474", "73120", "42"))
    slanted = np.asarray(
        picture.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    )
    assert pen.read(prepare_drawing(slanted)).lines == ["20474", "73120", "42"]


def test_a_row_of_one_digit_is_judged_as_one_among_several(pen, monkeypatch):
    def answers(images):
        said = np.zeros((len(images), 11), np.float32)
        said[:, 7], said[:, 10] = 0.6, 0.4  # too unlike a digit for one that stands alone
        return said

    monkeypatch.setattr(pen, "_probabilities", answers)
    assert pen.read(prepare_drawing(lines("7"))).lines == ["?"]
    reading = pen.read(prepare_drawing(lines("7", "7", "7")))
    assert reading.lines == ["7", "7", "7"]
    assert pen.reread(reading).lines == reading.lines
    equals = prepare_drawing(255 - 255 * ink((60, 75, 10, 90), (110, 125, 10, 90)).astype(np.uint8))
    assert pen.read(equals).lines == ["?"]
    assert pen.read(prepare_drawing(lines("7", "7"))).lines == ["?", "?"]  # they may be one sign


def test_one_row_is_no_row_of_rows(pen):
    reading = pen.read(prepare_drawing(lines("2074")))
    assert reading.rows == () and reading.lines == ["2074"]


def test_a_person_can_say_that_there_is_one_row_or_one_digit(pen):
    drawing = prepare_drawing(lines("12", "34"))
    assert len(pen.read(drawing, single_row=True).rows) == 0
    reading = pen.read(drawing, single_digit=True)
    assert len(reading.pieces) == 1 and reading.pieces[0][0] == drawing.box


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("digit", [0, 2, 3, 8])
def test_a_thick_digit_that_fills_its_picture_is_read(pen, digit, dark):
    image = draw(Writer(5).write(digit, np.random.default_rng(digit)), 0.3, 320)[..., 3]
    filled = np.flatnonzero(image.any(axis=0)), np.flatnonzero(image.any(axis=1))
    image = image[filled[1][0] : filled[1][-1] + 1, filled[0][0] : filled[0][-1] + 1]
    drawing = prepare_drawing(255 - image if dark else image)
    assert pen.read(pen.with_polarity(drawing)).text == str(digit)


def test_paper_in_all_corners_decides_the_polarity(pen):
    picture = np.full((200, 64), 255, np.uint8)  # a thick 1: the paper beside it looks like 11
    rows, columns = np.mgrid[:200, :64]
    nearest = np.clip(rows, 24, 175)
    picture[np.hypot(rows - nearest, columns - 30) < 26] = 0
    assert pen.read(pen.with_polarity(prepare_drawing(picture))).text == "1"


def test_a_clear_drawing_keeps_its_polarity(pen):
    drawing = prepare_drawing(lines("5"))
    assert pen.with_polarity(drawing) is drawing
    full = dataclasses.replace(drawing, ink=np.ones_like(drawing.ink))
    assert pen.with_polarity(full) is full  # neither way looks like a digit


def test_a_part_of_a_picture():
    image = np.arange(200, dtype=np.uint8).reshape(10, 20)
    np.testing.assert_array_equal(crop_picture(image, (0, 100), (0, 100)), image)
    np.testing.assert_array_equal(crop_picture(image, (50, 100), (0, 20)), image[:2, 10:])
    assert crop_picture(image, (100, 100), (0, 0)).shape == (1, 1)

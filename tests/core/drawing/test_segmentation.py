"""Several digits on one canvas: whole digits stay whole, neighbours are told apart."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import Recognizer, prepare_drawing
from mnist_core.drawing.ctc import NOTHING
from mnist_core.drawing.lines import Line, line_image
from mnist_core.drawing.segmentation import segment
from tests.browser.harness import DIGITS

PEN = 12
# More ways to write a digit, in a box of 1 x 1.
SLASHED = [DIGITS[0][0], [(0.95, 0.02), (0.08, 0.98)]]
HAT = [[(0.3, 0.02), (0.22, 0.42), (0.5, 0.36), (0.8, 0.55), (0.78, 0.85), (0.45, 1), (0.1, 0.9)],
       [(0.32, 0.0), (0.85, 0.0)]]  # fmt: skip


@pytest.fixture(scope="module")
def recognizer():
    return Recognizer.load("pen")


def put(strokes, x, y=120.0, size=110.0):
    """Strokes in pixels: the upper left at (x, y), that high and 0.6 as wide."""
    return [np.array(stroke) * (0.6 * size, size) + (x, y) for stroke in strokes]


def picture(strokes, side=400):
    """The strokes as the canvas sends them."""
    image = Image.new("L", (side, side))
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        path = [tuple(point) for point in stroke.tolist()]
        pen.line(path, fill=255, width=PEN)
        for x, y in path:
            pen.ellipse((x - PEN / 2, y - PEN / 2, x + PEN / 2, y + PEN / 2), fill=255)
    drawn = np.full((side, side, 4), 255, np.uint8)
    drawn[..., 3] = np.asarray(image)
    return drawn


def digits_of(text, step=92.0):
    return [put(DIGITS[int(digit)], 15 + step * place) for place, digit in enumerate(text)]


@pytest.mark.parametrize(
    ("strokes", "digit"),
    [(DIGITS[7], 7), (SLASHED, 0), (DIGITS[4], 4), (HAT, 5)],
    ids=["barred seven", "slashed zero", "four in two strokes", "five with its hat"],
)
@pytest.mark.parametrize("known", [True, False], ids=["strokes", "picture"])
def test_a_digit_of_two_strokes_is_one(recognizer, strokes, digit, known):
    placed = put(strokes, 150)
    drawing = prepare_drawing(picture(placed))
    reading = recognizer.read(drawing, *([placed, PEN] if known else []))
    alone = recognizer.recognize(drawing)
    assert reading.text == str(digit)
    [(box, answer)] = reading.pieces
    assert box == drawing.box
    np.testing.assert_array_equal(answer.normalized, alone.normalized)
    np.testing.assert_array_equal(answer.probabilities, alone.probabilities)
    assert reading.confidence == alone.confidence


@pytest.mark.parametrize("text", ["2026", "11", "10", "47", "705", "74"])
@pytest.mark.parametrize("known", [True, False], ids=["strokes", "picture"])
def test_a_number(recognizer, text, known):
    strokes = [stroke for digit in digits_of(text) for stroke in digit]
    reading = recognizer.read(picture(strokes), *([strokes, PEN] if known else []))
    assert reading.text == text
    lefts = [box[0] for box, _ in reading.pieces]
    assert lefts == sorted(lefts)
    product = np.prod([answer.confidence for _, answer in reading.pieces])
    assert reading.confidence == pytest.approx(product)


@pytest.mark.parametrize("known", [True, False], ids=["strokes", "picture"])
def test_digits_close_to_each_other(recognizer, known):
    one, zero = put(DIGITS[1], 100), put(DIGITS[0], 147)  # 6 pixels between them
    reading = recognizer.read(picture(one + zero), *([one + zero, PEN] if known else []))
    assert reading.text == "10"


def test_digits_far_from_each_other(recognizer):
    strokes = put(DIGITS[7], 20) + put(DIGITS[1], 300)
    assert recognizer.read(picture(strokes), strokes, PEN).text == "71"


def test_digits_that_touch_are_told_apart_by_their_strokes(recognizer):
    strokes = put(DIGITS[2], 100) + put(DIGITS[3], 100 + 0.8 * 66 + PEN / 2)
    assert recognizer.read(picture(strokes), strokes, PEN).text == "23"


def touching():
    """A 2 and a 3 whose ink meets."""
    return put(DIGITS[2], 100) + put(DIGITS[3], 100 + 0.8 * 66 + PEN / 2)


def test_digits_that_touch_in_a_picture_are_read_at_once(recognizer):
    reading = recognizer.read(picture(touching()))
    assert reading.text == "23"
    assert reading.at_once
    (left, _), (right, _) = reading.pieces
    assert left[0] == prepare_drawing(picture(touching())).box[0]
    assert abs(left[2] - 160) < 25 and abs(right[0] - 160) < 25
    assert not recognizer.reread(reading).at_once


def read_at_once(strokes, whole, read_line, pieces=(4, 6)):
    """What is read at once, where the network gives the whole the digit 8 with that probability
    and the pieces these digits."""

    def answers(images):
        if len(images) == len(pieces):
            return np.eye(11, dtype=np.float32)[list(pieces)]
        said = np.zeros((len(images), 11), np.float32)
        said[:, 8], said[:, 10] = whole, 1 - whole
        return said

    found = segment(prepare_drawing(picture(strokes)), answers, read_line=read_line)
    return [piece for piece in found if piece.at_once]


def line_of(*digits, probability=0.8):
    """A reader of rows that finds these digits, equally far apart."""

    def read_line(ink):
        columns = line_image(ink).shape[1] // 2
        frames = np.zeros((columns, 11), np.float32)
        frames[:, 10] = 1
        for place, digit in enumerate(digits):
            frames[int((place + 0.5) * columns / len(digits))] = 0
            frames[int((place + 0.5) * columns / len(digits)), digit] = 1
        frames[columns - 1, [3, 10]] = 1 - probability, probability  # or a 3 at the end
        return Line(ink, frames)

    return read_line


def test_a_row_is_read_at_once_where_that_is_surer_than_its_parts():
    pieces = read_at_once(touching(), 0.1, line_of(4, 6))
    assert [int(piece.probabilities.argmax()) for piece in pieces] == [4, 6]
    both = np.prod([piece.probabilities.max() for piece in pieces])
    assert both == pytest.approx(0.8, abs=0.03)  # the digits together are as sure as the row
    assert read_at_once(touching(), 0.6, line_of(4, 6, probability=0.5)) == []
    assert read_at_once(touching(), 0.0, line_of(4, 6, probability=0.1)) == []


def test_what_is_no_wider_than_a_letter_is_read_at_once_only_where_both_networks_agree():
    assert read_at_once(touching(), 0.1, line_of(4, 6), pieces=(4, 10)) == []


def test_a_row_is_not_read_at_once_where_its_parts_are_sure_or_narrow():
    def never(ink):
        raise AssertionError("asked in vain")

    assert read_at_once(touching(), 0.99, never) == []
    assert read_at_once(put(DIGITS[1], 100), 0.1, never) == []


@pytest.mark.parametrize("digits", [(), (4,)])
def test_a_row_without_two_digits_in_it_stays_as_it_is(digits):
    assert read_at_once(touching(), 0.1, line_of(*digits, probability=1)) == []


def read_pieces(strokes, read_line, **answer):
    """The digits read in strokes, of which the network says the same of each piece."""

    def answers(images):
        said = np.zeros((len(images), 11), np.float32)
        for sign, probability in answer.items():
            said[:, NOTHING if sign == "none" else int(sign[1:])] = probability
        return said

    found = segment(prepare_drawing(picture(strokes)), answers, strokes, PEN, read_line)
    return [piece.probabilities[:10] for piece in found]


def test_a_digit_in_doubt_is_the_one_that_fits_the_row():
    strokes = put(DIGITS[1], 60) + put(DIGITS[1], 200)
    alone = read_pieces(strokes, None, _1=0.6, _7=0.4)
    assert [int(piece.argmax()) for piece in alone] == [1, 1]
    one, seven = read_pieces(strokes, line_of(1, 7, probability=1), _1=0.6, _7=0.4)
    assert (int(one.argmax()), int(seven.argmax())) == (1, 7)
    np.testing.assert_array_equal(one, alone[0])  # what isn't changed stays as sure as it was
    assert seven.sum() == pytest.approx(1) and seven[1] < 0.1
    sure = read_pieces(strokes, line_of(1, 7, probability=1), _1=0.995, _7=0.005)
    assert [int(piece.argmax()) for piece in sure] == [1, 1]


def test_crossing_strokes_are_a_number_where_the_row_is_surely_one():
    strokes = put([[(0, 0), (1, 1)], [(1, 0), (0.75, 1)]], 100)
    doubtful = {"_1": 0.8, "none": 0.2}
    assert len(read_pieces(strokes, line_of(1, 1, probability=0.6), **doubtful)) == 1
    assert len(read_pieces(strokes, line_of(1, 1, probability=1), **doubtful)) == 2


def test_the_order_of_the_strokes_does_not_matter(recognizer):
    (seven, bar), (two,) = put(DIGITS[7], 40), put(DIGITS[2], 140)
    strokes = [two, seven, bar]
    assert recognizer.read(picture(strokes), strokes, PEN).text == "72"
    strokes = [seven, two, bar]
    assert recognizer.read(picture(strokes), strokes, PEN).text == "72"


def test_each_digit_of_a_number_is_read_as_if_it_stood_alone(recognizer):
    digits = digits_of("2026")
    strokes = [stroke for digit in digits for stroke in digit]
    reading = recognizer.read(picture(strokes), strokes, PEN)
    for digit, (box, answer) in zip(digits, reading.pieces, strict=True):
        alone = prepare_drawing(picture(digit))
        assert box == alone.box
        np.testing.assert_array_equal(answer.normalized, alone.normalized)


def test_strokes_of_different_pens(recognizer):
    strokes = put(DIGITS[3], 60) + put(DIGITS[8], 200)
    assert recognizer.read(picture(strokes), strokes, [PEN, PEN]).text == "38"


def test_strokes_without_a_pen_are_refused(recognizer):
    strokes = put(DIGITS[3], 60)
    with pytest.raises(ValueError, match="Received: pen=None"):
        recognizer.read(picture(strokes), strokes)


def test_an_empty_picture_has_no_pieces(recognizer):
    reading = recognizer.read(np.zeros((400, 400, 4), np.uint8), [], PEN)
    assert reading.pieces == ()
    assert reading.text == ""
    assert reading.confidence == 0


def test_a_dot_is_no_digit(recognizer):
    tap = [np.array([(200.0, 200.0), (200.1, 200.0)])]
    reading = recognizer.read(picture(tap), tap, PEN)
    [(_, answer)] = reading.pieces
    assert answer.reason == "dot"
    assert reading.text == ""
    assert reading.confidence == 0


def test_a_dot_beside_a_digit_is_left_out_of_the_number(recognizer):
    strokes = [*put(DIGITS[2], 60), np.array([(300.0, 230.0), (300.1, 230.0)])]
    reading = recognizer.read(picture(strokes), strokes, PEN)
    assert reading.text == "2"
    assert [answer.reason for _, answer in reading.pieces] == [None, "dot"]


def test_the_network_is_asked_once(recognizer):
    strokes = [stroke for digit in digits_of("2026") for stroke in digit]
    calls = []

    def answers(images):
        calls.append(images)
        return np.full((len(images), 11), 1 / 11, np.float32)

    segment(prepare_drawing(picture(strokes)), answers, strokes, PEN)
    [images] = calls
    assert images.dtype == np.uint8
    assert images.shape[1:] == (28, 28)


@pytest.mark.parametrize("known", [True, False], ids=["strokes", "picture"])
@pytest.mark.parametrize("name", ["A", "H", "X", "W", "k"])
def test_a_letter_is_not_a_row_of_digits(recognizer, name, known):
    letters = {
        "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.65), (0.8, 0.65)]],
        "H": [[(0.05, 0), (0, 1)], [(1, 0), (0.95, 1)], [(0, 0.5), (1, 0.45)]],
        "X": [[(0, 0), (1, 1)], [(1, 0), (0, 1)]],
        "W": [[(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)]],
        "k": [[(0.1, 0), (0.1, 1)], [(0.9, 0.35), (0.15, 0.65), (0.9, 1)]],
    }
    strokes = [np.array(stroke) * (170, 200) + (110, 90) for stroke in letters[name]]
    reading = recognizer.read(picture(strokes), *([strokes, PEN] if known else []))
    assert reading.text == ""
    assert len(reading.pieces) == 1
    assert reading.pieces[0][1].reason == "nondigit"


@pytest.mark.parametrize("known", [True, False], ids=["strokes", "picture"])
def test_rows_of_digits_are_read_one_under_the_other(recognizer, known):
    above = put(DIGITS[1], 60, 40) + put(DIGITS[2], 150, 40)
    below = put(DIGITS[7], 40, 220) + put(DIGITS[4], 150, 220) + put(DIGITS[3], 250, 220)
    strokes = above + below
    reading = recognizer.read(picture(strokes), *([strokes, PEN] if known else []))
    assert reading.lines == ["12", "743"]
    row = recognizer.read(picture(strokes), *([strokes, PEN] if known else []), single_row=True)
    assert len(row.lines) == 1

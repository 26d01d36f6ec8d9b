"""A drawing's strokes one after the other, and the drawing without each of them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core import Recognizer, prepare_drawing
from mnist_core.inside.strokes import recognize_strokes, stroke_pictures
from tests.browser.harness import DIGITS

SIDE, PEN = 400, 24


def in_pixels(strokes):
    return [np.array(stroke) * 240 + (90, 80) for stroke in strokes]


def drawn(strokes):
    """Strokes as the canvas paints them, with round ends."""
    ink = Image.new("L", (2 * SIDE, 2 * SIDE))
    painter = ImageDraw.Draw(ink)
    for stroke in strokes:
        painter.line([tuple(2 * point) for point in stroke], fill=255, width=2 * PEN)
        for x, y in 2 * stroke:
            painter.ellipse((x - PEN, y - PEN, x + PEN, y + PEN), fill=255)
    ink = ink.reduce(2)
    image = np.full((SIDE, SIDE, 4), 255, np.uint8)
    image[..., 3] = np.asarray(ink)
    return prepare_drawing(image)


@pytest.fixture(scope="module", params=["pen", "dense_512"])
def recognizer(request):
    return Recognizer.load(request.param)


@pytest.mark.parametrize("digit", [4, 7])
def test_each_step_is_the_answer_to_those_strokes_drawn_alone(recognizer, digit):
    first, second = in_pixels(DIGITS[digit])
    recognitions = recognize_strokes(recognizer, drawn([first, second]), [first, second], PEN)
    only_first, only_second, both = (
        recognizer.recognize(drawn(strokes)) for strokes in ([first], [second], [first, second])
    )
    expected = [(only_first, both), (only_second, only_first)]
    for answers, drawn_alone in zip(
        (recognitions.after, recognitions.without), expected, strict=True
    ):
        for answer, alone in zip(answers, drawn_alone, strict=True):
            np.testing.assert_allclose(answer.probabilities, alone.probabilities, atol=0.05)
    changes = recognitions.changes
    np.testing.assert_array_equal(changes[0], recognitions.after[0].probabilities)
    np.testing.assert_allclose(changes.sum(axis=0), both.probabilities, atol=1e-6)
    assert both.guess == digit


def test_without_its_only_stroke_a_drawing_is_empty(recognizer):
    (stroke,) = in_pixels(DIGITS[3])
    recognitions = recognize_strokes(recognizer, drawn([stroke]), [stroke], PEN)
    assert recognitions.after[0].guess == 3
    assert recognitions.without[0].reason == "empty"
    assert not recognitions.without[0].probabilities.any()


def test_a_dot_is_a_stroke_too(recognizer):
    (stroke,) = in_pixels(DIGITS[1])
    dot = np.array([[300.0, 300.0]])
    recognitions = recognize_strokes(recognizer, drawn([stroke, dot]), [stroke, dot], [PEN, PEN])
    alone = recognizer.recognize(drawn([stroke]))
    np.testing.assert_allclose(
        recognitions.without[1].probabilities, alone.probabilities, atol=0.05
    )


def test_the_pictures_show_the_new_stroke_in_orange_and_the_earlier_ones_in_gray():
    strokes = in_pixels(DIGITS[7])  # its second stroke is the bar
    first, second = stroke_pictures(drawn(strokes), strokes, PEN)
    assert first.shape == second.shape == (112, 112, 3)
    gray = (second[..., 0] == second[..., 2]) & (second[..., 0] > 100)
    orange = (second[..., 0] > 200) & (second[..., 2] < 50)
    earlier = first[..., 0] > 140
    assert gray.sum() > orange.sum() > 100
    assert earlier[gray].all()
    assert not (first.any(axis=-1) & ~(second.any(axis=-1))).any()

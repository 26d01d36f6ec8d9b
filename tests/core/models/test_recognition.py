"""A network's answers in words: how sure it is, its alternatives, and why there is no digit."""

import numpy as np
import pytest

from mnist_core.i18n import _, speaking
from mnist_core.models.recognition import Reading, Recognition

BLANK = np.zeros((28, 28), np.uint8)


def recognition(probabilities, nondigit_probability=0.0, reason=None):
    """A recognition with these digits' probabilities, which no network computed."""
    array = np.zeros(10, np.float32)
    for digit, probability in probabilities.items():
        array[digit] = probability
    digit = None if reason else int(array.argmax())
    confidence = 0.0 if reason else float(array.max())
    return Recognition(digit, confidence, array, BLANK, reason, nondigit_probability)


def reading(*recognitions):
    return Reading(tuple(((0, 0, 9, 9), piece) for piece in recognitions))


def test_a_close_runner_up_is_named_and_a_guess_is_not_sure():
    close = recognition({4: 0.5, 9: 0.4})
    assert close.runner_up == 9
    assert not close.sure
    clear = recognition({4: 0.95, 9: 0.05})
    assert clear.runner_up is None
    assert clear.sure


def test_a_number_is_its_digits_from_left_to_right():
    both = reading(recognition({4: 0.9, 9: 0.1}), recognition({2: 0.8, 7: 0.1}))
    assert (both.text, both.marked_text) == ("42", "42")
    assert both.confidence == pytest.approx(0.72)
    assert both.heading == "72.0% confidence"
    assert both.alternatives == ""


def test_an_unsure_digit_has_its_two_likeliest_alternatives():
    single = reading(recognition({4: 0.5, 9: 0.45}))
    assert single.heading == "4, or 9"
    assert single.alternatives == "It could be 4 (50%) or 9 (45%)."
    two = reading(recognition({1: 1.0}), recognition({4: 0.5, 9: 0.45}))
    assert two.heading == "Not sure"
    assert two.alternatives == "Digit 2 could be 4 (50%) or 9 (45%)."
    close = reading(recognition({4: 0.8, 9: 0.2}))
    assert close.heading == "80.0% confidence"
    assert close.alternatives == "It could also be 9 (20%)."


def test_an_answer_that_is_open_between_two_names_both():
    flagged = reading(recognition({1: 0.7, 7: 0.3}))  # a one whose flag is half as high as it
    assert flagged.text == "1"
    assert flagged.heading == "1, or 7"
    assert flagged.alternatives == "It could be 1 (70%) or 7 (30%)."
    assert flagged.describe_heading(["Top", "Trouser"]) == "1 Trouser, or 7"
    doubtful = reading(recognition({1: 0.55, 7: 0.1, 4: 0.1}))
    assert doubtful.heading == "Not sure"
    assert not recognition({1: 0.7, 7: 0.3}, reason="nondigit").is_open


def test_a_probability_of_no_digit_makes_an_answer_less_sure():
    assert recognition({4: 0.9}, nondigit_probability=0.1).sure
    assert not recognition({4: 0.64}, nondigit_probability=0.09).sure


def test_a_nondigit_has_a_heading_and_the_digit_it_looks_like():
    refused = reading(recognition({5: 0.7, 6: 0.3}, 0.99, reason="nondigit"))
    assert (refused.text, refused.marked_text, refused.confidence) == ("", "", 0)
    assert refused.heading == "This doesn't look like a digit."
    assert refused.alternatives == "If it is a digit, most likely 5."
    mixed = reading(recognition({1: 1.0}), recognition({5: 0.7}, 0.99, reason="nondigit"))
    assert (mixed.text, mixed.marked_text) == ("1", "1?")
    assert mixed.alternatives == "Digit 2 doesn't look like a digit."
    dot = reading(recognition({}, reason="dot"))
    assert dot.heading.startswith("That is only a dot")
    assert dot.alternatives == ""


def test_no_pieces_are_no_number():
    empty = Reading(())
    assert (empty.text, empty.marked_text, empty.confidence) == ("", "", 0)
    assert (empty.heading, empty.alternatives) == ("", "")


def test_answers_can_be_in_another_language():
    two = reading(recognition({1: 1.0}), recognition({4: 0.5, 9: 0.45}))
    with speaking("zh"):
        assert _(two.heading) == "不确定"
        assert _(two.alternatives) == "第2个数字可能是4（50%）或9（45%）。"

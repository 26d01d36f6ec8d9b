"""A picture on the Draw page: what was read, and what a person can correct about it."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.core.drawing.test_rows import lines
from tests.core.drawing.test_segmentation import picture as drawing_of
from tests.core.drawing.test_segmentation import touching
from tests.pages.test_pages import app, page_html


@pytest.fixture
def picture():
    """Opens the Draw page with a picture in it."""

    def show(image):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        at = app()
        at.segmented_control[0].select("Picture").run()
        at.file_uploader[0].upload("picture.png", file.getvalue(), "image/png").run()
        assert not at.exception
        return at

    return show


def test_rows_are_named_and_can_be_put_into_one(picture):
    at = picture(lines("12", "345"))
    assert "2 rows, from top to bottom: 12, 345." in page_html(at)
    assert 'data-digit="12 / 345"' in page_html(at)
    next(one for one in at.toggle if one.label == "All digits are in one row").set_value(True).run()
    assert "rows, from top" not in page_html(at)


def test_one_digit_is_read_where_a_person_says_so(picture):
    at = picture(lines("12"))
    assert 'data-digit="12"' in page_html(at)
    next(one for one in at.toggle if one.label == "There is only one digit").set_value(True).run()
    assert 'data-digit="12"' not in page_html(at)
    assert "Each digit is read on its own" not in page_html(at)


def test_a_part_of_a_picture_is_read(picture):
    at = picture(lines("27"))
    next(one for one in at.slider if one.label == "From left to right").set_value((0, 50)).run()
    assert 'data-digit="2"' in page_html(at)


def test_ink_and_paper_can_be_swapped(picture):
    at = picture(lines("7"))
    assert 'data-digit="7"' in page_html(at)
    next(one for one in at.toggle if one.label == "Swap ink and paper").set_value(True).run()
    assert 'data-digit="7"' not in page_html(at)


def test_what_was_left_out_of_the_reading_is_said(picture):
    image = lines("7")
    assert "Left out" not in page_html(picture(image))
    image = np.dstack([np.pad(image, 40, constant_values=255)] * 3)
    image[10:24, 10:30] = image[10:24, 40:60] = (200, 40, 40)
    at = picture(image)
    assert 'data-digit="7"' in page_html(at)
    assert "Left out: a mark beside the digits." in page_html(at)


def test_a_blank_picture_says_that_there_is_no_ink(picture):
    at = picture(np.full((60, 60), 255, np.uint8))
    assert "No ink found in this picture" in page_html(at)
    assert "Choose a picture." not in page_html(at)


def test_a_part_that_is_closed_computes_and_sends_nothing(picture):
    at = picture(lines("7"))
    assert [part.label for part in at.expander] == ["What the network sees", "All networks"]
    assert '<table class="votes">' not in page_html(at)
    assert 'class="steps"' not in page_html(at)
    for name in ("steps", "votes"):
        at.session_state[f"opened_choice_{name}"] = True
    at.run()
    assert page_html(at).count('<td class="digit">7</td>') >= 3
    assert 'class="steps"' in page_html(at)


def test_digits_that_touch_are_read_at_once_and_the_page_says_so(picture):
    at = picture(255 - np.asarray(drawing_of(touching()))[..., 3])
    at.session_state["opened_choice_votes"] = True
    at.run()
    assert 'data-digit="23"' in page_html(at)
    assert "read them all at once" in page_html(at)
    assert "Each digit is read on its own" not in page_html(at)
    assert "cut apart where digits touch" in page_html(at)  # what the other networks were given

"""Pictures on the Draw page, each with something around its digits, in a real browser."""

import numpy as np
import pytest
from playwright.sync_api import expect

from benchmarks.pen_digits import Glyph
from benchmarks.picture_kinds import KINDS, Artist
from tests.browser.harness import DIGITS, answer, open_page

pytestmark = pytest.mark.browser
HAND = [
    Glyph([np.array(stroke, np.float32) for stroke in strokes], str(digit), "tests")
    for digit, strokes in DIGITS.items()
]


def upload(page, app, kind, seed):
    """Puts a picture of a kind on the Draw page; gives what is written on it."""
    example = KINDS[kind](Artist([HAND], (seed,)))
    open_page(page, app[0])
    page.get_by_text("Picture", exact=True).click()
    page.locator("input[type=file]").set_input_files(
        {"name": "picture.png", "mimeType": "image/png", "buffer": example.content}
    )
    return example.text


@pytest.mark.parametrize(
    ("kind", "seed", "left_out"),
    [
        ("frame", 0, "what lies around the drawing"),
        ("screenshot", 2, "what lies around the drawing"),
        ("edge", 10, ""),  # a tight crop
        ("rows, photographed", 1, ""),
        ("boxes", 3, "a frame"),
        ("tiles", 4, "what lies around the drawing"),
    ],
)
def test_a_picture_is_read_rightly_and_what_was_left_out_is_said(page, app, kind, seed, left_out):
    text = upload(page, app, kind, seed)
    expect(answer(page)).to_have_attribute("data-digit", text.replace("\n", " / "), timeout=20_000)
    said = page.get_by_text("Left out:")
    if left_out:
        expect(said).to_contain_text(left_out)
    else:
        expect(said).to_have_count(0)


def test_a_picture_with_rows_fits_on_a_phone(phone, app):
    text = upload(phone, app, "rows, photographed", 1)
    lines = text.split("\n")
    expect(phone.get_by_text(f"{len(lines)} rows, from top to bottom")).to_be_visible(
        timeout=20_000
    )
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

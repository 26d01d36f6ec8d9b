"""Why this answer, for a drawing: its strokes, and what would change it."""

import pytest
from playwright.sync_api import expect

from tests.browser.harness import draw_with_mouse, open_page, placed, settled

pytestmark = pytest.mark.browser


def test_a_drawing_is_followed_stroke_by_stroke_and_turned_into_another_digit(app, page):
    open_page(page, f"{app[0]}/inside?section=why&model=dense_512")
    main = page.get_by_test_id("stMain")
    strokes = placed(4, 0.3, 0.2, 0.6)
    draw_with_mouse(page, strokes[:1])
    main.get_by_text("Stroke by stroke", exact=True).click()
    expect(main.get_by_text("Stroke 1", exact=True)).to_be_visible(timeout=20_000)
    draw_with_mouse(page, strokes[1:])
    second = main.locator("figure", has_text="Stroke 2")
    expect(second).to_contain_text("4 rises by", timeout=20_000)
    expect(second).to_contain_text("Without it:")
    rows = main.locator("table.strokes tr")
    expect(rows).to_have_count(5)  # the heads, after each of two strokes, without each of them
    assert int(rows.nth(2).locator("td").nth(1 + 4).inner_text()) > 90

    settled(page)
    main.get_by_text("Counterfactual", exact=True).click()
    main.get_by_label("Change it to").get_by_text("9", exact=True).click()
    expect(main.get_by_text("Prediction: 9", exact=True)).to_be_visible(timeout=90_000)
    expect(main.get_by_text("Prediction: 4", exact=True)).to_be_visible()

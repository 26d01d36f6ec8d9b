"""The canvas keeps strokes, pen and drawing through all that hands and browsers do to it."""

import pytest
from playwright.sync_api import expect

from tests.browser.harness import (
    answer,
    button,
    draw_with_mouse,
    open_page,
    pad,
    placed,
    settled,
    visible_box,
)

pytestmark = pytest.mark.browser

SEVEN = placed(7, 0.28, 0.2, 0.6)
STROKES = "() => JSON.parse(sessionStorage.getItem('digit-lab-drawing') ?? '[]').length"


def strokes(page, count):
    """Wait until that many strokes are on the canvas."""
    page.wait_for_function(f"({STROKES})() === {count}", timeout=20_000)


@pytest.mark.parametrize("press", ["Undo", "Clear"])
def test_the_pen_keeps_its_width_after_undo_and_clear(page, app, press):
    open_page(page, app[0])
    draw_with_mouse(page, SEVEN)
    strokes(page, len(SEVEN))
    button(page, press).click()
    strokes(page, len(SEVEN) - 1 if press == "Undo" else 0)
    page.get_by_role("button", name="Pen", exact=True).click()
    slider = page.get_by_role("slider", name="Pen width")
    expect(slider).to_have_value("24")
    slider.press("ArrowRight")
    settled(page)
    page.keyboard.press("Escape")
    draw_with_mouse(page, SEVEN)
    button(page, "Undo").click()
    settled(page)
    page.get_by_role("button", name="Pen", exact=True).click()
    expect(slider).to_have_value("25")


def test_the_keyboard_undoes_redoes_and_clears(page, app):
    open_page(page, app[0])
    draw_with_mouse(page, SEVEN)
    strokes(page, len(SEVEN))
    page.keyboard.press("Control+z")
    strokes(page, len(SEVEN) - 1)
    settled(page)
    page.keyboard.press("Control+Shift+z")
    strokes(page, len(SEVEN))
    settled(page)
    page.keyboard.press("Delete")
    strokes(page, 0)


def test_a_drawing_survives_a_reload(page, app):
    open_page(page, app[0])
    draw_with_mouse(page, SEVEN)
    expect(answer(page)).to_have_attribute("data-digit", "7", timeout=20_000)
    page.reload()
    expect(answer(page)).to_have_attribute("data-digit", "7", timeout=30_000)
    settled(page)
    page.keyboard.press("Delete")
    expect(answer(page)).to_have_attribute("data-digit", "–", timeout=20_000)
    page.reload()
    open_page(page, app[0])
    expect(answer(page)).to_contain_text("Nothing to read yet")


def test_a_button_that_was_released_elsewhere_ends_the_stroke(page, app):
    open_page(page, app[0])
    box = visible_box(pad(page))
    x, y = box["x"] + 100, box["y"] + 60
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 150, steps=5)
    # As if the button had been released outside of the window: the page hears only of a move.
    page.evaluate(
        """([x, y]) => document.elementFromPoint(x, y).dispatchEvent(new MouseEvent('mousemove',
        {clientX: x, clientY: y, buttons: 0, bubbles: true, composed: true}))""",
        [x, y + 150],
    )
    strokes(page, 1)


def test_a_palm_neither_ends_nor_eats_a_stroke(browser, app):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    open_page(page, app[0])
    box = pad(page).bounding_box()
    session = context.new_cdp_session(page)

    def send(kind, *points):
        touches = [{"x": x, "y": y, "id": number} for number, x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    x, y = box["x"] + 120, box["y"] + 50
    palm = (1, box["x"] + 250, box["y"] + 280)
    send("touchStart", (0, x, y))
    send("touchMove", (0, x, y + 30))
    send("touchStart", (0, x, y + 30), palm)  # the palm comes down
    for step in range(4, 16):
        send("touchMove", (0, x, y + 10 * step), palm)
    send("touchEnd")  # the finger goes up, then the palm
    strokes(page, 1)
    settled(page)
    for position in (-50, 50):  # the next strokes are there too
        send("touchStart", (0, x + position, y))
        for step in range(1, 12):
            send("touchMove", (0, x + position, y + 10 * step))
        send("touchEnd")
    strokes(page, 3)
    context.close()


def test_the_canvas_own_toolbar_takes_no_focus(page, app):
    open_page(page, app[0])
    bar = page.locator(".dc-toolbar")
    expect(bar).to_have_count(1)
    assert bar.evaluate("bar => bar.inert")

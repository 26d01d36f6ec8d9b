"""The map of images in a real browser: pointing, hiding, the lasso, the keyboard, a finger."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.harness import (
    answer,
    click_image,
    draw_with_mouse,
    image_grid,
    open_page,
    placed,
    settled,
)
from tests.conftest import mnist_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        mnist_path() is None,
        reason="MNIST isn't here; `python -m mnist_core data --download` gets it (11 MB)",
    ),
]
READY = ".map[data-pictures=true][data-still=true]"


def opened(page, app):
    page.goto(f"{app[0]}/dataset?section=Map")
    return ready(page)


def ready(page):
    shown = page.locator(READY)
    expect(shown).to_be_visible(timeout=40_000)
    settled(page)
    return shown


def field(shown):
    return shown.locator(".field > canvas")


def place(shown, index):
    """Where a point is on the map, in CSS pixels from its corner."""
    return shown.evaluate("(map, i) => map.self.at(i)", index)


def lonely(shown):
    """A point that no other one is near to."""
    return shown.evaluate(
        """map => {
      const n = +map.dataset.n, all = [...Array(n).keys()].map(i => map.self.at(i));
      const gap = ([x, y], i) => Math.min(...all.map(([a, b], j) =>
        i === j ? 1e9 : Math.hypot(a - x, b - y)));
      return all.map(gap).reduce((best, d, i, gaps) => d > gaps[best] ? i : best, 0);
    }"""
    )


def lasso(page, shown, box):
    """Draw around a part of the map with the mouse: left, top, right, bottom as shares of it."""
    left, top, right, bottom = box
    whole = field(shown).bounding_box()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 0.01)]
    points = [
        (whole["x"] + x * whole["width"], whole["y"] + y * whole["height"]) for x, y in corners
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


def label_of(shown, index):
    return shown.evaluate("(map, i) => +map.self.data.labels[i]", index)


def test_pointing_at_one_shows_its_picture_and_a_click_opens_it(app, page):
    shown = opened(page, app)
    index = lonely(shown)
    x, y = place(shown, index)
    field(shown).hover(position={"x": x, "y": y})
    tip = shown.get_by_role("status")
    label, row = label_of(shown, index), shown.evaluate("(m, i) => m.self.data.rows[i]", index)
    expect(tip).to_have_text(re.compile(f"{label} · image {row:,}"))
    ink = tip.locator("canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, 28, 28).data.filter((v, k) => k % 4 == 0 && v)"
        ".length"
    )
    assert ink > 20  # the digit is drawn
    field(shown).click(position={"x": x, "y": y})
    heading = page.get_by_role("heading", name=f"Training image {row:,}, label {label}")
    expect(heading).to_be_visible(timeout=20_000)


def test_the_lasso_fills_the_grid_without_the_classes_that_are_hidden(app, page):
    shown = opened(page, app)
    lasso(page, shown, (0.02, 0.02, 0.98, 0.98))
    expect(shown).to_have_attribute("data-picked", "5000", timeout=20_000)
    expect(page.get_by_text("5,000 selected")).to_be_visible(timeout=20_000)
    shown.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_text("see their images here")).to_be_visible(timeout=20_000)
    shown.get_by_role("button", name="3", exact=True).dblclick()  # it alone
    lasso(page, shown, (0.02, 0.02, 0.98, 0.98))
    threes = shown.evaluate("m => m.self.data.labels.split('').filter(c => c === '3').length")
    expect(page.get_by_text(f"{threes:,} selected")).to_be_visible(timeout=20_000)
    expect(page.get_by_text(f"3 ({threes:,}).")).to_be_visible()
    grid = image_grid(page, "map_grid")
    click_image(grid, 7)
    heading = page.get_by_role("heading", name=re.compile(r"Training image [\d,]+, label 3"))
    expect(heading).to_be_visible(timeout=20_000)


def test_the_selection_stays_while_one_zooms(app, page):
    shown = opened(page, app)
    lasso(page, shown, (0.3, 0.3, 0.5, 0.5))
    expect(shown).not_to_have_attribute("data-picked", "0", timeout=20_000)
    picked = shown.get_attribute("data-picked")
    expect(page.get_by_text(f"{int(picked):,} selected")).to_be_visible(timeout=20_000)
    for _ in range(4):
        shown.get_by_role("button", name="Zoom in").click()
    expect(shown).to_have_attribute("data-zoom", "6.55")
    whole, seen = 5000, int(shown.get_attribute("data-shown"))
    assert seen < whole
    shown.get_by_role("button", name="Whole map").click()
    expect(shown).to_have_attribute("data-zoom", "1.00")
    assert shown.get_attribute("data-picked") == picked


def test_it_can_be_used_with_the_keyboard_alone(app, page):
    shown = opened(page, app)
    field(shown).focus()
    page.keyboard.press("ArrowRight")
    tip = shown.get_by_role("status")
    expect(tip).to_contain_text("image")
    first = shown.evaluate("map => map.self.at(map.self.over)")
    page.keyboard.press("ArrowRight")
    second = shown.evaluate("map => map.self.at(map.self.over)")
    assert second[0] > first[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("Training image"))).to_be_visible(
        timeout=20_000
    )


def test_ones_own_drawing_is_on_the_map(app, page):
    open_page(page, app[0])
    draw_with_mouse(page, placed(1, 0.3, 0.1, 0.8))
    expect(answer(page)).to_have_attribute("data-digit", "1", timeout=20_000)
    page.get_by_role("link", name="Dataset").click()
    page.get_by_role("radio", name="Map").click()
    shown = ready(page)
    expect(shown).to_be_visible()
    mine = shown.evaluate("map => map.self.data.mine.xy")
    assert all(0 <= share <= 1 for share in mine)
    x, y = shown.evaluate("map => map.self.mine()")
    field(shown).hover(position={"x": x, "y": y})
    expect(shown.get_by_role("status")).to_have_text("your last drawing")


def test_a_finger_looks_first_and_opens_with_the_second_touch(app, phone):
    shown = opened(phone, app)
    index = lonely(shown)
    field(shown).scroll_into_view_if_needed()
    x, y = place(shown, index)
    field(shown).tap(position={"x": x, "y": y})
    expect(shown.get_by_role("status")).to_contain_text("image")
    field(shown).tap(position={"x": x, "y": y})
    heading = phone.get_by_role("heading", name=re.compile("Training image"))
    expect(heading).to_be_visible(timeout=20_000)


def test_from_the_label_errors_to_one_that_people_confirmed(app, page):
    page.goto(f"{app[0]}/dataset?section=Label+errors")
    people = page.get_by_role("radio", name="Confirmed by people (15)")
    expect(people).to_be_visible(timeout=60_000)  # the labels are compared the first time
    settled(page)
    people.click()
    grid = image_grid(page, "errors_grid")
    expect(grid).to_have_attribute("data-n", "15")
    click_image(grid, 0)
    heading = page.get_by_role("heading", name="Test image 947, label 8")
    expect(heading).to_be_visible(timeout=20_000)

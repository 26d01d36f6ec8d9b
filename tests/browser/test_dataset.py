"""The Dataset page in a real browser: the grid, one image, and the way between them."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.harness import answer, click_image, image_grid, place_in_grid, settled
from tests.conftest import mnist_path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        mnist_path() is None,
        reason="MNIST isn't here; `python -m mnist_core data --download` gets it (11 MB)",
    ),
]


def opened(page, app, link=""):
    page.goto(f"{app[0]}/dataset{link}")
    expect(page.get_by_role("radio", name="Browse")).to_be_visible(timeout=30_000)
    settled(page)


def heading(page, text):
    return page.get_by_role("heading", name=text)


def test_the_grid_says_what_is_pointed_at_and_a_click_opens_it(app, page):
    opened(page, app)
    grid = image_grid(page, "browse_grid")
    x, y = place_in_grid(grid, 25)
    grid.locator("canvas").hover(position={"x": x, "y": y})
    expect(grid.get_by_role("status")).to_have_text("Training image 25, label 2")
    click_image(grid, 25)
    expect(heading(page, "Training image 25, label 2")).to_be_visible(timeout=20_000)
    expect(page).to_have_url(re.compile(r"split=train&index=25"))


def test_the_grid_can_be_used_with_the_keyboard_alone(app, page):
    opened(page, app)
    canvas = image_grid(page, "browse_grid").locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(image_grid(page, "browse_grid").get_by_role("status")).to_have_text(
        "Training image 2, label 4"
    )
    page.keyboard.press("Enter")
    expect(heading(page, "Training image 2, label 4")).to_be_visible(timeout=20_000)


def test_another_page_of_the_grid_shows_other_images(app, page):
    opened(page, app)
    before = image_grid(page, "browse_grid").locator("canvas").evaluate("c => c.toDataURL()")
    page.get_by_role("button", name="Page 2", exact=True).click()
    grid = image_grid(page, "browse_grid")
    x, y = place_in_grid(grid, 0)
    canvas = grid.locator("canvas")
    canvas.evaluate(
        """(canvas, before) => new Promise(done => {
      const look = () => canvas.toDataURL() === before ? requestAnimationFrame(look) : done();
      look();
    })""",
        before,
    )
    canvas.hover(position={"x": x, "y": y})
    expect(grid.get_by_role("status")).to_have_text(re.compile(r"Training image 120,"))


def test_a_direct_link_a_pixel_and_the_draw_page(app, page):
    opened(page, app, "?split=test&index=4444")
    expect(heading(page, "Test image 4,444, label 9")).to_be_visible()
    shown = page.locator(".pixels")
    box = shown.locator("canvas").bounding_box()
    side = box["width"] / 28
    shown.locator("canvas").hover(position={"x": 14.5 * side, "y": 10.5 * side})
    expect(shown.get_by_role("status")).to_contain_text("image[10, 14]")
    expect(shown.get_by_role("status")).to_contain_text(f"flat[{10 * 28 + 14}]")
    page.get_by_role("button", name="Open on the Draw page").click()
    expect(answer(page)).to_have_attribute("data-digit", "9", timeout=20_000)
    expect(page.get_by_text("Test image 4,444, label 9, of MNIST.")).to_be_visible()


def test_the_page_fits_a_phone(app, phone):
    opened(phone, app)
    for section in ("Browse", "Image", "Statistics", "Augmentation"):
        phone.get_by_role("radio", name=section, exact=True).click()
        settled(phone)
        expect(phone.get_by_role("radio", name=section, exact=True)).to_be_checked()
        wide = phone.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, section

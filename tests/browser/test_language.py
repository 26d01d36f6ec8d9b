"""The app's language: the browser's, the bar's or a link's."""

import pytest
from playwright.sync_api import expect

from tests.browser.harness import answer, draw_with_mouse, open_page, placed

pytestmark = pytest.mark.browser

CHINESE, ENGLISH = "手写一个数字", "Draw a digit"
SWITCH = "select.language"


def says(page, title):
    expect(page.get_by_role("heading", level=1)).to_have_text(title, timeout=20_000)


@pytest.fixture
def chinese(browser, app):
    """A page of a browser whose language is Chinese."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    yield context.new_page()
    context.close()


def test_a_chinese_browser_gets_chinese_also_for_what_the_pen_is_answered(chinese, app):
    open_page(chinese, app[0])
    says(chinese, CHINESE)
    expect(chinese.locator(SWITCH)).to_have_value("zh")
    expect(chinese.locator("html")).to_have_attribute("lang", "zh")
    draw_with_mouse(chinese, placed(3, 0.2, 0.1, 0.8))
    expect(answer(chinese)).to_have_attribute("data-digit", "3", timeout=20_000)
    expect(answer(chinese)).to_contain_text("置信度")


def test_the_switch_changes_the_language_keeps_the_drawing_and_is_remembered(page, app):
    open_page(page, app[0])
    says(page, ENGLISH)
    draw_with_mouse(page, placed(3, 0.2, 0.1, 0.8))
    expect(answer(page)).to_have_attribute("data-digit", "3", timeout=20_000)
    page.locator(SWITCH).select_option("zh")
    says(page, CHINESE)
    expect(answer(page)).to_have_attribute("data-digit", "3", timeout=20_000)
    expect(answer(page)).to_contain_text("置信度")
    expect(page.locator('[data-testid="stTopNavLink"]').first).to_contain_text("手写")
    page.goto(f"{app[0]}/train")
    says(page, "训练")
    page.locator(SWITCH).select_option("en")
    says(page, "Train")


def test_a_link_carries_the_language_over_the_browsers(chinese, app):
    open_page(chinese, f"{app[0]}/?lang=en")
    says(chinese, ENGLISH)
    expect(chinese).not_to_have_url("lang=")

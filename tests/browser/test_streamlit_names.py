"""The names inside Streamlit and its canvas that the app hangs on are still there."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages.shared.streamlit_internals import CANVAS_TOOLBAR
from tests.browser.harness import canvas, open_page, pad, settled

pytestmark = pytest.mark.browser

RULES = Path(__file__).parents[2] / "pages" / "shared" / "streamlit.css"


def names():
    """Streamlit's class names and the attributes that the rules select by."""
    rules = re.sub(r"/\*.*?\*/", "", RULES.read_text("utf-8"), flags=re.DOTALL)
    return sorted(
        {*re.findall(r"\.st[A-Z]\w+", rules), *re.findall(r'\[[\w-]+(?:="\w+")?\]', rules)}
    )


def test_the_rules_name_something():
    assert ".stMainBlockContainer" in names()
    assert "[data-stale]" in names()


def test_every_name_that_a_rule_selects_by_is_on_a_page(page, app):
    missing = set(names())
    for link, width in (
        ("", 1280),
        ("/dataset?section=Browse", 1280),
        ("/dataset?section=Label%20errors", 1280),
        ("/train", 1280),
        ("/learn?course=dense&step=2", 1280),
        ("", 390),
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(app[0] + link)
        page.locator(".stMainBlockContainer button").first.wait_for(timeout=30_000)
        settled(page)
        missing = {name for name in missing if not page.locator(name).count()}
    assert not missing


def test_the_rules_take_effect(page, app):
    open_page(page, app[0])
    block = page.locator(".stMainBlockContainer")
    assert block.evaluate("element => getComputedStyle(element).paddingTop") == "68px"
    column = page.locator(".stColumn").first
    assert column.bounding_box()["width"] == pytest.approx(400, abs=1)


def test_no_other_file_has_rules_for_streamlits_own_names():
    for path in RULES.parents[1].rglob("*.css"):
        if path != RULES:
            rules = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
            assert not re.search(r"\.st[A-Z]|data-testid|data-stale|\.st-emotion", rules), path


def test_the_canvas_has_its_toolbar_in_the_strip_that_is_cut_off(page, app):
    open_page(page, app[0])
    box = pad(page).bounding_box()
    assert canvas(page).bounding_box()["height"] == pytest.approx(400 + CANVAS_TOOLBAR, abs=1)
    assert canvas(page).bounding_box()["y"] == pytest.approx(box["y"] - CANVAS_TOOLBAR, abs=1)
    canvas(page).hover()
    toolbar = page.locator(".dc-toolbar").first
    expect(toolbar).to_be_attached()
    placed = toolbar.bounding_box()
    assert placed["y"] + placed["height"] <= box["y"] + 1

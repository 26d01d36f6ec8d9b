"""axe-core finds nothing against WCAG 2.2 AA on any page and section, light and dark."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from benchmarks.gallery import SECTIONS
from pages.shared.navigation import PAGES
from tests.browser.harness import answer, draw_with_mouse, open_page, placed, settled

pytestmark = pytest.mark.browser

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  // Streamlit's own "Stop" fades in and out while a script runs.
  const page = { exclude: [["[data-testid=stStatusWidget]"]] };
  const { violations } = await axe.run(page, { runOnly: tags });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 150)} ${node.any[0]?.message ?? ""}`));
}"""


def violations(page):
    page.wait_for_timeout(300)  # the script of a click begins
    settled(page)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(500)  # a fading element has the contrast of the moment
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    return page.evaluate(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_section_of_every_page_is_accessible(browser, app, scheme):
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    open_page(page, app[0])
    draw_with_mouse(page, placed(5, 0.28, 0.2, 0.6))
    expect(answer(page)).to_have_attribute("data-digit", "5", timeout=20_000)
    found = {}
    for _, title, _ in PAGES:
        page.get_by_role("link", name=title, exact=True).first.click()
        expect(page).to_have_title(f"{title} · Digit lab")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        settled(page)
        for section in page.locator(SECTIONS).all_inner_texts() or [""]:
            if section:
                page.locator(SECTIONS).filter(has_text=section).first.click()
            found[title, section] = violations(page)
    context.close()
    assert len(found) > 20
    assert not {place: wrong for place, wrong in found.items() if wrong}


def test_on_a_phone_the_bar_shows_which_page_it_is(phone, app):
    phone.goto(f"{app[0]}/inside")
    link = phone.locator(".st-key-phone_pages").get_by_role("link", name="See inside")
    expect(link).to_be_in_viewport(ratio=1, timeout=60_000)
    phone.locator(".st-key-phone_pages").get_by_role("link", name="Mistakes").click()
    expect(phone.get_by_role("heading", name="Mistakes", level=1)).to_be_visible(timeout=60_000)
    expect(
        phone.locator(".st-key-phone_pages").get_by_role("link", name="Mistakes")
    ).to_be_in_viewport(ratio=1)

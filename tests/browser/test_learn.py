"""A course in a real browser: gone through, reloaded, continued; and accessible at every step."""

import re

import pytest
from playwright.sync_api import expect

from mnist_core.lessons import COURSES
from tests.browser.harness import settled
from tests.browser.test_accessibility import violations

pytestmark = pytest.mark.browser

NAME = "dense"
STEPS = COURSES[NAME].steps


def open_step(page, app, step=None):
    address = f"{app[0]}/learn"
    page.goto(address if step is None else f"{address}?course={NAME}&step={step}")
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
    settled(page)


def at_step(page, number):
    expect(page.get_by_role("heading", level=1)).to_have_text(STEPS[number - 1].title)
    expect(page).to_have_url(re.compile(rf"course={NAME}&step={number}$"))
    settled(page)


def card(page):
    return page.locator(f".st-key-course_{NAME}")


def test_progress_and_the_address_outlast_a_reload(page, app):
    open_step(page, app)
    card(page).get_by_role("button", name="Start").click()
    at_step(page, 1)
    for number in (2, 3):
        page.get_by_role("button", name="Next").click()
        at_step(page, number)
    page.get_by_text("32", exact=True).click()  # units
    expect(page.get_by_text("Dense(32")).to_be_visible()
    settled(page)
    page.reload()
    at_step(page, 3)
    expect(page.get_by_text("Dense(32")).to_be_visible()  # what was chosen comes from the device
    page.go_back()
    at_step(page, 2)

    open_step(page, app)  # a new session, without an address
    expect(card(page)).to_contain_text(f"3 of {len(STEPS)} steps")
    card(page).get_by_role("button", name="Continue").click()
    at_step(page, 2)
    page.get_by_role("button", name="All courses").click()
    page.get_by_role("button", name="Forget it").click()
    expect(card(page).get_by_role("button", name="Start")).to_be_visible()
    settled(page)
    open_step(page, app)
    expect(card(page).get_by_role("button", name="Start")).to_be_visible()


def test_the_next_step_begins_at_its_top_and_its_buttons_stay_in_sight_on_a_phone(phone, app):
    open_step(phone, app, 2)
    main = phone.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, main.scrollHeight)")
    assert main.evaluate("main => main.scrollTop") > 100
    following = phone.get_by_role("button", name="Next")
    expect(following).to_be_in_viewport()
    following.click()
    at_step(phone, 3)
    phone.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    expect(following).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_step_of_a_course_is_accessible(browser, app, scheme):
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    open_step(page, app, 1)
    found = {}
    for number, step in enumerate(STEPS, start=1):
        at_step(page, number)
        found[number, "before"] = violations(page)
        if step.question:
            page.locator(".st-key-lesson_question button").first.click()
            expect(page.get_by_role("button", name="Answer again")).to_be_visible()
            found[number, "answered"] = violations(page)
        page.get_by_role("button", name=re.compile("Next|Finish")).click()
    context.close()
    assert not {place: wrong for place, wrong in found.items() if wrong}

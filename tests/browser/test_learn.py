"""A course in a real browser: gone through, reloaded, continued; and its views are accessible."""

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


def steps_with_every_view():
    """(course, number of the step, step): few, and in them all that a step can show."""
    seen = set()
    for course in COURSES.values():
        for number, step in enumerate(course.steps, start=1):
            parts = {
                *step.views,
                *(["question"] * bool(step.question)),
                *(["code"] * bool(step.code)),
            }
            if parts - seen:
                seen |= parts
                yield course.name, number, step


def test_every_view_of_a_step_is_accessible_light_and_dark(browser, app):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    found = {}

    def look(*place):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[*place, scheme] = violations(page)

    for course, number, step in steps_with_every_view():
        page.goto(f"{app[0]}/learn?course={course}&step={number}")
        expect(page.get_by_role("heading", level=1)).to_have_text(step.title, timeout=30_000)
        settled(page)
        if step.question:
            look(course, number, "question")
            page.locator(".st-key-lesson_question button").first.click()
            expect(page.get_by_role("button", name="Answer again")).to_be_visible()
        expect(page.get_by_text("The first time takes about")).to_have_count(0, timeout=60_000)
        look(course, number, "views")
    context.close()
    assert len(found) > 30
    assert not {place: wrong for place, wrong in found.items() if wrong}

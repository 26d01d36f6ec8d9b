"""A network as one HTML file: opened from the disk, without a network, on a phone."""

import pytest
from playwright.sync_api import expect

from mnist_core import open_model
from mnist_core.models.html_page import html_file_name, html_page
from tests.browser.harness import DIGITS, PLACES, SIGNS, draw_by_touch, draw_with_mouse, placed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    model = open_model("pen")
    path = tmp_path_factory.mktemp("stick") / html_file_name(model)
    path.write_text(html_page(model), "utf-8")
    return path


@pytest.fixture
def open_file(browser, file):
    """Opens the file on a phone that is offline; afterwards, nothing may have gone wrong."""
    contexts, problems = [], []

    def open_file(script="", **settings):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, **settings
        )
        contexts.append(context)
        context.set_offline(True)
        context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text))
        page.on("requestfailed", lambda request: problems.append(request.url))
        page.goto(file.as_uri())
        expect(page.locator("#about")).to_contain_text("pen")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert not problems


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_is_recognized_wherever_a_finger_draws_it(open_file, digit):
    page = open_file(locale="en-GB")
    draw_by_touch(page, placed(digit, *PLACES[digit]), page.locator("#pad"))
    expect(page.locator("#digit")).to_have_text(str(digit))
    expect(page.locator("#words")).to_contain_text("sure")


def test_the_answer_is_there_before_the_pen_goes_up(open_file):
    page = open_file()
    box = page.locator("#pad").bounding_box()
    page.mouse.move(box["x"] + 190, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 300, steps=10)
    expect(page.locator("#digit")).to_have_text("1")
    page.mouse.up()


def test_what_is_no_digit_is_refused(open_file):
    page = open_file(locale="en-GB")
    draw_by_touch(page, SIGNS["scribble"][1], page.locator("#pad"))
    expect(page.locator("#words")).to_have_text("This doesn't look like a digit.")
    expect(page.locator("#digit")).to_have_text("–")


def test_strokes_can_be_undone_and_cleared_by_button_and_key(open_file):
    page = open_file(locale="en-GB")
    surface, digit = page.locator("#pad"), page.locator("#digit")
    undo, clear = page.locator("#undo"), page.locator("#clear")
    expect(undo).to_be_disabled()
    for erase in (
        lambda: [page.keyboard.press("Control+z") for _ in DIGITS[7]],
        lambda: page.keyboard.press("Escape"),
        lambda: [undo.click() for _ in DIGITS[7]],
        clear.click,
    ):
        draw_with_mouse(page, placed(7, 0.2, 0.1, 0.7), surface)
        expect(digit).to_have_text("7")
        erase()
        expect(digit).to_have_text("–")
        expect(page.locator("#words")).to_have_text("Draw a digit from 0 to 9.")
        expect(clear).to_be_disabled()


@pytest.mark.parametrize(
    ("locale", "words"), [("de-AT", "Löschen"), ("fr-FR", "Effacer"), ("pl-PL", "Clear")]
)
def test_the_words_are_in_the_readers_language_or_in_english(open_file, locale, words):
    page = open_file(locale=locale)
    expect(page.locator("#clear")).to_have_text(words)


def test_it_fits_a_phone_and_says_what_the_network_is(open_file):
    page = open_file(locale="en-GB")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    accuracy = f"{open_model('pen').evaluation.accuracy:.2%}"
    expect(page.locator("#about")).to_contain_text(accuracy)
    expect(page.locator("#bars .track")).to_have_count(11)


def test_it_works_in_a_browser_without_workers(open_file):
    page = open_file("delete window.Worker")
    draw_by_touch(page, placed(3, *PLACES[3]), page.locator("#pad"))
    expect(page.locator("#digit")).to_have_text("3")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_it_is_dark_or_light_as_the_reader_has_it(open_file, scheme):
    page = open_file(color_scheme=scheme)
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == {"dark": "rgb(14, 17, 23)", "light": "rgb(255, 255, 255)"}[scheme]

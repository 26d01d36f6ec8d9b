"""Drawing with the mouse and with a finger, in a real browser."""

import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import expect

from tests.browser.harness import (
    PLACES,
    SIGNS,
    answer,
    button,
    canvas,
    draw_by_touch,
    draw_with_mouse,
    number,
    open_page,
    pad,
    placed,
    served,
    settled,
)

pytestmark = pytest.mark.browser


def says(page, digit, timeout=20_000):
    expect(answer(page)).to_have_attribute("data-digit", str(digit), timeout=timeout)


def clear(page):
    button(page, "Clear").click()
    says(page, "–")
    page.wait_for_function(f"() => {INK} === 0")


def open_part(page, title):
    """Open a part of the page that is closed at first."""
    page.get_by_text(title, exact=True).click()
    settled(page)


def test_ten_digits_drawn_with_the_mouse_in_any_size_and_corner(page, app):
    open_page(page, app[0])
    says(page, "–")
    for digit, place in PLACES.items():
        draw_with_mouse(page, placed(digit, *place))
        says(page, digit)
        clear(page)


def test_what_people_write_that_a_test_set_hardly_has(page, app):
    open_page(page, app[0])
    for expected, strokes in SIGNS.values():
        draw_with_mouse(page, strokes)
        says(page, expected)
        if expected == "–":
            expect(answer(page)).to_contain_text("doesn't look like a digit")
            expect(answer(page)).to_contain_text("most likely")
        clear(page)


def test_a_number_with_a_box_around_each_digit(page, app):
    open_page(page, app[0])
    open_part(page, "All networks")
    draw_with_mouse(page, number("2026"))
    says(page, "2026")
    expect(page.locator(".number .box")).to_have_count(4)
    for place, digit in enumerate("2026"):
        expect(page.locator(".number .box").nth(place)).to_contain_text(digit)
    boxes = [page.locator(".number .box").nth(place).bounding_box() for place in range(4)]
    assert all(a["x"] < b["x"] for a, b in pairwise(boxes))
    expect(page.locator(".votes td.digit").first).to_have_text("2026")
    button(page, "Undo").click()
    says(page, "202")
    clear(page)
    draw_with_mouse(page, placed(5, 0.3, 0.2, 0.6))
    says(page, "5")
    expect(page.locator(".number")).to_have_count(0)


def test_a_number_drawn_with_a_finger(phone, app):
    open_page(phone, app[0])
    draw_by_touch(phone, number("417"))
    says(phone, "417")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("lines", [None, "ruled", "squared"])
def test_a_photograph_of_a_number_on_paper(page, app, tmp_path, lines):
    sheet = Image.new("RGB", (1000, 750), (236, 232, 220))
    brush = ImageDraw.Draw(sheet)
    for y in range(20, 750, 48) if lines else ():
        brush.line([(0, y), (1000, y)], fill=(150, 175, 215), width=2)
    for x in range(15, 1000, 48) if lines == "squared" else ():
        brush.line([(x, 0), (x, 750)], fill=(150, 175, 215), width=2)
    for digit, left in ((3, 0.3), (8, 0.48)):
        for stroke in placed(digit, left, 0.35, 0.22):
            points = [(1000 * x, 1000 * y - 120) for x, y in stroke]
            brush.line(points, fill=(35, 45, 120), width=12, joint="curve")
    turned = sheet.rotate(4, Image.Resampling.BICUBIC).crop((60, 60, 940, 690))
    light = np.linspace(1, 0.5, turned.width)[:, np.newaxis]
    noise = np.random.default_rng(0).normal(0, 4, (turned.height, turned.width, 3))
    pixels = np.asarray(turned.filter(ImageFilter.GaussianBlur(1))) * light + noise
    photograph = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    photograph.save(tmp_path / "paper.jpg", quality=75)
    open_page(page, app[0])
    page.get_by_text("Picture", exact=True).click()
    page.locator("input[type=file]").set_input_files(tmp_path / "paper.jpg")
    says(page, "38")
    expect(page.locator(".number .box")).to_have_count(2)


def test_undo_redo_and_clear(page, app):
    open_page(page, app[0])
    undo, redo = button(page, "Undo"), button(page, "Redo")
    expect(undo).to_be_disabled()
    draw_with_mouse(page, placed(1, 0.3, 0.2, 0.6)[:1])
    says(page, 1)
    before = ink(page)
    draw_with_mouse(page, placed(0, 0.05, 0.5, 0.4))
    says(page, "01")
    assert ink(page) > before * 1.2
    undo.click()
    page.wait_for_function(f"() => {NEARLY.format(INK=INK, before=before)}")
    says(page, 1)
    expect(redo).to_be_enabled()
    redo.click()
    page.wait_for_function(f"() => {INK} > {before} * 1.2")
    expect(redo).to_be_disabled()
    undo.click()
    page.wait_for_function(f"() => {NEARLY.format(INK=INK, before=before)}")
    clear(page)
    page.wait_for_function(f"() => {INK} === 0")
    expect(page.get_by_text("Nothing to read yet")).to_be_visible()
    undo.click()
    says(page, 1)
    page.wait_for_function(f"() => {NEARLY.format(INK=INK, before=before)}")


INK = """(() => {
  const find = root => root.querySelector('canvas.dc-canvas.lower-canvas') ||
    [...root.querySelectorAll('*')].map(e => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
  const canvas = find(document);
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] > 127;
  return count;
})()"""
# A stroke drawn again from its points has other pixels at its edge.
NEARLY = "Math.abs({INK} - {before}) < 0.02 * {before}"


def ink(page):
    """How many of the canvas's pixels are ink."""
    return page.evaluate(f"() => {INK}")


def test_a_finger_draws_and_the_page_does_not_scroll_under_it(phone, app):
    open_page(phone, app[0])
    top = pad(phone).bounding_box()["y"]
    draw_by_touch(phone, placed(3, 0.2, 0.15, 0.7))
    says(phone, 3)
    assert pad(phone).bounding_box()["y"] == top
    box = pad(phone).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    width = phone.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 390


@pytest.mark.parametrize("width", [360, 390, 680, 768, 1024, 1280])
def test_all_of_the_canvas_can_be_seen_at_every_width(browser, app, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    open_page(page, app[0])
    black, drawn_on = pad(page).bounding_box(), canvas(page).bounding_box()
    assert drawn_on["x"] == pytest.approx(black["x"], abs=1)
    assert drawn_on["width"] == pytest.approx(black["width"], abs=1)
    assert black["width"] == pytest.approx(black["height"], abs=1)
    assert black["x"] + black["width"] <= width
    answer_box = answer(page).bounding_box()
    beside = answer_box["x"] > black["x"] + black["width"]
    assert beside == (width >= 1024)
    assert answer_box["width"] > 250
    context.close()


def test_the_drawing_is_still_there_after_another_page(page, app):
    open_page(page, app[0])
    draw_with_mouse(page, placed(7, 0.3, 0.2, 0.6))
    says(page, 7)
    before = ink(page)
    page.get_by_role("link", name="Networks", exact=True).click()
    expect(page.get_by_role("heading", name="Networks")).to_be_visible(timeout=20_000)
    page.get_by_role("link", name="Draw", exact=True).click()
    expect(canvas(page)).to_be_visible(timeout=20_000)
    says(page, 7)
    page.wait_for_function(f"() => {NEARLY.format(INK=INK, before=before)}")


def test_every_network_answers_and_another_can_be_chosen(page, app):
    open_page(page, app[0])
    draw_with_mouse(page, placed(2, 0.3, 0.2, 0.6))
    says(page, 2)
    rows = page.locator(".votes tr")
    expect(rows).to_have_count(0)
    open_part(page, "All networks")
    expect(rows).to_have_count(7)
    open_part(page, "What the network sees")
    expect(page.get_by_role("img", name="28x28 pixels")).to_be_visible()
    choice = page.get_by_role("combobox", name="Network")
    for name in ("Dense 512", "Sigmoid MLP", "Pen"):
        choice.click()
        page.get_by_role("option", name=re.compile(f"^{name}")).click()
        settled(page)
        expect(choice).to_have_value(re.compile(name))


def test_a_picture_file_is_read_and_a_bad_one_named(page, app, tmp_path):
    open_page(page, app[0])
    page.get_by_role("radio", name="Picture").click()
    picture = Image.new("RGB", (640, 480), (250, 245, 230))
    draw = ImageDraw.Draw(picture)
    for stroke in placed(5, 0.5, 0.4, 0.4):
        draw.line([(640 * x, 480 * y) for x, y in stroke], fill=(30, 40, 160), width=14)
    picture.save(tmp_path / "five.jpg")
    page.locator("input[type=file]").set_input_files(tmp_path / "five.jpg")
    says(page, 5)
    (tmp_path / "bad.png").write_bytes(b"not a picture")
    page.locator("input[type=file]").set_input_files(tmp_path / "bad.png")
    expect(page.get_by_text("bad.png is not a picture")).to_be_visible()
    says(page, "–")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has")
def test_the_server_has_not_imported_tensorflow(page, app):
    open_page(page, app[0])
    draw_with_mouse(page, placed(4, 0.3, 0.2, 0.6))
    says(page, 4)
    assert "libtensorflow" not in Path(f"/proc/{app[1]}/maps").read_text()
    assert "litert" in Path(f"/proc/{app[1]}/maps").read_text().lower()


def test_networks_shows_curves_and_confusions(page, app):
    page.goto(f"{app[0]}/networks")
    expect(page.locator(".js-plotly-plot")).to_have_count(3, timeout=30_000)
    expect(page.locator(".votes tr")).to_have_count(7)
    expect(page.get_by_text("97.75% (loss 0.0774)")).to_be_visible()


def test_a_direct_link_to_a_page_as_a_new_servers_first_request(browser):
    with served() as (address, _):
        page = browser.new_page()
        page.goto(f"{address}/networks")
        expect(page.get_by_role("heading", name="Networks")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("link", name="Draw", exact=True).first).to_be_visible()
        expect(page.get_by_text("not found")).to_have_count(0)
        expect(page).to_have_title("Networks · Digit lab")  # which only the router sets
        page.close()


def test_what_the_canvas_sends_is_what_the_benchmark_draws(page, app):
    """The benchmark's pictures of pen strokes look as the canvas would have drawn them."""
    from benchmarks.pen_digits import Canvas, Glyph, draw

    open_page(page, app[0])
    points = [(0.3, 0.25), (0.7, 0.25), (0.45, 0.75)]
    draw_with_mouse(page, [points])
    says(page, 7)
    stroke = np.array(points, np.float32) * 400
    glyph = Glyph([(stroke - stroke.min(axis=0)) / 200], "7", "")
    ours = draw(glyph, Canvas(400, 200, 24, *stroke.min(axis=0)))[..., 3]
    page.wait_for_function(f"() => {INK} > 0")
    # Fabric rounds the corners of a line a little, so a few per cent may differ.
    assert abs(int((ours > 127).sum()) - ink(page)) < 0.05 * ink(page)


def live_digit(page):
    """The answer that the browser itself gave; it goes when the server's comes."""
    return answer(page).get_attribute("data-live")


def test_the_answer_follows_the_pen(page, app):
    open_page(page, app[0])
    box = pad(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.15
    page.mouse.move(x, y)
    page.mouse.down()

    def is_followed():
        page.mouse.move(x, y + 60)
        page.mouse.move(x, y + box["height"] * 0.6, steps=8)
        return live_digit(page) == "1"

    page.wait_for_function("() => document.querySelector('[data-testid=answer]')")
    assert any(is_followed() for _ in range(100))
    assert answer(page).get_attribute("data-digit") == "–"  # the server knows nothing of it yet
    page.mouse.up()
    says(page, "1")
    expect(answer(page)).not_to_have_attribute("data-live", re.compile(".*"))


def test_the_answer_follows_a_finger(phone, app):
    open_page(phone, app[0])
    box = pad(phone).bounding_box()
    session = phone.context.new_cdp_session(phone)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.15

    def touch(kind, *points):
        points = [{"x": x, "y": y + down * box["height"]} for down in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def is_followed():
        for step in range(8):
            touch("touchMove", 0.1 * step)
        return live_digit(phone) == "1"

    touch("touchStart", 0)
    assert any(is_followed() for _ in range(100))
    assert answer(phone).get_attribute("data-digit") == "–"
    touch("touchEnd")
    says(phone, "1")


def test_without_workers_the_server_answers(page, app):
    page.add_init_script("delete window.Worker")
    open_page(page, app[0])
    draw_with_mouse(page, placed(7, *PLACES[7]))
    says(page, "7")


def test_without_the_server_drawing_and_answers_go_on(browser, server):
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    open_page(page, server.address)
    notice = page.get_by_text("The server can't be reached.")
    expect(notice).to_have_count(0)
    draw_with_mouse(page, placed(2, *PLACES[5]))
    says(page, "2")
    server.kill()
    expect(notice).to_be_visible()
    page.wait_for_timeout(5000)  # Streamlit's own dialog comes after some seconds
    page.locator(".away").get_by_role("button", name="Clear").click()
    page.wait_for_function(f"() => {INK} === 0")
    draw_with_mouse(page, placed(7, *PLACES[5])[:1])
    expect(answer(page)).to_have_attribute("data-live", "7")
    expect(page.get_by_role("dialog")).to_have_count(0)
    server.start()
    expect(notice).to_have_count(0, timeout=30_000)
    page.context.close()

"""Drawing with the mouse and with a finger, in a real browser."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.harness import (
    PLACES,
    answer,
    button,
    canvas,
    draw_by_touch,
    draw_with_mouse,
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


def test_ten_digits_drawn_with_the_mouse_in_any_size_and_corner(page, app):
    open_page(page, app[0])
    says(page, "–")
    for digit, place in PLACES.items():
        draw_with_mouse(page, placed(digit, *place))
        says(page, digit)
        clear(page)


def test_undo_redo_and_clear(page, app):
    open_page(page, app[0])
    undo, redo = button(page, "Undo"), button(page, "Redo")
    expect(undo).to_be_disabled()
    draw_with_mouse(page, placed(1, 0.3, 0.2, 0.6)[:1])
    says(page, 1)
    before, bars = ink(page), page.locator(".bars").inner_text()
    draw_with_mouse(page, placed(0, 0.05, 0.6, 0.3))
    expect(page.locator(".bars")).not_to_have_text(bars, use_inner_text=True)
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
    expect(page.get_by_text("Nothing to read yet.")).to_be_visible()
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
    expect(rows).to_have_count(6)
    expect(page.get_by_role("img", name="28x28 pixels")).to_be_visible()
    choice = page.get_by_role("combobox", name="Network")
    for name in ("dense_512", "sigmoid_mlp", "pen"):
        choice.click()
        page.get_by_role("option", name=name).click()
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
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    expect(page.get_by_text("Made for drawings.")).to_be_visible()


def test_a_direct_link_to_a_page_as_a_new_servers_first_request(browser):
    with served() as (address, _):
        page = browser.new_page()
        page.goto(f"{address}/networks")
        expect(page.get_by_role("heading", name="Networks")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("link", name="Draw")).to_be_visible()
        expect(page.get_by_text("not found")).to_have_count(0)
        assert page.title() == "Digit lab"  # which only the router sets
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

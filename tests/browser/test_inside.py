"""From the Draw page into the network: the numbers on the screen are the network's own."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from mnist_core import open_model
from mnist_core.inside.arithmetic import unit_arithmetic
from mnist_core.models.layers import LayerNetwork
from tests.browser.harness import answer, draw_with_mouse, open_page, placed, settled

pytestmark = pytest.mark.browser


def from_the_draw_page(page, address):
    """Draw a 5 on the Draw page, then come here."""
    open_page(page, address)
    draw_with_mouse(page, placed(5, 0.2, 0.15, 0.7))
    expect(answer(page)).to_have_attribute("data-digit", "5", timeout=20_000)
    page.get_by_role("link", name="See inside").click()
    expect(page.get_by_test_id("seen")).to_contain_text("5", timeout=30_000)
    settled(page)


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()
    settled(page)


def choose_network(page, title, name):
    choose(page, "Network", re.compile(f"^{title}"))
    flow = page.locator(".inside.flow")
    expect(flow).to_have_attribute("data-drawn", re.compile(f"^{name}:"), timeout=20_000)


def number(text):
    return float(text.replace("−", "-"))


def the_image(view, scale):
    """What the network sees, from the numbers that the opened layer got."""
    pixels = np.array(view.evaluate("el => Array.from(el.self.before)")) * scale
    return np.rint(pixels).astype(np.uint8).reshape(1, 28, 28)


def point(page, canvas, x, y):
    """Click at a share of a canvas's width and height."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_drawing_through_a_convolution(page, app):
    from_the_draw_page(page, app[0])
    choose_network(page, "Simple CNN", "simple_cnn")
    maps = page.locator('canvas[data-layer="conv2d_1"]')
    maps.scroll_into_view_if_needed()
    place = maps.evaluate("el => ({...el.dataset})")
    spot = {"x": float(place["edge"]) + 3.5 * (float(place["wide"]) + 3), "y": 20}
    maps.hover(position=spot)
    pointed = page.locator(".flow .tip").inner_text()
    maps.click(position=spot)
    view = page.locator(".inside[data-layer=conv2d_1]")  # the layer, opened at the map clicked
    unit, where_row, where_column, value = re.fullmatch(
        r"map (\d+), row (\d+), column (\d+): (−?[\d.e−-]+)", pointed
    ).groups()
    expect(view).to_have_attribute("data-unit", unit, timeout=20_000)
    expect(view).to_have_attribute("data-row", where_row)  # at the number that was clicked
    expect(view).to_have_attribute("data-column", where_column)
    settled(page)

    network = LayerNetwork.load(open_model("simple_cnn"))
    image = the_image(view, 255)
    given = network.outputs(image)
    feature_map = given["conv2d_1"][0, :, :, int(unit)]
    assert number(value) == pytest.approx(feature_map[int(where_row), int(where_column)], abs=1e-4)
    kernel = network.layer("conv2d_1").weights["kernel"][:, :, 0, int(unit)]
    bias = float(network.layer("conv2d_1").weights["bias"][int(unit)])
    for row, column in ((4, 12), (13, 8), (25, 25)):
        point(page, view.locator(".output canvas"), (column + 0.5) / 26, (row + 0.5) / 26)
        expect(view).to_have_attribute("data-row", str(row))
        expect(view).to_have_attribute("data-column", str(column))
        told = number(view.locator("[data-number=output]").inner_text())
        assert told == pytest.approx(feature_map[row, column], abs=1e-5, rel=1e-4)
        tables = [
            [number(cell.get_attribute("title")) for cell in table.locator("td").all()]
            for table in view.locator("table.numbers").all()
        ]
        seen = image[0, row : row + 3, column : column + 3] / 255
        np.testing.assert_allclose(tables[0], seen.ravel(), atol=1e-5)
        np.testing.assert_allclose(tables[1], kernel.ravel(), atol=1e-5)
        np.testing.assert_allclose(tables[2], (seen * kernel).ravel(), atol=1e-5)
        total = number(view.locator("[data-number=sum]").inner_text())
        assert total == pytest.approx((seen * kernel).sum(), abs=1e-4)
        assert total + bias == pytest.approx(told, abs=1e-4)

    # It follows a new stroke, at the place that was pointed at.
    before = view.get_attribute("data-image")
    draw_with_mouse(page, [[(0.75, 0.1), (0.9, 0.3)]])
    expect(view).not_to_have_attribute("data-image", before, timeout=20_000)
    expect(view).to_have_attribute("data-row", "25")
    choose(page, "Layer", re.compile("^maxpooling2d_1"))
    pooled = page.locator(".inside[data-layer=maxpooling2d_1]")
    expect(pooled).to_be_visible(timeout=20_000)
    point(page, pooled.locator(".output canvas"), 6.5 / 13, 4.5 / 13)
    cells = [number(cell.get_attribute("title")) for cell in pooled.locator("td").all()]
    assert len(cells) == 4
    told = number(pooled.locator("[data-number=output]").inner_text())
    assert told == pytest.approx(max(cells), rel=1e-4)


def test_a_drawing_through_a_dense_network(page, app):
    from_the_draw_page(page, app[0])
    choose_network(page, "Dense 512", "dense_512")
    page.get_by_title("Open dense_1").click()
    view = page.locator(".inside[data-layer=dense_1]")
    expect(view).to_be_visible(timeout=20_000)
    settled(page)
    network = LayerNetwork.load(open_model("dense_512"))
    image = the_image(view, 255)
    layer = network.layer("dense_1")
    told = unit_arithmetic(layer, image.reshape(784) / 255, 0)
    sums = number(view.locator("[data-number=sum]").inner_text())
    assert sums == pytest.approx(told.pre_activations[0] - told.bias, abs=1e-3)
    expected = network.outputs(image, ["dense_1"])["dense_1"][0, 0]
    assert number(view.locator("[data-number=output]").inner_text()) == pytest.approx(
        expected, abs=1e-4
    )
    point(page, view.locator("canvas[data-of=products]"), 14.5 / 28, 12.5 / 28)
    words = view.locator(".tip").inner_text()
    index, value, weight, product = re.findall(r"−?[\d.]+(?:e[-−]\d+)?", words)
    at = int(index)
    assert abs(at - (12 * 28 + 14)) <= 29  # the pixel that is pointed at, or one beside it
    assert number(value) == pytest.approx(image.reshape(784)[at] / 255, abs=1e-4)
    assert number(weight) == pytest.approx(layer.weights["kernel"][at, 0], rel=1e-3, abs=1e-6)
    assert number(product) == pytest.approx(number(value) * number(weight), rel=1e-3, abs=1e-6)

    # The answer's softmax: the exponentials, their sum, and the shares.
    choose(page, "Layer", re.compile("^output"))
    last = page.locator(".inside[data-layer=output]")
    expect(last).to_be_visible(timeout=20_000)
    rows = [row.locator("td").all_inner_texts() for row in last.locator(".softmax tr").all()]
    rows = [row for row in rows if row]
    logits = np.array([number(row[1]) for row in rows])
    powers = np.array([number(row[2]) for row in rows])
    shares = np.array([float(row[3].rstrip("%")) / 100 for row in rows])
    np.testing.assert_allclose(powers, np.exp(logits - logits.max()), rtol=2e-2, atol=1e-6)
    np.testing.assert_allclose(shares, powers / powers.sum(), atol=2e-4)
    given = network.outputs(image, ["output"])["output"][0]
    np.testing.assert_allclose(shares, given, atol=1e-4)

    link = page.url
    page.goto(link)  # as somebody else would who got it
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("output", timeout=30_000)
    expect(page.get_by_role("combobox", name="Network")).to_have_value(re.compile("^Dense 512"))


def test_the_structure_opens_a_layer_and_is_downloaded(page, app):
    page.goto(f"{app[0]}/inside?model=pen&section=structure")
    drawing = page.locator(".drawing svg")
    expect(drawing).to_be_visible(timeout=30_000)
    settled(page)
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        assert download.value.suggested_filename == f"pen.{kind.lower()}"
        assert download.value.path().read_bytes().startswith(start)
    wide = drawing.bounding_box()["width"]
    page.get_by_role("button", name="Larger").click()
    assert drawing.bounding_box()["width"] > 1.2 * wide
    page.locator("[data-layer=conv2d_2]").click()
    expect(page.get_by_role("combobox", name="Layer")).to_have_value("conv2d_2", timeout=20_000)
    assert "layer=conv2d_2" in page.url

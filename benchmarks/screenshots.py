"""The README's pictures, taken from the app itself: `python -m benchmarks.screenshots [PAGE ...]`.

Writes `docs/draw.png` (the Draw page), `docs/live.png` (a stroke at five moments, each with the
answer that the browser gives meanwhile), `docs/ten-digits.png` (ten digits drawn with the mouse at
different sizes and corners, each with its answer), `docs/signs.png` (a slashed zero, a letter, a
scribble … with theirs), `docs/number.png` (the Draw page with a number), `docs/train.png` (the
Train page after a run of 10,000 images), `docs/networks.png`, `docs/dataset.png` (the tutorials'
training image 7777 on the Dataset page), `docs/mistakes.png` and `docs/mistake.png` (the Mistakes
page with a cell of the matrix chosen, and one image on it), `docs/inside.png` (See inside).
"""

import argparse
import io
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from mnist_core import get_recipe, start_run
from tests.browser.harness import (
    PLACES,
    SIGNS,
    Stroke,
    answer,
    button,
    chromium,
    draw_with_mouse,
    image_grid,
    number,
    open_page,
    pad,
    placed,
    served,
    settled,
)

DOCS = Path(__file__).parents[1] / "docs"


def _picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _tile(page: Page) -> Image.Image:
    """The canvas with the answer under it."""
    drawing, words = _picture(pad(page).screenshot()), _picture(answer(page).screenshot())
    tile = Image.new("RGB", (drawing.width, drawing.height + 140), "white")
    tile.paste(drawing, (0, 0))
    tile.paste(words.crop((0, 0, drawing.width, words.height)), (0, drawing.height))
    return tile


def live(page: Page, digit: int = 3) -> Image.Image:
    """A stroke at its last five corners, each with the answer that the browser gives meanwhile."""
    (stroke,) = placed(digit, 0.2, 0.12, 0.75)
    box = pad(page).bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
    tiles = []
    page.mouse.move(*points[0])
    page.mouse.down()
    for index, point in enumerate(points):
        page.mouse.move(*point, steps=6)
        page.wait_for_timeout(300)  # the bars move to their new place
        if index >= len(points) - 5:
            tiles.append(_tile(page))
    page.mouse.up()
    return _sheet(tiles, len(tiles))


def answers(page: Page, drawings: Iterable[tuple[str, Sequence[Stroke]]]) -> Image.Image:
    """Each drawing's canvas with the answer under it, in rows of five or six.

    Raises:
        AssertionError: one was misread.
    """
    tiles = []
    for expected, strokes in drawings:
        draw_with_mouse(page, strokes)
        if expected == "–":  # as before the first stroke
            expect(answer(page)).to_contain_text("doesn't look like", timeout=20_000)
        expect(answer(page)).to_have_attribute("data-digit", expected, timeout=20_000)
        page.wait_for_timeout(500)  # the last stroke's answer may still be on its way
        tiles.append(_tile(page))
        button(page, "Clear").click()
        expect(answer(page)).to_contain_text("Nothing to read yet")
        page.wait_for_timeout(500)
    return _sheet(tiles, 5 if len(tiles) % 5 == 0 else 6)


def _sheet(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size in rows."""
    width, height = tiles[0].width + 20, tiles[0].height + 20
    sheet = Image.new("RGB", (columns * width, -(-len(tiles) // columns) * height), "white")
    for index, tile in enumerate(tiles):
        sheet.paste(tile, (index % columns * width + 10, index // columns * height + 10))
    return sheet.resize((1100, round(1100 * sheet.height / sheet.width)), Image.Resampling.LANCZOS)


def main() -> None:
    """Take the pictures of the pages that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    pages = ("draw", "networks", "dataset", "mistakes", "inside", "train")
    parser.add_argument("pages", nargs="*", choices=[*pages, []], help="default: all")
    chosen = parser.parse_args().pages or pages
    DOCS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        chromium() as browser,
        served({"MNIST_CORE_RUNS": runs}) as (address, _),
    ):
        if "draw" in chosen:
            draw_page(browser.new_page(viewport={"width": 1200, "height": 1330}), address)
        if "networks" in chosen:
            networks_page(browser.new_page(viewport={"width": 1200, "height": 1330}), address)
        if "dataset" in chosen:
            dataset_page(browser.new_page(viewport={"width": 1200, "height": 1330}), address)
        if "mistakes" in chosen:
            mistakes_page(browser.new_page(viewport={"width": 1200, "height": 1120}), address)
        if "inside" in chosen:
            inside_page(browser.new_page(viewport={"width": 1280, "height": 1000}), address)
        if "train" in chosen:
            page = browser.new_page(viewport={"width": 1200, "height": 1500})
            train_page(page, address, Path(runs))


def draw_page(page: Page, address: str) -> None:
    """The Draw page: one stroke, ten digits, what people write otherwise, a number, all parts."""
    open_page(page, address)
    draw_with_mouse(page, placed(1, 0.4, 0.1, 0.7))  # until then, the network has arrived
    expect(answer(page)).to_have_attribute("data-digit", "1", timeout=20_000)
    button(page, "Clear").click()
    page.wait_for_timeout(1000)
    live(page).save(DOCS / "live.png", optimize=True)
    expect(answer(page)).to_have_attribute("data-digit", "3", timeout=20_000)
    button(page, "Clear").click()
    page.wait_for_timeout(1000)
    ten = [(str(digit), placed(digit, *place)) for digit, place in PLACES.items()]
    answers(page, ten).save(DOCS / "ten-digits.png", optimize=True)
    answers(page, SIGNS.values()).save(DOCS / "signs.png", optimize=True)
    draw_with_mouse(page, number("2026"))
    expect(page.locator(".number .box")).to_have_count(4, timeout=20_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(800)
    _picture(page.screenshot()).crop((0, 0, 1200, 900)).save(DOCS / "number.png", optimize=True)
    button(page, "Clear").click()
    page.wait_for_timeout(500)
    draw_with_mouse(page, placed(7, 0.28, 0.2, 0.6))
    for title in ("What the network sees", "All networks"):
        page.get_by_text(title, exact=True).click()
        page.wait_for_timeout(500)
        settled(page)
    expect(page.locator(".votes tr")).to_have_count(7, timeout=20_000)
    expect(page.locator(".steps")).to_be_visible(timeout=20_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(800)
    _picture(page.screenshot()).save(DOCS / "draw.png", optimize=True)


def networks_page(page: Page, address: str) -> None:
    """All networks beside their tutorials."""
    page.goto(f"{address}/networks")
    expect(page.locator(".js-plotly-plot")).to_have_count(3, timeout=30_000)
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "networks.png", optimize=True)


def dataset_page(page: Page, address: str) -> None:
    """One image on the Dataset page."""
    page.goto(f"{address}/dataset?split=train&index=7777")
    image_grid(page, "explore_neighbours")
    pixels = page.locator(".pixels canvas")
    side = pixels.evaluate("canvas => canvas.clientWidth") / 28
    pixels.hover(position={"x": 19.5 * side, "y": 4.5 * side})
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "dataset.png", optimize=True)


def mistakes_page(page: Page, address: str) -> None:
    """The Mistakes page: nines read as sevens, then one image that pen misreads."""
    page.goto(f"{address}/mistakes?network=simple_cnn&label=9&said=7")
    image_grid(page, "mistakes_grid")
    page.locator(".st-key-mistakes_matrix .annotation").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "mistakes.png", optimize=True)
    page.set_viewport_size({"width": 1200, "height": 1500})
    page.goto(f"{address}/mistakes?image=6576")
    expect(page.get_by_text("Orange: more ink there")).to_be_visible(timeout=120_000)
    image_grid(page, "mistakes_near_1")
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "mistake.png", optimize=True)


def inside_page(page: Page, address: str) -> None:
    """One number of a feature map of a five, and how it comes about."""
    page.goto(f"{address}/inside?model=simple_cnn&section=layer&layer=conv2d_1&unit=3")
    expect(page.locator("canvas.upper-canvas")).to_be_visible(timeout=30_000)
    settled(page)
    draw_with_mouse(page, placed(5, 0.28, 0.2, 0.6))
    expect(page.locator(".seen b")).to_have_text("5", timeout=20_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "inside.png", optimize=True)


def train_page(page: Page, address: str, runs: Path) -> None:
    """The Train page while a small run goes on and when it is done."""
    open_page(page, address)
    draw_with_mouse(page, placed(4, 0.28, 0.2, 0.6))
    expect(answer(page)).to_have_attribute("data-digit", "4", timeout=20_000)
    recipe = get_recipe("dropout_cnn").with_settings({"train_images": 10_000, "epochs": 6})
    run = start_run(recipe, folder=runs)
    page.get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_text("Finished")).to_be_visible(timeout=300_000)
    page.get_by_role("heading", name=run.name).scroll_into_view_if_needed()
    expect(page.locator(".js-plotly-plot")).to_have_count(3, timeout=30_000)
    page.mouse.move(5, 5)
    page.wait_for_timeout(1500)
    _picture(page.screenshot()).save(DOCS / "train.png", optimize=True)


if __name__ == "__main__":
    main()

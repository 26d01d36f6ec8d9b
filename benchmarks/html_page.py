"""Whether a network as one HTML file reads what the server reads.

`python -m benchmarks.html_page PEN_FILE [--drawings 200] [--network pen]` opens the exported page
from the disk in a browser without a network, at a phone's size, draws strokes of a file
(`benchmarks.pen_digits`) by touch, and prints how often the page's answer is that of
`Recognizer.recognize` for the same canvas, and how often each is the label.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

from benchmarks.pen_digits import Glyph, load_glyphs, random_canvas
from mnist_core import Recognizer, prepare_drawing
from mnist_core.models.html_page import html_file_name, html_page
from tests.browser.harness import Stroke, chromium, draw_by_touch

OPACITY = """() => {
  const pad = document.querySelector("#pad");
  const { data } = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
  return Array.from({ length: pad.width * pad.height }, (_, i) => data[4 * i + 3]);
}"""
# The page shows what the network got, so its answer is up to date when that is the drawing.
IS_ANSWERED = """expected => {
  const { data } = document.querySelector("#seen").getContext("2d").getImageData(0, 0, 28, 28);
  return expected.every((ink, i) => Math.abs(ink - data[4 * i]) <= 2);
}"""


def open_offline(browser: Browser, path: Path) -> Page:
    """The file in a phone's browser that is offline."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB"
    )
    context.set_offline(True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("#bars .track").nth(9).wait_for()
    return page


def shares_of(glyph: Glyph, rng: np.random.Generator) -> list[Stroke]:
    """The glyph's strokes at a size and place by chance, as shares of a canvas."""
    canvas = random_canvas(glyph, rng)
    low = np.concatenate(glyph.strokes).min(axis=0)
    return [
        ((((stroke - low) * canvas.size) + (canvas.x, canvas.y)) / canvas.side).tolist()
        for stroke in glyph.strokes
    ]


def opacity(page: Page) -> NDArray[np.uint8]:
    """The page's canvas: `(side, side)`, 0 paper to 255 ink."""
    values = np.array(page.evaluate(OPACITY), np.uint8)
    side = round(len(values) ** 0.5)
    return values.reshape(side, side)


def main() -> None:
    """Draw, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pen_file", help="strokes, as benchmarks.pen_digits reads them")
    parser.add_argument("--drawings", type=int, default=200)
    parser.add_argument("--network", default="pen")
    options = parser.parse_args()
    recognizer = Recognizer.load(options.network)
    glyphs = load_glyphs(options.pen_file)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(glyphs), options.drawings, replace=False)
    same = here = there = 0
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / html_file_name(recognizer.model)
        path.write_text(html_page(recognizer.model), "utf-8")
        page = open_offline(browser, path)
        for index in chosen:
            draw_by_touch(page, shares_of(glyphs[index], rng), page.locator("#pad"), steps=1)
            alpha = opacity(page)
            ink = np.dstack([np.full((*alpha.shape, 3), 255, np.uint8), alpha])
            drawing = prepare_drawing(ink)
            page.wait_for_function(IS_ANSWERED, arg=drawing.normalized.ravel().tolist())
            digit = recognizer.recognize(drawing).digit
            server = "–" if digit is None else str(digit)
            answer = page.locator("#digit").inner_text()
            same += answer == server
            here += answer == glyphs[index].label
            there += server == glyphs[index].label
            page.locator("#clear").click()
    print(
        f"{options.network}, {len(chosen)} drawings: the page's answer is the server's for "
        f"{same / len(chosen):.1%}; right: page {here / len(chosen):.1%}, "
        f"server {there / len(chosen):.1%}"
    )


if __name__ == "__main__":
    main()

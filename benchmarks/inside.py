"""How fast the page See inside is, in a real browser.

`python -m benchmarks.inside [--strokes 20] [--json]` starts the app, draws, and prints

- from opening the page on a running server to the picture of every layer,
- from the end of a stroke to the new pictures, less the 200 ms that the canvas itself waits, for
  the flow through a network and for an opened layer: median and 95th percentile,
- the memory of the server before and after, and whether it has loaded TensorFlow.

Times are taken in the page with `performance.now()`. Run it on an idle machine.
"""

import argparse
import json
import random
import statistics
import time

from playwright.sync_api import Page

from benchmarks.app import CANVAS_WAITS, loaded_tensorflow, memory
from tests.browser.harness import DIGITS, button, chromium, draw_with_mouse, placed, served, settled

VIEWS = {
    "flow of pen": "model=pen&section=flow",
    "flow of simple_cnn": "model=simple_cnn&section=flow",
    "flow of dense_512": "model=dense_512&section=flow",
    "a convolution of pen": "model=pen&section=layer&layer=conv2d_3&unit=5",
    "a dense layer of simple_cnn": "model=simple_cnn&section=layer&layer=dense_1&unit=5",
}
WATCH = """root => {
  window.times = {up: 0, drawn: 0};
  addEventListener('pointerup', () => { times = {up: performance.now(), drawn: 0}; }, true);
  new MutationObserver(() => { times.drawn = performance.now(); })
    .observe(root, {attributes: true, attributeFilter: ['data-image', 'data-drawn']});
}"""


def open_view(page: Page, address: str) -> float:
    """Open the page; seconds until its pictures are there."""
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".inside[data-drawn], .inside[data-image]", timeout=60_000)
    seconds = time.perf_counter() - started
    settled(page)
    return seconds


def delays(page: Page, strokes: int) -> list[float]:
    """Milliseconds from pen up to the new pictures, less those that the canvas waits."""
    chance = random.Random(0)
    page.locator(".inside").evaluate(WATCH)
    found: list[float] = []
    while len(found) < strokes:
        digit = chance.choice([digit for digit in DIGITS if digit])
        for stroke in placed(digit, 0.25, 0.2, chance.uniform(0.4, 0.6)):
            draw_with_mouse(page, [stroke])
            page.wait_for_function("() => times.up && times.drawn > times.up", timeout=20_000)
            page.wait_for_timeout(250)
            times = page.evaluate("() => times")
            found.append(times["drawn"] - times["up"] - CANVAS_WAITS)
        button(page, "Clear").click()
        page.wait_for_timeout(400)
        settled(page)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=20, help="for each view")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures: dict[str, float | bool] = {}
    with served() as (address, process), chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_view(page, f"{address}/inside")
        figures["memory with the page open once, MB"] = memory(process)
        figures["opening, s"] = statistics.median(
            open_view(page, f"{address}/inside?{link}") for link in VIEWS.values()
        )
        for name, link in VIEWS.items():
            open_view(page, f"{address}/inside?{link}")
            found = delays(page, options.strokes)
            figures[f"{name}, median, ms"] = statistics.median(found)
            figures[f"{name}, 95th percentile, ms"] = statistics.quantiles(found, n=20)[-1]
        figures["memory afterwards, MB"] = memory(process)
        figures["TensorFlow loaded"] = loaded_tensorflow(process)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:60} {value if isinstance(value, bool) else round(value, 2)}")


if __name__ == "__main__":
    main()

"""How fast the app is, in a real browser, and how much memory its server takes.

`python -m benchmarks.app [--strokes 60] [--json]` starts the app, opens it, draws, and prints

- from `streamlit run app.py` to the first answer in an open browser, less the time that the
  mouse takes to draw: in a browser that was here before, and in one that never was and has to
  load Streamlit's front end,
- from opening the page on a running server to a canvas that can be drawn on,
- from the end of a stroke to the new answer on the page, less the 200 ms that the canvas itself
  waits: median and 95th percentile, alone and while a network is being trained,
- the memory of the server, and whether it has loaded TensorFlow,
- and, to compare runs on a shared machine, how long it takes just now to count to ten million.

Times are taken in the page: a MutationObserver and `performance.now()`. Run it on an idle machine.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from mnist_core import get_recipe, open_run, start_run, stop_run
from mnist_core.runs.runs import TRAINING
from tests.browser.harness import (
    DIGITS,
    answer,
    button,
    chromium,
    draw_with_mouse,
    free_port,
    open_page,
    placed,
    served,
    settled,
)

CANVAS_WAITS = 200  # ms, in streamlit-drawable-canvas 0.13's own code
WATCH = """part => {
  window.forget = () => { window.seen = {up: 0, answer: 0} };
  forget();
  addEventListener('pointerup', () => { forget(); seen.up = performance.now() }, true);
  new MutationObserver(changes => {
    for (const change of changes) {
      const nodes = [change.target, ...change.addedNodes]
        .map(node => node.nodeType === 1 ? node : node.parentElement).filter(Boolean);
      if (nodes.some(node => node.closest(part) || node.querySelector?.(part)))
        seen.answer = performance.now();
    }
  }).observe(document.body, {subtree: true, childList: true, characterData: true,
                             attributes: true});
}"""


def memory(pid: int) -> float:
    """Resident memory of a process in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def loaded_tensorflow(pid: int) -> bool:
    """Whether a process has mapped TensorFlow's library (Linux)."""
    return "libtensorflow" in Path(f"/proc/{pid}/maps").read_text()


def stroke_delays(page: Page, strokes: int, part: str = ".answer") -> list[float]:
    """Milliseconds from pen up to the last change of a part of the page, less 200."""
    chance = random.Random(0)
    delays: list[float] = []
    page.evaluate(WATCH, part)
    while len(delays) < strokes:
        digit = chance.choice([d for d in DIGITS if d not in (0,)])
        size = chance.uniform(0.3, 0.8)
        x, y = chance.uniform(0.05, 0.95 - 0.7 * size), chance.uniform(0.05, 0.95 - size)
        for stroke in placed(digit, x, y, size):
            page.evaluate("forget()")
            draw_with_mouse(page, [stroke])
            page.wait_for_function("() => Object.values(seen).every(Boolean)", timeout=20_000)
            page.wait_for_timeout(250)
            seen = page.evaluate("() => seen")
            delays.append(seen["answer"] - seen["up"] - CANVAS_WAITS)
        button(page, "Clear").click()
        page.wait_for_selector('[data-testid="answer"][data-digit="–"]')
        page.wait_for_timeout(400)
        settled(page)
    return delays


@contextmanager
def training(folder: Path) -> Iterator[None]:
    """A network is being trained by a run's own process."""
    run = start_run(get_recipe("simple_cnn").with_settings({"epochs": 100}), folder=folder)
    while run.state != TRAINING:
        time.sleep(0.1)
        run = open_run(run.id, folder)
    yield
    stop_run(run)
    while run.active:
        time.sleep(0.1)
        run = open_run(run.id, folder)


def start_to_answer(context: BrowserContext, port: int) -> float:
    """Seconds from starting the server to the first answer on the page, without the drawing."""
    page = context.new_page()
    started = time.perf_counter()
    with served(port=port) as (address, _):
        page.goto(address, wait_until="commit")
        page.wait_for_selector("canvas.upper-canvas")
        ready = time.perf_counter()
        draw_with_mouse(page, placed(7, 0.3, 0.2, 0.6)[:1])
        drawn = time.perf_counter()
        page.wait_for_selector('[data-testid="answer"]:not([data-digit="–"])')
        done = time.perf_counter()
    page.close()
    return ready - started + done - drawn


def counting() -> float:
    """Seconds that ten million additions in Python take: how fast this machine is just now."""
    started = time.perf_counter()
    total = 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--strokes", type=int, default=60)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures: dict[str, float | bool] = {"ten million additions in Python, s": counting()}
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        port = free_port()
        first, *later = [start_to_answer(context, port) for _ in range(6)]
        figures["start to first answer, s (median of 5)"] = statistics.median(later)
        figures["the same in a browser that has to load Streamlit's front end, s"] = first
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        with served() as (address, pid):
            open_page(page, address)
            draw_with_mouse(page, placed(7, 0.3, 0.2, 0.6)[:1])
            page.wait_for_selector('[data-testid="answer"]:not([data-digit="–"])')
            opened = []
            for _ in range(5):
                fresh = browser.new_context().new_page()
                before = time.perf_counter()
                fresh.goto(address)
                fresh.wait_for_selector("canvas.upper-canvas")
                answer(fresh).wait_for()
                opened.append(time.perf_counter() - before)
                fresh.context.close()
            figures["open the page to a usable canvas, s (median of 5)"] = statistics.median(opened)
            button(page, "Clear").click()
            page.wait_for_selector('[data-testid="answer"][data-digit="–"]')
            for when, busy in (("", nullcontext()), (", while training", training(runs))):
                with busy:
                    times = stroke_delays(page, options.strokes)
                cuts = statistics.quantiles(times, n=20)
                figures[f"stroke to answer{when}, ms (median of {len(times)})"] = cuts[9]
                figures[f"stroke to answer{when}, ms (95th percentile)"] = cuts[18]
            figures["server memory, MB"] = memory(pid)
            figures["server has TensorFlow"] = loaded_tensorflow(pid)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:<64}{value if isinstance(value, bool) else round(value, 2)}")


if __name__ == "__main__":
    main()

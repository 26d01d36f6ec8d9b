"""How soon the bars follow the pen on the Draw page, measured in the page.

`python -m benchmarks.live [--strokes N] [--slower N]` draws strokes with the mouse, one pointer
event at a time, and prints the time from the event to the change of the bars (median and 95th
percentile), the longest frame while drawing, and how many workers were started.
"""

import argparse
import statistics
from itertools import pairwise

from playwright.sync_api import Page

from tests.browser.harness import (
    DIGITS,
    button,
    chromium,
    draw_with_mouse,
    open_page,
    pad,
    placed,
    served,
)

WATCH = """() => {
  const state = (window.benchmark = { event: null, latencies: [], frames: [] });
  for (const name of ["pointerrawupdate", "pointermove"]) // at once, and once a frame
    window.addEventListener(name, (event) => {
      if (event.buttons) state.event ??= event.timeStamp;
    }, { capture: true });
  new MutationObserver((records) => {
    const isBars = (record) => record.target.nodeType === 1 && record.target.closest(".bars");
    const isLive = document.querySelector("[data-testid=answer]")?.dataset.live;
    if (state.event === null || !isLive || !records.some(isBars)) return;
    state.latencies.push(performance.now() - state.event);
    state.event = null;
  }).observe(document.body, { subtree: true, childList: true });
  let before = performance.now();
  const frame = (now) => {
    state.frames.push(now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
COUNT_WORKERS = """
window.workers = 0;
window.Worker = class extends Worker {
  constructor(...settings) { super(...settings); window.workers++; }
};
"""


def draw_slowly(page: Page, digit: int) -> None:
    """One stroke, each of its pointer events after the bars have followed the one before."""
    box = pad(page).bounding_box()
    assert box
    for stroke in placed(digit, 0.2, 0.12, 0.75):
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for start, end in pairwise(points):
            for step in range(1, 7):
                share = step / 6
                page.evaluate("() => (window.benchmark.event = null)")
                page.mouse.move(
                    start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
                )
                page.wait_for_timeout(60)  # a pen that stops, so that each event is on its own
        page.mouse.up()


def main() -> None:
    """Parse the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strokes", type=int, default=10, help="digits to draw (default: 10)")
    parser.add_argument("--slower", type=float, default=1, help="how many times slower the CPU is")
    options = parser.parse_args()
    with served() as (address, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(COUNT_WORKERS)
        open_page(page, address)
        draw_with_mouse(page, placed(1, 0.4, 0.1, 0.7))
        page.wait_for_function(
            "() => document.querySelector('[data-testid=answer]').dataset.digit === '1'"
        )
        button(page, "Clear").click()
        page.evaluate(WATCH)
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": options.slower})
        latencies: list[float] = []
        frames: list[float] = []
        for index in range(options.strokes):
            page.evaluate("() => { benchmark.latencies = []; benchmark.frames = []; }")
            draw_slowly(page, index % len(DIGITS))
            result = page.evaluate("() => benchmark")
            latencies += result["latencies"]
            frames += result["frames"]
            button(page, "Clear").click(timeout=60_000)
            page.wait_for_function(
                "() => document.querySelector('[data-testid=answer]').dataset.digit === '–'"
            )
        workers = page.evaluate("() => workers")
    ordered = sorted(latencies)
    print(
        f"pointer event to bars, CPU {options.slower:g} times slower: median "
        f"{statistics.median(ordered):.1f} ms, 95th percentile "
        f"{ordered[int(0.95 * (len(ordered) - 1))]:.1f} ms, {len(ordered)} events"
    )
    print(f"longest frame while drawing: {max(frames):.0f} ms; workers started: {workers}")


if __name__ == "__main__":
    main()

"""How fast the Dataset and the Mistakes page show what they have, and what memory they take.

`python -m benchmarks.explore [--repeats 5] [--sessions 10] [--json]` starts the app, opens each
page once, and then prints

- from opening a page's address to its first content, and to its biggest views: a hundred images,
  the confusion matrix, a map of 5,000 points; and from a click on another page of the grid to
  those images: median and slowest,
- how much the memory of the server has grown with that many sessions, each of which has been on
  both pages and stays open.

Times are taken in the page with `performance.now()`, on a warm server and with a browser that was
here before. Run it on an idle machine.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

from benchmarks.app import memory
from tests.browser.harness import chromium, open_page, served, settled

FIRST, BIGGEST = 1000, 2000  # ms allowed
# Elements inside a component, which is in a shadow root; whether a canvas has anything on it.
FIND = """
window.inside = (key, selector) => {
  for (const node of document.querySelectorAll(`.st-key-${key} *`))
    if (node.shadowRoot) return [...node.shadowRoot.querySelectorAll(selector)];
  return [];
};
window.painted = canvas => {
  const small = new OffscreenCanvas(24, 24), pen = small.getContext('2d');
  if (!canvas.width) return false;
  pen.drawImage(canvas, 0, 0, 24, 24);
  return pen.getImageData(0, 0, 24, 24).data.filter((_, k) => k % 4 === 3).some(a => a);
};
window.since = (test, start) => new Promise(done => {
  const look = () => test() ? requestAnimationFrame(() => done(performance.now() - start))
    : requestAnimationFrame(look);
  look();
});"""
GRID = "inside('KEY', '.grid').some(g => g.dataset.ready === 'true' && +g.dataset.n >= 100)"


@dataclass(frozen=True)
class View:
    """What is waited for: its name, its address, a test in the page, milliseconds allowed."""

    name: str
    path: str
    there: str
    allowed: int


VIEWS = (
    View(
        "Dataset, first content",
        "/dataset",
        "document.querySelector('.st-key-browse_order')",
        FIRST,
    ),
    View("Dataset, 120 images", "/dataset", GRID.replace("KEY", "browse_grid"), BIGGEST),
    View(
        "Dataset, one image",
        "/dataset?split=train&index=7777",
        "inside('one_pixels', '.pixels canvas').some(painted)",
        FIRST,
    ),
    View(
        "Dataset, map of 5,000",
        "/dataset?section=Map",
        "inside('data_map', '.field > canvas').some(painted) && window.digitLabSheets?.size",
        BIGGEST,
    ),
    View(
        "Mistakes, first content",
        "/mistakes",
        "document.querySelector('.st-key-mistakes_accuracy .facts')",
        FIRST,
    ),
    View(
        "Mistakes, matrix",
        "/mistakes",
        "document.querySelector('.st-key-mistakes_matrix .annotation')",
        BIGGEST,
    ),
    View(
        "Mistakes, 100 images", "/mistakes?wrong=0", GRID.replace("KEY", "mistakes_grid"), BIGGEST
    ),
)


def opened(page: Page, address: str, view: View) -> float:
    """Milliseconds from asking for the address to the view."""
    page.goto("about:blank")
    page.goto(address + view.path, wait_until="commit")
    spent = page.evaluate(f"since(() => {view.there}, 0)")
    settled(page)
    return float(spent)


def turned(page: Page, address: str, number: int) -> float:
    """Milliseconds from a click on a page of the grid to its images."""
    opened(page, address, VIEWS[1])
    page.evaluate("""() => {
      window.before = inside('browse_grid', '.grid canvas')[0].toDataURL();
      addEventListener('pointerup', () => { window.start = performance.now() }, true);
    }""")
    page.get_by_role("button", name=f"Page {number}", exact=True).click()
    spent = page.evaluate(
        "since(() => inside('browse_grid', '.grid canvas')[0].toDataURL() !== before, start)"
    )
    settled(page)
    return float(spent)


def visit(context: BrowserContext, address: str) -> Page:
    """A session that has been on the Draw page and on both others, and is still open."""
    page = context.new_page()
    open_page(page, address)
    for view in VIEWS:
        opened(page, address, view)
    return page


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as runs,
        served({"MNIST_CORE_RUNS": runs}) as (address, pid),
        chromium() as browser,
    ):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(FIND)
        page = context.new_page()
        open_page(page, address)
        at_first = memory(pid)
        for view in VIEWS:  # warm
            opened(page, address, view)
        times = {
            view.name: [opened(page, address, view) for _ in range(options.repeats)]
            for view in VIEWS
        }
        times["Dataset, another 120 images"] = [
            turned(page, address, 2 + n % 3) for n in range(options.repeats)
        ]
        pages = [visit(context, address) for _ in range(options.sessions)]
        grown = memory(pid) - at_first
        count = len(pages)
    allowed = {view.name: view.allowed for view in VIEWS}
    figures = {
        "milliseconds": {
            name: {
                "median": round(statistics.median(spent)),
                "slowest": round(max(spent)),
                "allowed": allowed.get(name, BIGGEST),
            }
            for name, spent in times.items()
        },
        "memory_mb": {
            "with_draw_open": round(at_first),
            "grown": round(grown),
            "sessions": count,
            "allowed": 300,
        },
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, spent in times.items():
        print(
            f"{name:30} median {statistics.median(spent):5.0f} ms, slowest {max(spent):5.0f} ms, "
            f"allowed {allowed.get(name, BIGGEST):,} ms"
        )
    print(
        f"memory of the server: {at_first:.0f} MB with the Draw page open, {grown:.0f} MB more "
        f"with {count} sessions on both pages (allowed: 300)"
    )


if __name__ == "__main__":
    main()

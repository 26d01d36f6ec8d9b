"""Screenshots of every page and tab: `python -m benchmarks.gallery FOLDER`.

Each is taken as on a laptop (1280x800, light), a phone (390x844, dark) and a projector (1920x1080,
light), with a drawing on the canvas and a finished run; the files are called
`SIZE-PAGE-SECTION.png`. `--full` takes the whole page instead of the first screen.
"""

import argparse
import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from mnist_core import get_recipe, list_runs, start_run
from mnist_core.lessons import COURSES
from pages.shared.navigation import PAGES
from tests.browser.harness import (
    answer,
    chromium,
    draw_by_touch,
    draw_with_mouse,
    open_page,
    placed,
    served,
    settled,
)

SIZES: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "has_touch": True,
        "device_scale_factor": 2,
    },
    "projector": {"viewport": {"width": 1920, "height": 1080}, "color_scheme": "light"},
}
SECTIONS = (
    ":is(.st-key-source_choice, .st-key-explore_section, .st-key-mistakes_show, "
    ".st-key-inside_section) button, [data-testid=stMain] [data-testid=stTab]"
)


def main() -> None:
    """Take the pictures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--page", choices=[page[0] for page in PAGES], action="append")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    names = options.page or [page[0] for page in PAGES]
    with (
        tempfile.TemporaryDirectory() as runs,
        chromium() as browser,
        served({"MNIST_CORE_RUNS": runs}) as (address, _),
    ):
        recipe = get_recipe("fast_cnn").with_settings({"train_images": 2000})
        start_run(recipe, folder=Path(runs))
        for size in options.size or SIZES:
            page = first_page(browser, address, size)
            wait_for_run(Path(runs), page)
            for name in names:
                for section, picture in pictures(page, address, name, options.full):
                    file = options.folder / f"{size}-{name}{section}.png"
                    file.write_bytes(picture)
                    print(file)
            page.context.close()


def first_page(browser: Browser, address: str, size: str) -> Page:
    """A page of that size, with a drawing on the canvas."""
    page = browser.new_context(**SIZES[size]).new_page()
    open_page(page, address)
    draw = draw_by_touch if SIZES[size].get("has_touch") else draw_with_mouse
    draw(page, placed(5, 0.28, 0.2, 0.6))
    expect(answer(page)).to_have_attribute("data-digit", "5", timeout=30_000)
    return page


def wait_for_run(runs: Path, page: Page) -> None:
    """Wait until the run is finished."""
    while any(run.active for run in list_runs(runs)):
        page.wait_for_timeout(1000)


def pictures(page: Page, address: str, name: str, full: bool) -> list[tuple[str, bytes]]:
    """(the section, its picture as PNG) of every section of a page."""
    title = {entry[0]: entry[1] for entry in PAGES}[name]
    links = page.get_by_role("link", name=title, exact=True)
    links.filter(visible=True).first.click()  # keeps the session, and the drawing
    _quiet(page)
    pictures = [("", page.screenshot(full_page=full))]
    labels = page.locator(SECTIONS).all_inner_texts()
    for label in labels[1:]:
        button = page.locator(SECTIONS).filter(has_text=label).first
        if not button.is_visible():
            continue
        button.click()
        _quiet(page)
        section = "-" + re.sub(r"\W+", "-", label.lower()).strip("-")
        pictures.append((section, page.screenshot(full_page=full)))
    for course in COURSES if name == "learn" else ():
        page.locator(f".st-key-open_{course} button").click()
        _quiet(page)
        pictures.append((f"-{course}", page.screenshot(full_page=full)))
        page.locator(".st-key-all_courses button").click()
        _quiet(page)
    return pictures


def _quiet(page: Page) -> None:
    """Wait until no script is running and nothing is loading."""
    page.wait_for_timeout(1500)
    settled(page)
    page.wait_for_timeout(1500)
    settled(page)


if __name__ == "__main__":
    main()

"""Pictures of every page and tab, to be looked at: `python -m benchmarks.tour`.

Each view is taken in each language, on a desktop, a phone and a projector, and written to
`benchmarks/out/tour/LANGUAGE-SIZE-VIEW.png` with all that is above the fold. Prints how wide the
page is beside its window where it is wider, as then something is cut.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mnist_core.i18n import languages
from tests import sections
from tests.browser.harness import chromium, served, settled

OUT = Path(__file__).with_name("out") / "tour"
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "projector": (1920, 1080)}
VIEWS = {
    "draw": "/",
    "draw-image": "/?image=4444",
    "learn": "/learn",
    **{f"learn-{course}": f"/learn?course={course}&step=4" for course in ("dense", "cnn")},
    "train": "/train",
    "studies": "/studies",
    "studies-search": "/studies?kind=tune",
    "networks": "/networks",
    **{
        f"dataset-{section.lower().replace(' ', '-')}": f"/dataset?section={section}"
        for section in sections.DATASET
    },
    **{f"mistakes-{show}": f"/mistakes?network=pen&show={show}" for show in sections.MISTAKES},
    **{
        f"inside-{section}": f"/inside?model=simple_cnn&section={section}"
        for section in ("structure", "flow", "layer", "why", "sandbox", "take")
    },
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Take the pictures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--languages", nargs="+", choices=[*languages()], default=[*languages()])
    parser.add_argument("--sizes", nargs="+", choices=[*SIZES], default=[*SIZES])
    parser.add_argument("--views", nargs="+", choices=[*VIEWS], default=[*VIEWS])
    parser.add_argument("--dark", action="store_true")
    options = parser.parse_args(arguments)
    OUT.mkdir(parents=True, exist_ok=True)
    with served() as (address, _pid), chromium() as browser:
        for language in options.languages:
            for size in options.sizes:
                width, height = SIZES[size]
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale=language,
                    color_scheme="dark" if options.dark else "light",
                )
                page = context.new_page()
                for view in options.views:
                    page.goto(address + VIEWS[view])
                    page.get_by_role("heading").first.wait_for(timeout=60_000)
                    settled(page)
                    page.wait_for_timeout(1500)  # what is drawn in the browser
                    page.screenshot(path=OUT / f"{language}-{size}-{view}.png")
                    beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    note = f": {beyond} pixels wider than the window" if beyond > 0 else ""
                    print(f"{language}, {size}, {view}{note}", flush=True)
                context.close()


if __name__ == "__main__":
    main()

"""Makes sure that there is a browser: one that is installed, else Playwright's, else the system's.

`python -m tests.browser.install`
"""

import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The path of a Chromium that can be started, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install a browser if there is none."""
    if find_browser():
        return
    commands = [
        [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"],
        ["sh", "-c", "apt-get update -qq && apt-get install -y -qq chromium"],
    ]
    for command in commands:
        try:
            subprocess.run(command, check=True, timeout=900)
        except (subprocess.SubprocessError, OSError) as error:
            print(f"{' '.join(command)}: {error}", file=sys.stderr)
        if find_browser():
            return
    sys.exit(
        "No browser was found and none could be installed. Install Chromium or Google Chrome "
        "and run `make test` again."
    )


if __name__ == "__main__":
    install()

"""The app in a real browser: start it, open it, draw on its canvas. For tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.install import find_browser

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Stroke = Sequence[tuple[float, float]]  # points as shares of the canvas, x right, y down

# One way to write each digit, in a box of 1 x 1.
DIGITS: dict[int, list[Stroke]] = {
    0: [
        [
            (0.5, 0),
            (0.2, 0.12),
            (0.1, 0.5),
            (0.2, 0.88),
            (0.5, 1),
            (0.8, 0.88),
            (0.9, 0.5),
            (0.8, 0.12),
            (0.5, 0),
        ]
    ],
    1: [[(0.3, 0.2), (0.55, 0), (0.55, 1)]],
    2: [[(0.1, 0.22), (0.3, 0.02), (0.6, 0), (0.85, 0.2), (0.75, 0.5), (0.1, 1), (0.9, 1)]],
    3: [
        [
            (0.1, 0.1),
            (0.45, 0),
            (0.8, 0.15),
            (0.75, 0.38),
            (0.4, 0.48),
            (0.8, 0.6),
            (0.85, 0.85),
            (0.5, 1),
            (0.1, 0.9),
        ]
    ],
    4: [[(0.6, 0), (0.1, 0.65), (0.95, 0.65)], [(0.7, 0.35), (0.7, 1)]],
    5: [
        [
            (0.8, 0),
            (0.25, 0),
            (0.2, 0.45),
            (0.5, 0.38),
            (0.85, 0.55),
            (0.8, 0.88),
            (0.45, 1),
            (0.1, 0.9),
        ]
    ],
    6: [
        [
            (0.7, 0),
            (0.3, 0.3),
            (0.15, 0.7),
            (0.35, 0.97),
            (0.7, 0.95),
            (0.85, 0.7),
            (0.65, 0.52),
            (0.2, 0.65),
        ]
    ],
    7: [[(0.1, 0), (0.9, 0), (0.4, 1)], [(0.25, 0.5), (0.8, 0.5)]],
    8: [
        [
            (0.5, 0.48),
            (0.2, 0.25),
            (0.5, 0),
            (0.8, 0.25),
            (0.5, 0.48),
            (0.15, 0.75),
            (0.5, 1),
            (0.85, 0.75),
            (0.5, 0.48),
        ]
    ],
    9: [
        [
            (0.8, 0.25),
            (0.5, 0),
            (0.2, 0.2),
            (0.3, 0.45),
            (0.6, 0.48),
            (0.8, 0.25),
            (0.78, 0.6),
            (0.65, 1),
        ]
    ],
}

# What people write that a test set hardly has: what it is, and what the app must answer.
SIGNS: dict[str, tuple[str, list[Stroke]]] = {
    "slashed zero": (
        "0",
        [*[[(0.3 + 0.42 * x, 0.2 + 0.6 * y) for x, y in DIGITS[0][0]]], [(0.64, 0.2), (0.38, 0.8)]],
    ),
    "barred seven": ("7", [[(0.34, 0.2), (0.72, 0.2), (0.48, 0.8)], [(0.41, 0.5), (0.68, 0.5)]]),
    "one with a foot": (
        "1",
        [[(0.38, 0.35), (0.52, 0.2), (0.52, 0.8)], [(0.38, 0.8), (0.66, 0.8)]],
    ),
    "four in two strokes": (
        "4",
        [[(0.36, 0.22), (0.32, 0.52), (0.64, 0.52)], [(0.6, 0.25), (0.58, 0.85)]],
    ),
    "letter A": ("–", [[(0.3, 0.8), (0.5, 0.2), (0.7, 0.8)], [(0.38, 0.58), (0.62, 0.58)]]),
    "scribble": (
        "–",
        [
            [
                (0.2, 0.3),
                (0.8, 0.35),
                (0.25, 0.5),
                (0.75, 0.6),
                (0.2, 0.7),
                (0.7, 0.25),
                (0.45, 0.85),
                (0.3, 0.2),
            ]
        ],
    ),
}

# Ten digits at different sizes and corners of the canvas: x, y and height as shares of it.
PLACES: dict[int, tuple[float, float, float]] = {
    0: (0.02, 0.03, 0.3),
    1: (0.6, 0.05, 0.4),
    2: (0.05, 0.55, 0.4),
    3: (0.6, 0.6, 0.35),
    4: (0.3, 0.25, 0.5),
    5: (0.2, 0.1, 0.8),
    6: (0.65, 0.02, 0.28),
    7: (0.05, 0.62, 0.32),
    8: (0.4, 0.4, 0.25),
    9: (0.15, 0.2, 0.7),
}


def placed(digit: int, x: float, y: float, size: float) -> list[Stroke]:
    """The digit's strokes with its upper left at (x, y), `size` high, as shares of the canvas."""
    return [[(x + 0.7 * size * a, y + size * b) for a, b in stroke] for stroke in DIGITS[digit]]


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def number(text: str, size: float = 0.32) -> list[Stroke]:
    """A number across the canvas, its digits beside each other."""
    step = 0.92 / len(text)
    size = min(size, step / 0.78)
    return [
        stroke
        for place, digit in enumerate(text)
        for stroke in placed(int(digit), 0.04 + place * step, 0.34, size)
    ]


class Server:
    """The app as a web server of its own process, which can be killed and started again.

    Attributes:
        address: what a browser opens.
        process: the one that runs now, or ran last.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        port: int | None = None,
        folder: Path = ROOT,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self.process.pid

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: it did not start within a minute.
        """
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.headless",
                "true",
                "--server.port",
                str(self.port),
                "--server.address",
                "127.0.0.1",
            ],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=5):
                    return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError("The app did not start.") from None
                time.sleep(0.05)

    def kill(self) -> None:
        """End it as `kill -9` does, without a chance to clean up."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def served(
    environment: Mapping[str, str] | None = None, port: int | None = None, folder: Path = ROOT
) -> Iterator[tuple[str, int]]:
    """The app on a free port or the given one: gives (address, process id). Ends with this.

    `folder` is where the app is started: the project's own, or a changed copy of it.
    """
    server = Server(environment, port, folder)
    try:
        yield server.address, server.pid
    finally:
        server.stop()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's, or Playwright's own."""
    path = find_browser()  # not inside: Playwright can't be started twice
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def open_page(page: Page, address: str) -> None:
    """Open the app and wait until the canvas can be drawn on."""
    page.goto(address)
    expect(canvas(page)).to_be_visible(timeout=30_000)
    settled(page)


def canvas(page: Page) -> Locator:
    """What the mouse and the finger draw on."""
    return page.locator("canvas.upper-canvas")


def answer(page: Page) -> Locator:
    """The answer; its attribute `data-digit` is the digit, or – for none."""
    return page.get_by_test_id("answer")


def settled(page: Page) -> None:
    """Wait until no script is running."""
    page.wait_for_selector('[data-test-script-state="notRunning"]', state="attached")


def draw_with_mouse(page: Page, strokes: Sequence[Stroke], surface: Locator | None = None) -> None:
    """Draw strokes with the mouse, on the app's canvas unless another surface is given."""
    box = visible_box(surface or pad(page))
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=6)
        page.mouse.up()


def draw_by_touch(
    page: Page, strokes: Sequence[Stroke], surface: Locator | None = None, *, steps: int = 6
) -> None:
    """Draw strokes with a finger, as the browser's own input would; see `draw_with_mouse`.

    Args:
        steps: events from one point to the next.
    """
    box = visible_box(surface or pad(page))
    session = page.context.new_cdp_session(page)

    def send(kind: str, point: tuple[float, float] | None) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for stroke in strokes:
        path = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        send("touchStart", path[0])
        for start, end in pairwise(path):
            for step in range(1, steps + 1):
                share = step / steps
                send(
                    "touchMove",
                    (
                        start[0] + (end[0] - start[0]) * share,
                        start[1] + (end[1] - start[1]) * share,
                    ),
                )
        send("touchEnd", None)
    session.detach()


def pad(page: Page) -> Locator:
    """The black square: the part of the canvas that can be seen."""
    return page.locator(".st-key-pad")


def button(page: Page, name: str) -> Locator:
    """Undo, Redo or Clear."""
    return page.locator(f".st-key-{name.lower()} button")


def image_grid(page: Page, key: str) -> Locator:
    """The grid of images of that key, once its images are there."""
    grid = page.locator(f".st-key-{key} .grid")
    expect(grid).to_have_attribute("data-ready", "true", timeout=30_000)
    return grid


def place_in_grid(grid: Locator, index: int) -> tuple[float, float]:
    """The middle of an image, in pixels from the grid's upper left."""
    said = grid.evaluate("grid => ({...grid.dataset})")
    columns, step, down, side, least = (
        int(said[name]) for name in ("columns", "step", "down", "side", "least")
    )
    return (
        least + index % columns * step + side / 2,
        least + index // columns * down + side / 2,
    )


def click_image(grid: Locator, index: int) -> None:
    """Click the image at that position of the grid."""
    x, y = place_in_grid(grid, index)
    grid.locator("canvas").click(position={"x": x, "y": y})


def visible_box(surface: Locator) -> Any:
    """Where it is on the screen, scrolled into view."""
    surface.scroll_into_view_if_needed()
    return surface.bounding_box()

"""Strokes of real pens as a canvas would hold them.

The files' format is in the docstring of `load_glyphs`. A canvas: 200 to 500 pixels wide, the
digit's longer side 35% to 85% of it, the pen 3% to 16% of the digit, anywhere on the canvas,
round caps, anti-aliased.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SMOOTH = 3  # drawn this much larger, then averaged: what a canvas's anti-aliasing comes to


@dataclass(frozen=True)
class Glyph:
    """One digit or sign: strokes of `(points, 2)` (x right, y down), longer side 1."""

    strokes: list[NDArray[np.float32]]
    label: str
    site: str


@dataclass(frozen=True)
class Canvas:
    """How a glyph was put on a canvas: all in pixels; `(x, y)` is the glyph's upper left."""

    side: int
    size: float
    pen: float
    x: float
    y: float


def load_glyphs(path: str | Path) -> list[Glyph]:
    """All glyphs of an `.npz` with `points` (N, 2), `stroke_start` (S + 1,), `glyph_start`
    (G + 1,), `label` (G,) and `donor` (G,)."""
    with np.load(path, allow_pickle=False) as file:
        data = {name: file[name] for name in file.files}
    strokes = [
        data["points"][a:b]
        for a, b in zip(data["stroke_start"], data["stroke_start"][1:], strict=False)
    ]
    starts = data["glyph_start"]
    return [
        Glyph(strokes[a:b], str(label), str(site))
        for a, b, label, site in zip(starts, starts[1:], data["label"], data["donor"], strict=False)
    ]


def random_canvas(glyph: Glyph, rng: np.random.Generator) -> Canvas:
    """A canvas, size, pen and place by chance, within the bounds above."""
    side = int(rng.integers(200, 501))
    size = side * rng.uniform(0.35, 0.85)
    pen = size * rng.uniform(0.03, 0.16)
    points = np.concatenate(glyph.strokes)
    extent = np.ptp(points, axis=0) * size + pen
    room = np.maximum(side - extent, 0)
    x, y = rng.uniform(0, 1, 2) * room + pen / 2
    return Canvas(side, float(size), float(pen), float(x), float(y))


def draw(glyph: Glyph, canvas: Canvas) -> NDArray[np.uint8]:
    """The glyph as the app's canvas sends it: `(side, side, 4)` uint8, ink is what is opaque."""
    low = np.concatenate(glyph.strokes).min(axis=0)
    strokes = [(stroke - low) * canvas.size + (canvas.x, canvas.y) for stroke in glyph.strokes]
    return draw_strokes(strokes, canvas.pen, (canvas.side, canvas.side))


def draw_strokes(
    strokes: Iterable[NDArray[np.floating[Any]]], width: float, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Strokes of `(points, 2)` pixels by a pen of that width, on a canvas of `size` (width,
    height): `(height, width, 4)` uint8, ink is what is opaque."""
    picture = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    pen = ImageDraw.Draw(picture)
    width *= SMOOTH
    for stroke in strokes:
        path = [tuple(point) for point in (stroke * SMOOTH).tolist()]
        pen.line(path, fill=255, width=max(1, round(width)))
        for x, y in path:  # round caps and joints
            pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    image = np.full((size[1], size[0], 4), 255, np.uint8)
    image[..., 3] = np.asarray(picture.reduce(SMOOTH))
    return image


def drawings(
    path: str | Path, seed: int = 0, limit: int | None = None
) -> Iterator[tuple[Glyph, Canvas, NDArray[np.uint8]]]:
    """Each glyph of a file with its canvas and picture, the same for the same seed."""
    rng = np.random.default_rng(seed)
    for glyph in load_glyphs(path)[:limit]:
        canvas = random_canvas(glyph, rng)
        yield glyph, canvas, draw(glyph, canvas)

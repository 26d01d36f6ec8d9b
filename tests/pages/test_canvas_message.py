"""A message that the canvas would never send changes nothing, and costs nothing."""

import io
import math

import pytest
from PIL import Image

from pages.shared.canvas_message import (
    MOST_COMMANDS,
    MOST_STROKES,
    checked_picture,
    checked_strokes,
)

PATH = [["M", 10, 10], ["Q", 10, 10, 12.5, 11], ["L", 20, 20]]
STROKE = {"type": "path", "path": PATH, "strokeWidth": 24, "stroke": "#ffffff", "left": 3.5}


def stroke(**changes):
    return {**STROKE, **changes}


def png(size, mode="RGBA"):
    content = io.BytesIO()
    Image.new(mode, size).save(content, format="PNG")
    return content.getvalue()


def test_the_strokes_of_the_canvas_are_taken_as_they_are():
    strokes = [stroke(), stroke(strokeWidth=6)]
    assert checked_strokes(strokes) is strokes
    assert checked_strokes([]) == []


@pytest.mark.parametrize(
    "objects",
    [
        None,
        "strokes",
        {"objects": []},
        [None],
        [[]],
        [stroke(strokeWidth=1e9)],
        [stroke(strokeWidth=0)],
        [stroke(strokeWidth="wide")],
        [stroke(strokeWidth=math.nan)],
        [stroke(type="image")],
        [stroke(path=[])],
        [stroke(path="M 0 0")],
        [stroke(path=[["L", 1, 1]])],
        [stroke(path=[["M", 1]])],
        [stroke(path=[["M", 1, 1], ["Z"]])],
        [stroke(path=[["M", 1, 1], []])],
        [stroke(path=[["M", 1, math.inf]])],
        [stroke(path=[["M", 1, math.nan]])],
        [stroke(path=[["M", 1, 1e12]])],
        [stroke(path=[["M", "1", 1]])],
        [stroke(path=[["M", 1, 1], *[["L", 1, 1]] * MOST_COMMANDS])],
        [stroke()] * (MOST_STROKES + 1),
        [{}],
    ],
)
def test_what_the_canvas_would_never_send_is_refused(objects):
    assert checked_strokes(objects) is None


def test_a_picture_of_another_size_is_refused_without_being_decoded():
    assert checked_picture(png((400, 434)), (400, 434)) is not None
    assert checked_picture(png((13300, 13300), "1"), (400, 434)) is None  # 29 kB
    assert checked_picture(png((434, 400)), (400, 434)) is None
    for content in (None, "text", b"", b"%!PS-Adobe-3.0 EPSF-3.0\n", png((400, 434))[:20]):
        assert checked_picture(content, (400, 434)) is None

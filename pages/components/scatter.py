"""Thousands of images as points that can be pointed at, clicked, hidden by class and lassoed.

Two elements: one sends the pictures, once; the other the points, as often as they change.
"""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core.figures.sheets import contact_sheet, png
from mnist_core.figures.style import CLASS_COLORS
from pages.components.assets import component

COLUMNS = 72  # of the pictures: 5,000 of them are about a square
FULL = 65535  # positions are sent as 16-bit numbers

_HTML = """<div class="map">
<div class="classes" role="group"></div>
<div class="field"><canvas tabindex="0" role="application"></canvas>
<div class="tip" role="status" aria-live="polite" hidden><canvas width="28" height="28"></canvas>
<span></span></div></div>
<div class="tools" role="toolbar"><button data-mode="lasso"></button>
<button data-mode="move"></button><button data-do="in">+</button><button data-do="out">−</button>
<button data-do="whole"></button><button data-do="none" hidden></button></div></div>"""
_PICTURES = component("map_pictures", Path(__file__).with_name("scatter_pictures"))
_MAP = component("image_map", __file__, _HTML)


@dataclass(frozen=True)
class Sheet:
    """The pictures of a map's images, as the browser gets them."""

    id: int
    content: bytes


def make_sheet(images: NDArray[np.uint8]) -> Sheet:
    """The pictures of `(n, 28, 28)` uint8 images; a tenth of a second and a megabyte for 5,000."""
    content = png(contact_sheet(images, COLUMNS))
    identity = zlib.crc32(content)
    return Sheet(identity, identity.to_bytes(4, "big") + content)


def send_pictures(sheet: Sheet, key: str) -> None:
    """Give the browser the pictures; it shows nothing by itself."""
    _PICTURES(key=key, data=sheet.content)


def image_map(
    positions: NDArray[np.floating],
    labels: NDArray[np.uint8],
    rows: NDArray[np.intp],
    sheet: Sheet,
    *,
    names: Sequence[str],
    key: str,
    picked: Sequence[int] = (),
    mine: tuple[NDArray[np.floating], NDArray[np.uint8]] | None = None,
    wrong: Mapping[int, int] | None = None,
) -> int | None:
    """Points that stand for images, in the colours of their classes.

    Args:
        positions: `(n, 2)`, x right and y up, of any scale.
        labels: `(n,)`, 0 to 9.
        rows: `(n,)`, the number that each image has in its data set.
        sheet: their pictures, sent by `send_pictures`.
        names: of the ten classes.
        picked: positions of those that are selected.
        mine: (position `(2,)`, image `(28, 28)`) of the person's own drawing.
        wrong: which are to have a ring, as a network takes them for another class: position ->
            that class.

    Returns:
        The position of the image that was clicked just now, else None. Each click is returned once.
    """
    all_there = positions if mine is None else np.vstack([positions, mine[0]])
    low, high = all_there.min(axis=0), all_there.max(axis=0)
    span = max(float((high - low).max()), 1e-9)  # the same both ways: a distance is a distance

    def shares(points: NDArray[np.floating]) -> NDArray[np.floating]:
        # into 0 to 1; the screen's y goes down
        return 0.5 + (points - (low + high) / 2) / span * np.array([1.0, -1.0])

    xy = np.round(shares(positions) * FULL).astype("<u2")
    identity = _identity(rows, sheet)
    result = _MAP(
        key=key,
        data={
            "id": identity,
            "n": len(positions),
            "xy": _text(xy),
            "sheet": sheet.id,
            "columns": COLUMNS,
            "labels": "".join(map(str, labels.tolist())),
            "rows": rows.tolist(),
            "names": list(names),
            "colors": CLASS_COLORS,
            "wrong": {str(i): label for i, label in (wrong or {}).items()},
            "picked": _text(np.asarray(picked, "<u4")) if len(picked) else None,
            "mine": None
            if mine is None
            else {
                "xy": shares(mine[0]).tolist(),
                "pixels": _text(mine[1]),
            },
        },
        on_clicked_change=lambda: None,
        on_lasso_change=lambda: None,
    )
    clicked = result.clicked
    return int(clicked["index"]) if clicked and clicked["of"] == identity else None


def lassoed(key: str, rows: NDArray[np.intp], sheet: Sheet) -> list[int] | None:
    """The positions that the lasso was drawn around just now on the map with that key, or None.

    An empty list takes the selection back. To be called before `image_map`, which shows it.
    """
    events = st.session_state.get(key)
    lasso = events.get("lasso") if events else None
    if not lasso or lasso["of"] != _identity(rows, sheet):
        return None
    return [int(i) for i in lasso["picked"] if 0 <= int(i) < len(rows)]


def _identity(rows: NDArray[np.intp], sheet: Sheet) -> int:
    return zlib.crc32(np.asarray(rows, "<u4").tobytes(), sheet.id)


def _text(array: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")

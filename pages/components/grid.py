"""A grid of many small images as one picture, each of which can be pointed at and clicked.

A hundred elements would be slow to put on the page. This is one PNG, which the browser lays out
in as many columns as fit.
"""

import base64
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_core.figures.sheets import COLUMNS, contact_sheet, png
from pages.components.assets import component

_HTML = """<div class="grid"><canvas tabindex="0" role="application"></canvas>
<div class="tip" role="status" aria-live="polite" hidden></div></div>"""
_GRID = component("image_grid", __file__, _HTML)


def image_grid(
    images: NDArray[np.uint8],
    titles: Sequence[str],
    *,
    key: str,
    chosen: int | None = None,
    labels: Sequence[str] | None = None,
    side: int | None = None,
) -> int | None:
    """Small images in as many columns as fit.

    Args:
        images: `(n, 28, 28)` uint8, 0 black to 255 white.
        titles: shown while the pointer is on an image.
        chosen: the position of the one with a frame.
        labels: a word or two under each.
        side: pixels of one on the page; 28, 56, 84 ... are the sharpest. Default: 56, on a
            phone 42.

    Returns:
        The position of the image that was clicked just now, else None. Each click is returned once.
    """
    if not len(images):
        return None
    content = png(contact_sheet(images))
    identity = zlib.crc32("\n".join([*titles, *(labels or ())]).encode(), zlib.crc32(content))
    result = _GRID(
        key=key,
        data={
            "id": identity,
            "png": base64.b64encode(content).decode("ascii"),
            "n": len(images),
            "columns": COLUMNS,
            "titles": list(titles),
            "chosen": chosen,
            "side": side,
            "labels": list(labels) if labels is not None else None,
        },
        on_clicked_change=lambda: None,
    )
    clicked = result.clicked
    # A click on what was shown a moment ago is not one on what is shown now.
    return int(clicked["index"]) if clicked and clicked["of"] == identity else None

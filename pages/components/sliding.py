"""A window that slides over numbers, on the page: its input, its kernel and its output.

All numbers come from `mnist_core.inside.sandbox`; this draws them, plays the steps, and sends back
what a person writes into the cells.
"""

import math
from collections.abc import Callable
from typing import Any

import streamlit as st
from numpy.typing import ArrayLike

from mnist_core.i18n import _, language
from mnist_core.inside.sandbox import Slide, format_number
from pages.components.assets import component

LARGEST = 99  # of a number that is written into a cell
_HTML = """<div class="slide"><div class="boards"></div>
<p class="sum" role="status" aria-live="polite"></p>
<div class="controls">
<button class="back">◀</button>
<button class="play" disabled></button>
<button class="next">▶</button>
<input class="position" type="range" min="0"><span class="count"></span>
</div></div>"""
_SLIDING = component("sliding_window", __file__, _HTML)
Grid = list[list[float]]


def sliding(
    slide: Slide,
    image: ArrayLike,
    kernel: ArrayLike | None,
    *,
    key: str,
    version: str,
    on_edit: Callable[[Grid, Grid | None], None] | None,
) -> None:
    """A window's way over its input, step by step, with numbers that can be changed.

    Args:
        image, kernel: what is shown in the cells; no kernel for a pooling.
        version: another one makes the cells take these numbers; with the same, they keep what
            a person has written into them.
        on_edit: called with all numbers of both when one was changed; None: they can't be.
    """
    shown = _numbers(image)
    weights = _numbers(kernel) if kernel is not None else None

    def edited() -> None:
        sent = st.session_state[key].edited
        if sent and sent.get("version") == version:
            grids = _checked(sent.get("input"), shown), _checked(sent.get("kernel"), weights)
            if grids[0] and on_edit:
                on_edit(grids[0], grids[1])

    data: dict[str, Any] = {
        "language": language(),
        "version": version,
        "fixed": on_edit is None,
        "largest": LARGEST,
        "input": shown,
        "kernel": weights,
        "weights": [[format_number(value) for value in row] for row in weights or []],
        "padding": slide.padding,
        "window": slide.window,
        "output": slide.output.tolist(),
        "values": [format_number(step.value) for step in slide.steps],
        "steps": [[step.top, step.left, _(step.arithmetic)] for step in slide.steps],
    }
    _SLIDING(key=key, data=data, on_edited_change=edited)


def _numbers(values: ArrayLike) -> Grid:
    """As the cells show them: short."""
    import numpy as np

    return [[round(float(value), 2) for value in row] for row in np.asarray(values)]


def _checked(sent: object, shown: Grid | None) -> Grid | None:
    """What a browser sent, if it is numbers in the shape of what it was shown."""
    if shown is None or not isinstance(sent, list) or len(sent) != len(shown):
        return None
    for row in sent:
        if not isinstance(row, list) or len(row) != len(shown):
            return None
        if not all(isinstance(n, int | float) and math.isfinite(n) for n in row):
            return None
    return [[max(-LARGEST, min(LARGEST, float(n))) for n in row] for row in sent]

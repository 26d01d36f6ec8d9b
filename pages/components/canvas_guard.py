"""Mends the drawing canvas from beside it, and keeps the drawing when the page is reloaded.

A stroke follows one finger (a palm neither ends nor eats it), a pen is preferred to a finger, a
stroke ends when the button was released elsewhere, Ctrl+Z undoes, and the canvas's own toolbar,
which is cut off, can't be reached by the keyboard.
"""

import json
from typing import Any

from pages.components.assets import component

_GUARD = component("canvas_guard", __file__, "<span></span>")


def canvas_guard(strokes: list[dict[str, Any]], fresh: bool) -> list[Any] | None:
    """Show nothing; return the strokes that the browser kept from before a reload, once.

    Args:
        strokes: on the canvas now, which the browser keeps.
        fresh: whether the session has drawn nothing yet, so that a kept drawing may come back.
    """
    result = _GUARD(
        key="canvas_guard",
        data={"strokes": json.dumps(strokes), "fresh": fresh},
        on_restored_change=lambda: None,
    )
    if not result.restored:
        return None
    try:
        restored = json.loads(result.restored)
    except (ValueError, RecursionError):
        return None
    return restored if isinstance(restored, list) else None

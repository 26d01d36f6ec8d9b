"""A drawing that survives undo, redo, clear and other pages. Knows nothing of Streamlit."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass
class Pad:
    """What is drawn, and what was undone. Lives in the session, so it outlasts a page.

    Attributes:
        strokes: the canvas's own objects, one per stroke, in order.
        undone: strokes taken back, the last of them at the end.
        shown: the strokes that the canvas was last told to show.
        version: counts up whenever the canvas is told to show something else.
        stale: what the canvas still sends until it has followed; None when it has.
        order: what it was told meanwhile, to be told again if a stroke was already on its way.
        pictures: what the canvas looked like with that many strokes, as PNG.
        pen_width: pixels.
    """

    strokes: list[dict[str, Any]] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0
    stale: list[dict[str, Any]] | None = None
    order: Callable[[], None] | None = None
    pictures: dict[int, bytes] = field(default_factory=dict)
    pen_width: int = 24

    def receive(self, strokes: list[dict[str, Any]], png: bytes | None) -> None:
        """What the canvas says it holds now."""
        if png is None or strokes == (self.strokes if self.stale is None else self.stale):
            return
        late = self.stale is not None and len(strokes) > len(self.stale) and self.order
        if self.stale is None or late:
            self.undone.clear()  # a new stroke: there is nothing left to do again
        self.strokes, self.stale, self.order = strokes, None, None
        self.pictures[len(strokes)] = png
        if late:  # the stroke was on its way when the button was pressed, so it counts
            late()

    def image(self) -> NDArray[np.uint8] | None:
        """The drawing as `(h, w, 4)` uint8, None without strokes."""
        png = self.pictures.get(len(self.strokes)) if self.strokes else None
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")) if png else None

    def undo(self) -> None:
        """Take the last stroke back."""
        if self.strokes:
            self.undone.append(self.strokes[-1])
            self._show(self.strokes[:-1], self.undo)

    def redo(self) -> None:
        """Draw the stroke again that was last taken back."""
        if self.undone:
            self._show([*self.strokes, self.undone.pop()], None)

    def clear(self) -> None:
        """Take every stroke back. Redo brings them again, the first one first."""
        self.undone.extend(reversed(self.strokes))
        self._show([], self.clear)

    def remount(self) -> None:
        """The canvas is new on the page (another page was shown): it starts with the drawing."""
        self.shown, self.stale, self.order = self.strokes, None, None

    def _show(self, strokes: list[dict[str, Any]], order: Callable[[], None] | None) -> None:
        self.stale, self.strokes, self.shown = self.strokes, strokes, strokes
        self.order = order
        self.version += 1

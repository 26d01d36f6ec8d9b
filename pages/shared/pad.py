"""A drawing that survives undo, redo, clear and other pages. Knows nothing of Streamlit."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Strokes = list[dict[str, Any]]  # the canvas's own objects, one per stroke, in order


@dataclass
class State:
    """What was on the canvas at one time: its strokes, and its picture as PNG."""

    strokes: Strokes = field(default_factory=list)
    png: bytes | None = None


@dataclass
class Pad:
    """What is drawn, and the way there and back. Lives in the session, so it outlasts a page.

    Attributes:
        states: all that can be gone back and forward to, the empty canvas first.
        at: which of them is on the canvas now.
        shown: the strokes that the canvas was last told to show.
        version: counts up whenever the canvas is told to show something else.
        left: the state that the canvas still shows until it has followed; None when it has.
        order: what it was told, to be told again if a stroke was already on its way.
        pen_width: pixels.
    """

    states: list[State] = field(default_factory=lambda: [State()])
    at: int = 0
    shown: Strokes = field(default_factory=list)
    version: int = 0
    left: int | None = None
    order: Callable[[], None] | None = None
    pen_width: int = 24

    @property
    def strokes(self) -> Strokes:
        """What is drawn now."""
        return self.states[self.at].strokes

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to go back to."""
        return self.at > 0

    @property
    def can_redo(self) -> bool:
        """Whether anything was undone."""
        return self.at + 1 < len(self.states)

    def image(self) -> NDArray[np.uint8] | None:
        """The drawing as `(h, w, 4)` uint8, None without strokes."""
        state = self.states[self.at]
        if not state.strokes or state.png is None:
            return None
        return np.asarray(Image.open(io.BytesIO(state.png)).convert("RGBA"))

    def receive(self, strokes: Strokes, png: bytes | None) -> None:
        """What the canvas says it holds now."""
        if png is None:
            return
        said = State(strokes, png)
        if self.left is None:
            if strokes != self.strokes:
                self._add(said)
            return
        before = self.states[self.left].strokes
        if strokes == before:
            return  # it has not followed yet
        order, left = self.order, self.left
        self.left = self.order = None
        # Counted, not compared: the canvas may write what it was told a bit otherwise.
        if order and len(strokes) > len(before) and len(strokes) != len(self.shown):
            # This stroke was on its way when the button was pressed, so it comes first.
            self.at = left
            self._add(said)
            order()
        else:
            self.states[self.at] = said

    def undo(self) -> None:
        """Go back one stroke, or to what was there before a clear."""
        if self.can_undo:
            self._show(self.at - 1, self.undo)

    def redo(self) -> None:
        """Go forward again."""
        if self.can_redo:
            self._show(self.at + 1, None)

    def clear(self) -> None:
        """Start anew; one undo brings everything back."""
        if self.strokes:
            here = self.at
            self._add(State())
            self.at = here
            self._show(here + 1, self.clear)

    def remount(self) -> None:
        """The canvas is new on the page (another page was shown): it starts with the drawing."""
        self.shown, self.left, self.order = self.strokes, None, None

    def _add(self, state: State) -> None:
        del self.states[self.at + 1 :]
        self.states.append(state)
        self.at += 1

    def _show(self, at: int, order: Callable[[], None] | None) -> None:
        self.left, self.at, self.order = self.at, at, order
        self.shown = self.strokes
        self.version += 1


def strokes_of(objects: Strokes) -> list[NDArray[np.float64]]:
    """The canvas's strokes as points: `(n, 2)` float64 each, x right and y down, in its pixels.

    Fabric.js writes a stroke as `M x y`, then `Q` (a quadratic curve: control point, end) for
    each move of the pen, then `L x y`. Of a curve its middle and its end are taken.
    """
    strokes = []
    for stroke in objects:
        points: list[NDArray[np.float64]] = []
        for _, *numbers in stroke["path"]:
            *control, end = np.array(numbers, np.float64).reshape(-1, 2)
            if control:
                points.append((points[-1] + 2 * control[0] + end) / 4)
            points.append(end)
        strokes.append(np.array(points))
    return strokes

"""A drawing that survives undo, redo, clear and other pages. Knows nothing of Streamlit."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Strokes = list[dict[str, Any]]  # the canvas's own objects, one per stroke, in order
HISTORY = 100  # states that can be gone back to: each holds a picture of some kilobytes


@dataclass
class State:
    """What was on the canvas at one time: its strokes, and its picture as PNG."""

    strokes: Strokes = field(default_factory=list)
    png: bytes | None = None


@dataclass
class Pad:
    """What is drawn, and the way there and back. Lives in the session, so it outlasts a page.

    Attributes:
        states: all that can be gone back and forward to, the oldest first, `HISTORY` at most.
        position: which of them is on the canvas now.
        shown: the strokes that the canvas was last told to show.
        version: counts up whenever the canvas is told to show something else.
        previous: the position that the canvas still shows until it has followed; None when it has.
        action: what it was told, to be told again if a stroke was already on its way.
        pen_width: pixels.
    """

    states: list[State] = field(default_factory=lambda: [State()])
    position: int = 0
    shown: Strokes = field(default_factory=list)
    version: int = 0
    previous: int | None = None
    action: Callable[[], None] | None = None
    pen_width: int = 24

    @property
    def strokes(self) -> Strokes:
        """What is drawn now."""
        return self.states[self.position].strokes

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to go back to."""
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        """Whether anything was undone."""
        return self.position + 1 < len(self.states)

    def image(self) -> NDArray[np.uint8] | None:
        """The drawing as `(h, w, 4)` uint8, None without strokes."""
        state = self.states[self.position]
        if not state.strokes or state.png is None:
            return None
        return np.asarray(Image.open(io.BytesIO(state.png), formats=["PNG"]).convert("RGBA"))

    def receive(self, strokes: Strokes, png: bytes | None) -> None:
        """Take what the canvas holds now."""
        if png is None:
            return
        received = State(strokes, png)
        if self.previous is None:
            if strokes != self.strokes:
                known = len(self.strokes)
                if strokes[:known] == self.strokes:  # each of several strokes can be undone
                    for count in range(known + 1, len(strokes)):
                        self._add(State(strokes[:count]))
                self._add(received)
            return
        before = self.states[self.previous].strokes
        if strokes == before:
            return  # it has not followed yet
        action, previous = self.action, self.previous
        self.previous = self.action = None
        # Counted, not compared: the canvas may write what it was told a bit otherwise.
        if action and len(strokes) > len(before) and len(strokes) != len(self.shown):
            # This stroke was on its way when the button was pressed, so it comes first.
            self.position = previous
            self._add(received)
            action()
        else:
            self.states[self.position] = received

    @property
    def fresh(self) -> bool:
        """Whether nothing was ever drawn."""
        return len(self.states) == 1 and not self.strokes

    def restore(self, strokes: Strokes) -> None:
        """Show a drawing from before a reload, where nothing was drawn since."""
        if self.fresh and strokes:
            self.states.append(State(strokes))
            self._show(1, None)

    def undo(self) -> None:
        """Go back one stroke, or to what was there before a clear."""
        if self.can_undo:
            self._show(self.position - 1, self.undo)

    def redo(self) -> None:
        """Go forward again."""
        if self.can_redo:
            self._show(self.position + 1, None)

    def clear(self) -> None:
        """Start anew; one undo brings everything back."""
        if self.strokes:
            self._add(State())
            self.position -= 1  # the canvas has not followed yet
            self._show(self.position + 1, self.clear)

    def remount(self) -> None:
        """The canvas is new on the page (another page was shown): it starts with the drawing."""
        self.shown, self.previous, self.action = self.strokes, None, None

    def _add(self, state: State) -> None:
        self.states = [*self.states[: self.position + 1], state][-HISTORY:]
        self.position = len(self.states) - 1

    def _show(self, position: int, action: Callable[[], None] | None) -> None:
        self.previous, self.position, self.action = self.position, position, action
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

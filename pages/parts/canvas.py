"""The canvas and its buttons: a drawing that survives undo, redo, clear and other pages."""

import io
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from streamlit_drawable_canvas import st_canvas

SIDE = 400  # pixels of the canvas; on a phone it is shown smaller
PEN = 24  # pixels
INK = "#ffffff"  # white on black, as MNIST is, on a light page as on a dark one

# The canvas is see-through, so what is opaque is exactly the ink; the black is put behind it.
# Its own toolbar shows on hover alone, which no finger can do, so it is cut off and the buttons
# below stand in for it.
STYLE = f"""<style>
.st-key-pad{{width:{SIDE}px;max-width:100%;height:{SIDE}px;overflow:hidden;
 position:relative;background:#000;border-radius:.5rem;touch-action:none}}
@media (max-width:460px){{.st-key-pad{{zoom:.85;max-width:none}}}}
@media (max-width:370px){{.st-key-pad{{zoom:.7}}}}
</style>"""
# Behind the see-through canvas, until there is a stroke.
INVITATION = """<style>.st-key-pad::before{content:"Draw a digit here";position:absolute;
 inset:0;display:grid;place-items:center;color:#8a8a8a;font-size:1.1rem}</style>"""


@dataclass
class Pad:
    """What is drawn, and what was undone. Lives in the session, so it outlasts a page.

    Attributes:
        strokes: the canvas's own objects, one per stroke, in order.
        undone: strokes taken back, the last of them at the end.
        shown: the strokes that the canvas was last told to show.
        version: counts up whenever the canvas is told to show something else.
        stale: what the canvas still sends until it has followed; None when it has.
        image: `(SIDE, SIDE, 4)` uint8 of the drawing, None before the first stroke.
    """

    strokes: list[dict[str, Any]] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    version: int = 0
    stale: list[dict[str, Any]] | None = None
    image: NDArray[np.uint8] | None = None

    def receive(self, strokes: list[dict[str, Any]], png: bytes | None) -> None:
        """What the canvas says it holds now."""
        if png is None or strokes == self.stale or strokes == self.strokes and self.stale is None:
            return
        if self.stale is None:
            self.undone.clear()  # a new stroke: there is nothing left to do again
        self.stale = None
        self.strokes = strokes
        self.image = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))

    def undo(self) -> None:
        """Take the last stroke back."""
        if self.strokes:
            self.undone.append(self.strokes[-1])
            self._show(self.strokes[:-1])

    def redo(self) -> None:
        """Draw the stroke again that was last taken back."""
        if self.undone:
            self._show([*self.strokes, self.undone.pop()])

    def clear(self) -> None:
        """Take every stroke back. Redo brings them again, the first one first."""
        self.undone.extend(reversed(self.strokes))
        self._show([])

    def remount(self) -> None:
        """The canvas is new on the page (another page was shown): it starts with the drawing."""
        self.shown, self.stale = self.strokes, None

    def _show(self, strokes: list[dict[str, Any]]) -> None:
        self.stale, self.strokes, self.shown = self.strokes, strokes, strokes
        self.version += 1


def the_pad(state: MutableMapping[Any, Any]) -> Pad:
    """This session's pad: what was last drawn, on whatever page."""
    pad: Pad = state.setdefault("pad", Pad())
    return pad


def canvas() -> NDArray[np.uint8] | None:
    """The canvas with its buttons; the drawing as `(SIDE, SIDE, 4)`, None before any stroke."""
    pad = the_pad(st.session_state)
    if "canvas" not in st.session_state:
        pad.remount()
    with st.container(key="pad"):
        result = st_canvas(
            key="canvas",
            width=SIDE,
            height=SIDE,
            stroke_width=st.session_state.get("pen_width", PEN),
            stroke_color=INK,
            background_color="",
            # The version is not the canvas's affair: it makes the same strokes a new order.
            initial_drawing={"objects": pad.shown, "version": f"shown-{pad.version}"},
            return_image_data=True,
        )
    pad.receive((result.json_data or {}).get("objects", []), result.image_bytes)
    st.html("<style></style>" if pad.strokes else INVITATION)
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", on_click=pad.undo, disabled=not pad.strokes)
        st.button("Redo", on_click=pad.redo, disabled=not pad.undone)
        st.button("Clear", on_click=pad.clear, disabled=not pad.strokes)
        with st.popover("Pen"):
            st.slider("Pen width", 6, 60, PEN, key="pen_width", format="%d px")
    return pad.image

"""The canvas and its buttons on the page."""

import sys
from collections.abc import MutableMapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2.bidi_component import serialization
from streamlit_drawable_canvas import st_canvas

from mnist_core import DrawingError, prepare_drawing
from pages.shared.pad import Pad, strokes_of

SIDE = 400  # pixels of the canvas; on a phone it is shown smaller
INK = "#ffffff"  # white on black, as MNIST is, on a light page as on a dark one

# The canvas's own toolbar shows on hover alone, which no finger can do, and lies unseen over the
# canvas's top right corner, where it takes the strokes that begin there. So the canvas is made
# higher, that strip is cut off with the toolbar in it, and the buttons below stand in for it.
CUT = 34
# The canvas is see-through, so what is opaque is exactly the ink; the black is put behind it.
STYLE = f"""<style>
.st-key-pad{{width:{SIDE}px;max-width:100%;height:{SIDE}px;overflow:hidden;
 position:relative;background:#000;border-radius:.5rem;touch-action:none;
 box-shadow:0 0 0 1px rgba(128,128,128,.45)}}
.st-key-pad>div{{margin-top:-{CUT}px}}
@media (min-width:641px){{
 .stHorizontalBlock:has(.answer)>.stColumn:first-child{{flex:0 0 {SIDE}px;min-width:{SIDE}px}}
 .stColumn:has(.answer){{flex:1 1 20rem;min-width:20rem}}
}}
@media (max-width:460px){{.st-key-pad{{zoom:.85;max-width:none}}}}
@media (max-width:370px){{.st-key-pad{{zoom:.7}}}}
</style>"""
# Behind the see-through canvas, until there is a stroke.
INVITATION = """<style>.st-key-pad::before{content:"Draw a digit here";position:absolute;
 inset:0;display:grid;place-items:center;color:#8a8a8a;font-size:1.1rem}</style>"""


def _spare_pandas() -> None:
    """Keep Streamlit from importing pandas and PyArrow, over a second, to look at plain data.

    Every value that goes to the canvas is first looked at: is it a data frame? A plain dict or
    list can't hold one while nobody has imported pandas, so the answer is known without it.
    """
    names = vars(serialization)
    asked = names["is_dataframe_like"]

    def is_dataframe_like(value: object) -> bool:
        plain = type(value) in (dict, list) and "pandas" not in sys.modules
        return not plain and asked(value)

    names["is_dataframe_like"] = is_dataframe_like


_spare_pandas()


def the_pad(state: MutableMapping[Any, Any]) -> Pad:
    """This session's pad: what was last drawn, on whatever page."""
    pad: Pad = state.setdefault("pad", Pad())
    return pad


def drawn_strokes() -> tuple[list[NDArray[np.float64]], list[float]]:
    """The strokes on the canvas: points `(n, 2)` in pixels of its picture, and each one's width."""
    objects = the_pad(st.session_state).strokes
    strokes = [points - (0, CUT) for points in strokes_of(objects)]
    return strokes, [float(stroke["strokeWidth"]) for stroke in objects]


def canvas() -> NDArray[np.uint8] | None:
    """The canvas with its buttons; the drawing as `(SIDE, SIDE, 4)`, None before any stroke."""
    pad = the_pad(st.session_state)
    if "canvas" not in st.session_state:
        pad.remount()
    # Streamlit forgets a slider's value on another page; the pad doesn't.
    st.session_state.setdefault("pen_width", pad.pen_width)
    pad.pen_width = st.session_state["pen_width"]
    with st.container(key="pad"):
        result = st_canvas(
            key="canvas",
            width=SIDE,
            height=SIDE + CUT,
            stroke_width=st.session_state["pen_width"],
            stroke_color=INK,
            background_color="",
            # The version is not the canvas's affair: it makes the same strokes a new order.
            initial_drawing={"objects": pad.shown, "version": f"shown-{pad.version}"},
            return_image_data=True,
        )
    pad.receive((result.json_data or {}).get("objects", []), result.image_bytes)
    st.html("<style></style>" if pad.strokes else INVITATION)
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", key="undo", on_click=pad.undo, disabled=not pad.can_undo)
        st.button("Redo", key="redo", on_click=pad.redo, disabled=not pad.can_redo)
        st.button("Clear", key="clear", on_click=pad.clear, disabled=not pad.strokes)
        with st.popover("Pen"):
            st.slider("Pen width", 6, 60, key="pen_width", format="%d px")
    image = pad.image()
    return image[CUT:] if image is not None else None


def last_drawing() -> NDArray[np.uint8] | None:
    """What is on this person's canvas, as networks get it; None if it is nothing to read."""
    image = the_pad(st.session_state).image()
    if image is None:
        return None
    try:
        drawing = prepare_drawing(image[CUT:])
    except DrawingError:
        return None
    return None if drawing.reason else drawing.normalized

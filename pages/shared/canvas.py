"""The canvas and its buttons on the page."""

from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit_drawable_canvas import st_canvas

from mnist_core import DrawingError, prepare_drawing
from mnist_core.i18n import Text, _
from pages.components.canvas_guard import canvas_guard
from pages.shared import state
from pages.shared.canvas_message import checked_picture, checked_strokes
from pages.shared.pad import Pad, strokes_of
from pages.shared.streamlit_internals import CANVAS_TOOLBAR

SIDE = 400  # pixels of the canvas; on a phone it is shown smaller
PEN_WIDTHS = (6, 60)  # pixels: the thinnest and the thickest pen
KEYS = Text("Keys: Ctrl+Z undoes, Ctrl+Shift+Z redoes, Delete clears.")
INK = "#ffffff"  # white on black, as MNIST is, on a light page as on a dark one
STYLE = Path(__file__).with_name("canvas.css")
SIZES = {"canvas-side": f"{SIDE}px", "canvas-toolbar": f"{CANVAS_TOOLBAR}px"}  # CSS variables


def the_pad() -> Pad:
    """This session's pad: what was last drawn, on whatever page."""
    return state.PAD.ensure()


def drawn_image() -> NDArray[np.uint8] | None:
    """The drawing as `(SIDE, SIDE, 4)`; None before any stroke."""
    image = the_pad().image()
    return None if image is None else image[CANVAS_TOOLBAR:]


def drawn_strokes() -> tuple[list[NDArray[np.float64]], list[float]]:
    """The strokes of the drawing: points `(n, 2)` in pixels of its image, and each pen's width."""
    objects = the_pad().strokes
    strokes = [points - (0, CANVAS_TOOLBAR) for points in strokes_of(objects)]
    return strokes, [float(stroke["strokeWidth"]) for stroke in objects]


def canvas() -> NDArray[np.uint8] | None:
    """Show the canvas with its buttons; return `drawn_image`."""
    pad = the_pad()
    if not state.CANVAS.is_set:
        pad.remount()
    pad.pen_width = state.PEN_WIDTH.get()
    with st.container(key="pad"):
        result = st_canvas(
            key=state.CANVAS.key,
            width=SIDE,
            height=SIDE + CANVAS_TOOLBAR,
            stroke_width=pad.pen_width,
            stroke_color=INK,
            # See-through, so what is opaque is exactly the ink; the black is put behind it.
            background_color="",
            # The version is not the canvas's affair: it makes the same strokes a new order.
            initial_drawing={"objects": pad.shown, "version": f"shown-{pad.version}"},
            return_image_data=True,
        )
    message = result.json_data if isinstance(result.json_data, dict) else {}
    strokes = checked_strokes(message.get("objects", []))
    picture = checked_picture(result.image_bytes, (SIDE, SIDE + CANVAS_TOOLBAR))
    if strokes is not None and picture is not None:
        pad.receive(strokes, picture)
    with st.container(horizontal=True, gap="small", key="pad_buttons"):
        st.button(_("Undo"), key="undo", on_click=pad.undo, disabled=not pad.can_undo)
        st.button(_("Redo"), key="redo", on_click=pad.redo, disabled=not pad.can_redo)
        st.button(_("Clear"), key="clear", on_click=pad.clear, disabled=not pad.strokes)
        with st.popover(_("Pen"), help=_(KEYS)):
            # With a value of its own, and kept while other pages are shown: a slider that only
            # takes its value from the session falls to its minimum when the popover is opened.
            st.slider(
                _("Pen width"),
                *PEN_WIDTHS,
                Pad.pen_width,
                key=state.PEN_WIDTH.key,
                format="%d px",
                persist_state="session",
            )
        restored = canvas_guard(pad.strokes, pad.fresh)
    if pad.fresh and (strokes := checked_strokes(restored)):
        pad.restore(strokes)
        st.rerun()
    return drawn_image()


def last_drawing() -> NDArray[np.uint8] | None:
    """The drawing as networks get it, `(28, 28)`; None where there is nothing to read."""
    image = drawn_image()
    if image is None:
        return None
    try:
        drawing = prepare_drawing(image)
    except DrawingError:
        return None
    return None if drawing.reason else drawing.normalized

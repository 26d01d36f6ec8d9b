"""What is done once per server, and what all sessions share: networks and data."""

import gc

import numpy as np
import streamlit as st

from mnist_core import (
    ModelError,
    Recognizer,
    StoredModel,
    list_models,
    prepare_drawing,
)
from pages.shared import html


@st.cache_resource(show_spinner=False)
def settle_once() -> None:
    """After the server's first run, when the canvas is there: what the first stroke will need."""
    stroke = np.zeros((100, 100, 4), np.uint8)
    stroke[20:80, 45:55] = 255
    drawing = prepare_drawing(stroke)
    html.steps([(drawing.normalized, "", "")])
    for recognizer in recognizers()[0].values():
        recognizer.recognize(drawing)
    settle()


def settle() -> None:
    """Tell the garbage collector that what is loaded now stays.

    Streamlit collects garbage in full after every run of a script, and the answer waits for
    it: 85 ms or more with everything imported, nothing once that is set apart.
    """
    gc.freeze()


@st.cache_resource(show_spinner=False)
def settle_page(page: str) -> None:
    """What a page has imported by the end of its first run, such as Plotly and pandas, stays."""
    settle()


@st.cache_resource(show_spinner=False)
def _recognizer(name: str, digest: str) -> Recognizer:
    return Recognizer.load(name)


def recognizers() -> tuple[dict[str, Recognizer], list[ModelError]]:
    """(every stored network that can be used, by name, what is wrong with the others).

    A network that is stored, replaced or deleted while the server runs is noticed.
    """
    models, errors = list_models()
    usable = {}
    for model in models:
        try:
            usable[model.name] = _recognizer(model.name, _digest(model))
        except ModelError as error:
            errors.append(error)
    return usable, errors


def _digest(model: StoredModel) -> str:
    return str(model.card["files"]["litert"]["sha256"])

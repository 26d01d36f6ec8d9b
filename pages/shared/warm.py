"""What all sessions of a server share, made ready once."""

import gc
from contextlib import suppress

import numpy as np
import streamlit as st

from mnist_core import (
    ModelError,
    Recognizer,
    StoredModel,
    list_models,
    prepare_drawing,
    settings,
)
from pages.shared import html


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """After the server's first run, when the canvas is there: what the first stroke will need.

    What is loaded by then stays, so the garbage collector need not look at it again. Streamlit's
    own full collection after every run of a script, which an answer would wait for, is switched
    off in `.streamlit/config.toml`; Python collects by itself when there is enough to collect.
    """
    stroke = np.zeros((100, 100, 4), np.uint8)
    stroke[20:80, 45:55] = 255
    drawing = prepare_drawing(stroke)
    html.steps([(drawing.normalized, "", "")])
    for recognizer in recognizers()[0].values():
        recognizer.recognize(drawing)
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _recognizer(name: str, digest: str) -> Recognizer:
    return Recognizer.load(name)


def recognizers() -> tuple[dict[str, Recognizer], list[ModelError]]:
    """(every stored network that can be used, by name, what is wrong with the others).

    A network that is stored, replaced or deleted while the server runs is noticed. This is asked at
    every stroke, so the cards are read again only when one of them has changed.
    """
    cards = []
    for path in sorted(settings.models_dir().glob("*/card.json")):
        with suppress(OSError):  # deleted just now
            status = path.stat()
            cards.append((str(path), status.st_mtime_ns, status.st_size, status.st_ino))
    return _usable(tuple(cards))


@st.cache_resource(show_spinner=False, max_entries=2)
def _usable(
    cards: tuple[tuple[str, int, int, int], ...],
) -> tuple[dict[str, Recognizer], list[ModelError]]:
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

"""What is done once per server, and what all sessions share: networks and data."""

import gc

import streamlit as st

from mnist_core import Dataset, MnistCoreError, ModelError, Recognizer, StoredModel, list_models
from mnist_core.datasets import load_mnist, load_stand_in


@st.cache_resource(show_spinner="Getting the networks ready …")
def warm_up() -> None:
    """Import and run everything that a stroke needs, so that the first one doesn't wait."""
    import numpy as np
    import streamlit_drawable_canvas  # noqa: F401  (registers the canvas with the server)

    drawing = np.zeros((100, 100, 4), np.uint8)
    drawing[20:80, 45:55] = 255
    for recognizer in recognizers()[0].values():
        recognizer.recognize(drawing)
    settle()


def settle() -> None:
    """Tell the garbage collector that what is loaded now stays.

    Streamlit collects garbage in full after every run of a script, and the answer waits for
    it: 85 ms or more with everything imported, nothing once that is set apart.
    """
    gc.collect()
    gc.freeze()


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


@st.cache_resource(show_spinner="Loading the test images …")
def test_data() -> Dataset:
    """MNIST's test images, or what stands in for them; never downloads."""
    try:
        dataset = load_mnist(train=False, download=False)
    except MnistCoreError as error:
        dataset = load_stand_in([str(error)])
    settle()
    return dataset

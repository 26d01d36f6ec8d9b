"""What is done once per server, and what all sessions share: networks and data."""

import gc

import numpy as np
import streamlit as st

from mnist_core import (
    Dataset,
    MnistCoreError,
    ModelError,
    Recognizer,
    StoredModel,
    list_models,
    prepare_drawing,
)
from mnist_core.collection import load_data, open_card
from mnist_core.datasets import MNIST, load_mnist, load_stand_in
from pages.parts import html

FULL, STAND_IN = 60_000, 1500  # training images


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


@st.cache_resource(show_spinner="Loading the test images …")
def test_data() -> Dataset:
    """MNIST's test images, or what stands in for them; never downloads."""
    try:
        dataset = load_mnist(train=False, download=False)
    except MnistCoreError as error:
        dataset = load_stand_in([str(error)])
    settle()
    return dataset


def training_images() -> int:
    """How many training images there are: MNIST's, or about those of what stands in."""
    return STAND_IN if test_data().stand_in else FULL


@st.cache_resource(show_spinner="Loading the images …", max_entries=3)
def _whole_data(name: str, digest: str) -> Dataset:
    dataset = load_data(name)
    settle()
    return dataset


def whole_data(name: str = MNIST.name) -> Dataset:
    """A data set by name, training images and all; what stands in for MNIST where it is missing.

    Raises:
        DataError: there is none of that name, or its files are damaged.
    """
    if name != MNIST.name:
        return _whole_data(name, open_card(name).digest)
    tests = test_data()  # a download makes this another one
    return load_stand_in(tests.notes) if tests.stand_in else _whole_data(name, "")

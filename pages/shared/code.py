"""Code and commands that do what a page shows: to read, to copy and to download."""

from collections.abc import Sequence

import streamlit as st

from mnist_core import Recipe, RecipeError
from mnist_core.data.collection import StoredData
from mnist_core.data.release import MNIST
from mnist_core.i18n import Text, _
from mnist_core.recipes.cells import notebook, script
from mnist_core.recipes.program import cells
from pages.shared.text import as_message

KERAS_FILE = Text(
    "It reads the network's Keras file, which See inside > Export gives, from the same folder."
)


def show_code(code: str, caption: str = "") -> None:
    """A fold with Python code."""
    _fold(_("Show the code"), code, "python", caption)


def show_command(command: str, caption: str = "") -> None:
    """A fold with a command line."""
    _fold(_("Show the command"), command, "bash", caption)


def show_program(recipe: Recipe, data: StoredData | None) -> None:
    """A fold with the program that trains a recipe, and its downloads.

    Args:
        data: what it learns from; None is MNIST.
    """
    data_name, class_names = (data.name, data.class_names) if data else (MNIST.name, ())
    try:
        program = cells(recipe, data_name, class_names)
    except RecipeError as error:
        st.caption(as_message(error))
        return
    with st.expander(_("Show the code")):
        st.caption(_("This training in plain Keras:"))
        st.code(script(program), language="python", wrap_lines=True, height=400)
        with st.container(horizontal=True):
            program_downloads(recipe, data_name, class_names, recipe.name, "form")


def _fold(title: str, text: str, language: str, caption: str) -> None:
    with st.expander(title):
        if caption:
            st.caption(_(caption))
        st.code(text, language=language, wrap_lines=True)


def program_downloads(
    recipe: Recipe, data_name: str, class_names: Sequence[str], name: str, key: str
) -> None:
    """Buttons that give a training as a Jupyter notebook and as a Python script.

    Args:
        data_name, class_names: of the data set that it learns from.
        name: of the files, without their endings.
        key: makes the buttons' own keys unique on the page.
    """
    try:
        program = cells(recipe, data_name, class_names)
    except RecipeError as error:
        st.caption(as_message(error))
        return
    for label, icon, ending, mime, make in (
        (_("Notebook"), ":material/book_2:", "ipynb", "application/x-ipynb+json", notebook),
        (_("Script"), ":material/code:", "py", "text/x-python", script),
    ):
        st.download_button(
            label,
            lambda make=make: make(program),  # type: ignore[misc]
            f"{name}.{ending}",
            mime,
            icon=icon,
            key=f"{ending}_{key}",
            on_click="ignore",
            help=_("The training as a program in plain Keras, which needs nothing of this app."),
        )

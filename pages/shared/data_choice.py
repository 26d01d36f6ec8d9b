"""Which data set is looked at, or learned from."""

from collections.abc import Sequence

import streamlit as st

from mnist_core import DataError, Dataset
from mnist_core.data.collection import StoredData, data_names, list_data
from mnist_core.data.dataset import label_name
from mnist_core.data.release import MNIST
from mnist_core.data.stand_in import load_stand_in
from mnist_core.i18n import _
from pages.shared import state
from pages.shared.datasets import whole_data
from pages.shared.text import as_message, as_typed


def choose_data() -> Dataset:
    """The data set that is looked at: MNIST, or one that was brought in, if there is any.

    A link with `?data=NAME` opens the page with that one.
    """
    names = data_names()
    wanted = state.DATA_NAME.get() or st.query_params.get("data", MNIST.name)
    name = wanted if wanted in names else MNIST.name
    if len(names) > 1:
        state.DATA_WIDGET.set(name)
        st.selectbox(
            _("Data"),
            names,
            key=state.DATA_WIDGET.key,
            width=260,
            on_change=lambda: state.DATA_NAME.set(state.DATA_WIDGET.get()),
        )
    state.DATA_NAME.set(name)
    if name == MNIST.name:
        st.query_params.pop("data", None)
    else:
        st.query_params["data"] = name
    try:
        return whole_data(name)
    except DataError as error:
        st.error(as_message(error))
    try:
        return whole_data()
    except DataError as error:  # the file was cut while the server runs
        if name != MNIST.name:
            st.error(as_message(error))
        return load_stand_in([error.args[0]])


def learn_from(page: str) -> StoredData | None:
    """The data to train on, if any was brought in; None is MNIST.

    Args:
        page: the page that the choice is for, which keeps it while other pages are looked at.
    """
    data_sets = {data.name: data for data in list_data()}
    if not data_sets:
        return None
    choice, widget = state.LEARN_FROM[page], state.LEARN_FROM_WIDGET[page]
    widget.set(choice.get() if choice.get() in data_sets else MNIST.name)
    st.selectbox(
        _("Learn from"),
        [MNIST.name, *data_sets],
        key=widget.key,
        width=260,
        on_change=lambda: choice.set(widget.get()),
        help=_(
            "The images that it is trained and tested with. Others are brought in on the Dataset "
            "page."
        ),
    )
    chosen = data_sets.get(widget.get())
    if chosen:
        st.caption(
            _(
                "{train_images:,} training images. {classes_words}",
                train_images=chosen.train_images,
                classes_words=classes_words(chosen.class_names),
            )
        )
    return chosen


def classes_words(class_names: Sequence[str]) -> str:
    """What a network's answers stand for, a line of Markdown; "" where they are digits."""
    if not class_names:
        return ""
    names = " · ".join(label_name(label, class_names) for label in range(len(class_names)))
    return _("Its classes: {names}", names=as_typed(names))

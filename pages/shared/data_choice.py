"""Which data set is looked at, or learned from."""

from collections.abc import Sequence

import streamlit as st

from mnist_core import DataError, Dataset
from mnist_core.data.collection import StoredData, data_names, list_data
from mnist_core.data.dataset import label_name
from mnist_core.data.release import MNIST
from pages.shared.datasets import whole_data


def choose_data() -> Dataset:
    """The data set that is looked at: MNIST, or one that was brought in, if there is any.

    A link with `?data=NAME` opens the page with that one.
    """
    names, state = data_names(), st.session_state
    wanted = state.get("data_name") or st.query_params.get("data", MNIST.name)
    name = wanted if wanted in names else MNIST.name
    if len(names) > 1:
        state["data_choice"] = name
        st.selectbox(
            "Data",
            names,
            key="data_choice",
            width=260,
            on_change=lambda: state.update(data_name=state["data_choice"]),
        )
    state["data_name"] = name
    if name == MNIST.name:
        st.query_params.pop("data", None)
    else:
        st.query_params["data"] = name
    try:
        return whole_data(name)
    except DataError as error:
        st.error(str(error))
        return whole_data()


def learn_from(key: str) -> StoredData | None:
    """The data to train on, if any was brought in; None is MNIST.

    Args:
        key: of the choice, which is kept while other pages are looked at.
    """
    kept, state = {one.name: one for one in list_data()}, st.session_state
    if not kept:
        return None
    choice = f"{key}_choice"
    state[choice] = state[key] if state.get(key) in kept else MNIST.name
    st.selectbox(
        "Learn from",
        [MNIST.name, *kept],
        key=choice,
        width=260,
        on_change=lambda: state.update({key: state[choice]}),
        help="The images that it is trained and tested with. Others are brought in on the Dataset "
        "page.",
    )
    chosen = kept.get(state[choice])
    if chosen:
        st.caption(f"{chosen.train_images:,} training images. {classes_words(chosen.class_names)}")
    return chosen


def classes_words(class_names: Sequence[str]) -> str:
    """What a network's answers stand for, in a line; "" where they are digits."""
    if not class_names:
        return ""
    told = " · ".join(label_name(label, class_names) for label in range(len(class_names)))
    return f"Its classes: {told}"

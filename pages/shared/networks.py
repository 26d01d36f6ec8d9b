"""The choice of the network that images of a data set are shown to."""

import streamlit as st

from mnist_core import Dataset, Recognizer, settings
from mnist_core.runs.runs import get_setting
from pages.shared import state
from pages.shared.text import as_typed
from pages.shared.warm import recognizers


def choose_network(dataset: Dataset, label: str) -> tuple[dict[str, Recognizer], str]:
    """(all that can be used, the name of the one that is chosen, "" where there is none).

    At first it is one that has learned from this data set, if there is any. The choice is the
    same wherever this is asked.
    """
    usable, _ = recognizers()
    if not usable:
        st.info("No trained network can be used. Run `python -m mnist_core train pen`.")
        return usable, ""
    fitting = [
        name for name, recognizer in usable.items() if recognizer.model.data_name == dataset.name
    ]
    names = [*fitting, *(name for name in usable if name not in fitting)]
    wishes = (get_setting("drawing_model"), settings.DEFAULT_MODEL, names[0])
    default = next(name for name in wishes if name in (fitting or names))
    if state.NETWORK_DATA.get() != dataset.name:
        state.NETWORK_DATA.set(dataset.name)
        state.NETWORK_WIDGET.set(default)
    if state.NETWORK_WIDGET.get() not in names:
        state.NETWORK_WIDGET.set(default)
    name = st.selectbox(
        label, names, key=state.NETWORK_WIDGET.key, width=260, persist_state="session"
    )
    learned = usable[name].model.data_name
    if learned != dataset.name:
        st.caption(
            f"{as_typed(name)} has learned from {as_typed(learned)}, not from "
            f"{as_typed(dataset.name)}: its answers are "
            f"labels of {as_typed(learned)}."
        )
    return usable, name

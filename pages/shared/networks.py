"""Choices of networks: the default of the Draw page, and the one that a data set is shown to."""

from collections.abc import Callable, Mapping

import streamlit as st

from mnist_core import Dataset, MnistCoreError, Recognizer, settings
from mnist_core.i18n import Text, _
from mnist_core.runs.preferences import read_preferences, save_preferences
from pages.shared import state
from pages.shared.access import is_owner
from pages.shared.text import as_message, as_typed
from pages.shared.warm import recognizers

NO_NETWORK = Text(
    "No trained network can be used. Train one on the Train page, or restore the folder `models`."
)


def default_network(usable: Mapping[str, Recognizer]) -> str:
    """The name of the network that the Draw page uses where nobody chose another."""
    wishes = (read_preferences().drawing_model or "", settings.DEFAULT_MODEL)
    return next((name for name in wishes if name in usable), next(iter(usable)))


def use_for_everybody(title: str, store: Callable[[], str], key: str) -> None:
    """Offer to make a network the default of everybody's Draw page, and the way back.

    Args:
        title: of the network.
        store: gives the name under which it is stored, which may have to be done first.
        key: of the widgets.
    """
    if not is_owner():
        return
    with st.popover(_("Use for everybody"), icon=":material/groups:"):
        used = read_preferences().drawing_model
        st.markdown(
            _(
                "The default network reads the drawings of everybody who hasn't chosen another "
                "one. It is **{name}** now.",
                name=as_typed(network_title(used or settings.DEFAULT_MODEL)),
            )
        )
        if st.button(
            _("Make {name} the default", name=as_typed(title)), key=f"{key}_set", type="primary"
        ):
            _set_default(store)
        if used and st.button(
            _("Back to {name}", name=as_typed(network_title(settings.DEFAULT_MODEL))),
            key=f"{key}_reset",
        ):
            _set_default(lambda: None)


def network_title(name: str) -> str:
    """What people call a stored network."""
    recognizer = recognizers()[0].get(name)
    return recognizer.model.title if recognizer else name


def _set_default(store: Callable[[], str | None]) -> None:
    try:
        save_preferences(drawing_model=store())
    except MnistCoreError as error:
        st.error(as_message(error))
        return
    st.rerun()


def choose_network(dataset: Dataset, label: str) -> tuple[dict[str, Recognizer], str]:
    """(all that can be used, the name of the one that is chosen, "" where there is none).

    At first it is one that has learned from this data set, if there is any. The choice is the
    same wherever this is asked.
    """
    usable, __ = recognizers()
    if not usable:
        st.info(_(NO_NETWORK))
        return usable, ""
    fitting = [
        name for name, recognizer in usable.items() if recognizer.model.data_name == dataset.name
    ]
    names = [*fitting, *(name for name in usable if name not in fitting)]
    default = default_network({name: usable[name] for name in (fitting or names)})
    if state.NETWORK_DATA.get() != dataset.name:
        state.NETWORK_DATA.set(dataset.name)
        state.NETWORK_WIDGET.set(default)
    if state.NETWORK_WIDGET.get() not in names:
        state.NETWORK_WIDGET.set(default)
    name = st.selectbox(
        label,
        names,
        key=state.NETWORK_WIDGET.key,
        width=260,
        persist_state="session",
        format_func=network_title,
    )
    learned = usable[name].model.data_name
    if learned != dataset.name:
        st.caption(
            _(
                "{name} was trained on {learned}, not on {shown}. It answers with the classes of "
                "{learned}.",
                name=as_typed(network_title(name)),
                learned=as_typed(learned),
                shown=as_typed(dataset.name),
            )
        )
    return usable, name

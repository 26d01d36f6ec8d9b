"""Dataset: what is in the images that networks learn from."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core import Dataset
from mnist_core.i18n import Text, _
from pages.dataset.augmentation import augmentation
from pages.dataset.browse import browse
from pages.dataset.code import section_code
from pages.dataset.label_errors import label_errors
from pages.dataset.links import AUGMENT, BROWSE, ONE, say_link, take_jump, take_link
from pages.dataset.map import data_map
from pages.dataset.one_image import one_image
from pages.dataset.other_data import bring_data
from pages.dataset.whole_set import whole_set
from pages.shared import state
from pages.shared.data_choice import choose_data
from pages.shared.download import data_notice
from pages.shared.heading import heading
from pages.shared.paper import paper_switch
from pages.shared.style import add_style
from pages.shared.text import as_message


def other_data(_dataset: Dataset) -> None:
    """What to bring in, whatever is looked at."""
    bring_data()


SECTIONS: dict[str, Callable[[Dataset], None]] = {
    BROWSE: browse,
    ONE: one_image,
    "The whole set": whole_set,
    "Map": data_map,
    "Label errors": label_errors,
    AUGMENT: augmentation,
    "Other data": other_data,
}


# What a section is called; its name is what the address has.
LABELS = {
    BROWSE: Text("Browse"),
    ONE: Text("Image"),
    "The whole set": Text("Statistics"),
    "Map": Text("Map"),
    "Label errors": Text("Label errors"),
    AUGMENT: Text("Augmentation"),
    "Other data": Text("Your data"),
}


def page() -> None:
    """The sections, of which only the open one is worked out."""
    heading(_("Dataset"), _("Look at the images that the networks are trained and tested on."))
    data_notice()
    dataset = choose_data()
    take_jump()
    wrong = take_link(dataset)
    if state.SECTION_WIDGET.get() not in SECTIONS:
        state.SECTION_WIDGET.set(BROWSE)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        section = st.segmented_control(
            _("Section"),
            list(SECTIONS),
            format_func=lambda name: _(LABELS[name]),
            key=state.SECTION_WIDGET.key,
            required=True,
            label_visibility="collapsed",
            persist_state="session",
        )
        paper_switch()
    if wrong:
        st.warning(as_message(wrong))
    if section not in (ONE, AUGMENT):  # those know first which image
        say_link(section or BROWSE)
    SECTIONS[section or BROWSE](dataset)
    if section != AUGMENT:  # which is a fragment with a fold of its own
        section_code(section or BROWSE, dataset)


add_style(Path(__file__).with_name("page.css"))
page()

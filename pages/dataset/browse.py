"""Browse: many images at once, by split, class and order."""

import streamlit as st

from mnist_core import Dataset
from mnist_core.i18n import Text, _
from pages.dataset.links import arranged, open_image
from pages.shared import state
from pages.shared.datasets import SPLITS, count_of, named, part, present, title
from pages.shared.paper import image_grid
from pages.shared.text import as_typed

PER_PAGE = 120
ORDERS = {
    "index": Text("As in the file"),
    "random": Text("Random"),
    "typical": Text("Most typical first"),
    "unusual": Text("Most unusual first"),
}


def browse(dataset: Dataset) -> None:
    """The choices, and a page of images; a click opens one."""
    n = len(dataset.x_train) + len(dataset.x_test)
    name = as_typed(dataset.name)
    st.markdown(
        _(
            "**{name}**: {n:,} images of 28x28 pixels, digits that people wrote on forms around "
            "1990. Each has a **label**: the class that it belongs to.",
            name=name,
            n=n,
        )
        if dataset.verified
        else _(
            "**{name}**: {n:,} images of 28x28 pixels. Each has a **label**: the class that it "
            "belongs to.",
            name=name,
            n=n,
        )
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state.BROWSE_SPLIT_WIDGET.ensure()
        st.segmented_control(
            _("Split"),
            list(SPLITS),
            key=state.BROWSE_SPLIT_WIDGET.key,
            required=True,
            format_func=count_of(dataset),
            persist_state="session",
            help=_(
                "Networks are trained on the training images. The test images are set aside: only "
                "images that a network wasn't trained on show how good it is."
            ),
        )
        st.pills(
            _("Labels"),
            present(dataset),
            selection_mode="multi",
            format_func=lambda label: as_typed(named(dataset, label)),
            key=state.BROWSE_CLASSES_WIDGET.key,
            persist_state="session",
        )
        order = st.selectbox(
            _("Order"),
            list(ORDERS),
            format_func=lambda name: _(ORDERS[name]),
            key=state.BROWSE_ORDER_WIDGET.key,
            width=210,
            persist_state="session",
            help=_(
                "Typical images are close, pixel by pixel, to the mean of all images with the same "
                "label."
            ),
        )
        if order == "random":
            st.number_input(
                _("Random seed"),
                0,
                10**6,
                key=state.BROWSE_SEED_WIDGET.key,
                width=120,
                persist_state="session",
                help=_("The same seed gives the same order."),
            )
    split, rows = arranged(dataset)
    if not len(rows):
        st.info(_("No image has any of these labels."))
        return
    chosen = (
        dataset.digest(),
        split,
        state.BROWSE_CLASSES_WIDGET.get(),
        order,
        state.BROWSE_SEED_WIDGET.get(),
    )
    pages = -(-len(rows) // PER_PAGE)
    if state.BROWSED.get() != chosen:
        state.BROWSED.set(chosen)
        state.BROWSE_PAGE_WIDGET.set(1)
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        number = st.pagination(pages, key=state.BROWSE_PAGE_WIDGET.key, persist_state="session")
        st.caption(
            _(
                "{rows:,} images. Point at one to see its index and label. Click to open it.",
                rows=len(rows),
            ),
            width="content",
        )
    shown = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    images = part(dataset, split)[0]
    clicked = image_grid(
        images[shown], [title(dataset, split, row) for row in shown], key="browse_grid"
    )
    if clicked is not None:
        open_image(split, int(shown[clicked]))

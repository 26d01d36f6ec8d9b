"""What the sections of the Dataset page share: which image is looked at, and links to it."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mnist_core import Dataset
from mnist_core.data.exploration import Order, arrange_rows, unusualness
from mnist_core.i18n import Text, _
from pages.shared import state
from pages.shared.datasets import Split, part

BROWSE, ONE, AUGMENT = "Browse", "One image", "Augmentation"


def go(section: str, choices: Mapping[state.Value[Any], object] | None = None) -> NoReturn:
    """Show another section of this page, with what its widgets are to have chosen."""
    state.JUMP.set([(state.SECTION_WIDGET, section), *(choices or {}).items()])
    st.rerun()


def open_image(split: Split, index: int) -> NoReturn:
    """Show one image, in this section if it is one about one image.

    Other pages do this: `st.switch_page("pages/dataset/page.py", query_params={"split": "test",
    "index": "4444"})`.
    """
    here = state.SECTION_WIDGET.get()
    go(
        here if here == AUGMENT else ONE,
        {state.IMAGE_SPLIT_WIDGET: split, state.IMAGE_INDEX_WIDGET: index},
    )


def take_jump() -> None:
    """Go where `go` asked to; before any widget of the page is made."""
    for widget, value in state.JUMP.take():
        widget.set(value)


def take_link(dataset: Dataset) -> str | None:
    """Go to what the address asks for, once; says what is wrong with it, if anything is.

    `?split=train&index=7777` opens an image, `?section=...` a section.
    """
    params = {name: value for name, value in st.query_params.items() if name != "data"}
    if not params or params == state.LINK.get():
        return None
    state.LINK.set(params)
    if "section" in params:
        state.SECTION_WIDGET.set(params["section"])
    if "index" not in params:
        return None
    split: Split = "train" if params.get("split") == "train" else "test"
    n = len(part(dataset, split)[0])
    if params.get("section") != AUGMENT:
        state.SECTION_WIDGET.set(ONE)
    state.IMAGE_SPLIT_WIDGET.set(split)
    if params["index"].isdecimal() and len(params["index"]) < 10 and int(params["index"]) < n:
        state.IMAGE_INDEX_WIDGET.set(int(params["index"]))
        return None
    data = {"index": params["index"][:20], "data": dataset.name, "last": n - 1}
    if split == "train":
        return Text(
            "There is no image {index!r} among the training images of {data}. Expected 0 to "
            "{last:,}.",
            **data,
        )
    return Text(
        "There is no image {index!r} among the test images of {data}. Expected 0 to {last:,}.",
        **data,
    )


def say_link(section: str) -> None:
    """Keep the address at what is shown, so that it can be sent to someone."""
    link = {"section": section}
    if section in (ONE, AUGMENT):
        link |= {
            "split": state.IMAGE_SPLIT_WIDGET.get(),
            "index": str(state.IMAGE_INDEX_WIDGET.get()),
        }
    state.LINK.set(link)
    if "data" in st.query_params:  # which data set; see `choose_data`
        link = {"data": st.query_params["data"], **link}
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)


@st.cache_data(show_spinner=False, max_entries=6)
def _unusual(_dataset: Dataset, digest: str, split: Split) -> NDArray[np.float32]:
    return unusualness(*part(_dataset, split))


@st.cache_data(show_spinner=False, max_entries=30)
def _arranged(
    _dataset: Dataset, digest: str, split: Split, classes: tuple[int, ...], order: Order, seed: int
) -> NDArray[np.intp]:
    unusual = None
    if order in ("typical", "unusual"):
        unusual = _unusual(_dataset, digest, split)
    return arrange_rows(part(_dataset, split)[1], classes, order, seed=seed, unusual=unusual)


def arranged(dataset: Dataset) -> tuple[Split, NDArray[np.intp]]:
    """(split, rows) of what is chosen under Browse, in its order."""
    split: Split = "test" if state.BROWSE_SPLIT_WIDGET.get() == "test" else "train"
    classes = tuple(sorted(state.BROWSE_CLASSES_WIDGET.get() or ()))
    order: Order = state.BROWSE_ORDER_WIDGET.get() or "index"
    seed = int(state.BROWSE_SEED_WIDGET.get() or 0)
    with st.spinner(_("Comparing each image with the mean of its class …")):
        rows = _arranged(dataset, dataset.digest(), split, classes, order, seed)
    return split, rows
